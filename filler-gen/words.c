// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "words.h"

#include <string.h>

const struct word_type word_types[] = {
	{"NONE", 0, ENC_NONE, "no type"},
	{"INT8", 1, ENC_INT, "signed integer"},
	{"INT16", 2, ENC_INT, "signed integer"},
	{"INT32", 4, ENC_INT, "signed integer"},
	{"INT64", 8, ENC_INT, "signed integer"},
	{"UINT8", 1, ENC_INT, "unsigned integer"},
	{"UINT16", 2, ENC_INT, "unsigned integer"},
	{"UINT32", 4, ENC_INT, "unsigned integer"},
	{"UINT64", 8, ENC_INT, "unsigned integer"},
	{"CHARBUF", 0, ENC_STR, "string; its NUL is counted"},
	{"BYTEBUF", 0, ENC_NONE, "raw bytes, cut at the snaplen"},
	{"ERRNO", 8, ENC_SIGNED, "result: a negative errno on failure"},
	{"SOCKADDR", 0, ENC_NONE, "u8 family, then the address"},
	{"SOCKTUPLE", 0, ENC_NONE, "u8 family, then source and destination"},
	{"FD", 8, ENC_SIGNED, "file descriptor; AT_FDCWD is -100; a negative errno when it is a result"},
	{"PID", 8, ENC_SIGNED, "process or thread id"},
	{"FDLIST", 0, ENC_NONE, "u16 count, then (s64 fd, s16 events) each; at most 16"},
	{"FSPATH", 0, ENC_STR, "path"},
	{"SYSCALLID", 2, ENC_INT, "scap system call id"},
	{"SIGTYPE", 1, ENC_INT, "signal number"},
	{"RELTIME", 8, ENC_NONE, "duration in nanoseconds"},
	{"ABSTIME", 8, ENC_NONE, "nanoseconds since the epoch"},
	{"PORT", 2, ENC_NONE, "port, host byte order"},
	{"L4PROTO", 1, ENC_NONE, "protocol over IP"},
	{"SOCKFAMILY", 1, ENC_NONE, "address family"},
	{"BOOL", 4, ENC_NONE, "0 or 1"},
	{"IPV4ADDR", 4, ENC_NONE, "IPv4 address, network byte order"},
	{"DYN", 0, ENC_NONE, "u8 index into the dynamic table, then a value of the type there"},
	{"FLAGS8", 1, ENC_FLAGS, "flags"},
	{"FLAGS16", 2, ENC_FLAGS, "flags"},
	{"FLAGS32", 4, ENC_FLAGS, "flags"},
	{"UID", 4, ENC_INT, "user id"},
	{"GID", 4, ENC_INT, "group id"},
	{"SIGSET", 4, ENC_NONE, "signals 1 to 32 as bits"},
	{"CHARBUFARRAY", 0, ENC_NONE, "strings, each with its NUL"},
	{"CHARBUF_PAIR_ARRAY", 0, ENC_NONE, "strings in pairs, each with its NUL"},
	{"IPV6ADDR", 16, ENC_NONE, "IPv6 address"},
	{"MODE", 4, ENC_FLAGS, "file mode"},
	{"FSRELPATH", 0, ENC_STR, "path, relative to the dirfd that is named with it"},
	{"ENUMFLAGS8", 1, ENC_FLAGS, "one of a list"},
	{"ENUMFLAGS16", 2, ENC_FLAGS, "one of a list"},
	{"ENUMFLAGS32", 4, ENC_FLAGS, "one of a list"},
	{"FD32", 4, ENC_INT, "file descriptor in 32 bits"},
	{"PID32", 4, ENC_INT, "process or thread id in 32 bits"},
	{"FLAGS64", 8, ENC_FLAGS, "flags; gyr's own events only"},
	{NULL, 0, ENC_NONE, NULL},
};

const struct word word_categories[] = {
	{"unknown", "not said, or that of an fd that is not known"},
	{"other", "none of the others"},
	{"file", "files and directories"},
	{"net", "sockets"},
	{"ipc", "between processes: pipes, eventfd, futex"},
	{"memory", "mappings"},
	{"process", "processes and threads, namespaces, modules"},
	{"sleep", "waiting for time to pass"},
	{"system", "the host itself"},
	{"signal", "signals"},
	{"user", "user and group ids"},
	{"time", "clocks and timers"},
	{"io_read", "input; completed by the fd: a read of a socket is net"},
	{"io_write", "output; likewise"},
	{"io_other", "other operations on an fd; likewise"},
	{"wait", "waiting for an fd"},
	{"scheduler", "context switches"},
	{NULL, NULL},
};

const struct word word_event_flags[] = {
	{"creates_fd", "makes a file descriptor"},
	{"destroys_fd", "closes a file descriptor"},
	{"uses_fd", "acts on a file descriptor"},
	{"reads_from_fd", "reads from it"},
	{"writes_to_fd", "writes to it"},
	{"modifies_state", "changes what is known of threads and fds"},
	{"unused", "only keeps the number taken"},
	{"waits", "its work is to wait, or may be"},
	{"skipparsereset", "is no act of the thread it comes with"},
	{"old_version", "no longer produced; read from old files"},
	{"large_payload", "lengths of params have 32 bits"},
	{"converter_managed", "peers want exactly the table's count of params"},
	{"on_request", "so frequent that it comes only when asked for by name"},
	{NULL, NULL},
};

const struct word word_formats[] = {
	{"NA", "as the type has it"},	   {"DEC", "decimal"}, {"HEX", "hexadecimal"}, {"OCT", "octal"},
	{"PADDED_DEC", "decimal, padded"}, {NULL, NULL},
};

const struct word word_sources[] = {
	{"syscall", "a system call"},
	{"tracepoint", "a tracepoint of the kernel"},
	{"metaevent", "made by the reader or writer of a stream"},
	{"iterator", "a walk over what exists"},
	{"plugin", "a plugin of a peer"},
	{"none", "nothing"},
	{NULL, NULL},
};

const struct word word_contexts[] = {
	{"ret", "put_context(&f, c.ret)"},
	{"positive", "put_context(&f, c.ret ? c.ret : -1)"},
	{"arg0", "put_context(&f, (s32)call_arg(&c, 0))"},
	{"fcntl", "put_context(&f, fcntl_fd(&c))"},
	{"pair", "put_pair_contexts(&f, &c)"},
	{"none", ""},
	{NULL, NULL},
};

const struct word word_archs[] = {
	{"x86_64", "x86_64"},
	{"aarch64", "arm64"},
	{NULL, NULL},
};
_Static_assert(sizeof(word_archs) / sizeof(word_archs[0]) == WORD_ARCHS + 1, "WORD_ARCHS");

const struct word word_spaces[] = {
	{"x86_64", "x86_64"},
	{"aarch64", "arm64"},
	{"i386", "32-bit callers on x86_64"},
	{"socketcall", "first argument of their socketcall"},
	{"ipc", "first argument of their ipc"},
	{NULL, NULL},
};
_Static_assert(sizeof(word_spaces) / sizeof(word_spaces[0]) == WORD_SPACES + 1, "WORD_SPACES");

int word_find(const struct word *words, const char *name)
{
	for (int i = 0; words[i].name; i++)
		if (strcmp(words[i].name, name) == 0)
			return i;
	return -1;
}

bool word_type_has_values(const struct word_type *type)
{
	return type->encoder == ENC_FLAGS;
}
