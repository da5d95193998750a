/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The probe object, so that the default needs no file. Aligned for libelf, which reads its headers in place. */
	.section .rodata.gyr_probe, "a", %progbits

	.balign 16
	.hidden gyr_probe_object
	.globl gyr_probe_object
	.type gyr_probe_object, %object
gyr_probe_object:
	.incbin GYR_PROBE_OBJECT
.Lend:
	.size gyr_probe_object, .Lend - gyr_probe_object

	.balign 8
	.hidden gyr_probe_object_size
	.globl gyr_probe_object_size
	.type gyr_probe_object_size, %object
gyr_probe_object_size:
	.quad .Lend - gyr_probe_object
	.size gyr_probe_object_size, 8

	.section .note.GNU-stack, "", %progbits
