/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The events of a host at work: processes with threads and fds, and what they call, in a mix by weights. */
#ifndef GYR_BENCH_MIX_H
#define GYR_BENCH_MIX_H

#include "tape.h"

#define MIX_PROCS	100
#define MIX_THREADS	4  /* of each */
#define MIX_FILES	20 /* fds that stay, from 0 on, and behind them: */
#define MIX_SOCKETS	20
#define MIX_FDS		(MIX_FILES + MIX_SOCKETS)
#define MIX_OPENED_MAX	24 /* more of them, which come and go */
#define MIX_CONTEXT_MAX 256

struct mix_proc {
	uint32_t pid;
	uint32_t opened;
	bool is_socket[MIX_OPENED_MAX];
};

struct mix {
	struct tape *tape; /* that is written to */
	struct mix_proc procs[MIX_PROCS];
	uint64_t random;
	uint64_t files; /* as the kernel numbers open files */
	uint32_t tids;
	uint8_t context[MIX_CONTEXT_MAX];
};

/* What can happen. */
enum mix_kind {
	MIX_READ,
	MIX_WRITE,
	MIX_RECVFROM,
	MIX_SENDTO,
	MIX_RECVMSG,
	MIX_FUTEX,
	MIX_EPOLL_WAIT,
	MIX_POLL,
	MIX_FSTAT,
	MIX_MMAP,
	MIX_GETPID,
	MIX_OPENAT,
	MIX_SOCKET,
	MIX_CONNECT,
	MIX_ACCEPT,
	MIX_CLOSE,
	MIX_BIRTH, /* clone with its two events, exec, what a dynamic linker does, exit */
	MIX_KINDS
};
extern const char *const mix_names[MIX_KINDS];

void mix_init(struct mix *m);
/* The processes with their threads and fds. */
void mix_begin(struct mix *m, struct tape *t);
/* So many events, and closes until all is as it was before. */
void mix_events(struct mix *m, struct tape *t, uint32_t n);
/* One of a process and a thread by chance; false: this one cannot do that now. */
bool mix_event(struct mix *m, struct tape *t, enum mix_kind kind, struct mix_proc *p);
uint32_t mix_random(struct mix *m, uint32_t below);

/* Steps of a process's life. */
void mix_clone(struct mix *m, uint32_t parent, uint32_t tid, uint32_t pid, bool thread);
void mix_exec(struct mix *m, uint32_t tid, uint32_t ptid, const char *program);
void mix_exit(struct mix *m, uint32_t tid);
void mix_open(struct mix *m, uint32_t tid, int fd, const char *path);
void mix_connected(struct mix *m, uint32_t tid, int fd);

#endif
