/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* execve and execveat: what runs, with which arguments, environment and rights. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/wait.h>

#include "harness.h"
#include "wire_values.h"

/* What a process is before and after an exec; what the workload cannot know by itself comes from /proc. */
struct proc {
	long ppid, pgrp;
	uint32_t tty, loginuid;
	uint64_t inheritable, permitted, effective, fdlimit;
	char cwd[4096];
};

static uint64_t status_caps(const char *which)
{
	unsigned long long v = 0;
	char line[256], form[32];
	FILE *f = fopen("/proc/self/status", "re");

	NEED(f);
	snprintf(form, sizeof(form), "%s: %%llx", which);
	while (fgets(line, sizeof(line), f) && sscanf(line, form, &v) != 1)
		;
	fclose(f);
	return v;
}

static struct proc own_proc(void)
{
	struct proc p = {.ppid = getppid(), .pgrp = getpgrp(), .loginuid = (uint32_t)-1};
	struct rlimit r;
	FILE *f;

	NEED(getrlimit(RLIMIT_NOFILE, &r) == 0);
	p.fdlimit = r.rlim_cur;
	NEED(getcwd(p.cwd, sizeof(p.cwd)));
	p.inheritable = status_caps("CapInh");
	p.permitted = status_caps("CapPrm");
	p.effective = status_caps("CapEff");
	f = fopen("/proc/self/stat", "re");
	NEED(f && fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %u", &p.tty) == 1);
	fclose(f);
	f = fopen("/proc/self/loginuid", "re"); /* a kernel without audit has none */
	if (f) {
		NEED(fscanf(f, "%u", &p.loginuid) == 1);
		fclose(f);
	}
	return p;
}

struct exec {
	uint16_t type;
	const char *name;
	long res, tid, pid;
	const char *const *argv, *const *envp;
	const char *comm, *exepath, *filename; /* filename: NULL for the event that has none */
	struct stat exe;
	uint32_t flags, uid, gid;
};

struct strings {
	char buf[4096];
	size_t len;
};

static struct strings flat(const char *const *list)
{
	struct strings s = {.len = 0};

	for (; list && *list; list++) {
		size_t n = strlen(*list) + 1;

		NEED(s.len + n <= sizeof(s.buf));
		memcpy(s.buf + s.len, *list, n);
		s.len += n;
	}
	return s;
}

static uint64_t ns(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_nsec;
}

/* clang-format off */
#define EXEC_PARAMS(e, p, exe_, args_, env_)                                                                           \
	I("res", (e)->res), S("exe", exe_), B("args", (args_)->buf, (args_)->len), I("tid", (e)->tid),                 \
	I("pid", (e)->pid), I("ptid", (p)->ppid), EMPTY("cwd"), I("fdlimit", (p)->fdlimit),                      \
	ANY("pgft_maj", "the kernel's to know"), ANY("pgft_min", "the kernel's to know"),                              \
	RANGE("vm_size", 1, 1ull << 36), RANGE("vm_rss", 0 /* counted by CPU, in batches */, 1 << 30), RANGE("vm_swap", 0, 1 << 30),                    \
	S("comm", (e)->comm), live_cgroups("cgroups"), B("env", (env_)->buf, (env_)->len), I("tty", (p)->tty),         \
	I("vpgid", (p)->pgrp), I("loginuid", (p)->loginuid), I("flags", (e)->flags),                                   \
	I("cap_inheritable", (p)->inheritable), I("cap_permitted", (p)->permitted),                                    \
	I("cap_effective", (p)->effective), I("exe_ino", (e)->exe.st_ino),                                             \
	I("exe_ino_ctime", ns(&(e)->exe.st_ctim)), I("exe_ino_mtime", ns(&(e)->exe.st_mtim)), I("uid", (e)->uid),      \
	S("trusted_exepath", exepath), I("pgid", (p)->pgrp), I("gid", (e)->gid)
/* clang-format on */

static void see_exec(const struct exec *e)
{
	struct strings args = flat(e->argv + 1), env = flat(e->envp);
	const char *exepath = live_host_path(e->exepath);
	/* After a failure it is still what /proc told when it was read, from within the chroot. */
	const char *known_as = e->res < 0 ? e->exepath : exepath;
	struct proc p = own_proc();

	if (e->filename)
		SEE_OF(e->tid, e->type, e->name, EXEC_PARAMS(e, &p, e->argv[0], &args, &env),
		       S("filename", e->filename), CTX_COMM(e->comm), CTX_EXEPATH(known_as), CTX_CWD(p.cwd),
		       CTX_CATEGORY("process"));
	else
		SEE_OF(e->tid, e->type, e->name, EXEC_PARAMS(e, &p, e->argv[0], &args, &env), CTX_COMM(e->comm),
		       CTX_EXEPATH(known_as), CTX_CWD(p.cwd));
}

static const char *const some_args[] = {"not the name", "one", "", "two  words", "\xff\xfe", NULL};
static const char *const some_env[] = {"A=b", "EMPTY=", "no equals sign", NULL};

/* A program of the case's own, that ends at once. */
static const char *program(const char *name)
{
	const char *path = live_path(name);
	int in = open("/bin/true", O_RDONLY), out = open(path, O_WRONLY | O_CREAT, 0755);
	struct stat st;

	NEED(in >= 0 && out >= 0 && fstat(in, &st) == 0);
	NEED(sendfile(out, in, NULL, (size_t)st.st_size) == st.st_size);
	NEED(fchmod(out, 0755) == 0); /* whatever the umask */
	close(in);
	close(out);
	return path;
}

static const char *own_exe(void)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	NEED(n > 0);
	return path;
}

static void execve_ok(void)
{
	const char *path = program("a-program-of-20-byte");
	struct exec e = {293,  "execve", 0,   getpid(),	      getpid(), some_args, some_env, "a-program-of-20",
			 path, path,	 {0}, W_EXE_WRITABLE, 0,	0};

	NEED(stat(path, &e.exe) == 0);
	see_exec(&e);
	NEED(call(SYS_execve, path, some_args, some_env));
}

/* A relative name: the event has it as it was given, and the path that it led to. */
static void execve_relative(void)
{
	const char *path = program("prog");
	static const char *const args[] = {"prog", NULL};
	struct exec e = {293,	 "execve", 0,	     getpid(), getpid(),       args, NULL,
			 "prog", path,	   "./prog", {0},      W_EXE_WRITABLE, 0,    0};

	NEED(chdir(live_dir()) == 0);
	NEED(stat(path, &e.exe) == 0);
	see_exec(&e);
	NEED(call(SYS_execve, "./prog", args, NULL));
}

/* Not root, and not the owner of what it runs. */
static void execve_of_nobody(void)
{
	const char *path = program("prog");
	struct exec e = {293,	 "execve", 0,	 getpid(), getpid(), some_args, some_env,
			 "prog", path,	   path, {0},	   0,	     65534,	65534};

	NEED(chmod(live_dir(), 0755) == 0);
	NEED(stat(path, &e.exe) == 0);
	live_host_path(path);
	NEED(setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
	see_exec(&e);
	NEED(call(SYS_execve, path, some_args, some_env));
}

static void execve_script(void)
{
	const char *path = live_file("script", "#!/bin/true and more\n");
	const char *const seen_args[] = {"/bin/true", "and more", path, "one", NULL};
	static const char *const args[] = {"any", "one", NULL};
	char real[4096];
	struct exec e = {293,	   "execve", 0,	   getpid(), getpid(),	     seen_args, some_env,
			 "script", real,     path, {0},	     W_EXE_WRITABLE, 0,		0};

	NEED(realpath("/bin/true", real)); /* /bin may be a link */
	NEED(chmod(path, 0755) == 0);
	NEED(stat("/bin/true", &e.exe) == 0);
	see_exec(&e);
	NEED(call(SYS_execve, path, args, some_env));
}

/* Nothing changed: the process is what it was; what it meant to run is in exe, args, env and filename. */
static void execve_fails(void)
{
	struct exec e = {293,	    "execve",	    -ENOENT,	 getpid(),  getpid(),
			 some_args, some_env,	    "some comm", own_exe(), "/nonexistent/program",
			 {0},	    W_EXE_WRITABLE, 0,		 0};

	NEED(prctl(PR_SET_NAME, "some comm") == 0);
	NEED(stat("/proc/self/exe", &e.exe) == 0);
	see_exec(&e);
	NEED(call(SYS_execve, "/nonexistent/program", some_args, some_env) == -ENOENT);
}

/*
 * On x86 a new program begins as if execve had made it: the kernel rewrites the number of the call, so execve is what
 * is seen, there and in every peer. The file's name is the one that the kernel made up for the interpreter's use.
 */
static void execveat_ok(void)
{
	const char *path = program("prog");
	int dir = open(live_dir(), O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[64];
	struct exec e = {293,	 "execve", 0,	 getpid(), getpid(),	   some_args, some_env,
			 "prog", path,	   name, {0},	   W_EXE_WRITABLE, 0,	      0};

	snprintf(name, sizeof(name), "/dev/fd/%d/prog", dir);
	NEED(stat(path, &e.exe) == 0);
	see_exec(&e);
	NEED(call(SYS_execveat, dir, "prog", some_args, some_env, 0));
}

static void execveat_fails(void)
{
	struct exec e = {331,	      "execveat", -ENOENT, getpid(), getpid(),	     some_args, some_env,
			 "some comm", own_exe(),  NULL,	   {0},	     W_EXE_WRITABLE, 0,		0};

	NEED(prctl(PR_SET_NAME, "some comm") == 0);
	NEED(stat("/proc/self/exe", &e.exe) == 0);
	see_exec(&e);
	NEED(call(SYS_execveat, AT_FDCWD, "/nonexistent/program", some_args, some_env, 0) == -ENOENT);
}

/* A memfd with a copy of a program. */
static int memfd_of(const char *path)
{
	int in = open(path, O_RDONLY), fd = memfd_create("hidden", MFD_CLOEXEC);
	struct stat st;

	NEED(in >= 0 && fd >= 0 && fstat(in, &st) == 0);
	NEED(sendfile(fd, in, NULL, (size_t)st.st_size) == st.st_size);
	close(in);
	return fd;
}

/* The name that a program without a name gets changed with 6.14: let a child run one that tells its own. */
static void memfd_comm(int fd, char comm[16])
{
	char *const args[] = {"cat", "/proc/self/comm", NULL};
	int cat = memfd_of("/bin/cat"), out[2];
	ssize_t n;

	NEED(pipe(out) == 0);
	if (fork() == 0) {
		dup2(cat, fd); /* the number may be in the name */
		dup2(out[1], 1);
		syscall(SYS_execveat, fd, "", args, NULL, AT_EMPTY_PATH);
		_exit(1);
	}
	n = read(out[0], comm, 16);
	NEED(n > 1);
	comm[n - 1] = 0; /* in place of the newline */
	live_wait(-1);
	close(cat);
}

static void execveat_memfd(void)
{
	int fd = memfd_of("/bin/true");
	char name[64], comm[16];
	struct exec e = {293,	   "execve", 0,
			 getpid(), getpid(), some_args,
			 some_env, comm,     "memfd:hidden" /* as peers have it, without a slash */,
			 name,	   {0},	     W_EXE_WRITABLE | W_EXE_FROM_MEMFD,
			 0,	   0};

	NEED(fstat(fd, &e.exe) == 0);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	memfd_comm(fd, comm);
	see_exec(&e);
	NEED(call(SYS_execveat, fd, "", some_args, some_env, AT_EMPTY_PATH));
}

static const char *thread_prog;

static void *thread_main(void *arg)
{
	NEED(call(SYS_execve, thread_prog, some_args, some_env));
	return arg;
}

/* The thread that execs takes over the number of the leader, and the leader is gone. */
static void execve_by_thread(void)
{
	pthread_t t;
	struct exec e = {293,	 "execve", 0,	 getpid(), getpid(),	   some_args, some_env,
			 "prog", NULL,	   NULL, {0},	   W_EXE_WRITABLE, 0,	      0};

	thread_prog = e.exepath = e.filename = program("prog");
	NEED(stat(e.exepath, &e.exe) == 0);
	see_exec(&e);
	NEED(pthread_create(&t, NULL, thread_main, NULL) == 0);
	pthread_join(t, NULL);
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE_EXECS(execve_ok),	   CASE_EXECS(execve_relative), CASE_EXECS(execve_of_nobody),
		CASE_EXECS(execve_script), CASE(execve_fails),		CASE_EXECS(execveat_ok),
		CASE(execveat_fails),	   CASE_EXECS(execveat_memfd),	CASE_EXECS(execve_by_thread),
	};

	return live_family_of("process_exec", cases, sizeof(cases) / sizeof(cases[0]), &(struct live_asks){0});
}
