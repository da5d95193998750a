/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What mmap, munmap and brk left the address space at, in KiB. */
#ifndef GYR_FILLERS_MEM_H
#define GYR_FILLERS_MEM_H

#include "filler_helpers.h"

#define PAGE_KIB 4

/*
 * Pages of a kind. The count may lag, by what CPUs or threads keep to themselves. A macro, because CO-RE knows the
 * kernel's size of an element only if its index is in the expression as a literal. Asked for as a field of mm_struct
 * and not as a type: libbpf looks for a type that vmlinux lacks in the modules, which takes CAP_SYS_ADMIN.
 */
#define MM_PAGES(which)                                                                                                \
	(bpf_core_field_exists(struct mm_struct___v6_1, rss_stat.count)                                                \
		 ? BPF_CORE_READ(cur_mm___v6_1(), rss_stat.count[which].counter)                                       \
		 : ((struct task_struct *)bpf_get_current_task_btf())->mm->rss_stat[which].count)

static __always_inline struct mm_struct___v6_1 *cur_mm___v6_1(void)
{
	return (struct mm_struct___v6_1 *)BPF_CORE_READ(cur_task(), mm);
}

/* A count may be below 0 for what others have not handed in yet. */
static __always_inline void put_pages(struct frame *f, s64 pages)
{
	put_u32(f, pages > 0 ? pages * PAGE_KIB : 0);
}

static __always_inline void put_vm_size(struct frame *f, struct call *c)
{
	unsigned long pages;

	if (HAVE_TASK_BTF)
		pages = ((struct task_struct *)bpf_get_current_task_btf())->mm->total_vm;
	else
		pages = BPF_CORE_READ(cur_task(), mm, total_vm);
	put_pages(f, pages);
}

static __always_inline void put_vm_rss(struct frame *f, struct call *c)
{
	put_pages(f, MM_PAGES(MM_FILEPAGES) + MM_PAGES(MM_ANONPAGES) + MM_PAGES(MM_SHMEMPAGES));
}

static __always_inline void put_vm_swap(struct frame *f, struct call *c)
{
	put_pages(f, MM_PAGES(MM_SWAPENTS));
}

#endif
