/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls that aarch64 has never had: call() skips a case that makes one there. */
#ifndef GYR_TEST_LIVE_OLD_CALLS_H
#define GYR_TEST_LIVE_OLD_CALLS_H

#include <sys/syscall.h>

#ifdef __aarch64__
#define LIVE_NO_CALL (-1L)

#define SYS_chmod	 LIVE_NO_CALL
#define SYS_chown	 LIVE_NO_CALL
#define SYS_creat	 LIVE_NO_CALL
#define SYS_dup2	 LIVE_NO_CALL
#define SYS_epoll_create LIVE_NO_CALL
#define SYS_epoll_wait	 LIVE_NO_CALL
#define SYS_eventfd	 LIVE_NO_CALL
#define SYS_fork	 LIVE_NO_CALL
#define SYS_getdents	 LIVE_NO_CALL
#define SYS_lchown	 LIVE_NO_CALL
#define SYS_link	 LIVE_NO_CALL
#define SYS_mkdir	 LIVE_NO_CALL
#define SYS_mknod	 LIVE_NO_CALL
#define SYS_open	 LIVE_NO_CALL
#define SYS_pipe	 LIVE_NO_CALL
#define SYS_poll	 LIVE_NO_CALL
#define SYS_rename	 LIVE_NO_CALL
#define SYS_rmdir	 LIVE_NO_CALL
#define SYS_select	 LIVE_NO_CALL
#define SYS_symlink	 LIVE_NO_CALL
#define SYS_unlink	 LIVE_NO_CALL
#define SYS_vfork	 LIVE_NO_CALL
#endif

#endif
