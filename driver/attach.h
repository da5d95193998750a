/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How programs are attached, and what their context may be used for. There are two builds of the driver. With BTF, a
 * program's arguments and the current task are pointers of known types, which it reads by plain loads. Without (on
 * kernels that have no BTF, GYR_NOBTF), they are numbers, and every read is a call of a helper.
 */
#ifndef GYR_ATTACH_H
#define GYR_ATTACH_H

#include "settings.h"

#ifdef GYR_NOBTF

#define GYR_BUILD		 GYR_BUILD_NOBTF
#define SEC_TP(tracepoint)	 SEC("raw_tp/" #tracepoint)
#define TRUSTED_READ(ptr, field) BPF_CORE_READ(ptr, field)
#define HAVE_TASK_BTF		 0

#else

#define GYR_BUILD		 GYR_BUILD_BTF
#define SEC_TP(tracepoint)	 SEC("tp_btf/" #tracepoint)
/* Of an argument of the program, or what is found from there. ptr: a variable, as CO-RE looks at all types in it. */
#define TRUSTED_READ(ptr, field) ((ptr)->field)
/* bpf_get_current_task_btf came with 5.11. */
#define HAVE_TASK_BTF		 bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)

#endif

#endif
