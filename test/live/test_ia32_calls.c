/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* 32-bit callers: all but files. Their calls are seen as those of 64-bit callers; those that only they have, as such.
 */
#include "ia32.h"
#include "wire_values.h"

#ifdef __x86_64__

#include <sys/prctl.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>

#include "net.h"

#define IA32 CTX_COMPAT(1)

#define SEC 1000000000ull

static void clocks(void)
{
	uint32_t *narrow = ia32_room(8);
	uint64_t *wide = ia32_room(16);
	long res = i386(265, 1, P(narrow));

	SEE(33225, "clock_gettime", I("res", res), I("which_clock", 1), I("tp", narrow[0] * SEC + narrow[1]), IA32);
	res = i386(403, 1, P(wide));
	SEE(33225, "clock_gettime", I("res", res), I("which_clock", 1), I("tp", wide[0] * SEC + wide[1]), IA32);
	SEE(135, "nanosleep", I("res", i386(162, P(WORDS(0, 1000)), 0)), I("interval", 1000), IA32);
	SEE(135, "nanosleep", I("res", i386(162, P(WORDS(0, (uint32_t)-1)), 0)), I("interval", -1), IA32);
	SEE(33229, "clock_nanosleep", I("res", i386(267, 1, 0, P(WORDS(0, 2000)), 0)), I("which_clock", 1),
	    I("flags", 0), I("rqtp", 2000), I("rmtp", 0), IA32);
	SEE(33229, "clock_nanosleep", I("res", i386(407, 1, 0, P(WORDS(0, 0, 3000, 0)), 0)), I("which_clock", 1),
	    I("flags", 0), I("rqtp", 3000), I("rmtp", 0), IA32);
	SEE(33341, "timerfd_settime", I("res", i386(325, (uint32_t)-1, 0, P(WORDS(1, 2, 3, 4)), 0)), I("ufd", -1),
	    I("flags", 0), I("interval", SEC + 2), I("value", 3 * SEC + 4), EMPTY("old_interval"), EMPTY("old_value"),
	    IA32);
	SEE(33341, "timerfd_settime", I("res", i386(411, (uint32_t)-1, 0, P(WORDS(1, 1, 2, 0, 3, 0, 4, 0)), 0)),
	    I("ufd", -1), I("flags", 0), I("interval", (1ull << 32 | 1) * SEC + 2), I("value", 3 * SEC + 4),
	    EMPTY("old_interval"), EMPTY("old_value"), IA32);
	SEE(33097, "settimeofday", I("res", i386(79, P(WORDS(5, 2000000)), 0)), I("tv", 7 * SEC),
	    EMPTY("tz_minuteswest"), EMPTY("tz_dsttime"), IA32);
}

static void ids(void)
{
	uint16_t *narrow = ia32_room(16);
	uint32_t *wide = ia32_room(16);

	SEE(193, "setresuid", I("res", i386(164, 0xffff, 0xffff, 0xffff)), I("ruid", -1), I("euid", -1), I("suid", -1),
	    IA32);
	SEE(193, "setresuid", I("res", i386(208, (uint32_t)-1, 70000, (uint32_t)-1)), I("ruid", -1), I("euid", 70000),
	    I("suid", -1), IA32);
	NEED(!i386(203, (uint32_t)-1, 0)); /* setreuid32: of another kind */
	SEE(211, "getresuid", I("res", i386(165, P(narrow), P(narrow + 1), P(narrow + 2))), I("ruid", 0), I("euid", 0),
	    I("suid", 0), IA32);
	SEE(193, "setresuid", I("res", i386(208, (uint32_t)-1, 70001, (uint32_t)-1)), I("ruid", -1), I("euid", 70001),
	    I("suid", -1), IA32);
	SEE(211, "getresuid", I("res", i386(209, P(wide), P(wide + 1), P(wide + 2))), I("ruid", 0), I("euid", 70001),
	    I("suid", 0), IA32);
	/* What does not fit 16 bits is told as 65534. */
	SEE(211, "getresuid", I("res", i386(165, P(narrow), P(narrow + 1), P(narrow + 2))), I("ruid", 0),
	    I("euid", 65534), I("suid", 0), IA32);
}

static void limits(void)
{
	struct rlimit lim;

	SEE(141, "getrlimit", I("res", call(SYS_getrlimit, RLIMIT_NOFILE, &lim)), I("cur", lim.rlim_cur),
	    I("max", lim.rlim_max), I("resource", RLIMIT_NOFILE));
	SEE(141, "getrlimit", I("res", i386(191, RLIMIT_NOFILE, P(ia32_room(8)))), I("cur", lim.rlim_cur),
	    I("max", lim.rlim_max), I("resource", RLIMIT_NOFILE), IA32);
	SEE(143, "setrlimit", I("res", i386(75, RLIMIT_CORE, P(WORDS(0, (uint32_t)-1)))), I("cur", 0), I("max", -1),
	    I("resource", RLIMIT_CORE), IA32);
	SEE(145, "prlimit", I("res", i386(340, 0, RLIMIT_CORE, P(WORDS(7, 0, 7, 1)), P(ia32_room(16)))), I("newcur", 7),
	    I("newmax", 0x100000007), ANY("oldcur", "what the call before left"), ANY("oldmax", "likewise"),
	    I("pid", 0), I("resource", RLIMIT_CORE), IA32);
}

static void only_theirs(void)
{
	int *status = ia32_room(4);
	long pid = fork();

	if (pid == 0)
		_exit(5);
	SEE(34831, "waitpid", I("res", i386(7, pid, P(status), 0)), I("upid", pid), I("status", 5 << 8),
	    I("options", 0), IA32);
	NEED(*status == 5 << 8);
	SEE(34831, "waitpid", I("res", i386(7, pid, P(status), WNOHANG)), I("upid", pid), EMPTY("status"),
	    I("options", WNOHANG), IA32);
	SEE(34885, "nice", I("res", i386(34, 0)), I("increment", 0), IA32);
	SEE(34867, "stime", I("res", i386(25, 1)), EMPTY("time"), IA32);
	SEE(35041, "idle", I("res", i386(112)), IA32);
	/* A number that nothing has. */
	i386(500, 1, 2, 3);
	SEE(1, "unknown", I("ID", 0), I("nativeID", 500), IA32);
	SEE(35021, "socketcall", I("res", i386(102, 77, 5)), I("call", 77), I("args", 5), IA32);
	SEE(35051, "ipc", I("res", i386(117, 9, 1, 2, 3, 4, 5)), I("call", 9), I("first", 1), I("second", 2),
	    I("third", 3), I("ptr", 4), I("fifth", 5), IA32);
}

static void signals(void)
{
	uint32_t *old = ia32_room(32);
	long res = i386(174, SIGUSR2, P(WORDS(1, 0x10000000, 0, 0x80000001, 0)), P(old), 8);

	SEE(32795, "rt_sigaction", I("res", res), I("sig", SIGUSR2), I("handler", 1), I("flags", 0x10000000),
	    I("mask", 0x80000001), I("old_handler", 0), I("sigsetsize", 8), IA32);
	res = i386(67, SIGUSR2, P(WORDS(0, 0x40, 0x8000000, 0)), P(old));
	SEE(34951, "sigaction", I("res", res), I("sig", SIGUSR2), I("handler", 0), I("flags", 0x8000000),
	    I("mask", 0x40), I("old_handler", 1), IA32);
	SEE(35069, "sigprocmask", I("res", i386(126, SIG_BLOCK, P(WORDS(0x200)), P(old))), I("how", SIG_BLOCK),
	    I("nset", 0x200), I("oset", old[0]), IA32);
	SEE(34953, "sgetmask", I("res", i386(68)), IA32);
}

/* The arguments of a sub-call lie in memory. */
static long sock(uint32_t nr, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f)
{
	return i386(102, nr, P(WORDS(a, b, c, d, e, f)));
}

static void sockets(void)
{
	int *pair = ia32_room(8);
	long fd = sock(1, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0, 0, 0, 0);
	uint32_t *tv = WORDS(3, 250000);
	uint64_t ns = 3250000000;
	long res;

	SEE(19, "socket", I("fd", fd), I("domain", W_AF_INET), I("type", SOCK_STREAM | SOCK_CLOEXEC), I("proto", 0),
	    I("flags", W_CLOEXEC), IA32);
	SEE(45, "setsockopt", I("res", sock(14, (uint32_t)fd, SOL_SOCKET, SO_RCVTIMEO, P(tv), 8, 0)), I("fd", fd),
	    I("level", W_SOL_SOCKET), I("optname", W_SO_RCVTIMEO), DYN("val", W_SOCKOPT_TIME, &ns, 8), I("optlen", 8),
	    I("level_nr", SOL_SOCKET), I("option", SOL_SOCKET << 16 | SO_RCVTIMEO), IA32);
	SEE(25, "listen", I("res", sock(4, (uint32_t)-1, 5, 0, 0, 0, 0)), I("fd", -1), I("backlog", 5), IA32);
	SEE(37, "shutdown", I("res", i386(373, (uint32_t)-1, SHUT_WR)), I("fd", -1), I("how", SHUT_WR), IA32);
	res = sock(8, AF_UNIX, SOCK_STREAM, 0, P(pair), 0, 0);
	SEE(43, "socketpair", I("res", res), I("fd1", pair[0]), I("fd2", pair[1]), ANY("source", "the kernel's"),
	    ANY("peer", "the kernel's"), I("domain", W_AF_UNIX), I("type", SOCK_STREAM), I("proto", 0), IA32);
	SEE(29, "send", I("res", sock(9, (uint32_t)pair[0], P(L("hello")), 5, 0, 0, 0)), B("data", "hello", 5),
	    I("fd", pair[0]), I("size", 5), UNIX_UNNAMED("tuple"), IA32);
	SEE(33, "recv", I("res", sock(10, (uint32_t)pair[1], P(ia32_room(16)), 16, 0, 0, 0)), B("data", "hello", 5),
	    I("fd", pair[1]), I("size", 16), UNIX_UNNAMED("tuple"), IA32);
	SEE(31, "sendto", I("res", sock(11, (uint32_t)-1, P(L("to")), 2, 0, 0, 0)), B("data", "to", 2), I("fd", -1),
	    I("size", 2), EMPTY("tuple"), IA32);
}

static void messages(void)
{
	int pair[2];
	uint32_t *iov = WORDS(P(L("first")), 5, P(L("next")), 4);
	uint32_t *hdr = WORDS(0, 0, P(iov), 2, 0, 0, 0), *in, *vec;
	long res;

	NEED(!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	SEE(49, "sendmsg", I("res", sock(16, (uint32_t)pair[0], P(hdr), 0, 0, 0, 0)), B("data", "firstnext", 9),
	    I("fd", pair[0]), I("size", 9), UNIX_UNNAMED("tuple"), IA32);
	in = WORDS(0, 0, P(WORDS(P(ia32_room(32)), 32)), 1, 0, 0, 0);
	res = i386(372, pair[1], P(in), 0);
	SEE(53, "recvmsg", I("res", res), I("size", 9), B("data", "firstnext", 9), UNIX_UNNAMED("tuple"),
	    EMPTY("msgcontrol"), I("fd", pair[1]), IA32);
	vec = WORDS(0, 0, P(iov), 1, 0, 0, 0, 0, 0, 0, P(iov + 2), 1, 0, 0, 0, 0);
	res = i386(345, pair[0], P(vec), 2, 0);
	NEED(res == 2);
	SEE(51, "sendmmsg", I("res", 5), I("fd", pair[0]), I("size", 5), B("data", "first", 5), UNIX_UNNAMED("tuple"),
	    IA32);
	SEE(51, "sendmmsg", I("res", 4), I("fd", pair[0]), I("size", 4), B("data", "next", 4), UNIX_UNNAMED("tuple"),
	    IA32);
	/* The mark is gone with the call. */
	SEE(51, "sendmmsg", I("res", call(SYS_sendmmsg, -1, NULL, 0, 0)), I("fd", -1), I("size", 0), EMPTY("data"),
	    EMPTY("tuple"), CTX_COMPAT(0));
}

static void semaphores(void)
{
	long id = i386(117, 2, IPC_PRIVATE, 1, 0600);
	void *sop = ia32_copy(&(struct sembuf){0, 1, 0}, sizeof(struct sembuf));
	uint32_t *val = WORDS(3);

	NEED(id >= 0);
	SEE(263, "semget", I("res", id), I("key", 0), I("nsems", 1), ANY("semflg", "W"), IA32);
	SEE(253, "semctl", I("res", i386(117, 3, id, 0, 0x100 | SETVAL, P(val))), I("semid", id), I("semnum", 0),
	    ANY("cmd", "wire"), I("val", 3), IA32);
	SEE(251, "semop", I("res", i386(117, 1, id, 1, 0, P(sop))), I("nsops", 1), I("sem_num_0", 0), I("sem_op_0", 1),
	    I("sem_flg_0", 0), I("sem_num_1", 0), I("sem_op_1", 0), I("sem_flg_1", 0), I("semid", id), IA32);
	SEE(33209, "semtimedop", I("res", i386(117, 4, -1, 1, 0, P(sop), P(WORDS(2, 5)))), I("semid", -1),
	    I("nsops", 1), I("sem_num_0", 0), I("sem_op_0", 1), I("sem_flg_0", 0), ANY("sem_num_1", "behind it"),
	    ANY("sem_op_1", "likewise"), ANY("sem_flg_1", "likewise"), I("timeout", 2 * SEC + 5), IA32);
	SEE(33209, "semtimedop", I("res", i386(420, -1, P(sop), 1, P(WORDS(2, 0, 5, 0)))), I("semid", -1),
	    I("nsops", 1), I("sem_num_0", 0), I("sem_op_0", 1), I("sem_flg_0", 0), ANY("sem_num_1", "behind it"),
	    ANY("sem_op_1", "likewise"), ANY("sem_flg_1", "likewise"), I("timeout", 2 * SEC + 5), IA32);
	SEE(253, "semctl", I("res", call(SYS_semctl, id, 0, IPC_RMID, 0)), I("semid", id), I("semnum", 0),
	    ANY("cmd", "wire"), I("val", 0));
}

static void queues(void)
{
	long id = i386(399, IPC_PRIVATE, 0600), res;
	uint32_t *msg = ia32_copy("\7\0\0\0text", 8), *in = ia32_room(16);

	NEED(id >= 0);
	SEE(32907, "msgsnd", I("res", i386(117, 11, id, 4, 0, P(msg))), I("msqid", id), I("mtype", 7), I("msgsz", 4),
	    B("data", "text", 4), I("msgflg", 0), IA32);
	/* The pointer and the type lie behind a pointer: in the old way. */
	res = i386(117, 12, id, 8, 0, P(WORDS(P(in), (uint32_t)-9)));
	SEE(32909, "msgrcv", I("res", res), I("msqid", id), I("mtype", 7), I("msgsz", 8), B("data", "text", 4),
	    I("msgtyp", -9), I("msgflg", 0), IA32);
	SEE(32907, "msgsnd", I("res", i386(400, id, P(msg), 2, 0)), I("msqid", id), I("mtype", 7), I("msgsz", 2),
	    B("data", "te", 2), I("msgflg", 0), IA32);
	msgctl((int)id, IPC_RMID, NULL);
}

static void shared_memory(void)
{
	uint32_t *at = ia32_room(4);
	long id = i386(395, IPC_PRIVATE, 4096, 0600);

	NEED(id >= 0);
	SEE(32827, "shmget", I("res", id), I("key", 0), I("size", 4096), ANY("shmflg", "wire"), IA32);
	/* The address comes another way than as the result. */
	SEE(32829, "shmat", I("res", i386(117, 21, id, 0, P(at), 0)), I("shmid", id), I("shmaddr", 0), I("shmflg", 0),
	    IA32);
	SEE(32903, "shmdt", I("res", i386(117, 22, 0, 0, 0, *at)), I("shmaddr", *at), IA32);
	shmctl((int)id, IPC_RMID, NULL);
}

#define ANY_TASK                                                                                                       \
	ANY("cgroups", ""), ANY("env", ""), ANY("tty", ""), ANY("vpgid", ""), ANY("loginuid", ""), ANY("flags", ""),   \
		ANY("cap_inheritable", ""), ANY("cap_permitted", ""), ANY("cap_effective", ""), ANY("exe_ino", ""),    \
		ANY("exe_ino_ctime", ""), ANY("exe_ino_mtime", ""), ANY("uid", ""), ANY("trusted_exepath", ""),        \
		ANY("pgid", ""), ANY("gid", ""), ANY("ptid", ""), ANY("cwd", ""), ANY("fdlimit", ""),                  \
		ANY("pgft_maj", ""), ANY("pgft_min", ""), ANY("vm_size", ""), ANY("vm_rss", ""), ANY("vm_swap", "")
#define EXEC(res, name, args, n, comm)                                                                                 \
	I("res", res), S("exe", name), B("args", args, n), I("tid", getpid()), I("pid", getpid()), S("comm", comm),    \
		S("filename", name), ANY_TASK

static void exec_fails(void)
{
	const char *none = L("/nowhere");
	uint32_t *argv = WORDS(P(none), P(L("one")), P(L("two")), 0);
	uint32_t *envp = WORDS(P(L("A=1")), 0);
	char comm[16] = "";

	prctl(PR_GET_NAME, comm);
	SEE(293, "execve", I("res", i386(11, P(none), P(argv), P(envp))), S("exe", none), B("args", "one\0two", 8),
	    I("tid", getpid()), I("pid", getpid()), S("comm", comm), S("filename", none), B("env", "A=1", 4),
	    ANY("cgroups", ""), ANY("tty", ""), ANY("vpgid", ""), ANY("loginuid", ""), ANY("flags", ""),
	    ANY("cap_inheritable", ""), ANY("cap_permitted", ""), ANY("cap_effective", ""), ANY("exe_ino", ""),
	    ANY("exe_ino_ctime", ""), ANY("exe_ino_mtime", ""), ANY("uid", ""), ANY("trusted_exepath", ""),
	    ANY("pgid", ""), ANY("gid", ""), ANY("ptid", ""), ANY("cwd", ""), ANY("fdlimit", ""), ANY("pgft_maj", ""),
	    ANY("pgft_min", ""), ANY("vm_size", ""), ANY("vm_rss", ""), ANY("vm_swap", ""), IA32);
}

/* A 64-bit program becomes a 32-bit one, and that a 64-bit one. */
static void exec_both_ways(void)
{
	const char *path = ia32_program("/bin/true");
	char *argv[] = {(char *)path, (char *)"arg", NULL};

	SEE(293, "execve", EXEC(0, path, "arg", 4, "ia32"), IA32);
	/* It is sigreturn, which the kernel makes the same as the other. */
	SEE(32799, "rt_sigreturn", I("res", 0), IA32);
	SEE(34831, "waitpid", ANY("res", "its child"), ANY("upid", "likewise"), EMPTY("status"), I("options", 0), IA32);
	SEE(293, "execve", EXEC(0, "/bin/true", NULL, 0, "true"), CTX_COMPAT(0));
	execv(path, argv);
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(clocks),  CASE(ids),	    CASE(limits),     CASE(only_theirs),
		CASE(signals), CASE(sockets),	    CASE(messages),   CASE(semaphores),
		CASE(queues),  CASE(shared_memory), CASE(exec_fails), CASE_EXECS(exec_both_ways),
	};

	return ia32_possible("ia32_calls") ? live_family("ia32_calls", cases, sizeof(cases) / sizeof(cases[0]))
					   : LIVE_SKIP;
}

#else

int main(void)
{
	return ia32_possible("ia32_calls") ? 1 : LIVE_SKIP;
}

#endif
