/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses and tuples as they are on the wire, made from what getsockname and getpeername say. */
#ifndef GYR_TEST_LIVE_NET_H
#define GYR_TEST_LIVE_NET_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "harness.h"
#include "wire_values.h"

union addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

struct wire {
	uint8_t data[160];
	size_t len;
};

/* u8 family; inet: address in network order, u16 port in host order; unix: the path without the NUL of an abstract one
 */
struct wire wire_addr(const union addr *a);
/* u8 family; source address and port, destination address and port */
struct wire wire_tuple(const union addr *from, const union addr *to);

/* 127.0.0.1 or ::1 */
union addr loopback(int family, uint16_t port);
socklen_t addr_len(const union addr *a);
union addr name_of(long fd);
union addr peer_of(long fd);
union addr unix_addr(const char *path);

/* A socket that is bound to a free port of the loopback, and listens if it is a stream. */
int bound_socket(int family, int type);
/* Until what was sent over the loopback is there: ksoftirqd may have to bring it. */
void wait_readable(int fd);
/* One that is connected to it. */
int connected_socket(int server);

/* A param, from a struct wire that lives long enough. */
#define W(param, w) B(param, (w).data, (w).len)

#endif
