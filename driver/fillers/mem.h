/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What mmap, munmap and brk left the address space at, in KiB. */
#ifndef GYR_FILLERS_MEM_H
#define GYR_FILLERS_MEM_H

#include "filler_helpers.h"

/*
 * Pages of a kind. The count may lag, by what CPUs or threads keep to themselves. A macro, because CO-RE knows the
 * kernel's size of an element only if its index is in the expression as a literal. Asked for as a field of mm_struct
 * and not as a type: libbpf looks for a type that vmlinux lacks in the modules, which takes CAP_SYS_ADMIN.
 */
#define MM_PAGES(mm, which)                                                                                            \
	(bpf_core_field_exists(struct mm_struct___v6_1, rss_stat.count)                                                \
		 ? BPF_CORE_READ((struct mm_struct___v6_1 *)(mm), rss_stat.count[which].counter)                       \
		 : TRUSTED_READ(mm, rss_stat[which].count))

/* A count may be below 0 for what others have not handed in yet. */
static __always_inline void put_pages(struct frame *f, s64 pages)
{
	put_u32(f, pages > 0 ? pages * gyr_set.page_kib : 0);
}

/* mm: a pointer of a known type, where there are such. */
static __always_inline void put_mm_size(struct frame *f, struct call *c, struct mm_struct *mm)
{
	put_pages(f, TRUSTED_READ(mm, total_vm));
	c->mm = mm;
}

/* These three are written in this order: the first finds c->mm for all. */
static __always_inline void put_vm_size(struct frame *f, struct call *c)
{
	struct mm_struct *mm;

	if (HAVE_TASK_BTF) {
		mm = ((struct task_struct *)bpf_get_current_task_btf())->mm;
		put_mm_size(f, c, mm);
	} else {
		mm = BPF_CORE_READ(cur_task(), mm);
		put_pages(f, BPF_CORE_READ(mm, total_vm));
		c->mm = mm;
	}
}

/* Not "c->mm" within MM_PAGES: CO-RE would look for a struct call in the kernel. */
static __always_inline void put_vm_rss(struct frame *f, struct call *c)
{
	struct mm_struct *mm = c->mm;

	put_pages(f, MM_PAGES(mm, MM_FILEPAGES) + MM_PAGES(mm, MM_ANONPAGES) + MM_PAGES(mm, MM_SHMEMPAGES));
}

static __always_inline void put_vm_swap(struct frame *f, struct call *c)
{
	struct mm_struct *mm = c->mm;

	put_pages(f, MM_PAGES(mm, MM_SWAPENTS));
}

#endif
