/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the fd tells of an event: category, direction, role; and which calls wait. Over the whole table of events. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "event/table.h"
#include "feed.h"
#include "run.h"

#define TID	  10
#define FIRST_FD  40 /* of this number and on there is an fd of each type */
#define NO_SUCH	  FIRST_FD + GYR_FD_TYPES_
#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static struct feed F, *f = &F;

static void setup(void)
{
	feed_open(f);
}

static void teardown(void)
{
	feed_close(f);
}

static bool is_io(enum gyr_category c)
{
	return c == GYR_CAT_IO_READ || c == GYR_CAT_IO_WRITE || c == GYR_CAT_IO_OTHER;
}

/* The thread has nothing but these. */
static void one_fd_of_each_type(void)
{
	struct files *files = files_new(f->st);
	struct gyr_thread *t;

	FEED(f, TID, SYSCALL_GETPID_X, N("res", TID));
	t = thread_get(f->st, TID);
	ck_assert(t && files);
	for (int type = 0; type < GYR_FD_TYPES_; type++)
		ck_assert_ptr_nonnull(files_install(f->st, files, FIRST_FD + type, file_new(f->st, type, NULL), false));
	thread_set_files(f->st, t, files);
	files_put(f->st, files);
}

/* What gyr_next would hand out, of the event with all params empty but its fds. */
static enum gyr_category category_with(const struct gyr_event_info *info, int64_t fd)
{
	struct arg args[GYR_PARAMS_MAX + 1] = {{0}}, *arg = args;

	for (uint32_t i = 0; i < info->nparams; i++)
		if (info->params[i].type == GYR_TYPE_FD)
			*arg++ = (struct arg)N(info->params[i].name, fd);
	one_fd_of_each_type();
	feed_before_args(f, TID, info->type, args);
	return gyr_event_category(&f->ev);
}

/* ---- category ---- */

/* Of a known fd it is known. In some old files the exit has no fd. */
static void ck_completed(const struct gyr_event_info *info)
{
	for (int64_t fd = FIRST_FD; fd <= NO_SUCH; fd++) {
		enum gyr_category c = category_with(info, fd);

		ck_assert_msg(!is_io(c) && *gyr_category_name(c), "%s, fd type %d: %s", info->id, (int)(fd - FIRST_FD),
			      gyr_category_name(c));
		if (!is_io(info->category))
			ck_assert_int_eq(c, info->category);
		else if (fd > FIRST_FD && fd < NO_SUCH && state_rule(f->st, info->type)->fd >= 0)
			ck_assert_msg(c != GYR_CAT_UNKNOWN, "%s, fd type %d", info->id, (int)(fd - FIRST_FD));
	}
	ck_assert(!is_io(category_with(info, -EBADF)));
}

START_TEST(every_syscall_has_a_category)
{
	const struct gyr_syscall_info *sc;
	const struct gyr_event_info *info;
	size_t i;

	for (i = 0; (sc = gyr_syscall_at(i)); i++) {
		info = gyr_event_info_by_type(sc->type);
		ck_assert_msg(info->category != GYR_CAT_UNKNOWN, "%s", sc->name);
		ck_completed(info);
	}
	ck_assert_uint_gt(i, 400);
}
END_TEST

/* Of the other sources, and of old files, too. */
START_TEST(every_event_is_completed)
{
	const struct gyr_event_info *info;

	for (size_t i = 0; (info = gyr_event_info_at(i)); i++)
		if (!(info->flags & GYR_EVF_UNUSED))
			ck_completed(info);
}
END_TEST

START_TEST(no_row_is_in_vain)
{
	bool used[COMPLETE_ROWS] = {0}, types[GYR_FD_TYPES_] = {0};
	const struct gyr_event_info *info;

	for (size_t i = 0; (info = gyr_event_info_at(i)); i++) {
		const struct rule *r = state_rule(f->st, info->type);

		ck_assert_int_eq(is_io(info->category), r->unknown != COMPLETE_NOT);
		if (r->unknown == COMPLETE_NOT)
			continue;
		used[r->unknown] |= info->produced;
		if (r->unknown == COMPLETE_NO_FD)
			ck_assert_msg(r->fd < 0, "%s has an fd", info->id);
		/* Its file is known by an index of the ring alone. */
		else if (info->produced && info->type != GYR_EVT_IO_URING_FIXED_FD_INSTALL_E)
			ck_assert_msg(r->fd >= 0, "%s has no fd", info->id);
		for (int64_t fd = FIRST_FD; r->fd >= 0 && info->produced && fd < NO_SUCH; fd++) {
			category_with(info, fd);
			types[f->ev.fd ? gyr_fd_type(f->ev.fd) : GYR_FD_UNKNOWN] = true;
		}
	}
	for (int row = 0; row < COMPLETE_ROWS; row++)
		ck_assert_msg(used[row] || (row < GYR_FD_TYPES_ && types[row]), "row %d", row);
}
END_TEST

/* What the rows say, by hand. */
START_TEST(by_type)
{
	static const struct {
		enum gyr_fd_type type;
		enum gyr_category category;
	} rows[] = {
		{GYR_FD_FILE, GYR_CAT_FILE},	 {GYR_FD_DIRECTORY, GYR_CAT_FILE}, {GYR_FD_DEVICE, GYR_CAT_FILE},
		{GYR_FD_MEMFD, GYR_CAT_FILE},	 {GYR_FD_IPV4, GYR_CAT_NET},	   {GYR_FD_IPV6, GYR_CAT_NET},
		{GYR_FD_UNIX, GYR_CAT_NET},	 {GYR_FD_NETLINK, GYR_CAT_NET},	   {GYR_FD_PACKET, GYR_CAT_NET},
		{GYR_FD_SOCKET, GYR_CAT_NET},	 {GYR_FD_PIPE, GYR_CAT_IPC},	   {GYR_FD_EVENTFD, GYR_CAT_IPC},
		{GYR_FD_SIGNALFD, GYR_CAT_IPC},	 {GYR_FD_INOTIFY, GYR_CAT_IPC},	   {GYR_FD_EVENTPOLL, GYR_CAT_OTHER},
		{GYR_FD_TIMERFD, GYR_CAT_OTHER}, {GYR_FD_PIDFD, GYR_CAT_OTHER},	   {GYR_FD_IO_URING, GYR_CAT_OTHER},
		{GYR_FD_BPF, GYR_CAT_OTHER},	 {GYR_FD_ANON, GYR_CAT_OTHER},	   {GYR_FD_UNKNOWN, GYR_CAT_UNKNOWN},
	};
	static const uint16_t events[] = {GYR_EVT_SYSCALL_READ_X, GYR_EVT_SYSCALL_WRITE_X, GYR_EVT_SYSCALL_CLOSE_X,
					  GYR_EVT_SYSCALL_IOCTL_3_X, GYR_EVT_IO_URING_READ_E};
	size_t i, k;

	ck_assert_uint_eq(LENGTH(rows), GYR_FD_TYPES_);
	for (i = 0; i < LENGTH(rows); i++)
		for (k = 0; k < LENGTH(events); k++)
			ck_assert_int_eq(category_with(gyr_event_info_by_type(events[k]), FIRST_FD + rows[i].type),
					 rows[i].category);
}
END_TEST

/* What a read can become can be asked for, so that the driver emits it. */
START_TEST(can_be_asked_for)
{
	static struct selection sel;
	char spec[32];

	for (int row = 0; row < COMPLETE_ROWS; row++) {
		enum gyr_category c = complete_category(row, GYR_FD_UNKNOWN);

		if (c == GYR_CAT_UNKNOWN)
			continue;
		snprintf(spec, sizeof(spec), "@%s", gyr_category_name(c));
		ck_assert_int_eq(selection_parse(&sel, spec, &f->g.diag), 0);
		ck_assert_msg(selection_may_want(&sel, GYR_EVT_SYSCALL_READ_X), "%s", spec);
	}
}
END_TEST

START_TEST(without_the_fd)
{
	static const struct {
		uint16_t type;
		enum gyr_category category;
	} cases[] = {
		{GYR_EVT_SYSCALL_READ_X, GYR_CAT_UNKNOWN},   {GYR_EVT_SYSCALL_CLOSE_X, GYR_CAT_UNKNOWN},
		{GYR_EVT_IO_URING_READ_E, GYR_CAT_UNKNOWN},  {GYR_EVT_SOCKET_SENDTO_X, GYR_CAT_NET},
		{GYR_EVT_SOCKET_RECVMMSG_X, GYR_CAT_NET},    {GYR_EVT_IO_URING_RECV_ZC_E, GYR_CAT_NET},
		{GYR_EVT_SYSCALL_TEE_X, GYR_CAT_IPC},	     {GYR_EVT_SYSCALL_IO_URING_ENTER_X, GYR_CAT_OTHER},
		{GYR_EVT_SYSCALL_IO_SETUP_X, GYR_CAT_OTHER}, {GYR_EVT_SYSCALL_CLOSE_RANGE_X, GYR_CAT_OTHER},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		const struct gyr_event_info *info = gyr_event_info_by_type(cases[i].type);

		ck_assert_msg(category_with(info, NO_SUCH) == cases[i].category, "%s", info->id);
		ck_assert_msg(category_with(info, -EBADF) == cases[i].category, "%s", info->id);
	}
}
END_TEST

/* ---- direction ---- */

static enum gyr_direction direction_of(const struct gyr_event_info *info)
{
	struct gyr_event ev = {.type = info->type, .info = info};

	return gyr_event_direction(&ev);
}

START_TEST(io_has_a_direction)
{
	const struct gyr_event_info *info;

	for (size_t i = 0; (info = gyr_event_info_at(i)); i++) {
		enum gyr_direction d = direction_of(info);

		if (info->category == GYR_CAT_IO_READ && info->produced)
			ck_assert_msg(d == GYR_DIRECTION_IN, "%s", info->id);
		if (info->category == GYR_CAT_IO_WRITE && info->produced)
			ck_assert_msg(d == GYR_DIRECTION_OUT, "%s", info->id);
		ck_assert_msg((d != GYR_DIRECTION_NONE) ==
				      !!(info->flags & (GYR_EVF_READS_FROM_FD | GYR_EVF_WRITES_TO_FD)),
			      "%s", info->id);
		if (d != GYR_DIRECTION_NONE && info->produced)
			ck_assert_msg(state_rule(f->st, info->type)->fd >= 0, "%s: of which fd?", info->id);
	}
}
END_TEST

/* Between two fds: as of the one that the event shows. */
START_TEST(direction_between_fds)
{
	static const struct {
		uint16_t type;
		const char *fd;
		enum gyr_direction direction;
	} cases[] = {
		{GYR_EVT_SYSCALL_SENDFILE_X, "out_fd", GYR_DIRECTION_OUT},
		{GYR_EVT_SYSCALL_COPY_FILE_RANGE_X, "fdout", GYR_DIRECTION_OUT},
		{GYR_EVT_SYSCALL_SPLICE_X, "fd_in", GYR_DIRECTION_IN},
		{GYR_EVT_SYSCALL_TEE_X, "fdin", GYR_DIRECTION_IN},
		{GYR_EVT_IO_URING_SPLICE_E, "fd_in", GYR_DIRECTION_IN},
		{GYR_EVT_IO_URING_TEE_E, "fdin", GYR_DIRECTION_IN},
		{GYR_EVT_SYSCALL_VMSPLICE_X, "fd", GYR_DIRECTION_NONE},
		{GYR_EVT_SYSCALL_FSYNC_X, "fd", GYR_DIRECTION_NONE},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		const struct gyr_event_info *info = gyr_event_info_by_type(cases[i].type);

		ck_assert_str_eq(info->params[state_rule(f->st, info->type)->fd].name, cases[i].fd);
		ck_assert_msg(direction_of(info) == cases[i].direction, "%s", info->id);
	}
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(gyr_direction_name(GYR_DIRECTION_NONE), "");
	ck_assert_str_eq(gyr_direction_name(GYR_DIRECTION_IN), "read");
	ck_assert_str_eq(gyr_direction_name(GYR_DIRECTION_OUT), "write");
	ck_assert_str_eq(gyr_direction_name((enum gyr_direction)3), "");
	ck_assert_str_eq(gyr_role_name(GYR_ROLE_NONE), "");
	ck_assert_str_eq(gyr_role_name(GYR_ROLE_CLIENT), "client");
	ck_assert_str_eq(gyr_role_name(GYR_ROLE_SERVER), "server");
	ck_assert_str_eq(gyr_role_name((enum gyr_role)3), "");
}
END_TEST

/* ---- waits ---- */

/* docs/format.md says what waiting is. */
static const char *const waiting[] = {
	"poll",
	"ppoll",
	"select",
	"pselect6",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"nanosleep",
	"clock_nanosleep",
	"pause",
	"rt_sigsuspend",
	"sigsuspend",
	"rt_sigtimedwait",
	"wait4",
	"waitid",
	"waitpid",
	"futex",
	"futex_wait",
	"futex_waitv",
	"flock",
	"semop",
	"semtimedop",
	"msgsnd",
	"msgrcv",
	"mq_timedsend",
	"mq_timedreceive",
	"io_getevents",
	"io_pgetevents",
	"io_uring_enter",
	"request_key",
	"syslog",
	"restart_syscall",
	"io_uring_poll_add",
	"io_uring_timeout",
	"io_uring_link_timeout",
	"io_uring_waitid",
	"io_uring_futex_wait",
	"io_uring_futex_waitv",
	"io_uring_epoll_wait",
};

static bool is_waiting(const char *name)
{
	for (size_t i = 0; i < LENGTH(waiting); i++)
		if (strcmp(waiting[i], name) == 0)
			return true;
	return false;
}

START_TEST(these_wait_and_no_others)
{
	const struct gyr_event_info *info;
	size_t i, n = 0;

	for (i = 0; (info = gyr_event_info_at(i)); i++) {
		struct gyr_event ev = {.type = info->type, .info = info};

		if (info->flags & GYR_EVF_UNUSED)
			continue;
		ck_assert_msg(gyr_event_is_wait(&ev) == is_waiting(info->name), "%s", info->id);
		/* One each: of what has other versions, they are of old files. */
		n += info->produced && gyr_event_is_wait(&ev);
	}
	ck_assert_uint_eq(n, LENGTH(waiting));
}
END_TEST

/* ---- roles ---- */

struct tuple4 {
	uint8_t family;
	uint8_t src[4];
	uint16_t sport;
	uint8_t dst[4];
	uint16_t dport;
} __attribute__((packed));

static const struct tuple4 ends = {AF_INET, {10, 0, 0, 1}, 4242, {10, 0, 0, 2}, 80};
static const uint8_t any_port[] = {AF_INET, 0, 0, 0, 0, 0, 0}, port_80[] = {AF_INET, 0, 0, 0, 0, 80, 0};
static const uint8_t unix_addr[] = "\1/run/x";

static enum gyr_role role_of(int64_t fd)
{
	BEFORE(f, TID, SYSCALL_READ_X, N("res", 0), N("fd", fd));
	return gyr_event_role(&f->ev);
}

static void open_socket(int64_t fd, int domain, int type)
{
	FEED(f, TID, SOCKET_SOCKET_X, N("fd", fd), N("domain", domain), N("type", type), N("proto", 0));
	ck_assert_int_eq(role_of(fd), GYR_ROLE_NONE);
}

START_TEST(roles_of_streams)
{
	struct gyr_fd_tuple t;

	open_socket(3, AF_INET, SOCK_STREAM);
	FEED(f, TID, SOCKET_CONNECT_X, N("res", -ECONNREFUSED), B("tuple", &ends, sizeof(ends)), N("fd", 3));
	ck_assert_int_eq(role_of(3), GYR_ROLE_NONE);
	BEFORE(f, TID, SOCKET_CONNECT_X, N("res", -EINPROGRESS), B("tuple", &ends, sizeof(ends)), N("fd", 3));
	ck_assert_int_eq(gyr_event_role(&f->ev), GYR_ROLE_CLIENT);
	feed_after(f);
	FEED(f, TID, SYSCALL_DUP_1_X, N("res", 4), N("oldfd", 3));
	ck_assert_int_eq(role_of(4), GYR_ROLE_CLIENT);

	open_socket(5, AF_INET, SOCK_STREAM);
	FEED(f, TID, SOCKET_BIND_X, N("res", 0), B("addr", port_80, sizeof(port_80)), N("fd", 5));
	ck_assert_int_eq(role_of(5), GYR_ROLE_SERVER);
	FEED(f, TID, SOCKET_LISTEN_X, N("res", 0), N("fd", 5));
	BEFORE(f, TID, SOCKET_ACCEPT_5_X, N("fd", 6), B("tuple", &ends, sizeof(ends)));
	ck_assert_int_eq(gyr_event_role(&f->ev), GYR_ROLE_SERVER);
	feed_after(f);
	BEFORE(f, TID, SYSCALL_CLOSE_X, N("res", 0), N("fd", 6));
	ck_assert_int_eq(gyr_event_role(&f->ev), GYR_ROLE_SERVER);
	feed_after(f);
	ck_assert_int_eq(role_of(6), GYR_ROLE_NONE);

	/* A port of the kernel's choice is a client's or a server's. */
	open_socket(7, AF_INET, SOCK_STREAM);
	FEED(f, TID, SOCKET_BIND_X, N("res", 0), B("addr", any_port, sizeof(any_port)), N("fd", 7));
	ck_assert_int_eq(role_of(7), GYR_ROLE_NONE);
	FEED(f, TID, SOCKET_LISTEN_X, N("res", 0), N("fd", 7));
	ck_assert_int_eq(role_of(7), GYR_ROLE_SERVER);
	ck_assert(gyr_fd_get_tuple(feed_fd(f, TID, 7), &t) && t.server);

	/* A stream that was there before: its data do not tell who connected. */
	FEED(f, TID, SOCKET_SENDTO_X, N("res", 1), N("fd", 8), B("tuple", &ends, sizeof(ends)));
	ck_assert_int_eq(role_of(8), GYR_ROLE_NONE);
}
END_TEST

START_TEST(roles_of_datagrams)
{
	open_socket(3, AF_INET, SOCK_DGRAM);
	BEFORE(f, TID, SOCKET_SENDTO_X, N("res", 1), N("fd", 3), B("tuple", &ends, sizeof(ends)));
	ck_assert_int_eq(gyr_event_role(&f->ev), GYR_ROLE_CLIENT);
	feed_after(f);
	FEED(f, TID, SOCKET_RECVFROM_X, N("res", 1), N("fd", 3), B("tuple", &ends, sizeof(ends)));
	ck_assert_int_eq(role_of(3), GYR_ROLE_CLIENT);

	open_socket(4, AF_INET, SOCK_DGRAM);
	FEED(f, TID, SOCKET_RECVFROM_X, N("res", 1), N("fd", 4), B("tuple", &ends, sizeof(ends)));
	ck_assert_int_eq(role_of(4), GYR_ROLE_SERVER);
	FEED(f, TID, SOCKET_SENDTO_X, N("res", 1), N("fd", 4), B("tuple", &ends, sizeof(ends)));
	ck_assert_int_eq(role_of(4), GYR_ROLE_SERVER);

	open_socket(5, AF_INET, SOCK_DGRAM);
	FEED(f, TID, SOCKET_BIND_X, N("res", 0), B("addr", port_80, sizeof(port_80)), N("fd", 5));
	ck_assert_int_eq(role_of(5), GYR_ROLE_SERVER);
	FEED(f, TID, SOCKET_CONNECT_X, N("res", 0), B("tuple", &ends, sizeof(ends)), N("fd", 5));
	ck_assert_int_eq(role_of(5), GYR_ROLE_CLIENT);
}
END_TEST

START_TEST(roles_of_unix)
{
	static const struct {
		uint8_t family;
		uint64_t src, dst;
		char path[7];
	} __attribute__((packed)) tuple = {AF_UNIX, 1, 2, "/run/x"};

	open_socket(3, AF_UNIX, SOCK_STREAM);
	FEED(f, TID, SOCKET_CONNECT_X, N("res", 0), B("tuple", &tuple, sizeof(tuple)), N("fd", 3));
	ck_assert_int_eq(role_of(3), GYR_ROLE_CLIENT);
	open_socket(4, AF_UNIX, SOCK_DGRAM);
	FEED(f, TID, SOCKET_BIND_X, N("res", 0), B("addr", unix_addr, sizeof(unix_addr)), N("fd", 4));
	ck_assert_int_eq(role_of(4), GYR_ROLE_SERVER);
	FEED(f, TID, SOCKET_ACCEPT_5_X, N("fd", 5), B("tuple", &tuple, sizeof(tuple)));
	ck_assert_int_eq(role_of(5), GYR_ROLE_SERVER);
	FEED(f, TID, SOCKET_SOCKETPAIR_X, N("res", 0), N("fd1", 6), N("fd2", 7), N("domain", AF_UNIX),
	     N("type", SOCK_STREAM));
	ck_assert_int_eq(role_of(6), GYR_ROLE_NONE);
	ck_assert_int_eq(role_of(7), GYR_ROLE_NONE);
}
END_TEST

START_TEST(no_role)
{
	one_fd_of_each_type();
	for (int type = 0; type < GYR_FD_TYPES_; type++)
		ck_assert_int_eq(role_of(FIRST_FD + type), GYR_ROLE_NONE);
	ck_assert_int_eq(role_of(NO_SUCH), GYR_ROLE_NONE);
	ck_assert_int_eq(role_of(-EBADF), GYR_ROLE_NONE);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_syscall_has_a_category,
		every_event_is_completed,
		no_row_is_in_vain,
		by_type,
		can_be_asked_for,
		without_the_fd,
		io_has_a_direction,
		direction_between_fds,
		names,
		these_wait_and_no_others,
		roles_of_streams,
		roles_of_datagrams,
		roles_of_unix,
		no_role,
	};
	Suite *s = suite_create("complete");
	TCase *tc = tcase_create("complete");

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < LENGTH(tests); i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
