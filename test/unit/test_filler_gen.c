// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * filler-gen as a program: a small schema that adds up, and one edit of it for each way in which a schema can be wrong.
 * In the texts below ' stands for ".
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WANTS_MAX  6
#define OUTPUT_MAX 65536

#define FLAGS                                                                                                          \
	"{'flags': [\n"                                                                                                \
	"  {'name': 'modes', 'kind': 'bits', 'values': [\n"                                                            \
	"    {'name': 'M_ACC', 'wire': 1, 'kernel': 0, 'mask': 3},\n"                                                  \
	"    {'name': 'M_A', 'wire': 2, 'kernel': 4},\n"                                                               \
	"    {'name': 'M_B', 'wire': 4, 'kernel': {'x86_64': 8, 'aarch64': 16}},\n"                                    \
	"    {'name': 'M_C', 'wire': 8}]},\n"                                                                          \
	"  {'name': 'ops', 'kind': 'enum', 'default': 'OP_NONE', 'values': [\n"                                        \
	"    {'name': 'OP_NONE', 'wire': 0},\n"                                                                        \
	"    {'name': 'OP_ONE', 'wire': 7, 'kernel': 1}]},\n"                                                          \
	"  {'name': 'wide', 'values': [{'name': 'W_ALL', 'wire': 300}]}\n"                                             \
	"]}\n"
#define OWN_FLAGS                                                                                                      \
	"{'flags': [\n"                                                                                                \
	"  {'name': 'how', 'kind': 'bits', 'values': [\n"                                                              \
	"    {'name': 'H_FIRST', 'wire': 0, 'mask': 3},\n"                                                             \
	"    {'name': 'H_FAR', 'wire': 1099511627776}]}]}\n"
#define STRUCTS                                                                                                        \
	"{'structs': [\n"                                                                                              \
	"  {'name': 'pair', 'header': 'pair.h', 'c': 'pair_t', 'fields': ['u32 first', 'u64 second', 'ptr name',\n"    \
	"    'char[9] text', 's16[2] shorts', 'timespec when']},\n"                                                    \
	"  {'name': 'tight', 'packed': true, 'fields': ['u8 first', 'u64 second']},\n"                                 \
	"  {'name': 'io_uring_sqe', 'fields': ['u8 opcode', 's32 fd', 'u64 addr', 'u32 len']}]}\n"
#define DYN "{'dyn': [{'name': 'either', 'types': ['FD', 'UINT32']}]}\n"
#define SYSCALLS                                                                                                       \
	"{'syscalls': [\n"                                                                                             \
	"  {'name': 'openat', 'sc': 9, 'nr': {'x86_64': 257, 'aarch64': 56}, 'event': 3},\n"                           \
	"  {'name': 'close', 'sc': 8, 'nr': {'x86_64': 3}, 'event': 5},\n"                                             \
	"  {'name': 'far', 'sc': 0, 'nr': {'x86_64': 500}, 'event': 32771},\n"                                         \
	"  {'name': 'gone', 'sc': 0, 'nr': {}, 'event': 1},\n"                                                         \
	"  {'name': 'unknown', 'sc': 0, 'nr': {}, 'event': 1}]}\n"
#define FILES                                                                                                          \
	"{'events': [\n"                                                                                               \
	"  {'code': 2, 'id': 'OPENAT_E', 'name': 'openat', 'source': 'syscall', 'category': 'file', 'flags': [],\n"    \
	"   'params': [{'name': 'path', 'type': 'CHARBUF', 'format': 'NA'}]},\n"                                       \
	"  {'code': 3, 'id': 'OPENAT_X', 'name': 'openat', 'source': 'syscall', 'category': 'file',\n"                 \
	"   'flags': ['creates_fd', 'modifies_state'], 'params': [\n"                                                  \
	"    {'name': 'fd', 'type': 'FD', 'format': 'DEC', 'from': 'ret'},\n"                                          \
	"    {'name': 'dirfd', 'type': 'FD', 'format': 'DEC', 'from': 'arg0'},\n"                                      \
	"    {'name': 'path', 'type': 'FSRELPATH', 'format': 'NA', 'dirfd': 'dirfd', 'from': 'arg1'},\n"               \
	"    {'name': 'modes', 'type': 'FLAGS32', 'format': 'HEX', 'values': 'modes', 'from': 'arg2'},\n"              \
	"    {'name': 'op', 'type': 'ENUMFLAGS8', 'format': 'DEC', 'values': 'ops', 'from': 'arg3'},\n"                \
	"    {'name': 'wide', 'type': 'FLAGS8', 'format': 'HEX', 'values': 'wide', 'narrow': true, 'from': 'nr'},\n"   \
	"    {'name': 'either', 'type': 'DYN', 'format': 'NA', 'dyn': 'either', 'from': [], 'as': 'either'},\n"        \
	"    {'name': 'pair', 'type': 'BYTEBUF', 'format': 'NA', 'from': ['arg4', 'ret'], 'as': 'pair'},\n"            \
	"    {'name': 'byte', 'type': 'UINT8', 'format': 'DEC', 'from': 255}]},\n"                                     \
	"  {'code': 4, 'id': 'CLOSE_E', 'name': 'close', 'source': 'syscall', 'category': 'io_other',\n"               \
	"   'flags': ['old_version'], 'params': []},\n"                                                                \
	"  {'code': 5, 'id': 'CLOSE_X', 'name': 'close', 'source': 'syscall', 'category': 'io_other',\n"               \
	"   'flags': ['destroys_fd'], 'filler': 'close', 'params': [\n"                                                \
	"    {'name': 'res', 'type': 'ERRNO', 'format': 'DEC'}]}\n"                                                    \
	"]}\n"
#define OTHER                                                                                                          \
	"{'events': [\n"                                                                                               \
	"  {'code': 0, 'id': 'GENERIC_E', 'name': 'syscall', 'source': 'syscall', 'category': 'other',\n"              \
	"   'flags': ['old_version'], 'params': []},\n"                                                                \
	"  {'code': 1, 'id': 'GENERIC_X', 'name': 'syscall', 'source': 'syscall', 'category': 'other',\n"              \
	"   'flags': [], 'filler': 'generic', 'prog': 'generic', 'params': [\n"                                        \
	"    {'name': 'ID', 'type': 'SYSCALLID', 'format': 'DEC'}]},\n"                                                \
	"  {'code': 6, 'id': 'EXIT_E', 'name': 'exit', 'source': 'tracepoint', 'category': 'process',\n"               \
	"   'flags': [], 'by_hand': 'procexit', 'params': []},\n"                                                      \
	"  {'code': 7, 'id': 'EXIT_X', 'name': 'NA', 'source': 'none', 'category': 'unknown', 'flags': ['unused'],\n"  \
	"   'params': []},\n"                                                                                          \
	"  {'code': 32769, 'id': 'EXT_X', 'name': 'ext', 'source': 'metaevent', 'category': 'other', 'flags': [],\n"   \
	"   'params': []},\n"                                                                                          \
	"  {'code': 32771, 'id': 'FAR_X', 'name': 'far', 'source': 'syscall', 'category': 'other', 'flags': [],\n"     \
	"   'params': [\n"                                                                                             \
	"    {'name': 'res', 'type': 'ERRNO', 'format': 'DEC', 'from': 'ret'},\n"                                      \
	"    {'name': 'how', 'type': 'FLAGS64', 'format': 'HEX', 'values': 'how', 'from': 'arg0'},\n"                  \
	"    {'name': 'op', 'type': 'ENUMFLAGS32', 'format': 'DEC', 'values': 'ops', 'from': 'arg1'},\n"               \
	"    {'name': 'second', 'type': 'UINT64', 'format': 'DEC', 'from': 'arg2', 'at': 'pair.second'},\n"            \
	"    {'name': 'called', 'type': 'CHARBUF', 'format': 'NA', 'from': 'arg2', 'at': 'pair.name'},\n"              \
	"    {'name': 'text', 'type': 'CHARBUF', 'format': 'NA', 'from': 'arg2', 'at': 'pair.text', 'when': 'ok'},\n"  \
	"    {'name': 'short', 'type': 'INT16', 'format': 'DEC', 'from': 'arg2', 'at': 'pair.shorts[1]',\n"            \
	"     'when': {'res': 'positive', 'arg1': ['OP_ONE', 5]}},\n"                                                  \
	"    {'name': 'time', 'type': 'RELTIME', 'format': 'DEC', 'from': 'arg2', 'at': 'pair.when'},\n"               \
	"    {'name': 'tight', 'type': 'UINT64', 'format': 'DEC', 'from': 'arg3', 'at': 'tight.second'},\n"            \
	"    {'name': 'out', 'type': 'FD', 'format': 'DEC', 'from': 'arg4', 'at': 's32[1]', 'when': 'ok'},\n"          \
	"    {'name': 'last', 'type': 'UINT32', 'format': 'DEC', 'from': 'arg5', 'when': {'arg1': [3]}}]}\n"           \
	"]}\n"

#define URING                                                                                                          \
	"{'common': [{'name': 'ring', 'type': 'UINT64', 'format': 'HEX', 'from': 'ring'}],\n"                          \
	"'events': [\n"                                                                                                \
	"  {'code': 36868, 'id': 'U_OPEN_E', 'name': 'u_open', 'source': 'tracepoint', 'category': 'file',\n"          \
	"   'flags': [], 'op': 2, 'like': ['openat', 'far'], 'params': [\n"                                            \
	"    {'name': 'dir', 'type': 'FD', 'format': 'DEC', 'from': 'sqe.fd'},\n"                                      \
	"    {'name': 'path', 'type': 'FSRELPATH', 'format': 'NA', 'dirfd': 'dir', 'from': 'sqe.addr'},\n"             \
	"    {'name': 'modes', 'type': 'FLAGS32', 'format': 'HEX', 'values': 'modes', 'from': 'sqe.len'},\n"           \
	"    {'name': 'second', 'type': 'UINT64', 'format': 'DEC', 'from': 'sqe.addr', 'at': 'pair.second'},\n"        \
	"    {'name': 'data', 'type': 'BYTEBUF', 'format': 'NA', 'from': ['sqe.addr', 'sqe.len'], 'as': 'data'}]},\n"  \
	"  {'code': 37374, 'id': 'U_OTHER_E', 'name': 'u_other', 'source': 'tracepoint', 'category': 'other',\n"       \
	"   'flags': [], 'op': 255, 'params': [\n"                                                                     \
	"    {'name': 'op', 'type': 'UINT8', 'format': 'DEC', 'from': 'sqe.opcode'}]},\n"                              \
	"  {'code': 37377, 'id': 'U_DONE_X', 'name': 'u_done', 'source': 'tracepoint', 'category': 'other',\n"         \
	"   'flags': [], 'by_hand': 'u_done', 'params': [\n"                                                           \
	"    {'name': 'op', 'type': 'ENUMFLAGS8', 'format': 'DEC', 'values': 'io_uring_ops'}]}\n"                      \
	"]}\n"

static const struct {
	const char *name, *text;
} good[] = {
	{"flags.json", FLAGS},	     {"own-flags.json", OWN_FLAGS}, {"structs.json", STRUCTS}, {"dyn.json", DYN},
	{"syscalls.json", SYSCALLS}, {"files.json", FILES},	    {"other.json", OTHER},     {"uring.json", URING},
};
#define NGOOD (sizeof(good) / sizeof(good[0]))

struct edit {
	const char *file;
	const char *find;    /* NULL: the file is not there */
	const char *replace; /* of what is found first */
};

/* The edits a case makes, and what the messages must hold; wants[0] is looked for at the place that the others follow.
 */
static const struct bad {
	struct edit edits[2];
	const char *wants[WANTS_MAX];
} bads[] = {
	/* files */
	{{{"files.json", "'params':", "'params'"}}, {"files.json: line 3: not valid JSON"}},
	{{{"dyn.json", DYN, ""}}, {"dyn.json: not valid JSON: it is empty"}},
	{{{"files.json", "]}\n", "]}\n}"}}, {"files.json: line ", "not valid JSON"}},
	{{{"flags.json", NULL, NULL}}, {"flags.json: missing"}},
	{{{"files.json", "{'events'", "{'event'"}}, {"files.json: event: unknown key", "files.json: events: missing"}},
	{{{"dyn.json", DYN, "[]"}}, {"dyn.json: must be an object"}},
	{{{"dyn.json", DYN, "{'dyn': {}}"}}, {"dyn.json: dyn: must be a list"}},
	/* 32-bit callers */
	{{{"syscalls.json", "'x86_64': 3}", "'x86_64': 3, 'i386': 6}, 'args': ['0']"}},
	 {"syscall close: args: must be an object"}},
	{{{"syscalls.json", "'x86_64': 3}", "'x86_64': 3, 'i386': 6}, 'args': {'x86_64': ['0']}"}},
	 {"syscall close: args: \"x86_64\" is none of \"i386\", \"socketcall\", \"ipc\""}},
	{{{"syscalls.json", "'x86_64': 3}", "'x86_64': 3}, 'args': {'i386': ['0']}"}},
	 {"syscall close: args: the call has no number for \"i386\""}},
	{{{"syscalls.json", "'x86_64': 3}", "'x86_64': 3, 'i386': 6}, 'args': {'i386': ['6']}"}},
	 {"syscall close: args: i386: must be strings like"}},
	{{{"syscalls.json", "'x86_64': 3}", "'x86_64': 3, 'i386': 6}, 'args': {'i386': ['0:1s']}"}},
	 {"syscall close: args: i386: must be strings like"}},
	{{{"syscalls.json", "'x86_64': 3}", "'x86_64': 3, 'i386': 6}, 'args': {'i386': []}"}},
	 {"syscall close: args: i386: must be a list of 1 to 6 strings"}},
	{{{"syscalls.json", "'x86_64': 3}", "'x86_64': 3, 'i386': 6}, 'wide': {'i386': [6]}"}},
	 {"syscall close: wide: 6 is not within 0 and 5"}},
	{{{"syscalls.json", "'x86_64': 3}", "'x86_64': 3}, 'ids16': true"}},
	 {"syscall close: ids16: the call has no number for \"i386\""}},
	{{{"syscalls.json", "'x86_64': 3}", "'x86_64': 3, 'ipc': 32}"}},
	 {"syscall close: nr: 32 is not within 0 and 31"}},
	{{{"syscalls.json", "'x86_64': 257, 'aarch64': 56}, 'event': 3},\n  {'name': 'close', 'sc': 8, 'nr': {",
	   "'i386': 6}, 'event': 3},\n  {'name': 'close', 'sc': 8, 'nr': {'i386': 6, "}},
	 {"nr: 6 on i386 is taken by syscall close"}},
	/* keys and JSON types */
	{{{"files.json", "'code': 3,", "'code': 3, 'colour': 1,"}},
	 {"files.json: event openat(3): colour: unknown key"}},
	{{{"files.json", "'code': 3,", "'code': 3, 'code': 3,"}},
	 {"files.json: event openat(3): code: the key is there twice"}},
	{{{"files.json", "'format': 'DEC', 'from': 'ret'", "'from': 'ret'"}},
	 {"files.json: event openat(3): param fd: format: missing"}},
	{{{"files.json", "'id': 'OPENAT_X', ", ""}}, {"event openat(3): id: missing"}},
	{{{"files.json", "'name': 'fd', ", ""}}, {"event openat(3): param #1: name: missing"}},
	{{{"files.json", "'code': 3", "'code': '3'"}}, {"files.json: event openat: code: must be an integer"}},
	{{{"files.json", "'code': 3", "'code': 3.5"}}, {"files.json: event openat: code: must be an integer"}},
	{{{"files.json", "'code': 3", "'code': 65536"}}, {"code: 65536 is not within 0 and 65535"}},
	{{{"files.json", "'name': 'openat', 'source': 'syscall', 'category': 'file',\n",
	   "'name': 3, 'source': 'syscall', 'category': 'file',\n"}},
	 {"files.json: event #2: name: must be a string"}},
	{{{"files.json", "'flags': ['creates_fd', 'modifies_state']", "'flags': 'creates_fd'"}},
	 {"event openat(3): flags: must be a list"}},
	{{{"files.json", "'narrow': true", "'narrow': 1"}},
	 {"event openat(3): param wide: narrow: must be true or false"}},
	{{{"files.json", "'name': 'pair'", "'name': 'a pair'"}},
	 {"param a pair: name: \"a pair\" cannot be a name in C"}},
	{{{"files.json", "{'name': 'byte', 'type': 'UINT8', 'format': 'DEC', 'from': 255}", "'byte'"}},
	 {"event openat(3): param #9: must be an object"}},
	/* words */
	{{{"files.json", "'type': 'FD'", "'type': 'FDD'"}}, {"event openat(3): param fd: type: unknown type \"FDD\""}},
	{{{"files.json", "'category': 'file'", "'category': 'files'"}},
	 {"event openat(2): category: unknown category \"files\""}},
	{{{"files.json", "creates_fd", "create_fd"}}, {"event openat(3): flags: unknown flag \"create_fd\""}},
	{{{"files.json", "'creates_fd', ", "'modifies_state', "}},
	 {"event openat(3): flags: \"modifies_state\" is there twice"}},
	{{{"files.json", "'format': 'DEC'", "'format': 'BIN'"}}, {"param fd: format: unknown format \"BIN\""}},
	{{{"other.json", "'source': 'tracepoint'", "'source': 'kprobe'"}},
	 {"event exit(6): source: unknown source \"kprobe\""}},
	/* codes, ids, names */
	{{{"files.json", "'code': 5", "'code': 3"}},
	 {"event close(3): code: 3 is taken by event openat(3)", "files.json"}},
	{{{"files.json", "'code': 5", "'code': 9"}, {"syscalls.json", "'event': 5", "'event': 9"}},
	 {"event exit(6): code: 5 below it is missing", "event close(9): code: 8 below it is missing"}},
	{{{"files.json", "'code': 5", "'code': 11"}}, {"event close(11): code: 8 to 10 below it are missing"}},
	{{{"files.json", "'CLOSE_X'", "'OPENAT_X'"}}, {"event close(5): id: \"OPENAT_X\" is taken by event openat(3)"}},
	{{{"files.json", "'CLOSE_X'", "'CLOSE_E2'"}},
	 {"event close(5): id: \"CLOSE_E2\": an exit event's code is odd"}},
	{{{"files.json", "'CLOSE_E'", "'CLOSE_X2'"}},
	 {"event close(4): id: \"CLOSE_X2\": an enter event's code is even"}},
	{{{"files.json", "'name': 'close', 'source'", "'name': 'shut', 'source'"}},
	 {"event close(5): name: its enter event is named \"shut\""}},
	/* flag tables */
	{{{"files.json", "'values': 'modes'", "'values': 'mode'"}},
	 {"param modes: values: unknown flag table \"mode\""}},
	{{{"files.json", ", 'values': 'modes'", ""}}, {"param modes: values: missing"}},
	{{{"files.json", "'from': 'nr'}",
	   "'from': 'nr'}, {'name': 'x', 'type': 'UINT8', 'format': 'DEC', 'values': 'ops', 'from': 1}"}},
	 {"param x: values: a UINT8 has no table of flags"}},
	{{{"files.json", "'from': 'nr'}",
	   "'from': 'nr'}, {'name': 'x', 'type': 'UINT64', 'format': 'DEC', 'values': 'ops', 'from': 'arg1'}"}},
	 {"param x: values: a UINT64 is the kernel's number"}},
	{{{"files.json", "'narrow': true, ", ""}}, {"param wide: values: W_ALL (300) does not fit a FLAGS8"}},
	{{{"flags.json", "300", "255"}}, {"param wide: narrow: every value of wide fits a FLAGS8"}},
	{{{"flags.json", "'name': 'wide'", "'name': 'ops'"}},
	 {"flags.json: flags ops: name: a table of this name is there already"}},
	{{{"flags.json", "'M_C'", "'M_A'"}}, {"flags.json: flags modes: value M_A: name: is there twice"}},
	{{{"flags.json", "'wire': 8", "'wire': 2"}}, {"flags modes: value M_C: wire: 2 is M_A already"}},
	{{{"flags.json", "'x86_64': 8", "'x86_64': 4"}}, {"flags modes: value M_B: kernel: 4 is M_A already"}},
	{{{"flags.json", ", 'mask': 3", ""}}, {"flags modes: value M_ACC: kernel: 0 needs a \"mask\""}},
	{{{"flags.json", "'kernel': 0", "'kernel': 4"}},
	 {"flags modes: value M_ACC: kernel: has bits that are not in the mask"}},
	{{{"flags.json", "'kind': 'bits', ", ""}}, {"flags modes: kind: missing"}},
	{{{"flags.json", "'bits'", "'bit'"}}, {"flags modes: kind: unknown kind \"bit\""}},
	{{{"flags.json", "'default': 'OP_NONE'", "'default': 'OP_TWO'"}},
	 {"flags ops: default: no value \"OP_TWO\" in the table"}},
	{{{"flags.json", "aarch64", "arm"}}, {"flags modes: value M_B: kernel: unknown architecture \"arm\""}},
	{{{"flags.json", "[{'name': 'W_ALL', 'wire': 300}]", "[]"}}, {"flags wide: values: is empty"}},
	{{{"flags.json", "300", "9007199254740993"}}, {"flags wide: value W_ALL: wire: "}},
	{{{"own-flags.json", NULL, NULL}}, {"own-flags.json: missing"}},
	{{{"own-flags.json", "'wire': 0", "'wire': 4"}},
	 {"flags how: value H_FIRST: wire: has bits that are not in the mask"}},
	{{{"other.json", "'FLAGS64'", "'FLAGS32'"}},
	 {"param how: values: H_FAR (1099511627776) does not fit a FLAGS32"}},
	/* structs, at, when */
	{{{"structs.json", "'u32 first'", "'u33 first'"}},
	 {"structs.json: struct pair: u33 first: fields: unknown type \"u33\""}},
	{{{"structs.json", "'u32 first'", "'first'"}}, {"struct pair: first: fields: must be a list of strings"}},
	{{{"structs.json", "'u32 first'", "'u32 second'"}},
	 {"struct pair: u64 second: fields: a field of this name is there already"}},
	{{{"structs.json", "'tight'", "'pair'"}}, {"struct pair: name: a struct of this name is there already"}},
	{{{"structs.json", "'header': 'pair.h', ", ""}}, {"struct pair: c: without \"header\""}},
	{{{"structs.json", "'packed': true", "'packed': 'riscv'"}},
	 {"struct tight: packed: unknown architecture \"riscv\""}},
	{{{"other.json", "'pair.second'", "'pair.third'"}},
	 {"param second: at: no struct has the field \"pair.third\""}},
	{{{"other.json", "'pair.second'", "'pair.second[1]'"}}, {"param second: at: \"pair.second[1]\" is not there"}},
	{{{"other.json", "'pair.second'", "'pair second'"}}, {"param second: at: \"pair second\" is none of"}},
	{{{"other.json", "'pair.second'", "'pair.when'"}},
	 {"param second: at: no UINT64 can be made of \"pair.when\""}},
	{{{"other.json", "'pair.when'", "'pair.second'"}},
	 {"param time: at: no RELTIME can be made of \"pair.second\""}},
	{{{"other.json", "'pair.name'", "'pair.second'"}},
	 {"param called: at: no CHARBUF can be made of \"pair.second\""}},
	{{{"other.json", "'s32[1]'", "'char'"}}, {"param out: at: \"char\" is not there"}},
	{{{"other.json", "'arg3', 'at'", "'ret', 'at'"}}, {"param tight: at: is for what one argument points to"}},
	{{{"other.json", "'at': 'tight.second'", "'at': 'tight.second', 'as': 'x'"}},
	 {"param tight: as: and \"at\" exclude each other"}},
	{{{"other.json", "'when': 'ok'", "'when': 'well'"}}, {"param text: when: \"well\" is neither"}},
	{{{"other.json", "'OP_ONE'", "'OP_TWO'"}},
	 {"param short: when: \"OP_TWO\" is no value of the param that is argument 1"}},
	{{{"other.json", "{'arg1': [3]}", "{'arg1': 3}"}}, {"param last: when: must have a list of values"}},
	{{{"other.json", "{'arg1': [3]}", "{'arg1': [3], 'arg2': [3]}"}},
	 {"param last: when: \"arg2\": only \"res\" and one argument"}},
	{{{"other.json", "{'arg1': [3]}", "{'arg1': {'max': 3}}"}}, {"param last: max: unknown key"}},
	{{{"other.json", "{'arg1': [3]}", "{'sqe.len': [3]}"}},
	 {"param last: when: only operations of io_uring have \"sqe.FIELD\""}},
	{{{"other.json", "'pair.second'", "'pair.second', 'size': 'long'"}},
	 {"param second: size: is none of \"arg0\" to \"arg5\""}},
	{{{"other.json", "'pair.name'", "'pair.name', 'size': 'self'"}},
	 {"param called: size: is for numbers that 32-bit callers have at the same place"}},
	{{{"other.json", "'from': 'arg5'", "'from': 'arg5', 'size': 'arg1'"}}, {"param last: size: without \"at\""}},
	/* own: after scap's, where peers read no further */
	{{{"files.json", "'from': 'nr'}", "'from': 'nr', 'own': true}"}},
	 {"event openat(3): param either: own: missing: the param before it is gyr's own"}},
	{{{"files.json",
	   "'destroys_fd'], 'filler': 'close', 'params': [\n"
	   "    {'name': 'res', 'type': 'ERRNO', 'format': 'DEC'}",
	   "'converter_managed'], 'filler': 'close', 'params': [\n"
	   "    {'name': 'res', 'type': 'ERRNO', 'format': 'DEC', 'own': true}"}},
	 {"param res: own: peers want exactly scap's params of an event that is converter_managed"}},
	{{{"other.json", "[3]}}", "[3]}, 'own': true}"}},
	 {"event far(32771): param last: own: is for params of scap's events"}},
	{{{"files.json", "255}", "255, 'own': 1}"}}, {"param byte: own: must be true or false"}},
	/* operations of io_uring */
	{{{"uring.json", "36868", "36870"}}, {"event u_open(36870): code: that of operation 2 is 36868"}},
	{{{"uring.json", "'op': 2,", "'op': 256,"}}, {"event u_open(36868): op: "}},
	{{{"uring.json", "'op': 2,", ""}}, {"event u_open(36868): like: is for operations of io_uring"}},
	{{{"uring.json", "'far']", "'near']"}}, {"event u_open(36868): like: \"near\" is no system call"}},
	{{{"uring.json", "'far']", "7]"}}, {"event u_open(36868): like: must be the name of a system call"}},
	{{{"uring.json", "'sqe.fd'", "'sqe.fds'"}}, {"param dir: at: no struct has the field \"io_uring_sqe.fds\""}},
	{{{"uring.json", "'sqe.fd'", "'arg0'"}}, {"param dir: from: an operation of io_uring has only"}},
	{{{"uring.json", "'sqe.fd'", "'sqe.fd', 'when': 'ok'"}}, {"param dir: when: is for system calls"}},
	{{{"uring.json", "'sqe.fd'", "'sqe.fd', 'when': {'sqe.none': [1]}"}},
	 {"param dir: at: no struct has the field \"io_uring_sqe.none\""}},
	{{{"uring.json", "'by_hand': 'u_done'", "'op': 3, 'by_hand': 'u_done'"}},
	 {"event u_done(37377): op: needs \"from\""}},
	{{{"files.json", "'arg0'", "'sqe.fd'"}}, {"param dirfd: from: only operations of io_uring have"}},
	{{{"other.json", "{'events'", "{'commons': [], 'events'"}}, {"other.json: commons: unknown key"}},
	/* dynamic tables, dirfd */
	{{{"files.json", "'dyn': 'either'", "'dyn': 'neither'"}},
	 {"param either: dyn: unknown dynamic table \"neither\""}},
	{{{"files.json", "'dyn': 'either', ", ""}}, {"param either: dyn: missing"}},
	{{{"dyn.json", "UINT32", "UINT33"}}, {"dyn.json: dyn either: types: unknown type \"UINT33\""}},
	{{{"dyn.json", "UINT32", "DYN"}}, {"dyn.json: dyn either: types: DYN within DYN"}},
	{{{"files.json", "'dirfd': 'dirfd'", "'dirfd': 'dir'"}}, {"param path: dirfd: no param \"dir\" in the event"}},
	{{{"files.json", "'dirfd': 'dirfd'", "'dirfd': 'modes'"}},
	 {"param path: dirfd: param \"modes\" is a FLAGS32, not an FD"}},
	{{{"files.json", "'dirfd': 'dirfd', ", ""}}, {"param path: dirfd: missing"}},
	{{{"files.json", "FSRELPATH", "FSPATH"}}, {"param path: dirfd: a FSPATH is not relative"}},
	/* params */
	{{{"files.json", "'name': 'dirfd'", "'name': 'fd'"}},
	 {"event openat(3): param fd: name: a param of this name is there already"}},
	{{{"files.json", ", 'from': 'arg0'", ""}},
	 {"event openat(3): param dirfd: from: missing: other params of the event have it"}},
	{{{"files.json", "'arg0'", "'arg6'"}}, {"param dirfd: from: \"arg6\": a system call has arg0 to arg5"}},
	{{{"files.json", "'arg0'", "'argh'"}}, {"param dirfd: from: \"argh\" is none of \"ret\""}},
	{{{"files.json", "'from': 'arg0'", "'from': {}"}},
	 {"param dirfd: from: must be a string, an integer, or a list"}},
	{{{"files.json", ", 'as': 'pair'", ""}}, {"param pair: from: a list needs \"as\""}},
	{{{"files.json", "'from': ['arg4', 'ret'], 'as': 'pair'", "'from': 'arg4'"}},
	 {"param pair: as: missing: there is no encoder for a BYTEBUF"}},
	{{{"files.json", "'from': 'arg1'", "'from': 7"}},
	 {"event openat(3): param path: as: missing: only an argument is the address of a FSRELPATH"}},
	{{{"files.json", "'from': 255", "'from': 256"}}, {"param byte: from: 256 does not fit a UINT8"}},
	{{{"files.json", "'from': 255", "'as': 'byte'"}}, {"param byte: as: without \"from\""}},
	{{{"files.json", "'as': 'pair'", "'as': 'a-pair'"}}, {"param pair: as: \"a-pair\" cannot be a name in C"}},
	{{{"files.json", "['arg4', 'ret']", "[0, 1, 2, 3, 4, 5, 6, 7, 8]"}}, {"param pair: from: more than 8 values"}},
	/* who produces */
	{{{"files.json", "'flags': ['creates_fd'", "'context': 'arg7', 'flags': ['creates_fd'"}},
	 {"event openat(3): context: \"arg7\" is neither"}},
	{{{"files.json", "'flags': ['creates_fd'", "'filler': 'openat', 'flags': ['creates_fd'"}},
	 {"event openat(3): filler: only one of"}},
	{{{"other.json", "'by_hand': 'procexit'", "'filler': 'procexit'"}},
	 {"event exit(6): filler: only events of system calls"}},
	{{{"files.json", "'CHARBUF', 'format': 'NA'", "'CHARBUF', 'format': 'NA', 'from': 'arg1'"}},
	 {"event openat(3): prog: \"gyr_openat\" is taken by event openat(2)"}},
	{{{"files.json", "'flags': [],", "'flags': [], 'filler': 'openat_e',"}},
	 {"event openat(2): filler: only exits have one"}},
	{{{"other.json", "'by_hand': 'procexit'", "'by_hand': 'procexit', 'prog': 'x'"}},
	 {"event exit(6): prog: \"by_hand\" names the program"}},
	{{{"other.json", "'category': 'other', 'flags': [],\n   'params': []",
	   "'category': 'other', 'flags': [], 'by_library': 'ext', 'prog': 'ext',\n   'params': []"}},
	 {"event ext(32769): prog: the library makes the event"}},
	{{{"files.json", "'filler': 'close'", "'by_library': 'close'"}},
	 {"event close(5): by_library: events of system calls are made by the driver"}},
	{{{"files.json", "'filler': 'close'", "'filler': 'close', 'by_library': 'close'"}},
	 {"event close(5): filler: only one of"}},
	{{{"files.json", "'filler': 'close'", "'prog': 'close'"}},
	 {"event close(5): prog: nothing produces the event"}},
	{{{"files.json", "'flags': ['destroys_fd']", "'flags': ['old_version']"}},
	 {"event close(5): filler: the event is flagged old_version",
	  "syscall close: event: event close(5) is flagged old_version"}},
	{{{"files.json", "'flags': ['creates_fd', 'modifies_state']", "'flags': ['unused']"}},
	 {"event openat(3): from: the event is flagged unused"}},
	{{{"files.json", "'filler': 'close'", "'filler': 'close', 'prog': 'close_of_a_fd'"}},
	 {"event close(5): prog: \"gyr_close_of_a_fd\" is longer than 15"}},
	{{{"files.json", "'filler': 'close'", "'filler': 'close', 'prog': 'openat'"}},
	 {"event close(5): prog: \"gyr_openat\" is taken by event openat(3)"}},
	{{{"other.json", ", 'filler': 'generic', 'prog': 'generic'", ""}}, {"event syscall(1): must be produced"}},
	/* system calls */
	{{{"syscalls.json", "'event': 5", "'event': 50"}},
	 {"syscalls.json: syscall close: event: no event has the code 50",
	  "event close(5): is produced, but no system call"}},
	{{{"syscalls.json", "'event': 5", "'event': 4"}}, {"syscall close: event: event close(4) is an enter event"}},
	{{{"syscalls.json", "'event': 5", "'event': 32769"}},
	 {"syscall close: event: event ext(32769) is no event of a system call"}},
	{{{"syscalls.json", "'event': 5", "'event': 1"}},
	 {"files.json: event close(5): is produced, but no system call"}},
	{{{"syscalls.json", "'x86_64': 3", "'x86_64': 257"}},
	 {"syscall openat: nr: 257 on x86_64 is taken by syscall close"}},
	{{{"syscalls.json", "'x86_64': 3", "'x86_64': 512"}}, {"syscall close: nr: 512 is not within 0 and 511"}},
	{{{"syscalls.json", "'x86_64': 3", "'riscv': 3"}}, {"syscall close: nr: unknown architecture \"riscv\""}},
	{{{"syscalls.json", "'nr': {'x86_64': 3}", "'nr': 3"}}, {"syscall close: nr: must be an object"}},
	{{{"syscalls.json", "'sc': 8", "'sc': 9"}}, {"syscall openat: sc: 9 is taken by syscall close"}},
	{{{"syscalls.json", "'close'", "'openat'"}}, {"syscall openat: name: is there twice"}},
	/* more than one at a time: all are told */
	{{{"flags.json", "'bits'", "'bit'"}, {"files.json", "'type': 'FD'", "'type': 'FDD'"}},
	 {"flags modes: kind: unknown kind", "param fd: type: unknown type", "2 errors"}},
};
#define NBADS (sizeof(bads) / sizeof(bads[0]))

static char dir[PATH_MAX / 2];
static char output[OUTPUT_MAX];

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/gyr-filler-gen-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_dir(void)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *in_dir(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* With " for '. */
static void write_text(const char *name, const char *text, const struct edit *edit)
{
	const char *at = edit ? strstr(text, edit->find) : NULL;
	FILE *f = fopen(in_dir(name), "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_msg(!edit || at, "%s has no %s", name, edit ? edit->find : "");
	for (const char *p = text; *p; p++) {
		if (p == at) {
			for (const char *q = edit->replace; *q; q++)
				fputc(*q == '\'' ? '"' : *q, f);
			p += strlen(edit->find) - 1;
			continue;
		}
		fputc(*p == '\'' ? '"' : *p, f);
	}
	ck_assert_int_eq(fclose(f), 0);
}

static void write_schema(const struct edit edits[2])
{
	for (size_t i = 0; i < NGOOD; i++) {
		const struct edit *edit = NULL;

		for (int j = 0; edits && j < 2; j++)
			if (edits[j].file && strcmp(edits[j].file, good[i].name) == 0)
				edit = &edits[j];
		if (!edit || edit->find)
			write_text(good[i].name, good[i].text, edit);
	}
}

/* Runs filler-gen; what it says on either stream is in `output`. */
static int run(const char *const argv[])
{
	size_t len = 0;
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		execv(FILLER_GEN_BIN, (char *const *)argv);
		_exit(127);
	}
	close(fds[1]);
	while ((n = read(fds[0], output + len, sizeof(output) - 1 - len)) > 0)
		len += (size_t)n;
	output[len] = '\0';
	close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "filler-gen died of signal %d:\n%s", WTERMSIG(status), output);
	return WEXITSTATUS(status);
}

static int generate(const char *schema, const char *arch)
{
	char out[PATH_MAX];

	snprintf(out, sizeof(out), "%s", in_dir("new/out"));
	return run((const char *const[]){"filler-gen", "--schema", schema, "--out", out, "--arch", arch, NULL});
}

static char *read_product(const char *name)
{
	static char text[OUTPUT_MAX];
	char path[PATH_MAX];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/new/out/%s", dir, name);
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void assert_has(const char *text, const char *want)
{
	ck_assert_msg(strstr(text, want) != NULL, "no \"%s\" in:\n%.3000s", want, text);
}

START_TEST(a_bad_schema_is_refused)
{
	const struct bad *bad = &bads[_i];

	write_schema(bad->edits);
	ck_assert_msg(generate(dir, "x86_64") == 1, "not refused (%s):\n%s", bad->wants[0], output);
	for (int i = 0; i < WANTS_MAX && bad->wants[i]; i++)
		assert_has(output, bad->wants[i]);
	ck_assert_int_eq(strncmp(output, "filler-gen: ", strlen("filler-gen: ")), 0);
	/* Nothing is written for a schema that is wrong. */
	ck_assert_int_ne(access(in_dir("new"), F_OK), 0);
}
END_TEST

START_TEST(an_event_has_at_most_32_params)
{
	char params[4096] = "'category': 'other', 'flags': [],\n   'params': [";
	struct edit edits[2] = {{"other.json", "'category': 'other', 'flags': [],\n   'params': []}", params}};

	for (int i = 0; i < 33; i++)
		snprintf(params + strlen(params), sizeof(params) - strlen(params),
			 "{'name': 'p%d', 'type': 'UINT8', 'format': 'DEC'}%s", i, i < 32 ? ", " : "]}");
	write_schema(edits);
	ck_assert_int_eq(generate(dir, "x86_64"), 1);
	assert_has(output, "other.json: event ext(32769): params: 33 of them, 32 at most");
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_refused)
{
	ck_assert_int_eq(generate(in_dir("nothing"), "x86_64"), 1);
	assert_has(output, "No such file or directory");
}
END_TEST

START_TEST(fillers_follow_the_schema)
{
	const char *text;

	write_schema(NULL);
	ck_assert_msg(generate(dir, "x86_64") == 0, "%s", output);
	ck_assert_str_eq(output, "");
	text = read_product("fillers.gen.h");
	assert_has(text, "SEC_TP(sys_exit)\nint gyr_openat(u64 *ctx)\n");
	assert_has(text, "call_begin(ctx, &c, &f, GYR_EVT_OPENAT_X, 9)");
	assert_has(text, "put_u64(&f, c.ret); /* fd */\n"
			 "\tput_u64(&f, (s64)(s32)call_arg(&c, 0)); /* dirfd */\n"
			 "\tput_user_str(&f, &c, call_arg(&c, 1)); /* path */\n"
			 "\tput_u32(&f, flags_modes(call_arg(&c, 2))); /* modes */\n"
			 "\tput_u8(&f, flags_ops(call_arg(&c, 3))); /* op */\n"
			 "\tput_u8(&f, call_nr(&c)); /* wide */\n"
			 "\tput_either(&f, &c); /* either */\n"
			 "\tput_pair(&f, &c, call_arg(&c, 4), c.ret); /* pair */\n"
			 "\tput_u8(&f, 255); /* byte */\n"
			 "\tput_context(&f, c.ret);\n"
			 "\tcall_end(ctx, &f);\n");
	assert_has(text, "\tfill_close(&f, &c);\n\tcall_end(ctx, &f);\n");
	assert_has(text, "int gyr_generic(u64 *ctx)\n");
	/* Text and bytes go straight into the frame, all else of one place and one condition is read at once. */
	assert_has(text, "\tu32 in0 = read_behind(&f, 0, 48, 0x98, behind(call_arg(&c, 2), 8));\n"
			 "\tput_u64_if(&f, in0, BEHIND(u64, &f, 0)); /* second */\n"
			 "\tput_user_str(&f, &c, in0 ? BEHIND(u64, &f, 8) : 0); /* called */\n"
			 "\tput_user_chars(&f, &c, (c.ret >= 0) ? behind(call_arg(&c, 2), 24) : 0, 9); /* text */\n"
			 "\tu32 in1 = read_behind(&f, 48, 2, 0x40, (c.ret > 0 && ((u32)call_arg(&c, 1) == 0x1 || "
			 "(u32)call_arg(&c, 1) == 0x5)) ? behind(call_arg(&c, 2), 36) : 0);\n"
			 "\tput_u16_if(&f, in1, (s64)BEHIND(s16, &f, 48)); /* short */\n"
			 "\tput_u64_if(&f, in0, timespec_ns(&f, 32)); /* time */\n"
			 "\tu32 in2 = read_behind(&f, 56, 8, 0x100, behind(call_arg(&c, 3), 1));\n"
			 "\tput_u64_if(&f, in2, BEHIND(u64, &f, 56)); /* tight */\n"
			 "\tu32 in3 = read_behind(&f, 64, 4, 0x200, (c.ret >= 0) ? behind(call_arg(&c, 4), 4) : 0);\n"
			 "\tput_u64_if(&f, in3, (s64)BEHIND(s32, &f, 64)); /* out */\n"
			 "\tput_u32_if(&f, forget(&f, ((u32)call_arg(&c, 1) == 0x3) ? 1 : 0), call_arg(&c, 5)); "
			 "/* last */\n");
	ck_assert_ptr_null(strstr(text, "procexit"));
	/* What a file has in common comes first; the SQE is the driver's copy. */
	assert_has(text, "SEC_URING_OP\nint gyr_u_open(u64 *ctx)\n");
	assert_has(text, "uring_begin(ctx, &f, &c, GYR_EVT_U_OPEN_E, 6)");
	assert_has(text, "\tput_u64(&f, f.cpu->uring); /* ring */\n"
			 "\tput_u64(&f, (s64)(s32)SQE(s32, &f, 4)); /* dir */\n"
			 "\tput_user_str(&f, &c, SQE(u64, &f, 8)); /* path */\n"
			 "\tput_u32(&f, flags_modes(SQE(u32, &f, 16))); /* modes */\n"
			 "\tu32 in0 = read_behind(&f, 0, 8, 0x10, behind(SQE(u64, &f, 8), 8));\n"
			 "\tput_u64_if(&f, in0, BEHIND(u64, &f, 0)); /* second */\n"
			 "\tput_data(&f, &c, SQE(u64, &f, 8), SQE(u32, &f, 16)); /* data */\n");
	text = read_product("event_table.gen.c");
	assert_has(text, "[2] = {36868, \"gyr_u_open\"}");
	assert_has(text, "[255] = {37374, \"gyr_u_other\"}");
	assert_has(text, "\"far\"},\n\t{0, NULL},\n");
	/* The names of operations are a table. */
	assert_has(text, "flags_io_uring_ops[] = {\n\t{\"u_open\", 0x2u, 0x0u},\n};");
}
END_TEST

/* What 32-bit callers have is put to where 64-bit ones have it, and their arguments are made of registers. */
START_TEST(callers_of_32_bits_have_numbers_and_layouts_of_their_own)
{
	static const struct edit edits[2] = {
		{"syscalls.json", "'nr': {'x86_64': 500}",
		 "'nr': {'x86_64': 500, 'i386': 7, 'ipc': 2}, 'ids16': true, 'wide': {'i386': [3, 4]},\n"
		 "   'args': {'i386': ['0', '2:1', '3s', '4i', '-'], 'ipc': ['1c']}"},
	};
	const char *text;

	write_schema(edits);
	ck_assert_msg(generate(dir, "x86_64") == 0, "%s", output);
	text = read_product("convert.gen.h");
	assert_has(text, "[7] = {{GYR_ARG(0, 7, 0), GYR_ARG(2, 1, 0), GYR_ARG(3, 7, 1), GYR_ARG(4, 7, 2), "
			 "GYR_ARG(7, 7, 0), GYR_ARG(7, 7, 0)}, 0x58}, /* far */");
	assert_has(text, "[546] = {{GYR_ARG(1, 7, 3), ");
	assert_has(text, "\t[519] = 32771, /* far */\n");
	assert_has(text, "\t[1058] = 32771, /* far */\n");
	text = read_product("event_table.gen.c");
	assert_has(text, "{500, 0, 32771, \"far\", 7},");
	assert_has(text, "[519] = \"gyr_far\"");
	text = read_product("fillers.gen.h");
	assert_has(text, "\tu32 in0;\n"
			 "\tif (is_narrow(&c, 2)) {\n"
			 "\t\tin0 = read_narrow(&f, 36, 0x98, behind(call_arg(&c, 2), 4));\n"
			 "\t\tBEHIND(u64, &f, 0) = NARROW(u64, &f, 0);\n"
			 "\t\tBEHIND(u64, &f, 8) = NARROW(u32, &f, 8);\n"
			 "\t\tBEHIND(s64, &f, 32) = NARROW(s32, &f, 28);\n"
			 "\t\tBEHIND(s64, &f, 40) = NARROW(s32, &f, 32);\n"
			 "\t} else {\n"
			 "\t\tin0 = read_behind(&f, 0, 48, 0x98, behind(call_arg(&c, 2), 8));\n"
			 "\t}\n");
	assert_has(text, "is_narrow(&c, 2) ? ((c.ret >= 0) ? behind(call_arg(&c, 2), 16) : 0) : "
			 "((c.ret >= 0) ? behind(call_arg(&c, 2), 24) : 0), 9);");
	/* Of the same layout for both. */
	assert_has(text, "u32 in2 = read_behind(");
	/* Another architecture does not report them. */
	ck_assert_int_eq(generate(dir, "aarch64"), 0);
	ck_assert_ptr_null(strstr(read_product("convert.gen.h"), "gyr_compat_calls"));
	ck_assert_ptr_null(strstr(read_product("fillers.gen.h"), "is_narrow"));
}
END_TEST

START_TEST(a_call_of_32_bit_callers_alone_is_one)
{
	static const struct edit edits[2] = {{"syscalls.json", "'nr': {'x86_64': 3}", "'nr': {'socketcall': 3}"}};

	write_schema(edits);
	ck_assert_msg(generate(dir, "x86_64") == 0, "%s", output);
	assert_has(read_product("fillers.gen.h"), "fill_close");
	assert_has(read_product("event_table.gen.c"), "[1027] = \"gyr_close\"");
	assert_has(read_product("event_table.gen.c"), "{-1, 8, 5, \"close\", -1},");
}
END_TEST

START_TEST(values_have_names_in_c)
{
	const char *text;

	write_schema(NULL);
	ck_assert_msg(generate(dir, "x86_64") == 0, "%s", output);
	text = read_product("wire_values.gen.h");
	assert_has(text, "enum gyr_wire_modes {\n");
	assert_has(text, "\tGYR_WIRE_MODES_M_B = 0x4,\n");
	assert_has(text, "\tGYR_WIRE_WIDE_W_ALL = 0x12c,\n");
}
END_TEST

START_TEST(an_architecture_has_its_own_numbers_and_flags)
{
	write_schema(NULL);
	ck_assert_msg(generate(dir, "aarch64") == 0, "%s", output);
	assert_has(read_product("event_table.gen.c"), "[56] = \"gyr_openat\"");
	assert_has(read_product("convert.gen.h"), "[56] = 9, /* openat */");
	assert_has(read_product("convert.gen.h"), "(v & 0x10) >> 2;");
	/* There is no close on this one. */
	ck_assert_ptr_null(strstr(read_product("fillers.gen.h"), "fill_close"));
}
END_TEST

START_TEST(the_reference_names_everything)
{
	const char *text;

	write_schema(NULL);
	ck_assert_int_eq(generate(dir, "x86_64"), 0);
	text = read_product("events.md");
	assert_has(text, "### openat (3)\n");
	assert_has(text, "| modes | FLAGS32 | HEX | [modes](#flags-modes) | argument 3 |");
	assert_has(text, "| path | FSRELPATH | NA | relative to dirfd | argument 2 |");
	assert_has(text,
		   "| short | INT16 | DEC |  | argument 3, `pair.shorts[1]` there, when the call returned more than 0, "
		   "and argument 2 is OP_ONE or 5 |");
	assert_has(text, "| pair | BYTEBUF | NA |  | argument 5, result by `pair` |");
	assert_has(text, "| M_B | 0x4 | 0x8 |");
	assert_has(text, "| OP_NONE | 0x0 | any other |");
	assert_has(text, "| openat | 257 | 9 |  |  | openat (3) |");
	ck_assert_ptr_null(strstr(text, "| gone |")); /* it has no number here */
	assert_has(text, "Operation 2 of io_uring.\nChosen by the name of, too: openat, far.\n");
	assert_has(text, "| dir | FD | DEC |  | SQE's fd |");
	assert_has(text, "Operations of io_uring without an event of their own.\n");
	/* What peers do not have is told from what they have. */
	ck_assert_ptr_null(strstr(text, "| byte (own) |"));
	write_schema((const struct edit[2]){{"files.json", "255}", "255, 'own': true}"}});
	ck_assert_msg(generate(dir, "x86_64") == 0, "%s", output);
	assert_has(read_product("events.md"), "| byte (own) | UINT8 | DEC |");
}
END_TEST

static struct timespec mtime(const char *product)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/new/out/%s", dir, product);
	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_mtim;
}

START_TEST(what_did_not_change_is_not_touched)
{
	static const char *const products[] = {"gyr/event_types.h", "event_table.gen.c", "wire_values.gen.h",
					       "structs.gen.c",	    "convert.gen.h",	 "fillers.gen.h",
					       "events.md"};
	static const struct edit edits[2] = {{"files.json", "'from': 255", "'from': 254"}};
	struct timespec before[7], after;

	write_schema(NULL);
	ck_assert_int_eq(generate(dir, "x86_64"), 0);
	for (int i = 0; i < 7; i++)
		before[i] = mtime(products[i]);
	usleep(20000); /* more than a tick, which is what a file's time moves by */
	write_schema(edits);
	ck_assert_int_eq(generate(dir, "x86_64"), 0);
	for (int i = 0; i < 7; i++) {
		after = mtime(products[i]);
		ck_assert_int_eq(memcmp(&before[i], &after, sizeof(after)) != 0, i >= 5);
	}
}
END_TEST

START_TEST(a_product_that_cannot_be_written_is_told)
{
	write_schema(NULL);
	ck_assert_int_eq(mkdir(in_dir("new"), 0777), 0);
	ck_assert_int_eq(mkdir(in_dir("new/out"), 0777), 0);
	ck_assert_int_eq(mkdir(in_dir("new/out/events.md"), 0777), 0);
	ck_assert_int_eq(generate(dir, "x86_64"), 1);
	assert_has(output, "events.md: Is a directory");
}
END_TEST

START_TEST(wrong_usage_is_told_from_a_wrong_schema)
{
	static const char *const calls[][5] = {
		{"filler-gen", NULL},
		{"filler-gen", "--schema", NULL},
		{"filler-gen", "--colour", NULL},
		{"filler-gen", "--schema", SCHEMA_DIR, "more", NULL},
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		ck_assert_int_eq(run(calls[i]), 2);
		assert_has(output, "usage: filler-gen");
	}
	ck_assert_int_eq(generate(SCHEMA_DIR, "vax"), 2);
	assert_has(output, "unknown architecture \"vax\"");
	ck_assert_int_eq(run((const char *const[]){"filler-gen", "--help", NULL}), 0);
}
END_TEST

START_TEST(our_own_schema_adds_up)
{
	ck_assert_msg(generate(SCHEMA_DIR, "x86_64") == 0, "%s", output);
	ck_assert_str_eq(output, "");
	ck_assert_msg(generate(SCHEMA_DIR, "aarch64") == 0, "%s", output);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filler-gen");
	TCase *tc = tcase_create("schema");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, a_bad_schema_is_refused, 0, NBADS);
	tcase_add_test(tc, an_event_has_at_most_32_params);
	tcase_add_test(tc, a_directory_that_is_not_there_is_refused);
	tcase_add_test(tc, fillers_follow_the_schema);
	tcase_add_test(tc, callers_of_32_bits_have_numbers_and_layouts_of_their_own);
	tcase_add_test(tc, a_call_of_32_bit_callers_alone_is_one);
	tcase_add_test(tc, values_have_names_in_c);
	tcase_add_test(tc, an_architecture_has_its_own_numbers_and_flags);
	tcase_add_test(tc, the_reference_names_everything);
	tcase_add_test(tc, what_did_not_change_is_not_touched);
	tcase_add_test(tc, a_product_that_cannot_be_written_is_told);
	tcase_add_test(tc, wrong_usage_is_told_from_a_wrong_schema);
	tcase_add_test(tc, our_own_schema_adds_up);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
