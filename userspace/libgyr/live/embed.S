/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The probe objects, so that the default needs no file; by gzip, which leaves a fifth of them. */
	.macro embed name, stem, build
	.section .rodata.gyr_probe, "a", %progbits

	.hidden \name
	.globl \name
	.type \name, %object
\name:
	.incbin "\stem\build\().bpf.o.gz"
.Lend_\name:
	.size \name, .Lend_\name - \name

	.balign 8
	.hidden \name\()_size
	.globl \name\()_size
	.type \name\()_size, %object
\name\()_size:
	.quad .Lend_\name - \name
	.size \name\()_size, 8
	.endm

	embed gyr_probe_object, GYR_PROBE
	embed gyr_probe_nobtf_object, GYR_PROBE, -nobtf
	embed gyr_probe_preempt_object, GYR_PROBE, -preempt

	.section .note.GNU-stack, "", %progbits
