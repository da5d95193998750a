/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* getsockopt and setsockopt: the value's type goes by the option. */
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/time.h>

#include "net.h"

/* What every option says of itself, besides: names of any level are of its own params. */
#define OPTION(level, name) I("level_nr", level), I("option", (uint32_t)(level) << 16 | (name))

static void set_int(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	SEE(45, "setsockopt", I("res", call(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on))),
	    I("fd", fd), I("level", W_SOL_SOCKET), I("optname", W_SO_REUSEADDR), DYN("val", W_SOCKOPT_U32, &on, 4),
	    I("optlen", 4), OPTION(SOL_SOCKET, SO_REUSEADDR));
	SEE(45, "setsockopt", I("res", call(SYS_setsockopt, -1, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on))),
	    I("fd", -1), I("level", W_SOL_SOCKET), I("optname", W_SO_REUSEADDR), DYN("val", W_SOCKOPT_U32, &on, 4),
	    I("optlen", 4), OPTION(SOL_SOCKET, SO_REUSEADDR));
}

static void get_int(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), type = 0;
	socklen_t len = sizeof(type);
	long res = call(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &len);

	SEE(47, "getsockopt", I("res", res), I("fd", fd), I("level", W_SOL_SOCKET), I("optname", W_SO_TYPE),
	    DYN("val", W_SOCKOPT_U32, (&(int){SOCK_STREAM}), 4), I("optlen", 4), OPTION(SOL_SOCKET, SO_TYPE));
	NEED(type == SOCK_STREAM);
}

static void time_option(void)
{
	struct timeval tv = {.tv_sec = 3, .tv_usec = 250000}, got = {0, 0};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(got);
	uint64_t ns = 3250000000;
	long res;

	SEE(45, "setsockopt", I("res", call(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv))), I("fd", fd),
	    I("level", W_SOL_SOCKET), I("optname", W_SO_RCVTIMEO), DYN("val", W_SOCKOPT_TIME, &ns, 8), I("optlen", 16),
	    OPTION(SOL_SOCKET, SO_RCVTIMEO));
	res = call(SYS_getsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &got, &len);
	ns = (uint64_t)got.tv_sec * 1000000000 + (uint64_t)got.tv_usec * 1000; /* the kernel rounds to its ticks */
	SEE(47, "getsockopt", I("res", res), I("fd", fd), I("level", W_SOL_SOCKET), I("optname", W_SO_RCVTIMEO),
	    DYN("val", W_SOCKOPT_TIME, &ns, 8), I("optlen", 16), OPTION(SOL_SOCKET, SO_RCVTIMEO));
	NEED(got.tv_sec == 3);
}

static void error_option(void)
{
	int server = bound_socket(AF_INET, SOCK_STREAM), fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), err = 0;
	union addr to = name_of(server);
	struct pollfd refusal = {.fd = fd};
	const int64_t refused = -ECONNREFUSED;
	socklen_t len = sizeof(err);
	long res;

	close(server);
	NEED(connect(fd, &to.sa, sizeof(to.in)) == -1);
	/* It is refused when connect returns, unless ksoftirqd has to see to that. poll leaves the error there. */
	NEED(poll(&refusal, 1, 10000) == 1);
	res = call(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, &err, &len);
	NEED(err == ECONNREFUSED);
	SEE(47, "getsockopt", I("res", res), I("fd", fd), I("level", W_SOL_SOCKET), I("optname", W_SO_ERROR),
	    DYN("val", W_SOCKOPT_ERRNO, &refused, 8), I("optlen", 4), OPTION(SOL_SOCKET, SO_ERROR));
}

static void cookie_option(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	long res = call(SYS_getsockopt, fd, SOL_SOCKET, SO_COOKIE, &cookie, &len);

	SEE(47, "getsockopt", I("res", res), I("fd", fd), I("level", W_SOL_SOCKET), I("optname", W_SO_COOKIE),
	    DYN("val", W_SOCKOPT_U64, &cookie, 8), I("optlen", 8), OPTION(SOL_SOCKET, SO_COOKIE));
	NEED(res == 0 && cookie);
}

static void bytes_option(void)
{
	struct linger l = {.l_onoff = 1, .l_linger = 7};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	SEE(45, "setsockopt", I("res", call(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l))), I("fd", fd),
	    I("level", W_SOL_SOCKET), I("optname", W_SO_LINGER), DYN("val", W_SOCKOPT_BYTES, &l, sizeof(l)),
	    I("optlen", sizeof(l)), OPTION(SOL_SOCKET, SO_LINGER));
	/* Of other levels scap's params have no names, and their values no types. */
	SEE(45, "setsockopt", I("res", call(SYS_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on))),
	    I("fd", fd), I("level", W_SOL_TCP), I("optname", W_SO_UNKNOWN), DYN("val", W_SOCKOPT_BYTES, &on, 4),
	    I("optlen", 4), OPTION(IPPROTO_TCP, TCP_NODELAY));
	SEE(45, "setsockopt", I("res", call(SYS_setsockopt, fd, IPPROTO_IP, 0x7fff, &on, sizeof(on))), I("fd", fd),
	    I("level", W_SOL_UNKNOWN), I("optname", W_SO_UNKNOWN), DYN("val", W_SOCKOPT_BYTES, &on, 4), I("optlen", 4),
	    OPTION(IPPROTO_IP, 0x7fff));
}

static void get_fails(void)
{
	int val = 77;
	socklen_t len = sizeof(val);

	SEE(47, "getsockopt", I("res", call(SYS_getsockopt, -1, SOL_SOCKET, SO_TYPE, &val, &len)), I("fd", -1),
	    I("level", W_SOL_SOCKET), I("optname", W_SO_TYPE), DYN("val", W_SOCKOPT_U32, &val, 4), I("optlen", 4),
	    OPTION(SOL_SOCKET, SO_TYPE));
}

int main(void)
{
	static const struct live_case cases[] = {
		CASE(set_int),	     CASE(get_int),	 CASE(time_option), CASE(error_option),
		CASE(cookie_option), CASE(bytes_option), CASE(get_fails),
	};

	return live_family("sockopt", cases, sizeof(cases) / sizeof(cases[0]));
}
