/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the driver and the library say to each other outside the frames: settings (written by the library) and the
 * state of each CPU (written by the driver, but for the words marked). Both are mmapped by the library.
 * Any change here changes GYR_WIRE_VERSION: a library refuses a probe object of another version.
 */
#ifndef GYR_SETTINGS_H
#define GYR_SETTINGS_H

#include <gyr/wire.h>

#define GYR_WIRE_MAGIC	 0x72796700 /* "\0gyr" */
#define GYR_WIRE_VERSION 12

/* gyr_settings.build: which of the driver's builds an object is (driver/attach.h). */
#define GYR_BUILD_BTF	  1
#define GYR_BUILD_NOBTF	  2
#define GYR_BUILD_PREEMPT 3

#define GYR_SYSCALLS_MAX 512 /* power of two; system call numbers above are counted as unknown */

/*
 * Where tables have a system call: the native ones by their number, then those of 32-bit callers by theirs, and what
 * two of these stand for, by the number in their first argument.
 */
#define GYR_SLOT_I386	      GYR_SYSCALLS_MAX
#define GYR_SUBCALLS_MAX      32
#define GYR_SLOT_SOCKETCALL   (2 * GYR_SYSCALLS_MAX)
#define GYR_SLOT_IPC	      (GYR_SLOT_SOCKETCALL + GYR_SUBCALLS_MAX)
#define GYR_SLOT_SUBCALLS_END (GYR_SLOT_IPC + GYR_SUBCALLS_MAX)
#define GYR_SLOTS_MAX	      2048		  /* power of two */
#define GYR_SLOT_COMPAT	      (GYR_SLOTS_MAX - 1) /* the program that all 32-bit calls go through */

#define GYR_NR_SOCKETCALL 102 /* on i386 */
#define GYR_NR_IPC	  117

/* An argument of a 32-bit caller: the registers of its halves (of 8: the last two are 0), and what is done to it. */
#define GYR_ARG(lo, hi, op) ((lo) | (hi) << 3 | (op) << 6)
#define GYR_ARG_PLAIN	    0
#define GYR_ARG_SIGNED	    1 /* a long */
#define GYR_ARG_ID16	    2 /* a uid or gid of 16 bits */
#define GYR_ARG_IPC_CMD	    3 /* with the flag that says which structs are meant */

struct gyr_compat_call {
	unsigned short args[6]; /* GYR_ARG */
	unsigned short mark;	/* the low bits of gyr_cpu.call_mark */
};

/* gyr_cpu.call_mark: bit n, what argument n points to is as 64-bit callers have it; besides GYR_FRAME_COMPAT ... */
#define GYR_CALL_IDS16 (1u << 6) /* ids that arguments point to have 16 bits */
#define GYR_COMM_LEN   16

/* Operations of io_uring, by opcode; the last stands for those that have no program of their own. */
#define GYR_URING_OPS	256
#define GYR_URING_OTHER 255
#define GYR_SQE_BYTES	64 /* what is read of an SQE; some rings have larger ones */

/*
 * A batch is sent when it holds this much; frames over GYR_FRAME_BIG are sent by themselves. Measured in one run, side
 * by side: from 2 to 32 KiB a call costs the same.
 */
#define GYR_BATCH_BYTES 4096
#define GYR_FRAME_BIG	4096
/* Room of a batch that cannot be sent: one perf record (its size is a u16) must be able to hold it. */
#define GYR_BATCH_ROOM (56 * 1024)

/* What gyr_selection.interest says of a system call. */
#define GYR_OFF	    0
#define GYR_FILLER  1 /* its program in gyr_fillers */
#define GYR_GENERIC 2 /* no event of its own: the generic one, built without a tail call */
#define GYR_KINDS   3 /* the bits of these */
/*
 * Or'ed to GYR_FILLER: the tables need it from every thread of a chosen process, wanted or not, because threads share
 * them. What is not wanted for itself is marked GYR_FRAME_STATE.
 */
#define GYR_STATE 4
/* Or'ed, of a native number: the 32-bit call of that number is wanted, too, or what it may stand for. */
#define GYR_COMPAT	 8
#define GYR_STATE_FAILED 16 /* with GYR_STATE: also when it failed, but for EBADF */
#define GYR_JUDGED	 32 /* the selection has filters for it: filter.h has the say */
#define GYR_SAMPLED	 64 /* one of gyr_selection.sample[] */

/*
 * Lists that filters have. Thread groups and cgroups are looked at first, and for all: a process is outside or inside,
 * and so are its tables.
 */
enum gyr_list {
	GYR_LIST_PID, /* thread groups */
	GYR_LIST_CGROUP,
	GYR_LIST_TREE, /* cgroups with all below */
	GYR_LIST_TID,
	GYR_LIST_UID, /* effective */
	GYR_LIST_COMM,
	GYR_LISTS
};

/* How an entry of a list is meant; both: it is out. */
#define GYR_IN	1
#define GYR_OUT 2

/* gyr_selection.filters. */
#define GYR_FILTER_LIST(list)  (1u << (list))		    /* there is such a list */
#define GYR_FILTER_ONLY(list)  (1u << (GYR_LISTS + (list))) /* ... of what is in: all else is out */
#define GYR_FILTER_FOLLOW      (1u << (2 * GYR_LISTS))	    /* of processes in GYR_LIST_PID the descendants, too */
#define GYR_FILTER_NOT_FAILED  (1u << (2 * GYR_LISTS + 1))
#define GYR_FILTER_ONLY_FAILED (1u << (2 * GYR_LISTS + 2))
#define GYR_FILTER_SNAPLENS    (1u << (2 * GYR_LISTS + 3)) /* gyr_selection.snaplen_of differ */

#define GYR_CGROUP_LEVELS 32 /* of cgroups, at which trees may begin; the root is at level 0 */

struct gyr_list_key {
	unsigned int list; /* enum gyr_list */
	unsigned int now;  /* of which selection */
	unsigned long long val[2];
};

/* What an fd stands for, as far as the snaplen is concerned. */
enum gyr_snap {
	GYR_SNAP_FILE, /* regular files and directories */
	GYR_SNAP_INET, /* IPv4 and IPv6 */
	GYR_SNAP_UNIX,
	GYR_SNAP_PIPE,
	GYR_SNAP_OTHER,
	GYR_SNAPS
};

/* What gyr_selection.uring says of an operation: which events are wanted; and GYR_JUDGED. */
#define GYR_URING_SUBMITTED 1
#define GYR_URING_DONE	    2
#define GYR_URING_MAKES	    8 /* an fd, which is the result */

/* Room for what a call's arguments point to, while params are made of it. */
#define GYR_BEHIND_MAX 512

/* The tracepoints that are neither exits nor entries of system calls. */
enum gyr_tracepoint { GYR_TP_PROCEXIT, GYR_TP_SIGNAL, GYR_TP_SWITCH, GYR_TP_FAULT, GYR_TPS };

/* What is wanted. */
struct gyr_selection {
	unsigned char interest[GYR_SLOTS_MAX]; /* by slot: GYR_OFF, ... */
	unsigned char enter[GYR_SYSCALLS_MAX]; /* by number, of the events at entries */
	unsigned char uring[GYR_URING_OPS];    /* GYR_URING_*; where it has SUBMITTED, the operation has a program */
	unsigned char uring_any;	       /* likewise, of completions that do not tell which operation it was */
	unsigned char tracepoint[GYR_TPS];     /* likewise */
	unsigned int filters;		       /* GYR_FILTER_* */
	unsigned int levels;		       /* a bit for each at which a tree begins */
	unsigned int snaplen;		       /* of data that is not of an fd */
	unsigned int snaplen_of[GYR_SNAPS];
	unsigned int sample[GYR_SLOTS_MAX]; /* by slot, if GYR_SAMPLED: one of so many */
};

struct gyr_settings {
	unsigned int magic;   /* set in the object: tells a probe of ours */
	unsigned int version; /* likewise */
	unsigned int build;   /* likewise: GYR_BUILD_* */
	unsigned int self_tgid;
	unsigned int now; /* which selection is in force: a program reads it once, and judges by that */
	unsigned int batch_bytes;
	unsigned int page_kib;	     /* of a page of memory: which size it has is up to the kernel on arm64 */
	unsigned long long boot_ns;  /* CLOCK_REALTIME - CLOCK_BOOTTIME at open: makes ts an epoch time */
	unsigned long long delay_ns; /* a batch older than this is sent with the next event */
	struct gyr_selection sel[2]; /* the other one is for the library to write */
};

/* gyr_chosen.latency: where the time of entry is kept. */
#define GYR_LATENCY_OFF	 0
#define GYR_LATENCY_TASK 1 /* task storage */
#define GYR_LATENCY_HASH 2

/* Chosen before the object is loaded, and constants to the verifier: what is off is no code. */
struct gyr_chosen {
	unsigned int latency;
	unsigned int
		goes_on; /* 1: a program that calls functions may make tail calls, which arm64 allows from 6.0 on */
};

/* gyr_cpu.busy while the library takes the batch of a CPU that is offline; programs set it to 1. */
#define GYR_BUSY_READER 2

/* The parts of gyr_cpu.word. */
#define GYR_WORD_LEN(word)  ((unsigned int)(word))
#define GYR_WORD_BUSY(word) ((unsigned char)((word) >> 32))
#define GYR_WORD_SENT(word) ((unsigned short)((word) >> 48))

/* The low bits of gyr_cpu.first_ts are those of `sent` when the batch was begun: they tell whose batch it is of. */
#define GYR_TS_TAG 7

/*
 * One a CPU, written by programs on that CPU only, but for a batch that the library takes. The library reads it at any
 * time, on machines that make stores visible in any order, too. So what it must see together is one word, and `busy`,
 * set by itself before a frame's time is taken, is cleared by the store of the word that has the frame.
 */
struct gyr_cpu {
	union {
		unsigned long long word;
		struct {
			unsigned int len;   /* bytes of finished frames in data[] */
			unsigned char busy; /* a frame is being built */
			unsigned char unused;
			unsigned short sent; /* records put into the CPU's rings */
		};
	};
	unsigned int flush_at;	/* the batch is sent when len gets here; 0: with the next frame */
	unsigned int pos;	/* passed through here, a value loses what the verifier knows of it */
	unsigned int ring;	/* which of the CPU's rings is in gyr_rings, from 1 on; written by the library */
	unsigned int no_ring;	/* the one that is not there, or went away with its CPU */
	unsigned int call_mark; /* 0, or of the 32-bit call that is on its way to its program: GYR_FRAME_COMPAT, ... */
	unsigned int call_slot; /* its slot */
	unsigned int marks;	/* of the system call that is on its way to its program: GYR_FRAME_STATE or 0 */
	unsigned int cut;	/* bits of params of the frame that is being built: GYR_FRAME_CUT */
	unsigned long long first_ts; /* of the oldest frame in data[], with GYR_TS_TAG */
	unsigned long long flush_by; /* or with a frame of this time or later */
	/* produced = begun + lost_busy; begun is counted when a frame is begun, apart from what becomes of it */
	unsigned long long begun;
	unsigned long long lost_ring_full;
	unsigned long long lost_no_ring;
	unsigned long long lost_busy;	  /* the scratch was in use: a nested event */
	unsigned long long lost_bug;	  /* a filler wrote another number of params than declared, or has no program */
	unsigned long long lost_error;	  /* output failed for another reason */
	unsigned long long user_faults;	  /* params left empty because user memory could not be read: not a loss */
	unsigned long long compat;	  /* 32-bit system calls that nothing reports, as on aarch64: not produced */
	unsigned long long unknown;	  /* system call numbers above GYR_SYSCALLS_MAX: not produced */
	unsigned long long sampled_out;	  /* wanted, but for the sampling: not produced, or GYR_FRAME_STATE */
	unsigned long long entered;	  /* when the system call that comes out here was entered; 0: unknown */
	unsigned int mmsg_next;		  /* of sendmmsg or recvmmsg: the message that their program goes on with */
	unsigned long long call_args[8];  /* its arguments, as a 64-bit caller would give them */
	unsigned long long call_regs[8];  /* what they are made of */
	unsigned long long uring;	  /* the ring of the operation that is being submitted ... */
	unsigned char sqe[GYR_SQE_BYTES]; /* ... and what it is */
	unsigned int sample_left[GYR_SLOTS_MAX]; /* by slot: to be passed over before the next is wanted */
	unsigned char behind[GYR_BEHIND_MAX];
	unsigned char narrow[GYR_BEHIND_MAX]; /* as a 32-bit caller has it */
	unsigned char data[GYR_BATCH_ROOM + GYR_FRAME_BIG + GYR_FRAME_MAX + 320];
};

#endif
