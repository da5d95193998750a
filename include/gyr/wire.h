/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The frame: an event as the driver writes it and as a scap file holds it (schema 4.5.1).
 *
 *   header (26 bytes, packed, host byte order)
 *   nparams lengths (u16 each; u32 for event types flagged GYR_EVF_LARGE_PAYLOAD)
 *   the values, one after another, unpadded
 *
 * Shared by the driver and user space, so it includes nothing.
 */
#ifndef GYR_WIRE_H
#define GYR_WIRE_H

/* Offsets within the header. They are unaligned in memory as soon as a frame is not the first: read with memcpy. */
#define GYR_FRAME_TS	  0  /* u64, nanoseconds since the epoch: boot time of the host + CLOCK_BOOTTIME */
#define GYR_FRAME_TID	  8  /* u64, thread id in the root pid namespace */
#define GYR_FRAME_LEN	  16 /* u32, of the whole frame, header included */
#define GYR_FRAME_TYPE	  20 /* u16, event type: even = enter, odd = exit */
#define GYR_FRAME_NPARAMS 22 /* u32; in the rings, with marks */
#define GYR_FRAME_HDR	  26

/*
 * Marks of a frame in the rings; those of what rides right behind it are in this order, and it is not counted in the
 * frame's len. Nobody but the library sees them: files have none, and a frame in a file with one is malformed.
 */
#define GYR_FRAME_COMPAT  0x80000000u /* by a 32-bit caller */
#define GYR_FRAME_LATENCY 0x40000000u /* u64: nanoseconds from the entry of the system call to ts */
#define GYR_FRAME_CUT	  0x20000000u /* u32: bit i of it: param i is cut, or not there, as memory could not be read */
#define GYR_FRAME_STATE	  0x10000000u /* for the tables only: not wanted for itself */
#define GYR_FRAME_CONTEXT 0x08000000u /* before the others: what fds are, as of ts; each with its length first */
#define GYR_FRAME_MARKS	  (GYR_FRAME_COMPAT | GYR_FRAME_LATENCY | GYR_FRAME_CUT | GYR_FRAME_STATE | GYR_FRAME_CONTEXT)
#define GYR_RIDERS_MAX	  16 /* bytes, but for the context */

/* Offsets within a context. */
#define GYR_CONTEXT_LEN	  0  /* u16, of it all */
#define GYR_CONTEXT_WHAT  2  /* u16: GYR_CONTEXT_*_BIT */
#define GYR_CONTEXT_FD	  4  /* s32 */
#define GYR_CONTEXT_FLAGS 8  /* u32, f_flags: O_* as the kernel has them */
#define GYR_CONTEXT_FILE  12 /* u64: the same number for the same open file */
#define GYR_CONTEXT_MODE  20 /* u32, i_mode */
#define GYR_CONTEXT_DEV	  24 /* u32, as in the low half of st_dev */
#define GYR_CONTEXT_INO	  28 /* u64 */
#define GYR_CONTEXT_MAGIC 36 /* u32, of its file system: linux/magic.h */
#define GYR_CONTEXT_NAME  40 /* up to the end, with its NUL; nothing: it could not be had; of a socket see below */

#define GYR_CONTEXT_THERE_BIT	1 /* else nothing is open under that number, and only the fd is told */
#define GYR_CONTEXT_CLOEXEC_BIT 2
#define GYR_CONTEXT_DELETED_BIT 4
#define GYR_CONTEXT_PATH_BIT	8  /* the name is a path from the root of the mount namespace, else a bare name */
#define GYR_CONTEXT_MORE_BIT	16 /* the context of another fd follows */

/* Of a socket, in place of its name: u16 each. */
#define GYR_CONTEXT_FAMILY   GYR_CONTEXT_NAME
#define GYR_CONTEXT_PROTO    (GYR_CONTEXT_NAME + 2)
#define GYR_CONTEXT_SOCK_LEN (GYR_CONTEXT_NAME + 4)

#define GYR_FRAME_MAX	 65408 /* a frame of the driver; under scap's 65530 and perf's u16 record */
#define GYR_PARAMS_MAX	 32
#define GYR_SNAPLEN_DFLT 80
#define GYR_SNAPLEN_MAX	 57344 /* leaves 8 KiB of a frame to its other params */

/* Extension event types: peers skip types they do not know. */
#define GYR_EXT_TYPE_MIN 0x8000
/* Of these, operations of io_uring: this + 2 * the opcode, and one for completions. */
#define GYR_URING_TYPE_MIN 0x9000

/* Within the rings a frame starts at a multiple of this; in files frames are not padded. */
#define GYR_FRAME_ALIGN 8

#endif
