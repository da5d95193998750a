/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is too long, too many, or not there to be read is cut, and marked as cut; what just fits is whole. */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "harness.h"
#include "run.h"

#define STR_LIMIT  4096 /* docs/format.md */
#define ARGV_LIMIT 64
#define IOV_LIMIT  32
#define SNAPLEN	   80

static struct gyr *open_of(const char *events, int pid)
{
	return live_begin(&(struct gyr_live_opts){.events = events, .pids = &pid, .npids = 1});
}

/* The next event is of that name; what is said of its cut params. In static memory, as "a b". */
static const char *cuts(const struct gyr_event *ev)
{
	static char names[256];

	names[0] = 0;
	for (uint32_t i = 0; i < gyr_event_nparams(ev); i++) {
		if (!gyr_event_cut(ev, i))
			continue;
		if (names[0])
			strcat(names, " ");
		strcat(names, gyr_event_info(ev)->params[i].name);
	}
	return names;
}

static struct gyr_param param(const struct gyr_event *ev, const char *name)
{
	struct gyr_param p;

	ck_assert_int_eq(gyr_event_param_by_name(ev, name, &p), 0);
	return p;
}

static const struct gyr_event *next(struct gyr *g, const char *name, const char *cut)
{
	static char line[1 << 18];
	const struct gyr_event *ev;
	const uint8_t *frame;
	uint32_t len, nparams;
	char words[280];

	ck_assert_int_eq(gyr_next(g, &ev, LIVE_PATIENCE), 1);
	ck_assert_str_eq(gyr_event_name(ev), name);
	ck_assert_str_eq(cuts(ev), cut);
	frame = gyr_event_frame(ev, &len);
	memcpy(&nparams, frame + 22, sizeof(nparams));
	ck_assert_uint_eq(nparams, gyr_event_nparams(ev));
	ck_assert_int_lt(gyr_event_json(ev, line, sizeof(line), 0), (int)sizeof(line));
	snprintf(words, sizeof(words), "\"evt.cut\":[\"%s\"]", cut);
	ck_assert_int_eq(strstr(line, "evt.cut") != NULL, *cut != 0);
	if (*cut && !strchr(cut, ' '))
		ck_assert_msg(strstr(line, words), "no %s", words);
	ck_assert_int_lt(gyr_event_text(ev, line, sizeof(line), 0), (int)sizeof(line));
	ck_assert_int_eq(strstr(line, "...,") || strstr(line, "...)"), *cut != 0);
	return ev;
}

/* ---- memory that cannot be read ---- */

static void act_fault(void)
{
	char *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	syscall(SYS_openat, AT_FDCWD, nowhere, O_RDONLY);
	syscall(SYS_openat, AT_FDCWD, NULL, O_RDONLY);
	syscall(SYS_openat, AT_FDCWD, "", O_RDONLY);
	syscall(SYS_nanosleep, nowhere, NULL);
}

START_TEST(fault)
{
	int pid = live_start(act_fault);
	struct gyr *g = open_of("openat,nanosleep", pid);
	struct gyr_stats st = {.sz = sizeof(st)};

	live_let_go(pid);
	ck_assert_uint_eq(param(next(g, "openat", "name"), "name").len, 0);
	ck_assert_uint_eq(param(next(g, "openat", ""), "name").len, 0);
	ck_assert_uint_eq(param(next(g, "openat", ""), "name").len, 1);
	next(g, "nanosleep", "interval");
	ck_assert_int_eq(gyr_stats_read(g, &st), 0);
	ck_assert_uint_eq(st.user_faults, 2);
	live_finish(g);
}
END_TEST

/* ---- paths ---- */

static char path[STR_LIMIT + 100];

static void make_path(size_t len)
{
	for (size_t i = 0; i < len; i++)
		path[i] = i % 2 ? 'a' : '/';
	path[len] = 0;
}

static void act_paths(void)
{
	make_path(STR_LIMIT - 1);
	syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
	make_path(STR_LIMIT);
	syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
	make_path(STR_LIMIT + 90);
	syscall(SYS_renameat, AT_FDCWD, path, AT_FDCWD, "/short");
}

static void path_is(const struct gyr_param *p)
{
	make_path(STR_LIMIT - 1);
	ck_assert_uint_eq(p->len, STR_LIMIT);
	ck_assert_mem_eq(p->data, path, STR_LIMIT);
}

START_TEST(paths)
{
	int pid = live_start(act_paths);
	struct gyr *g = open_of("openat,renameat", pid);
	struct gyr_param p;

	live_let_go(pid);
	p = param(next(g, "openat", ""), "name");
	path_is(&p);
	p = param(next(g, "openat", "name"), "name");
	path_is(&p);
	p = param(next(g, "renameat", "oldpath"), "oldpath");
	path_is(&p);
	live_finish(g);
}
END_TEST

/* ---- argv ---- */

#define ARG_SIZE 65536
#define ARGS	 16 /* 1 MiB */

static char *const no_env[] = {NULL};
static char *args[ARGV_LIMIT + 3];

static void make_args(size_t n, size_t size)
{
	args[0] = "prog";
	for (size_t i = 1; i < n; i++) {
		args[i] = malloc(size);
		memset(args[i], 'x', size - 1);
		args[i][size - 1] = 0;
	}
	args[n] = NULL;
}

static void act_exec_large(void)
{
	make_args(ARGS + 1, ARG_SIZE);
	syscall(SYS_execve, "/nowhere", args, no_env);
	syscall(SYS_execve, "/bin/true", args, no_env);
}

START_TEST(argv_of_a_mib)
{
	int pid = live_start(act_exec_large);
	struct gyr *g = open_of("execve", pid);
	const struct gyr_event *ev;
	struct gyr_param p;
	int64_t res;

	live_let_go(pid);
	for (int i = 0; i < 2; i++) {
		ev = next(g, "execve", "args");
		ck_assert(gyr_event_res(ev, &res));
		ck_assert_int_eq(res, i ? 0 : -ENOENT);
		ck_assert_str_eq(param(ev, "exe").data, "prog");
		p = param(ev, "args");
		/* Of the kernel's copy exe and args share the room. */
		ck_assert_uint_eq(p.len, i ? STR_LIMIT - strlen("prog") - 1 : STR_LIMIT);
		ck_assert_uint_eq(strlen(p.data), p.len - 1);
	}
	live_finish(g);
}
END_TEST

static void act_exec_many(void)
{
	make_args(ARGV_LIMIT, 2);
	syscall(SYS_execve, "/nowhere", args, no_env);
	make_args(ARGV_LIMIT + 1, 2);
	syscall(SYS_execve, "/nowhere", args, no_env);
	syscall(SYS_execve, "/nowhere", no_env, args);
	/* One that just fits, and then one more. */
	make_args(2, STR_LIMIT);
	syscall(SYS_execve, "/nowhere", args, no_env);
	args[2] = "";
	args[3] = NULL;
	syscall(SYS_execve, "/nowhere", args, no_env);
}

START_TEST(argv_of_many)
{
	int pid = live_start(act_exec_many);
	struct gyr *g = open_of("execve", pid);
	const struct gyr_event *ev;

	live_let_go(pid);
	ck_assert_uint_eq(param(next(g, "execve", ""), "args").len, 2 * (ARGV_LIMIT - 1));
	ck_assert_uint_eq(param(next(g, "execve", "args"), "args").len, 2 * (ARGV_LIMIT - 1));
	ev = next(g, "execve", "env");
	ck_assert_uint_eq(param(ev, "exe").len + param(ev, "args").len, 0);
	ck_assert_uint_eq(param(ev, "env").len, strlen("prog") + 1 + 2 * (ARGV_LIMIT - 1));
	ck_assert_uint_eq(param(next(g, "execve", ""), "args").len, STR_LIMIT);
	ck_assert_uint_eq(param(next(g, "execve", "args"), "args").len, STR_LIMIT);
	live_finish(g);
}
END_TEST

/* ---- data ---- */

static void act_writev(void)
{
	static struct iovec iov[1024];
	static char bytes[1024];
	int fd = open("/dev/null", O_WRONLY);

	for (int i = 0; i < 1024; i++) {
		bytes[i] = (char)('a' + i % 26);
		iov[i] = (struct iovec){.iov_base = bytes + i, .iov_len = 1};
	}
	if (syscall(SYS_writev, fd, iov, 1024) != 1024 || syscall(SYS_writev, fd, iov, IOV_LIMIT) != IOV_LIMIT)
		_exit(1);
	syscall(SYS_writev, -1, iov, 1024);
	iov[0].iov_len = 1024;
	if (syscall(SYS_writev, fd, iov, 1) != 1024)
		_exit(1);
	iov[1].iov_base = NULL; /* nothing of it is read by the device */
	syscall(SYS_writev, fd, iov + 1, 1);
	syscall(SYS_writev, fd, NULL, 1);
	if (write(fd, bytes, SNAPLEN) != SNAPLEN || write(fd, bytes, SNAPLEN + 1) != SNAPLEN + 1)
		_exit(1);
}

static void data_is(const struct gyr_event *ev, uint32_t len, uint64_t size)
{
	struct gyr_param p = param(ev, "data");

	ck_assert_uint_eq(p.len, len);
	for (uint32_t i = 0; i < len; i++)
		ck_assert_int_eq(((const char *)p.data)[i], 'a' + i % 26);
	ck_assert_uint_eq(param(ev, "size").u64, size);
}

START_TEST(data)
{
	int pid = live_start(act_writev);
	struct gyr *g = open_of("writev,write", pid);

	live_let_go(pid);
	data_is(next(g, "writev", "data"), IOV_LIMIT, 1024);
	data_is(next(g, "writev", ""), IOV_LIMIT, IOV_LIMIT);
	data_is(next(g, "writev", "data size"), IOV_LIMIT, IOV_LIMIT);
	data_is(next(g, "writev", "data"), SNAPLEN, 1024);
	data_is(next(g, "writev", "data"), 0, 1);
	data_is(next(g, "writev", "data size"), 0, 0);
	data_is(next(g, "write", ""), SNAPLEN, SNAPLEN);
	data_is(next(g, "write", "data"), SNAPLEN, SNAPLEN + 1);
	live_finish(g);
}
END_TEST

static void act_sendmmsg(void)
{
	static char byte = 'a';
	static struct iovec iov[IOV_LIMIT + 8];
	struct mmsghdr hdr = {.msg_hdr = {.msg_iov = iov}};
	int fds[2];

	for (int i = 0; i < IOV_LIMIT + 8; i++)
		iov[i] = (struct iovec){.iov_base = &byte, .iov_len = 1};
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
		_exit(1);
	for (size_t n = IOV_LIMIT; n <= IOV_LIMIT + 8; n += 8) {
		hdr.msg_hdr.msg_iovlen = n;
		if (syscall(SYS_sendmmsg, fds[0], &hdr, 1, 0) != 1)
			_exit(1);
	}
}

START_TEST(messages)
{
	int pid = live_start(act_sendmmsg);
	struct gyr *g = open_of("sendmmsg", pid);

	live_let_go(pid);
	ck_assert_uint_eq(param(next(g, "sendmmsg", ""), "size").u64, IOV_LIMIT);
	ck_assert_uint_eq(param(next(g, "sendmmsg", "data"), "size").u64, IOV_LIMIT + 8);
	live_finish(g);
}
END_TEST

/* What is behind a pointer, which is looked at before the params that come of it: they are marked, and no others. */
static void act_structs(void)
{
	syscall(SYS_quotactl, 0x80000700, NULL, 0, 1L); /* Q_GETQUOTA */
	syscall(SYS_clone3, 1L, 88);
}

START_TEST(structs)
{
	int pid = live_start(act_structs);
	struct gyr *g = open_of("quotactl,clone3", pid);

	live_let_go(pid);
	next(g, "quotactl",
	     "dqb_bhardlimit dqb_bsoftlimit dqb_curspace dqb_ihardlimit dqb_isoftlimit dqb_btime dqb_itime");
	next(g, "clone3", "flags");
	live_finish(g);
}
END_TEST

/* ---- descriptors ---- */

#define FDS_MAX	   253 /* the kernel's SCM_MAX_FD */
#define POLL_LIMIT 16

static void act_rights(void)
{
	char control[CMSG_SPACE(FDS_MAX * sizeof(int))], c = 'x';
	struct iovec iov = {.iov_base = &c, .iov_len = 1};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int pair[2], fds[FDS_MAX];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		_exit(1);
	for (int i = 0; i < FDS_MAX; i++)
		fds[i] = pair[0];
	memset(control, 0, sizeof(control));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(cmsg), fds, sizeof(fds));
	if (syscall(SYS_sendmsg, pair[1], &msg, 0) != 1)
		_exit(1);
	memset(control, 0, sizeof(control));
	msg.msg_controllen = sizeof(control);
	if (syscall(SYS_recvmsg, pair[0], &msg, 0) != 1)
		_exit(1);
}

START_TEST(rights)
{
	int pid = live_start(act_rights), fd = 0, last;
	struct gyr *g = open_of("recvmsg", pid);
	const struct gyr_event *ev;
	struct cmsghdr cmsg;
	struct gyr_param p;

	live_let_go(pid);
	ev = next(g, "recvmsg", "");
	p = param(ev, "msgcontrol");
	ck_assert_uint_ge(p.len, CMSG_LEN(FDS_MAX * sizeof(int)));
	memcpy(&cmsg, p.data, sizeof(cmsg));
	ck_assert_uint_eq(cmsg.cmsg_len, CMSG_LEN(FDS_MAX * sizeof(int)));
	memcpy(&fd, (const char *)p.data + CMSG_LEN(0), sizeof(fd));
	memcpy(&last, (const char *)p.data + CMSG_LEN((FDS_MAX - 1) * sizeof(int)), sizeof(last));
	ck_assert_int_ge(last, fd + FDS_MAX - 1);
	live_finish(g);
}
END_TEST

static void act_poll(void)
{
	struct pollfd fds[POLL_LIMIT + 1];
	const struct timespec now = {0};

	for (int i = 0; i <= POLL_LIMIT; i++)
		fds[i] = (struct pollfd){.fd = 500 + i, .events = POLLIN};
	syscall(SYS_ppoll, fds, POLL_LIMIT, &now, NULL, 8);
	syscall(SYS_ppoll, fds, POLL_LIMIT + 1, &now, NULL, 8);
}

START_TEST(polled)
{
	int pid = live_start(act_poll);
	struct gyr *g = open_of("ppoll", pid);
	const uint32_t len = 2 + POLL_LIMIT * 10;

	live_let_go(pid);
	ck_assert_uint_eq(param(next(g, "ppoll", ""), "fds").len, len);
	ck_assert_uint_eq(param(next(g, "ppoll", "fds"), "fds").len, len);
	live_finish(g);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("limits");
	TCase *tc = tcase_create("limits");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, fault);
	tcase_add_test(tc, paths);
	tcase_add_test(tc, argv_of_a_mib);
	tcase_add_test(tc, argv_of_many);
	tcase_add_test(tc, data);
	tcase_add_test(tc, messages);
	tcase_add_test(tc, structs);
	tcase_add_test(tc, rights);
	tcase_add_test(tc, polled);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return live_possible("limits") ? run_suite(suite()) : LIVE_SKIP;
}
