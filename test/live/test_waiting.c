/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* poll and its like, epoll, futex, nanosleep. */
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>

#include "harness.h"
#include "wire_values.h"

/* u16 n, then n times s64 fd and s16 events */
struct fdlist {
	uint8_t data[2 + 16 * 10];
	size_t len;
};

static struct fdlist fdlist(const struct pollfd *fds, const uint16_t *wire, uint16_t n)
{
	struct fdlist l = {.len = 2};

	memcpy(l.data, &n, 2);
	for (uint16_t i = 0; i < n; i++) {
		int64_t fd = fds[i].fd;

		memcpy(l.data + l.len, &fd, 8);
		memcpy(l.data + l.len + 8, &wire[i], 2);
		l.len += 10;
	}
	return l;
}

/* A pipe with a byte in it. */
static void full_pipe(int p[2])
{
	NEED(pipe(p) == 0 && write(p[1], "x", 1) == 1);
}

static void poll_ok(void)
{
	const uint16_t wire[] = {W_POLLIN, W_POLLOUT, W_POLLNVAL, 0};
	struct fdlist l;
	struct pollfd fds[4];
	int p[2];
	long res;

	full_pipe(p);
	fds[0] = (struct pollfd){.fd = p[0], .events = POLLIN | POLLPRI};
	fds[1] = (struct pollfd){.fd = p[1], .events = POLLOUT};
	fds[2] = (struct pollfd){.fd = 999, .events = POLLIN};
	fds[3] = (struct pollfd){.fd = -1, .events = POLLIN};
	res = call(SYS_poll, fds, 4, 1000);
	l = fdlist(fds, wire, 4);
	SEE(81, "poll", I("res", 3), B("fds", l.data, l.len), I("timeout", 1000));
	NEED(res == 3);
	close(p[1]);
	res = call(SYS_poll, fds, 1, -1);
	l = fdlist(fds, (const uint16_t[]){W_POLLIN | W_POLLHUP}, 1);
	SEE(81, "poll", I("res", res), B("fds", l.data, l.len), I("timeout", -1));
}

/* Of many fds the first sixteen are told. */
static void poll_many(void)
{
	uint16_t wire[16];
	struct pollfd fds[40];
	struct fdlist l;
	int p[2];

	full_pipe(p);
	for (int i = 0; i < 40; i++)
		fds[i] = (struct pollfd){.fd = p[0], .events = POLLIN};
	for (int i = 0; i < 16; i++)
		wire[i] = W_POLLIN;
	l = fdlist(fds, wire, 16);
	SEE(81, "poll", I("res", call(SYS_poll, fds, 40, 0)), B("fds", l.data, l.len), I("timeout", 0));
}

static void poll_fails(void)
{
	struct fdlist l = fdlist(NULL, NULL, 0);

	SEE(81, "poll", I("res", call(SYS_poll, 1L, 1, 0)), B("fds", l.data, l.len), I("timeout", 0));
}

static void ppoll_both(void)
{
	const struct timespec ts = {.tv_sec = 0, .tv_nsec = 3000000};
	uint64_t mask = 1ull << (SIGUSR2 - 1) | 1ull << (40 - 1);
	struct pollfd fds[1];
	struct timespec left = ts;
	struct fdlist l;
	int p[2];
	long res;

	NEED(pipe(p) == 0);
	fds[0] = (struct pollfd){.fd = p[0], .events = POLLIN};
	l = fdlist(fds, (const uint16_t[]){0}, 1);
	res = call(SYS_ppoll, fds, 1, &left, &mask, 8L);
	/* The kernel wrote the time that is left; the mask is told as far as 32 bits go. */
	SEE(255, "ppoll", I("res", 0), B("fds", l.data, l.len), I("timeout", left.tv_sec * 1000000000 + left.tv_nsec),
	    I("sigmask", 1ull << (SIGUSR2 - 1)));
	NEED(res == 0);
	res = call(SYS_ppoll, fds, 1, 1L, NULL, 8L);
	SEE(255, "ppoll", I("res", res), B("fds", l.data, l.len), I("timeout", 0), I("sigmask", 0));
}

static void select_both(void)
{
	struct timeval tv = {0, 0};
	fd_set set, none;
	int p[2];
	long res;

	full_pipe(p);
	FD_ZERO(&set);
	FD_ZERO(&none);
	FD_SET(p[0], &set);
	res = call(SYS_select, p[0] + 1, &set, NULL, NULL, &tv);
	SEE(83, "select", I("res", res), I("n", p[0] + 1), I("inp", &set), I("outp", 0), I("exp", 0),
	    I("time_left", 0));
	tv.tv_sec = 100;
	res = call(SYS_select, p[0] + 1, &set, &none, &none, &tv);
	/* The kernel wrote the time that is left. */
	SEE(83, "select", I("res", res), I("n", p[0] + 1), I("inp", &set), I("outp", &none), I("exp", &none),
	    I("time_left", tv.tv_sec * 1000000000 + tv.tv_usec * 1000));
	NEED(res == 1 && tv.tv_sec <= 100);
	SEE(83, "select", I("res", call(SYS_select, -1, NULL, NULL, NULL, NULL)), I("n", -1), I("inp", 0), I("outp", 0),
	    I("exp", 0), EMPTY("time_left"));
}

static void epoll_create_both(void)
{
	long fd = call(SYS_epoll_create, 7);

	SEE(375, "epoll_create", I("res", fd), I("size", 7), CTX_FD_TYPE(GYR_FD_EVENTPOLL), CTX_FD_CLOEXEC(false));
	SEE(375, "epoll_create", I("res", call(SYS_epoll_create, -1)), I("size", -1));
}

static void epoll_create1_both(void)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int p[2];
	long fd;

	full_pipe(p);
	fd = call(SYS_epoll_create1, EPOLL_CLOEXEC);
	SEE(377, "epoll_create1", I("res", fd), I("flags", W_EPOLL_CLOEXEC), CTX_FD_TYPE(GYR_FD_EVENTPOLL),
	    CTX_FD_CLOEXEC(true));
	SEE(377, "epoll_create1", I("res", call(SYS_epoll_create1, 1)), I("flags", 0));
	NEED(fd >= 0);
	/* gyr's own: scap has none. */
	SEE(33235, "epoll_ctl", I("res", call(SYS_epoll_ctl, fd, EPOLL_CTL_ADD, p[0], &ev)), I("epfd", fd), I("op", 1),
	    I("fd", p[0]), I("events", EPOLLIN), I("data", ev.data.u64), CTX_FD_TYPE(GYR_FD_EVENTPOLL));
	SEE(33235, "epoll_ctl", I("res", call(SYS_epoll_ctl, fd, EPOLL_CTL_DEL, -1, &ev)), I("epfd", fd), I("op", 2),
	    I("fd", -1), EMPTY("events"), EMPTY("data"));
}

static void epoll_wait_both(void)
{
	struct epoll_event ev = {.events = EPOLLIN}, got[4];
	int p[2], fd = epoll_create1(0);

	full_pipe(p);
	NEED(fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, p[0], &ev) == 0);
	SEE(79, "epoll_wait", I("res", call(SYS_epoll_wait, fd, got, 4, 1000)), I("maxevents", 4));
	SEE(79, "epoll_wait", I("res", call(SYS_epoll_wait, -1, got, -4, 0)), I("maxevents", -4));
}

static void futex_both(void)
{
	static uint32_t word = 5;

	SEE(65, "futex", I("res", call(SYS_futex, &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 6, NULL, NULL, 0)),
	    I("addr", &word), I("op", W_FUTEX_WAIT | W_FUTEX_PRIVATE), I("val", 6));
	SEE(65, "futex", I("res", call(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0)), I("addr", &word),
	    I("op", W_FUTEX_WAKE), I("val", 1));
}

static void nanosleep_both(void)
{
	const struct timespec ts = {.tv_sec = 0, .tv_nsec = 1234567};

	SEE(135, "nanosleep", I("res", call(SYS_nanosleep, &ts, NULL)), I("interval", 1234567));
	SEE(135, "nanosleep", I("res", call(SYS_nanosleep, &(struct timespec){-1, 0}, NULL)),
	    I("interval", -1000000000LL));
	SEE(135, "nanosleep", I("res", call(SYS_nanosleep, 1L, NULL)), I("interval", 0));
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(poll_ok),	   CASE(poll_many),	    CASE(poll_fails),	      CASE(ppoll_both),
		CASE(select_both), CASE(epoll_create_both), CASE(epoll_create1_both), CASE(epoll_wait_both),
		CASE(futex_both),  CASE(nanosleep_both),
	};

	return live_family("waiting", cases, sizeof(cases) / sizeof(cases[0]));
}
