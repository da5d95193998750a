/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets by inode number, from /proc/TID/net of the namespace they are in. A table is read whole, so it is kept:
 * during the snapshot for all processes of the namespace, later for a second.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>

#include "state/state.h"

#define KEEP_NS	    1000000000u
#define TABLES_MAX  32
#define SOCKETS_MAX (1u << 20)
#define TCP_LISTEN  0x0a

struct net_socket {
	struct net_socket *next; /* of the same low 32 bits */
	uint64_t ino;
	enum gyr_fd_type type;
	struct gyr_fd_tuple tuple;
	char path[]; /* of a unix socket */
};

struct net_table {
	struct net_table *next;
	uint64_t ns, read_at;
	struct table socks;	/* by the inode's low 32 bits */
	struct table listening; /* TCP ports with a listener */
};

static void table_put_socket(struct net_table *net, struct net_socket *s)
{
	struct slot *slot = table_get(&net->socks, s->ino);

	if (slot) {
		s->next = slot->val;
		slot->val = s;
	} else if (!table_add(&net->socks, s->ino, s)) {
		free(s);
	}
}

static struct net_socket *find_socket(const struct net_table *net, uint64_t ino)
{
	struct net_socket *s = table_val(&net->socks, ino);

	while (s && s->ino != ino)
		s = s->next;
	return s;
}

static struct net_socket *new_socket(struct net_table *net, uint64_t ino, enum gyr_fd_type type, size_t path_len)
{
	struct net_socket *s;

	if (ino == 0 || net->socks.used >= SOCKETS_MAX)
		return NULL;
	s = calloc(1, sizeof(*s) + path_len + 1);
	if (s) {
		s->ino = ino;
		s->type = type;
	}
	return s;
}

/* "0100007F:0050": words in the host's byte order, which keeps the address itself in the network's. */
static bool parse_end(const char *s, int family, uint8_t addr[16], uint16_t *port)
{
	int words = family == AF_INET ? 1 : 4;

	for (int i = 0; i < words; i++, s += 8) {
		char word[9] = "";
		uint32_t val;
		char *end;

		memcpy(word, s, strnlen(s, 8));
		val = strtoul(word, &end, 16);
		if (end != word + 8)
			return false;
		memcpy(addr + 4 * i, &val, sizeof(val));
	}
	*port = strtoul(s + 1, NULL, 16);
	return *s == ':';
}

struct inet_file {
	const char *name;
	int family;
	uint8_t l4proto;
};

static void parse_inet(struct net_table *net, const char *line, const struct inet_file *file)
{
	char local[48], remote[48];
	unsigned long long ino;
	unsigned int state;
	struct net_socket *s;
	struct gyr_fd_tuple t = {.family = file->family, .l4proto = file->l4proto};

	/* sl local remote st tx:rx tr:when retrnsmt uid timeout inode */
	if (sscanf(line, " %*[^ ] %47s %47s %x %*s %*s %*s %*s %*s %llu", local, remote, &state, &ino) != 4)
		return;
	if (!parse_end(local, file->family, t.laddr, &t.lport) || !parse_end(remote, file->family, t.raddr, &t.rport))
		return;
	if (file->l4proto == IPPROTO_TCP && state == TCP_LISTEN && !table_get(&net->listening, t.lport))
		table_add(&net->listening, t.lport, net);
	if (file->name[0] == 'r') { /* raw: the port is the protocol */
		t.l4proto = t.lport;
		t.lport = 0;
	}
	s = new_socket(net, ino, sock_type(file->family), 0);
	if (!s)
		return;
	s->tuple = t;
	table_put_socket(net, s);
}

/* Num RefCount Protocol Flags Type St Inode Path */
static void parse_unix(struct net_table *net, const char *line, const struct inet_file *file)
{
	unsigned long long ino;
	struct net_socket *s;
	int end = 0;

	(void)file;
	if (sscanf(line, "%*s %*s %*s %*s %*s %*s %llu%n", &ino, &end) != 1)
		return;
	line += end;
	line += *line == ' ';
	s = new_socket(net, ino, GYR_FD_UNIX, strlen(line));
	if (!s)
		return;
	strcpy(s->path, line);
	table_put_socket(net, s);
}

/* The inode is the last number of the line. */
static void parse_last(struct net_table *net, const char *line, const struct inet_file *file)
{
	size_t len = strlen(line);
	struct net_socket *s;

	while (len && line[len - 1] == ' ')
		len--;
	while (len && line[len - 1] != ' ')
		len--;
	s = new_socket(net, strtoull(line + len, NULL, 10), sock_type(file->family), 0);
	if (s)
		table_put_socket(net, s);
}

static void read_lines(struct state *st, uint32_t tid, struct net_table *net, const struct inet_file *file,
		       void (*parse)(struct net_table *, const char *, const struct inet_file *))
{
	char path[48], *line = NULL;
	size_t size = 0;
	FILE *f;
	int fd;

	snprintf(path, sizeof(path), "%u/net/%s", tid, file->name);
	fd = openat(st->proc, path, O_RDONLY | O_CLOEXEC);
	f = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (!f) {
		if (fd >= 0)
			close(fd);
		return; /* IPv6 may be off */
	}
	/* The first line is a heading. */
	for (ssize_t n = getline(&line, &size, f); n > 0 && (n = getline(&line, &size, f)) > 0;) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		parse(net, line, file);
	}
	free(line);
	fclose(f);
}

static void read_table(struct state *st, uint32_t tid, struct net_table *net)
{
	static const struct inet_file inet[] = {
		{"tcp", AF_INET, IPPROTO_TCP},	 {"tcp6", AF_INET6, IPPROTO_TCP},	{"udp", AF_INET, IPPROTO_UDP},
		{"udp6", AF_INET6, IPPROTO_UDP}, {"udplite", AF_INET, IPPROTO_UDPLITE}, {"raw", AF_INET, 0},
		{"raw6", AF_INET6, 0},
	};
	static const struct inet_file un = {"unix", AF_UNIX, 0}, netlink = {"netlink", AF_NETLINK, 0},
				      packet = {"packet", AF_PACKET, 0};

	for (size_t i = 0; i < sizeof(inet) / sizeof(*inet); i++)
		read_lines(st, tid, net, &inet[i], parse_inet);
	read_lines(st, tid, net, &un, parse_unix);
	read_lines(st, tid, net, &netlink, parse_last);
	read_lines(st, tid, net, &packet, parse_last);
	net->read_at = state_now(st);
}

static void free_table(struct net_table *net)
{
	struct slot *slot;
	uint32_t i = 0;

	while ((slot = table_next(&net->socks, &i))) {
		struct net_socket *s = slot->val, *next;

		for (; s; s = next) {
			next = s->next;
			free(s);
		}
	}
	table_free(&net->socks);
	table_free(&net->listening);
	free(net);
}

void proc_net_forget(struct state *st)
{
	while (st->nets) {
		struct net_table *net = st->nets;

		st->nets = net->next;
		free_table(net);
	}
	st->nnets = 0;
}

/* The newest come first. */
static void drop_outdated(struct state *st)
{
	struct net_table *net, **link = &st->nets;
	uint64_t now = state_now(st);
	uint32_t n = 0;

	while ((net = *link)) {
		if (n + 1 < TABLES_MAX && (st->in_snapshot || now - net->read_at < KEEP_NS)) {
			link = &net->next;
			n++;
			continue;
		}
		*link = net->next;
		free_table(net);
	}
	st->nnets = n;
}

static struct net_table *find_table(struct state *st, uint32_t tid)
{
	char path[32];
	struct stat sb;
	struct net_table *net;

	snprintf(path, sizeof(path), "%u/ns/net", tid);
	if (fstatat(st->proc, path, &sb, 0))
		return NULL;
	drop_outdated(st);
	for (net = st->nets; net; net = net->next)
		if (net->ns == sb.st_ino)
			return net;
	net = calloc(1, sizeof(*net));
	if (!net)
		return NULL;
	net->ns = sb.st_ino;
	read_table(st, tid, net);
	net->next = st->nets;
	st->nets = net;
	st->nnets++;
	return net;
}

void proc_net_socket(struct state *st, uint32_t tid, uint64_t ino, struct file *f)
{
	struct net_table *net = find_table(st, tid);
	const struct net_socket *s = net ? find_socket(net, ino) : NULL;
	const char *path;

	if (!s)
		return;
	f->type = s->type;
	if (s->type == GYR_FD_UNIX) {
		path = s->path[0] == '@' ? s->path + 1 : s->path; /* an abstract name: see decode_path in sock.c */
		sock_set_unix(st, f, path, strlen(path));
		return;
	}
	if (s->type == GYR_FD_IPV4 || s->type == GYR_FD_IPV6)
		sock_set_ends(st, f, &s->tuple, table_get(&net->listening, s->tuple.lport));
}
