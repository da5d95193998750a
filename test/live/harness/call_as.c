// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "call_as.h"

#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "wire_values.h"

#define SRC(i) call_source(m, p, i)

/* What an iovec that is placed holds in all; and how many there are of what comes as a list. */
#define IOV_BYTES 12
#define LISTED	  2

/* What kind of memory the first source of a param is the address of. */
enum placed {
	PLACED_NOTHING,
	PLACED_DATA,
	PLACED_STRING,
	PLACED_IOV,
	PLACED_POLL,
	PLACED_INET,
	PLACED_HOW,
	PLACED_SEM,
	PLACED_XATTR
};

struct rule {
	const char *as;
	struct live_val (*expect)(const struct call_made *m, const struct call_param *p);
	enum placed placed;
	unsigned int address; /* which of the sources, from 1; 0: none */
};

static struct __user_cap_data_struct caps[2];
static struct stat stdin_is;

void call_know_self(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};

	NEED(!syscall(SYS_capget, &head, caps));
	NEED(!fstat(0, &stdin_is));
}

static struct live_val zero(const struct call_made *m, const struct call_param *p)
{
	(void)m;
	return I(p->name, 0);
}

static struct live_val none(const struct call_made *m, const struct call_param *p)
{
	(void)m;
	return EMPTY(p->name);
}

static struct live_val unsaid(const struct call_made *m, const struct call_param *p)
{
	(void)m;
	return ANY(p->name, "no rule says it");
}

static struct live_val as_int(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, (int32_t)SRC(0));
}

static struct live_val as_uint(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, (uint32_t)SRC(0));
}

static struct live_val as_perms(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, SRC(0) & 07777);
}

static struct live_val as_ms(const struct call_made *m, const struct call_param *p)
{
	int32_t ms = (int32_t)SRC(0);

	return I(p->name, ms < 0 ? -1 : ms * 1000000LL);
}

static struct live_val as_sec(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, (uint32_t)SRC(0) * 1000000000ULL);
}

/* A number behind the address; where there is none, it is 0. */
static struct live_val number_at(const struct call_made *m, const struct call_param *p, size_t size)
{
	const void *at = call_memory(SRC(0), size);
	uint64_t val = 0;

	if (at)
		memcpy(&val, at, size);
	return I(p->name, val);
}

static struct live_val as_user_u64(const struct call_made *m, const struct call_param *p)
{
	return number_at(m, p, 8);
}

static struct live_val as_user_u32(const struct call_made *m, const struct call_param *p)
{
	return number_at(m, p, 4);
}

static struct live_val as_user_timespec(const struct call_made *m, const struct call_param *p)
{
	const uint64_t *at = call_memory(SRC(0), 16);

	return I(p->name, at ? at[0] * 1000000000 + at[1] : 0);
}

static struct live_val as_user_data(const struct call_made *m, const struct call_param *p)
{
	return call_data(p->name, SRC(0), (int64_t)SRC(1));
}

/* What was written, else what should have been. */
static struct live_val as_user_data_in(const struct call_made *m, const struct call_param *p)
{
	return call_data(p->name, SRC(0), (int64_t)(m->ret > 0 ? (uint64_t)m->ret : SRC(1)));
}

static struct live_val as_user_data_out(const struct call_made *m, const struct call_param *p)
{
	return call_data(p->name, SRC(0), SRC(2) ? (int64_t)SRC(1) : 0);
}

static struct live_val as_user_u32s(const struct call_made *m, const struct call_param *p)
{
	return call_data(p->name, SRC(0), (int32_t)SRC(1) * 4LL);
}

static struct live_val as_user_u64s(const struct call_made *m, const struct call_param *p)
{
	return call_data(p->name, SRC(0), (int32_t)SRC(1) * 8LL);
}

/* Behind a long. */
static struct live_val as_user_msg(const struct call_made *m, const struct call_param *p)
{
	return call_data(p->name, SRC(0) ? SRC(0) + 8 : 0, (int64_t)SRC(1));
}

static struct live_val as_user_str_n(const struct call_made *m, const struct call_param *p)
{
	int64_t len = (int64_t)SRC(1);
	size_t n = len > 4095 ? 4095 : (size_t)len;
	unsigned char *to;

	if (len <= 0 || !call_memory(SRC(0), n))
		return EMPTY(p->name);
	to = call_keep(NULL, n + 1);
	memcpy(to, (const void *)SRC(0), n);
	to[n] = 0;
	return B(p->name, to, n + 1);
}

static struct live_val as_user_str_out(const struct call_made *m, const struct call_param *p)
{
	if (m->ret < 0 || !call_memory(SRC(0), 1))
		return EMPTY(p->name);
	return call_string(p->name, (const void *)SRC(0), 4095);
}

/* Strings one after another, of which the last is ended in any case. */
static struct live_val as_user_str_list(const struct call_made *m, const struct call_param *p)
{
	size_t n = m->ret > 4096 ? 4096 : (size_t)m->ret;
	unsigned char *to;

	if (m->ret <= 0 || !SRC(2) || !call_memory(SRC(0), n))
		return EMPTY(p->name);
	to = call_keep((const void *)SRC(0), n);
	to[n - 1] = 0;
	return B(p->name, to, n);
}

/* -1 where there is none. */
static struct live_val as_rlimit(const struct call_made *m, const struct call_param *p)
{
	const uint64_t *at = call_memory(SRC(0), 16);
	bool failed = p->from[2].what == CALL_FROM_RET && m->ret < 0;

	return I(p->name, at && !failed ? at[SRC(1)] : ~0ULL);
}

static struct live_val as_id_out(const struct call_made *m, const struct call_param *p)
{
	return m->ret == 0 && call_memory(SRC(0), 4) ? number_at(m, p, 4) : EMPTY(p->name);
}

/* ---- iovecs ---- */

/* What all entries hold, one after another. */
static uint64_t iov_total(uint64_t addr)
{
	return call_memory(addr, 1) ? IOV_BYTES : 0;
}

static struct live_val iov_data(const struct call_param *p, uint64_t addr, int64_t len)
{
	const struct iovec *iov = call_memory(addr, LISTED * sizeof(*iov));
	unsigned char *to;
	size_t n = 0;

	if (!iov || len <= 0)
		return EMPTY(p->name);
	to = call_keep(NULL, IOV_BYTES);
	for (size_t i = 0; i < LISTED; n += iov[i++].iov_len)
		memcpy(to + n, iov[i].iov_base, iov[i].iov_len);
	return B(p->name, to, len < IOV_BYTES ? (size_t)len : IOV_BYTES);
}

static struct live_val as_iov_out(const struct call_made *m, const struct call_param *p)
{
	return iov_data(p, SRC(0), m->ret);
}

static struct live_val as_iov_in(const struct call_made *m, const struct call_param *p)
{
	return iov_data(p, SRC(0), m->ret > 0 ? m->ret : IOV_BYTES);
}

static struct live_val as_iov_size(const struct call_made *m, const struct call_param *p)
{
	int64_t size = (int64_t)iov_total(m->args[1]);

	return I(p->name, m->ret > size ? m->ret : size);
}

static struct live_val as_iov_total(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, iov_total(SRC(0)));
}

static struct live_val as_read_size(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, m->ret > 0 ? m->ret : 0);
}

/* ---- files ---- */

/* Facts of the descriptor that an open returned: only stdin is open, or what a real call has opened. */
static bool is_open(int64_t fd, struct stat *st)
{
	return fd >= 0 && fd == (int)fd && !fstat((int)fd, st);
}

static struct live_val as_fd_dev(const struct call_made *m, const struct call_param *p)
{
	struct stat st;

	return I(p->name, is_open(m->ret, &st) ? live_dev(&st) : 0);
}

static struct live_val as_fd_ino(const struct call_made *m, const struct call_param *p)
{
	struct stat st;

	return I(p->name, is_open(m->ret, &st) ? st.st_ino : 0);
}

#define OPENED	 (O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC)
#define W_OPENED (W_WRONLY | W_CREAT | W_EXCL | W_APPEND | W_CLOEXEC)

static struct live_val as_open_flags(const struct call_made *m, const struct call_param *p)
{
	(void)m;
	return I(p->name, W_OPENED);
}

static struct live_val as_open_mode(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, SRC(1) & 07777);
}

/* All three of openat2 come from its third argument. */
static const struct open_how *how_of(const struct call_made *m)
{
	return call_memory(m->args[2], sizeof(struct open_how));
}

static struct live_val as_how_flags(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, how_of(m) ? W_OPENED : W_RDONLY);
}

static struct live_val as_how_mode(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, how_of(m) ? 0640 : 0);
}

static struct live_val as_how_resolve(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, how_of(m) ? W_RESOLVE_BENEATH | W_RESOLVE_NO_XDEV : 0);
}

static int64_t pipe_fd(const struct call_made *m, size_t i)
{
	const int32_t *at = NULL;

	for (size_t j = 0; j < m->spec->nparams; j++)
		if (m->spec->params[j].as && !strcmp(m->spec->params[j].as, "pipe_fd1"))
			at = call_memory(m->args[m->spec->params[j].from[0].value], 8);
	return at && m->ret >= 0 ? at[i] : -1;
}

static struct live_val as_pipe_fd1(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, pipe_fd(m, 0));
}

static struct live_val as_pipe_fd2(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, pipe_fd(m, 1));
}

static struct live_val as_pipe_ino(const struct call_made *m, const struct call_param *p)
{
	struct stat st;

	return I(p->name, is_open(pipe_fd(m, 0), &st) ? st.st_ino : 0);
}

/* A mode without a type makes a regular file. */
static struct live_val as_mknod_mode(const struct call_made *m, const struct call_param *p)
{
	uint32_t mode = (uint16_t)SRC(0);

	return I(p->name, mode & S_IFMT ? mode : mode | S_IFREG);
}

static struct live_val as_mount_flags(const struct call_made *m, const struct call_param *p)
{
	uint32_t flags = (uint32_t)SRC(0);

	return I(p->name, (flags & 0xffff0000) == 0xc0ed0000 ? flags & 0xffff : flags);
}

/* fsconfig: 1 to 4 of its commands have a string or data. */
static struct live_val as_fsconfig_data(const struct call_made *m, const struct call_param *p)
{
	return call_data(p->name, SRC(1), (uint32_t)SRC(0) == 2 && m->ret >= 0 ? (int32_t)SRC(2) : 0);
}

static struct live_val as_fsconfig_str(const struct call_made *m, const struct call_param *p)
{
	uint32_t cmd = (uint32_t)SRC(0);

	if ((cmd != 1 && cmd != 3 && cmd != 4) || m->ret < 0 || !call_memory(SRC(1), 1))
		return EMPTY(p->name);
	return call_string(p->name, (const void *)SRC(1), 4095);
}

/* ---- sockets: no descriptor of these calls is one ---- */

static struct live_val as_sock_flags(const struct call_made *m, const struct call_param *p)
{
	return I(p->name,
		 (SRC(0) & SOCK_NONBLOCK ? W_NONBLOCK : 0) | (SRC(0) & SOCK_CLOEXEC ? (uint32_t)W_CLOEXEC : 0));
}

static struct live_val as_sockaddr(const struct call_made *m, const struct call_param *p)
{
	static const unsigned char wire[] = {W_AF_INET, 10, 1, 2, 3, 0x34, 0x12};

	return call_memory(SRC(0), 16) ? B(p->name, wire, sizeof(wire)) : EMPTY(p->name);
}

static struct live_val as_sockaddr_out(const struct call_made *m, const struct call_param *p)
{
	return m->ret < 0 ? EMPTY(p->name) : as_sockaddr(m, p);
}

/* The level is none that has options with names. */
static struct live_val as_sockopt_val(const struct call_made *m, const struct call_param *p)
{
	const void *at = call_memory(SRC(2), 1024);
	bool has_len = p->as[strlen("sockopt_val")] == 0 || call_memory(SRC(3), 4);

	return at && has_len ? DYN(p->name, W_SOCKOPT_BYTES, at, 1024) : EMPTY(p->name);
}

static struct live_val as_sockopt_id(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, (uint32_t)SRC(0) << 16 | (uint16_t)SRC(1));
}

/* ---- others ---- */

static struct live_val dyn_word(const struct call_param *p, uint64_t word)
{
	return DYN(p->name, 0, call_keep(&word, sizeof(word)), sizeof(word));
}

static struct live_val as_ptrace_addr(const struct call_made *m, const struct call_param *p)
{
	return dyn_word(p, m->ret < 0 ? 0 : SRC(0));
}

static struct live_val as_ptrace_data(const struct call_made *m, const struct call_param *p)
{
	const uint64_t *at = call_memory(SRC(1), 8);

	if (m->ret < 0)
		return dyn_word(p, 0);
	return dyn_word(p, SRC(0) == 2 /* PTRACE_PEEKDATA */ ? (at ? *at : 0) : SRC(1));
}

static struct live_val as_prctl_str(const struct call_made *m, const struct call_param *p)
{
	bool is_name = (uint32_t)SRC(0) == PR_SET_NAME || (uint32_t)SRC(0) == PR_GET_NAME;

	return is_name && call_memory(SRC(1), 1) ? call_string(p->name, (const void *)SRC(1), 4095) : EMPTY(p->name);
}

static struct live_val as_prctl_int(const struct call_made *m, const struct call_param *p)
{
	const int32_t *at = call_memory(SRC(1), 4);

	switch ((uint32_t)SRC(0)) {
	case PR_SET_NAME:
	case PR_GET_NAME:
		return EMPTY(p->name);
	case PR_GET_CHILD_SUBREAPER:
		return I(p->name, at ? *at : 0);
	default:
		return I(p->name, SRC(1));
	}
}

static struct live_val as_fdlist(const struct call_made *m, const struct call_param *p)
{
	static const struct {
		short kernel, wire;
	} events[] = {{POLLIN, W_POLLIN},
		      {POLLPRI, W_POLLPRI},
		      {POLLOUT, W_POLLOUT},
		      {POLLHUP, W_POLLHUP},
		      {POLLNVAL, W_POLLNVAL}};
	const struct pollfd *fds = call_memory(SRC(0), LISTED * sizeof(*fds));
	unsigned char *to = call_keep(NULL, 2 + LISTED * 10);
	uint16_t n = fds ? LISTED : 0;

	memcpy(to, &n, sizeof(n));
	for (size_t i = 0; i < n; i++) {
		int64_t fd = fds[i].fd;
		uint16_t wire = 0;

		for (size_t j = 0; j < sizeof(events) / sizeof(events[0]); j++)
			wire |= fds[i].revents & events[j].kernel ? (uint16_t)events[j].wire : 0;
		memcpy(to + 2 + i * 10, &fd, sizeof(fd));
		memcpy(to + 2 + i * 10 + 8, &wire, sizeof(wire));
	}
	return B(p->name, to, 2 + n * 10U);
}

static struct live_val uring(const struct call_made *m, const struct call_param *p, size_t off)
{
	const unsigned char *at = call_memory(m->args[1], sizeof(struct io_uring_params));
	uint32_t val = 0;

	if (at)
		memcpy(&val, at + off, sizeof(val));
	return I(p->name, call_convert(p->flags, val));
}

#define URING(field)                                                                                                   \
	static struct live_val as_uring_##field(const struct call_made *m, const struct call_param *p)                 \
	{                                                                                                              \
		return uring(m, p, offsetof(struct io_uring_params, field));                                           \
	}
URING(sq_entries)
URING(cq_entries)
URING(flags)
URING(sq_thread_cpu)
URING(sq_thread_idle)
URING(features)

/* Without IORING_ENTER_EXT_ARG, which is none of the bits that the arguments have. */
static struct live_val as_uring_sigset(const struct call_made *m, const struct call_param *p)
{
	const uint32_t *at = call_memory(SRC(1), 4);

	return I(p->name, at ? *at : 0);
}

static struct live_val semaphore(const struct call_made *m, const struct call_param *p)
{
	const struct sembuf *ops = call_memory(m->args[1], LISTED * sizeof(*ops));
	char what = p->as[4]; /* sem_num_0, sem_op_1, sem_flg_0 */

	if (!ops || m->ret != 0)
		return I(p->name, 0);
	ops += p->as[strlen(p->as) - 1] - '0';
	if (what == 'f')
		return I(p->name, call_convert(p->flags, (uint16_t)ops->sem_flg));
	return I(p->name, what == 'n' ? ops->sem_num : (uint16_t)ops->sem_op);
}

static struct live_val as_ring_fd(const struct call_made *m, const struct call_param *p)
{
	return SRC(1) & 1u << 4 ? EMPTY(p->name) : I(p->name, (int32_t)SRC(0));
}

static struct live_val as_register_fd(const struct call_made *m, const struct call_param *p)
{
	return SRC(1) & 1u << 31 ? EMPTY(p->name) : I(p->name, (int32_t)SRC(0));
}

static struct live_val as_semctl_val(const struct call_made *m, const struct call_param *p)
{
	return I(p->name, (uint16_t)SRC(0) == SETVAL ? (uint32_t)SRC(1) : 0);
}

static struct live_val cap(const struct call_param *p, uint32_t low, uint32_t high)
{
	return I(p->name, (uint64_t)high << 32 | low);
}

static struct live_val as_cap_inheritable(const struct call_made *m, const struct call_param *p)
{
	(void)m;
	return cap(p, caps[0].inheritable, caps[1].inheritable);
}

static struct live_val as_cap_permitted(const struct call_made *m, const struct call_param *p)
{
	(void)m;
	return cap(p, caps[0].permitted, caps[1].permitted);
}

static struct live_val as_cap_effective(const struct call_made *m, const struct call_param *p)
{
	(void)m;
	return cap(p, caps[0].effective, caps[1].effective);
}

/* Where the version says that there is a second struct. */
static struct live_val as_cap_high(const struct call_made *m, const struct call_param *p)
{
	const uint32_t *version = call_memory(SRC(1), 4), *at = call_memory(SRC(0) + SRC(2), 4);

	if (!SRC(0) || !version || !at ||
	    (*version != _LINUX_CAPABILITY_VERSION_2 && *version != _LINUX_CAPABILITY_VERSION_3))
		return EMPTY(p->name);
	return I(p->name, *at);
}

static struct live_val as_userns_fd(const struct call_made *m, const struct call_param *p)
{
	const uint64_t *attr = call_memory(SRC(0), 32);

	return attr && (attr[0] | attr[1]) & 0x100000 /* MOUNT_ATTR_IDMAP */ ? I(p->name, attr[3]) : EMPTY(p->name);
}

/* struct xattr_args has an address and a size, of which the latter alone limits what was got. */
static struct live_val xattr_data(const struct call_param *p, uint64_t at, int64_t ret)
{
	const uint64_t *args = call_memory(at, 16);

	if (!args)
		return EMPTY(p->name);
	return call_data(p->name, args[0], (uint32_t)args[1] ? (ret ? ret : (uint32_t)args[1]) : 0);
}

static struct live_val as_xattr_value(const struct call_made *m, const struct call_param *p)
{
	return xattr_data(p, SRC(0), 0);
}

static struct live_val as_xattr_got(const struct call_made *m, const struct call_param *p)
{
	return m->ret > 0 ? xattr_data(p, SRC(0), m->ret) : EMPTY(p->name);
}

/* Of a small process, in KiB. */
static struct live_val as_vm(const struct call_made *m, const struct call_param *p)
{
	(void)m;
	return RANGE(p->name, !strcmp(p->as, "vm_swap") ? 0 : 100, 1U << 31);
}

static const struct rule rules[] = {
	{"cap_effective", as_cap_effective, PLACED_NOTHING, 0},
	{"cap_inheritable", as_cap_inheritable, PLACED_NOTHING, 0},
	{"cap_permitted", as_cap_permitted, PLACED_NOTHING, 0},
	{"cap_high", as_cap_high, PLACED_NOTHING, 1},
	{"connect_tuple", none, PLACED_NOTHING, 2},
	{"creat_flags", zero, PLACED_NOTHING, 0},
	{"fd_dev", as_fd_dev, PLACED_NOTHING, 0},
	{"fd_ino", as_fd_ino, PLACED_NOTHING, 0},
	{"fd_path", unsaid, PLACED_NOTHING, 0},
	{"fdlist", as_fdlist, PLACED_POLL, 1},
	{"fsconfig_data", as_fsconfig_data, PLACED_NOTHING, 2},
	{"fsconfig_str", as_fsconfig_str, PLACED_NOTHING, 2},
	{"how_flags", as_how_flags, PLACED_HOW, 1},
	{"how_mode", as_how_mode, PLACED_NOTHING, 0},
	{"how_resolve", as_how_resolve, PLACED_NOTHING, 0},
	{"id_out", as_id_out, PLACED_DATA, 1},
	{"int", as_int, PLACED_NOTHING, 0},
	{"iov_in", as_iov_in, PLACED_IOV, 1},
	{"iov_out", as_iov_out, PLACED_IOV, 1},
	{"iov_size", as_iov_size, PLACED_NOTHING, 0},
	{"iov_total", as_iov_total, PLACED_IOV, 1},
	{"mknod_mode", as_mknod_mode, PLACED_NOTHING, 0},
	{"mount_flags", as_mount_flags, PLACED_NOTHING, 0},
	{"ms", as_ms, PLACED_NOTHING, 0},
	{"open_flags", as_open_flags, PLACED_NOTHING, 0},
	{"open_mode", as_open_mode, PLACED_NOTHING, 0},
	{"pair_peer", zero, PLACED_NOTHING, 0},
	{"pair_source", zero, PLACED_NOTHING, 0},
	{"perms", as_perms, PLACED_NOTHING, 0},
	{"pipe_fd1", as_pipe_fd1, PLACED_DATA, 1},
	{"pipe_fd2", as_pipe_fd2, PLACED_NOTHING, 0},
	{"pipe_ino", as_pipe_ino, PLACED_NOTHING, 0},
	{"prctl_int", as_prctl_int, PLACED_NOTHING, 0},
	{"prctl_str", as_prctl_str, PLACED_NOTHING, 2},
	{"ptrace_addr", as_ptrace_addr, PLACED_NOTHING, 0},
	{"ptrace_data", as_ptrace_data, PLACED_NOTHING, 2},
	{"register_fd", as_register_fd, PLACED_NOTHING, 0},
	{"ring_fd", as_ring_fd, PLACED_NOTHING, 0},
	{"read_size", as_read_size, PLACED_NOTHING, 0},
	{"rlimit", as_rlimit, PLACED_DATA, 1},
	{"sec", as_sec, PLACED_NOTHING, 0},
	{"sem_flg_0", semaphore, PLACED_NOTHING, 0},
	{"sem_flg_1", semaphore, PLACED_NOTHING, 0},
	{"sem_num_0", semaphore, PLACED_SEM, 1},
	{"sem_num_1", semaphore, PLACED_NOTHING, 0},
	{"sem_op_0", semaphore, PLACED_NOTHING, 0},
	{"sem_op_1", semaphore, PLACED_NOTHING, 0},
	{"semctl_val", as_semctl_val, PLACED_NOTHING, 0},
	{"sock_flags", as_sock_flags, PLACED_NOTHING, 0},
	{"sockaddr", as_sockaddr, PLACED_INET, 1},
	{"sockaddr_out", as_sockaddr_out, PLACED_INET, 1},
	{"sockopt_id", as_sockopt_id, PLACED_NOTHING, 0},
	{"sockopt_name", zero, PLACED_NOTHING, 0},
	{"sockopt_val", as_sockopt_val, PLACED_NOTHING, 3},
	{"sockopt_val_out", as_sockopt_val, PLACED_NOTHING, 3},
	{"tuple_in", none, PLACED_NOTHING, 2},
	{"tuple_out", none, PLACED_NOTHING, 2},
	{"uint", as_uint, PLACED_NOTHING, 0},
	{"uring_cq_entries", as_uring_cq_entries, PLACED_NOTHING, 0},
	{"uring_features", as_uring_features, PLACED_NOTHING, 0},
	{"uring_flags", as_uring_flags, PLACED_NOTHING, 0},
	{"uring_sigset", as_uring_sigset, PLACED_NOTHING, 2},
	{"uring_sq_cpu", as_uring_sq_thread_cpu, PLACED_NOTHING, 0},
	{"uring_sq_entries", as_uring_sq_entries, PLACED_DATA, 1},
	{"uring_sq_idle", as_uring_sq_thread_idle, PLACED_NOTHING, 0},
	{"user_data", as_user_data, PLACED_DATA, 1},
	{"user_data_in", as_user_data_in, PLACED_DATA, 1},
	{"user_data_out", as_user_data_out, PLACED_DATA, 1},
	{"user_msg", as_user_msg, PLACED_DATA, 1},
	{"user_sigset", as_user_u32, PLACED_DATA, 1},
	{"user_str_list", as_user_str_list, PLACED_DATA, 1},
	{"user_str_n", as_user_str_n, PLACED_DATA, 1},
	{"user_str_out", as_user_str_out, PLACED_STRING, 1},
	{"user_timespec", as_user_timespec, PLACED_DATA, 1},
	{"user_u32", as_user_u32, PLACED_DATA, 1},
	{"user_u32s", as_user_u32s, PLACED_DATA, 1},
	{"user_u64", as_user_u64, PLACED_DATA, 1},
	{"user_u64s", as_user_u64s, PLACED_DATA, 1},
	{"userns_fd", as_userns_fd, PLACED_NOTHING, 1},
	{"vm_rss", as_vm, PLACED_NOTHING, 0},
	{"vm_size", as_vm, PLACED_NOTHING, 0},
	{"vm_swap", as_vm, PLACED_NOTHING, 0},
	{"xattr_got", as_xattr_got, PLACED_XATTR, 1},
	{"xattr_value", as_xattr_value, PLACED_XATTR, 1},
};

static const struct rule *rule_of(const struct call_param *p)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!strcmp(rules[i].as, p->as))
			return &rules[i];
	live_trouble(__FILE__, __LINE__, "the schema has a param as %s, for which there is no rule here", p->as);
}

bool is_address_as(const struct call_param *p, size_t j)
{
	return rule_of(p)->address == j + 1;
}

struct live_val expect_as(const struct call_made *m, const struct call_param *p)
{
	return rule_of(p)->expect(m, p);
}

void choose_as(struct call_made *m, const struct call_param *p)
{
	enum placed placed = rule_of(p)->placed;

	if (placed == PLACED_IOV || placed == PLACED_POLL || placed == PLACED_SEM)
		m->args[p->from[1].value] = LISTED;
	else if (placed == PLACED_INET && !m->is_address[p->from[1].value])
		m->args[p->from[1].value] = sizeof(struct sockaddr_in);
	else if (!strcmp(p->as, "open_flags"))
		m->args[p->from[0].value] = OPENED;
}

static void place_iov(unsigned char *at)
{
	const struct iovec iov[LISTED] = {{at + 1000, 5}, {at + 2000, IOV_BYTES - 5}};

	memcpy(at, iov, sizeof(iov));
}

static void place_xattr(unsigned char *at)
{
	const uint64_t args[] = {(uint64_t)(uintptr_t)(at + 1000), 1ull << 32 | 20};

	memcpy(at, args, sizeof(args));
}

void place_as(const struct call_param *p, void *at)
{
	static const struct pollfd fds[LISTED] = {{.fd = 5, .revents = POLLIN | POLLHUP},
						  {.fd = -7, .revents = POLLOUT}};
	static const struct open_how how = {OPENED, 0640, RESOLVE_BENEATH | RESOLVE_NO_XDEV};
	static const struct sockaddr_in inet = {AF_INET, 0x3412, {0x0302010a}, {0}};
	static const struct sembuf ops[LISTED] = {{7, -3, IPC_NOWAIT}, {8, 4, SEM_UNDO}};
	static const char name[] = "/somewhere";

	switch (rule_of(p)->placed) {
	case PLACED_IOV:
		place_iov(at);
		break;
	case PLACED_POLL:
		memcpy(at, fds, sizeof(fds));
		break;
	case PLACED_HOW:
		memcpy(at, &how, sizeof(how));
		break;
	case PLACED_INET:
		memcpy(at, &inet, sizeof(inet));
		break;
	case PLACED_XATTR:
		place_xattr(at);
		break;
	case PLACED_SEM:
		memcpy(at, ops, sizeof(ops));
		break;
	case PLACED_STRING:
		memcpy(at, name, sizeof(name));
		break;
	default:
		break;
	}
}

/* ---- events that the driver's own code makes: what a call that failed tells ---- */

struct live_val expect_other(const struct call_made *m, const struct call_param *p)
{
	static const struct {
		const char *call, *param;
		int arg; /* -1: none, and 0 */
	} said[] = {
		{"accept", "queuepct", -1},  {"accept", "queuelen", -1},  {"accept", "queuemax", -1},
		{"accept", "listener", 0},   {"bpf", "size", 2},	  {"accept4", "queuepct", -1},
		{"accept4", "queuelen", -1}, {"accept4", "queuemax", -1}, {"accept4", "flags", 3},
		{"keyctl", "operation", 0},  {"sendmsg", "fd", 0},	  {"recvmsg", "fd", 0},
		{"recvmsg", "size", -1},     {"sendmmsg", "fd", 0},	  {"recvmmsg", "fd", 0},
	};

	if (p == m->spec->params)
		return I(p->name, m->ret);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (!strcmp(said[i].call, m->spec->name) && !strcmp(said[i].param, p->name))
			return I(p->name, said[i].arg < 0 ? 0 : (int32_t)m->args[said[i].arg]);
	return unsaid(m, p);
}
