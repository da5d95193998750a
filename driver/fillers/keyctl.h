/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* keyctl: what the arguments are hangs on the operation. */
#ifndef GYR_FILLERS_KEYCTL_H
#define GYR_FILLERS_KEYCTL_H

#include "dyn_helpers.h"
#include "param_helpers.h"
#include "wire_values.gen.h"

/* dyn.json, keyctl */
#define KEYCTL_DYN_INT 0
#define KEYCTL_DYN_STR 1

#define OP(name) (1ULL << GYR_WIRE_KEYCTL_OPERATIONS_KEYCTL_##name)

/* By number of arguments after the operation, all of them numbers (or addresses, which are shown as such) ... */
#define KEYCTL_1                                                                                                       \
	(OP(REVOKE) | OP(CLEAR) | OP(SET_REQKEY_KEYRING) | OP(ASSUME_AUTHORITY) | OP(INVALIDATE) |                     \
	 OP(GET_KEYRING_ID) | OP(SETPERM) | OP(LINK) | OP(UNLINK) | OP(SET_TIMEOUT) | OP(GET_PERSISTENT) |             \
	 OP(CAPABILITIES) | KEYCTL_3 | KEYCTL_4 | OP(RESTRICT_KEYRING) | OP(PKEY_QUERY) | OP(SEARCH) | KEYCTL_PKEY)
#define KEYCTL_2                                                                                                       \
	(OP(GET_KEYRING_ID) | OP(SETPERM) | OP(LINK) | OP(UNLINK) | OP(SET_TIMEOUT) | OP(GET_PERSISTENT) |             \
	 OP(CAPABILITIES) | KEYCTL_3 | KEYCTL_4 | OP(PKEY_QUERY))
#define KEYCTL_3 (OP(UPDATE) | OP(CHOWN) | OP(DESCRIBE) | OP(READ) | OP(NEGATE) | OP(GET_SECURITY) | OP(WATCH_KEY))
#define KEYCTL_4 (OP(INSTANTIATE) | OP(REJECT) | OP(INSTANTIATE_IOV) | OP(DH_COMPUTE) | OP(MOVE))
/* ... and those with strings: the second argument, or the second and the third, or ... */
#define KEYCTL_PKEY (OP(PKEY_ENCRYPT) | OP(PKEY_DECRYPT) | OP(PKEY_SIGN) | OP(PKEY_VERIFY))

static __always_inline void put_keyctl_str(struct frame *f, u64 ptr)
{
	s64 n;

	if (!ptr || !frame_room(f, 1 + STR_MAX + 1)) {
		put_empty(f);
		return;
	}
	f->p[f->pos] = KEYCTL_DYN_STR;
	n = copy_user_str(f, f->p + f->pos + 1, STR_MAX, ptr);
	frame_param_done(f, n ? n + 1 : 0);
	frame_merge(f);
}

/* ints, strs: the operations for which the argument is one; for all others it is not there, and 0. */
static __always_inline void put_keyctl_arg(struct frame *f, u64 op, u64 ints, u64 strs, u64 arg)
{
	if (op & strs)
		put_keyctl_str(f, arg);
	else
		put_dyn_u64(f, KEYCTL_DYN_INT, op & ints ? arg : 0);
	frame_merge(f);
}

static __always_inline void fill_keyctl(struct frame *f, struct call *c)
{
	u32 operation = call_arg(c, 0);
	u64 op = operation < 64 ? 1ULL << operation : 0;

	put_u64(f, c->ret);
	put_u32(f, operation);
	put_keyctl_arg(f, op, KEYCTL_1, OP(JOIN_SESSION_KEYRING), call_arg(c, 1));
	put_keyctl_arg(f, op, KEYCTL_2, OP(RESTRICT_KEYRING) | OP(SEARCH) | KEYCTL_PKEY, call_arg(c, 2));
	put_keyctl_arg(f, op, KEYCTL_3 | KEYCTL_4 | KEYCTL_PKEY, OP(RESTRICT_KEYRING) | OP(PKEY_QUERY) | OP(SEARCH),
		       call_arg(c, 3));
	put_keyctl_arg(f, op, KEYCTL_4 | KEYCTL_PKEY | OP(SEARCH), 0, call_arg(c, 4));
}

#undef OP

#endif
