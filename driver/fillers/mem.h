/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What mmap, munmap and brk left the address space at, in KiB. */
#ifndef GYR_FILLERS_MEM_H
#define GYR_FILLERS_MEM_H

#include "filler_helpers.h"

#define PAGE_KIB 4

static __always_inline void put_vm_size(struct frame *f, struct call *c)
{
	unsigned long pages;

	if (HAVE_TASK_BTF)
		pages = ((struct task_struct *)bpf_get_current_task_btf())->mm->total_vm;
	else
		pages = BPF_CORE_READ(cur_task(), mm, total_vm);
	put_u32(f, pages * PAGE_KIB);
}

/* A counter of pages (a constant MM_*), in KiB. It may lag, by what CPUs or threads keep to themselves. */
static __always_inline s64 mm_counter(int which)
{
	struct task_struct *task;

	if (bpf_core_type_exists(struct mm_rss_stat)) {
		struct mm_struct___v6_1 *mm = (void *)BPF_CORE_READ(cur_task(), mm);

		return BPF_CORE_READ(mm, rss_stat.count[which].counter) * PAGE_KIB;
	}
	task = (struct task_struct *)bpf_get_current_task_btf();
	return task->mm->rss_stat[which].count * PAGE_KIB;
}

static __always_inline void put_vm_rss(struct frame *f, struct call *c)
{
	put_u32(f, mm_counter(MM_FILEPAGES) + mm_counter(MM_ANONPAGES) + mm_counter(MM_SHMEMPAGES));
}

static __always_inline void put_vm_swap(struct frame *f, struct call *c)
{
	put_u32(f, mm_counter(MM_SWAPENTS));
}

#endif
