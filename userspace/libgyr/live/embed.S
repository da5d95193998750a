/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The probe object, so that the default needs no file. Aligned for libelf, which reads its headers in place. */
	.section .rodata.gyr_probe, "a", %progbits
	.balign 16
	.hidden gyr_probe_object
	.globl gyr_probe_object
	.type gyr_probe_object, %object
gyr_probe_object:
	.incbin GYR_PROBE_OBJECT
	.size gyr_probe_object, . - gyr_probe_object
	.hidden gyr_probe_object_end
	.globl gyr_probe_object_end
gyr_probe_object_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
