// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lines for people. What is expected is written out here in full. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "context.h"
#include "event/format.h"
#include "run.h"

static struct test_context c;
static struct test_frame *const f = &c.frame;
static char line[1 << 20];

static const char *text_flags(uint32_t flags)
{
	const struct gyr_event *ev = context_event(&c);
	int n = gyr_event_text(ev, line, sizeof(line), flags);

	ck_assert_int_eq(n, strlen(line));
	return line;
}

/* The line without its first part, which is the same for all. */
static const char *text(void)
{
	static const char start[] = "22:13:20.123456789 1 nginx(1234/1236) ";

	text_flags(0);
	ck_assert_msg(!strncmp(line, start, strlen(start)), "%s", line);
	return line + strlen(start);
}

static void setup(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	context_new(&c, NULL);
}

static void teardown(void)
{
	context_free(&c);
}

START_TEST(test_readme_line)
{
	setenv("TZ", "XYZ5:12:18", 1); /* 17:01:02 where 22:13:20 is UTC */
	tzset();
	frame_start(f, 307);
	frame_s64(f, 5);
	frame_s64(f, -100);
	frame_str(f, "/etc/hosts");
	frame_u32(f, 4097);
	frame_u32(f, 0);
	frame_u32(f, 0xfe00);
	frame_u64(f, 1234);
	ck_assert_str_eq(text_flags(0),
			 "17:01:02.123456789 1 nginx(1234/1236) openat(dirfd=AT_FDCWD</srv>, name=\"/etc/hosts\", "
			 "flags=O_RDONLY|O_CLOEXEC, mode=0, dev=0xfe00, ino=1234) = 5</etc/hosts>");
}
END_TEST

START_TEST(test_error)
{
	frame_start(f, 307);
	frame_s64(f, -2);
	frame_s64(f, -100);
	frame_str(f, "none");
	frame_u32(f, 3 | 4 | 32);
	frame_u32(f, 0644);
	frame_empty(f);
	frame_empty(f);
	ck_assert_str_eq(text(), "openat(dirfd=AT_FDCWD</srv>, name=\"none\", flags=O_RDWR|O_CREAT|O_EXCL, mode=0644, "
				 "dev=?, ino=?) = -2 ENOENT");
}
END_TEST

/* Of a thread that nothing is known of, its process is not either. */
START_TEST(test_unknown_thread)
{
	frame_start(f, 5);
	f->tid = 99;
	frame_s64(f, -9);
	frame_s64(f, 5);
	ck_assert_ptr_nonnull(strstr(text_flags(0), " ?(?/99) close(fd=5) = -9 EBADF"));
}
END_TEST

START_TEST(test_enter)
{
	frame_start(f, 306);
	frame_s64(f, -100);
	frame_str(f, "x");
	frame_u32(f, 1);
	frame_u32(f, 0);
	ck_assert_str_eq(text(), "openat(dirfd=AT_FDCWD</srv>, name=\"x\", flags=O_RDONLY, mode=0) ...");
}
END_TEST

START_TEST(test_fd_names)
{
	context_open(&c, 5, "/etc/hosts");
	frame_start(f, 5);
	frame_s64(f, 0);
	frame_s64(f, 5);
	ck_assert_str_eq(text(), "close(fd=5</etc/hosts>) = 0");
	/* It is closed now. */
	frame_start(f, 5);
	frame_s64(f, -9);
	frame_s64(f, 5);
	ck_assert_str_eq(text(), "close(fd=5) = -9 EBADF");

	context_open(&c, 6, "sub/<x>\n\"\\");
	frame_start(f, 363); /* dup2 */
	frame_s64(f, 7);
	frame_s64(f, 6);
	frame_s64(f, 7);
	ck_assert_str_eq(text(),
			 "dup2(oldfd=6</srv/sub/\\074x\\076\\n\\\"\\\\>, newfd=7</srv/sub/\\074x\\076\\n\\\"\\\\>) = "
			 "7</srv/sub/\\074x\\076\\n\\\"\\\\>");
	frame_start(f, 161); /* mmap: no fd, and an address */
	frame_s64(f, 0x7f0012345000);
	frame_u32(f, 1);
	frame_u32(f, 2);
	frame_u32(f, 3);
	frame_u64(f, 0);
	frame_u64(f, 4096);
	frame_u32(f, 3);
	frame_u32(f, 10);
	frame_s64(f, -1);
	frame_u64(f, 0);
	ck_assert_str_eq(text(),
			 "mmap(vm_size=1, vm_rss=2, vm_swap=3, addr=0x0, length=4096, prot=PROT_READ|PROT_WRITE, "
			 "flags=MAP_PRIVATE|MAP_ANONYMOUS, fd=-1, offset=0) = 0x7f0012345000");
}
END_TEST

/* The result of pipe is no fd, though one of its number may be open. */
START_TEST(test_result_not_fd)
{
	context_open(&c, 0, "/dev/null");
	frame_start(f, 61);
	frame_s64(f, 0);
	frame_s64(f, 3);
	frame_s64(f, 4);
	frame_u64(f, 99);
	ck_assert_str_eq(text(), "pipe(fd1=3<pipe:[99]>, fd2=4<pipe:[99]>, ino=99) = 0");
	frame_start(f, 151); /* fcntl(F_GETFL) = 0 */
	frame_s64(f, 0);
	frame_s64(f, 0);
	frame_u8(f, 4);
	frame_u64(f, 0);
	ck_assert_str_eq(text(), "fcntl(fd=0</dev/null>, cmd=F_GETFL, arg=0x0) = 0");
	frame_start(f, 151); /* F_DUPFD */
	frame_s64(f, 9);
	frame_s64(f, 0);
	frame_u8(f, 1);
	frame_u64(f, 9);
	ck_assert_str_eq(text(), "fcntl(fd=0</dev/null>, cmd=F_DUPFD, arg=0x9) = 9</dev/null>");
}
END_TEST

static void read_event(int64_t res, const char *data, size_t len, uint32_t size)
{
	frame_start(f, 7);
	frame_s64(f, res);
	frame_bytes(f, data, len);
	frame_s64(f, 3);
	frame_u32(f, size);
}

START_TEST(test_data)
{
	read_event(3, "a\0b", 3, 100);
	ck_assert_str_eq(text(), "read(data=\"a\\000b\", fd=3, size=100) = 3");
	/* Cut at the snaplen. */
	read_event(4096, "0123456789", 10, 4096);
	ck_assert_str_eq(text(), "read(data=\"0123456789\"..., fd=3, size=4096) = 4096");
	/* The end of the file; a failure. */
	read_event(0, "", 0, 100);
	ck_assert_str_eq(text(), "read(data=\"\", fd=3, size=100) = 0");
	read_event(-11, "", 0, 100);
	ck_assert_str_eq(text(), "read(data=?, fd=3, size=100) = -11 EAGAIN");
	/* A write that failed shows what it was to write, of which this is a part. */
	frame_start(f, 9);
	frame_s64(f, -32);
	frame_bytes(f, "abc", 3);
	frame_s64(f, 3);
	frame_u32(f, 5);
	ck_assert_str_eq(text(), "write(data=\"abc\"..., fd=3, size=5) = -32 EPIPE");
}
END_TEST

/* All bytes, and what follows an escape is not a part of it. */
START_TEST(test_escapes)
{
	static const char special[] = "\a\b\t\n\v\f\r\"\\";
	static const char letters[] = "abtnvfr\"\\";
	char expected[64];
	int i;

	for (i = 0; i < 256; i++) {
		char data[] = {'x', (char)i, '7'};
		const char *at = i ? strchr(special, i) : NULL;

		if (at)
			snprintf(expected, sizeof(expected), "read(data=\"x\\%c7\", ", letters[at - special]);
		else if (i >= 0x20 && i < 0x7f)
			snprintf(expected, sizeof(expected), "read(data=\"x%c7\", ", i);
		else
			snprintf(expected, sizeof(expected), "read(data=\"x\\%03o7\", ", i);
		read_event(3, data, 3, 3);
		ck_assert_msg(!strncmp(text(), expected, strlen(expected)), "%s", line);
	}
}
END_TEST

/* With a terminal that takes UTF-8 what prints stays, and controls in whatever guise do not. */
START_TEST(test_utf8)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"Gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\xa6\x85",
		 "Gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\xa6\x85"},
		{"\xc2\x9b"
		 "31m",
		 "\\302\\23331m"}, /* CSI in one character */
		{"\x9b", "\\233"}, /* and in one byte */
		{"\xe2\x80\xae"
		 "exe",
		 "\\342\\200\\256exe"},			      /* right to left */
		{"\xe2\x80\xa8", "\\342\\200\\250"},	      /* line separator */
		{"\xc0\x80", "\\300\\200"},		      /* overlong NUL */
		{"\xed\xa0\x80", "\\355\\240\\200"},	      /* surrogate */
		{"\xe2\x82", "\\342\\202"},		      /* cut */
		{"\xf4\x90\x80\x80", "\\364\\220\\200\\200"}, /* past the last */
		{"\xff\xfe", "\\377\\376"},
	};
	char expected[128];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(expected, sizeof(expected), "chdir(path=\"%s\") = -2 ENOENT", cases[i].out);
		frame_start(f, 95);
		frame_s64(f, -2);
		frame_str(f, cases[i].in);
		text_flags(GYR_TEXT_UTF8);
		ck_assert_str_eq(strstr(line, "chdir"), expected);
	}
	frame_start(f, 95);
	frame_s64(f, -2);
	frame_str(f, "\xc3\xbc");
	ck_assert_str_eq(text(), "chdir(path=\"\\303\\274\") = -2 ENOENT");
}
END_TEST

START_TEST(test_generic)
{
	frame_start(f, 1);
	frame_u16(f, gyr_syscall_by_name("getppid")->sc);
	frame_u16(f, 110);
	ck_assert_str_eq(text(), "getppid()");
	frame_start(f, 1);
	frame_u16(f, 60000);
	frame_u16(f, 500);
	ck_assert_str_eq(text(), "syscall(ID=60000, nativeID=500)");
}
END_TEST

START_TEST(test_sockets)
{
	frame_start(f, 21);
	frame_s64(f, -13);
	frame_bytes(f, "\2\x0a\0\0\1\x50\0", 7);
	frame_s64(f, 3);
	ck_assert_str_eq(text(), "bind(addr=10.0.0.1:80, fd=3) = -13 EACCES");
	frame_start(f, 21);
	frame_s64(f, -98);
	frame_bytes(f,
		    "\x0a"
		    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
		    "\x50\0",
		    19);
	frame_s64(f, 4);
	ck_assert_str_eq(text(), "bind(addr=[::1]:80, fd=4) = -98 EADDRINUSE");
	frame_start(f, 21);
	frame_s64(f, -13);
	frame_bytes(f, "\1/run/x.sock\0", 13);
	frame_s64(f, 4);
	ck_assert_str_eq(text(), "bind(addr=/run/x.sock, fd=4) = -13 EACCES");
	frame_start(f, 21);
	frame_s64(f, -13);
	frame_bytes(f, "\1\0abs, fd=9\0", 12);
	frame_s64(f, 4);
	ck_assert_str_eq(text(), "bind(addr=\"@abs, fd=9\", fd=4) = -13 EACCES");
	frame_start(f, 21);
	frame_s64(f, -22);
	frame_bytes(f, "\x10", 1);
	frame_s64(f, 4);
	ck_assert_str_eq(text(), "bind(addr=AF_NETLINK, fd=4) = -22 EINVAL");
	frame_start(f, 21);
	frame_s64(f, -22);
	frame_bytes(f, "\x02\x01", 2); /* malformed */
	frame_s64(f, 4);
	ck_assert_str_eq(text(), "bind(addr=\"\\002\\001\"?, fd=4) = -22 EINVAL");

	frame_start(f, 23);
	frame_s64(f, -115);
	frame_bytes(f, "\2\x7f\0\0\1\xb8\x0b\x7f\0\0\1\x50\0", 13);
	frame_s64(f, 9);
	frame_empty(f);
	ck_assert_msg(strstr(text(), "connect(tuple=127.0.0.1:3000->127.0.0.1:80, fd=9"), "%s", line);
	frame_start(f, 23);
	frame_s64(f, 0);
	frame_bytes(f, "\2\x7f\0\0\1\xb8\x0b\x7f\0\0\1\x50\0", 13);
	frame_s64(f, 9);
	frame_bytes(f, "\2\x7f\0\0\1\x50\0", 7);
	ck_assert_str_eq(text(), "connect(tuple=127.0.0.1:3000->127.0.0.1:80, fd=9<127.0.0.1:3000->127.0.0.1:80>, "
				 "addr=127.0.0.1:80) = 0");
	frame_start(f, 19);
	frame_s64(f, -97);
	frame_u32(f, 16);
	frame_u32(f, 3);
	frame_u32(f, 0);
	frame_u32(f, 0);
	ck_assert_str_eq(text(), "socket(domain=AF_NETLINK, type=3, proto=0, flags=0) = -97 EAFNOSUPPORT");
}
END_TEST

START_TEST(test_fdlist)
{
	context_open(&c, 3, "/x");
	frame_start(f, 81);
	frame_s64(f, 1);
	frame_bytes(f,
		    "\2\0"
		    "\3\0\0\0\0\0\0\0\1\0"
		    "\4\0\0\0\0\0\0\0\5\0",
		    22);
	frame_s64(f, -1);
	ck_assert_str_eq(text(), "poll(fds=[{3</x>, POLLIN}, {4, POLLIN|POLLOUT}], timeout=-1) = 1");
	frame_start(f, 81);
	frame_s64(f, 0);
	frame_bytes(f, "\0\0", 2);
	frame_s64(f, 100);
	ck_assert_str_eq(text(), "poll(fds=[], timeout=100) = 0");
	frame_start(f, 81);
	frame_s64(f, 0);
	frame_bytes(f, "\7\0x", 3);
	frame_s64(f, 100);
	ck_assert_str_eq(text(), "poll(fds=\"\\a\\000x\"?, timeout=100) = 0");
}
END_TEST

START_TEST(test_times)
{
	static const struct {
		uint64_t ns;
		const char *out;
	} cases[] = {
		{0, "0"},
		{1, "1ns"},
		{999, "999ns"},
		{1000, "1us"},
		{1500, "1.5us"},
		{1000001, "1.000001ms"},
		{100000000, "100ms"},
		{1000000000, "1s"},
		{1000000001, "1.000000001s"},
		{90050000000, "90.05s"},
		{UINT64_MAX, "-1"},
	};
	char expected[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(expected, sizeof(expected), "nanosleep(interval=%s) = 0", cases[i].out);
		frame_start(f, 135);
		frame_s64(f, 0);
		frame_u64(f, cases[i].ns);
		ck_assert_str_eq(text(), expected);
	}
	frame_start(f, 135);
	frame_s64(f, -516);
	frame_u64(f, 1000);
	ck_assert_str_eq(text(), "nanosleep(interval=1us) = -516 ERESTART_RESTARTBLOCK");
}
END_TEST

START_TEST(test_ids_and_signals)
{
	static const struct {
		uint8_t sig;
		const char *out;
	} cases[] = {{0, "0"},		 {9, "SIGKILL"},      {15, "SIGTERM"}, {32, "32"},  {34, "SIGRTMIN"},
		     {37, "SIGRTMIN+3"}, {64, "SIGRTMIN+30"}, {65, "65"},      {255, "255"}};
	char expected[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(expected, sizeof(expected), "kill(pid=-5, sig=%s) = 0", cases[i].out);
		frame_start(f, 129);
		frame_s64(f, 0);
		frame_s64(f, -5);
		frame_u8(f, cases[i].sig);
		ck_assert_str_eq(text(), expected);
	}
	frame_start(f, 193);
	frame_s64(f, -1);
	frame_u32(f, 0);
	frame_u32(f, UINT32_MAX);
	frame_u32(f, 1000);
	ck_assert_str_eq(text(), "setresuid(ruid=0, euid=-1, suid=1000) = -1 EPERM");
	frame_start(f, 203);
	frame_u32(f, 1000);
	ck_assert_str_eq(text(), "getuid() = 1000");
	frame_start(f, 255);
	frame_s64(f, 0);
	frame_empty(f);
	frame_u64(f, 0);
	frame_u32(f, 1 << 1 | 1u << 14);
	ck_assert_str_eq(text(), "ppoll(fds=?, timeout=0, sigmask=SIGINT|SIGTERM) = 0");
}
END_TEST

START_TEST(test_modes)
{
	frame_start(f, 277); /* mkdir: its mode is hexadecimal in the schema */
	frame_s64(f, 0);
	frame_str(f, "d");
	frame_u32(f, 0755);
	ck_assert_str_eq(text(), "mkdir(path=\"d\", mode=0755) = 0");
	frame_start(f, 315);
	frame_s64(f, 0);
	frame_str(f, "f");
	frame_u32(f, 04755);
	ck_assert_str_eq(text(), "chmod(filename=\"f\", mode=04755) = 0");
	frame_start(f, 415); /* mknod */
	frame_s64(f, 0);
	frame_str(f, "f");
	frame_u32(f, 020600);
	frame_u32(f, 0x103);
	ck_assert_str_eq(text(), "mknod(path=\"f\", mode=S_IFCHR|0600, dev=259) = 0");
	frame_start(f, 265);
	frame_s64(f, 0);
	frame_str(f, "f");
	frame_u32(f, 0);
	ck_assert_str_eq(text(), "access(name=\"f\", mode=F_OK) = 0");
}
END_TEST

START_TEST(test_flags)
{
	static const struct {
		uint32_t v;
		const char *out;
	} cases[] = {{0, "0"},
		     {1, "O_RDONLY"},
		     {2, "O_WRONLY"},
		     {3, "O_RDWR"},
		     {3 | 256, "O_RDWR|O_TRUNC"},
		     {1u << 31, "0x80000000"},
		     {1 | 3u << 30, "O_RDONLY|0xc0000000"}};
	char expected[128];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(expected, sizeof(expected), "userfaultfd(flags=%s) = -1 EPERM", cases[i].out);
		frame_start(f, 321);
		frame_s64(f, -1);
		frame_u32(f, cases[i].v);
		ck_assert_str_eq(text(), expected);
	}
	frame_start(f, 65);
	frame_s64(f, -110);
	frame_u64(f, 0x1000);
	frame_u16(f, 9 | 128 | 256);
	frame_u64(f, 1);
	ck_assert_str_eq(text(),
			 "futex(addr=0x1000, op=FUTEX_WAIT_BITSET|FUTEX_PRIVATE_FLAG|FUTEX_CLOCK_REALTIME, val=1) = "
			 "-110 ETIMEDOUT");
	frame_start(f, 87); /* an enum's value that has no name */
	frame_s64(f, -22);
	frame_s64(f, 3);
	frame_u64(f, 0);
	frame_u8(f, 77);
	ck_assert_str_eq(text(), "lseek(fd=3, offset=0, whence=77) = -22 EINVAL");
	for (i = 0; i < 3; i++) { /* a UINT64 that is one of a list */
		static const uint64_t requests[] = {0x1234, 0x5401, 0xffffffff80086601};
		static const char *const names[] = {"0x1234", "TCGETS", "FS_IOC_GETFLAGS"};

		frame_start(f, 171);
		frame_s64(f, -25);
		frame_s64(f, 3);
		frame_u64(f, requests[i]);
		frame_u64(f, 0);
		snprintf(expected, sizeof(expected), "ioctl(fd=3, request=%s, argument=0x0) = -25 ENOTTY", names[i]);
		ck_assert_str_eq(text(), expected);
	}
}
END_TEST

/* The lists of strings of exec. */
START_TEST(test_argv)
{
	static const char args[] = "-l\0a b\0\0\x1b[31m\0PATH=/bin\0k=v,\"q\"";

	frame_start(f, 293);
	frame_s64(f, -2);
	frame_str(f, "/bin/ls");
	frame_bytes(f, args, sizeof(args));
	text();
	ck_assert_str_eq(line + 38, "execve(exe=\"/bin/ls\", args=[-l \"a b\" \"\" \"\\033[31m\" PATH=/bin "
				    "\"k=v,\\\"q\\\"\"]) = -2 ENOENT");
	frame_start(f, 293);
	frame_s64(f, -2);
	frame_str(f, "/bin/ls");
	frame_bytes(f, "a\0b", 3); /* the last has no NUL */
	ck_assert_str_eq(text(), "execve(exe=\"/bin/ls\", args=[a b]) = -2 ENOENT");
}
END_TEST

START_TEST(test_dyn)
{
	frame_start(f, 45);
	frame_s64(f, 0);
	frame_s64(f, 3);
	frame_u8(f, 1);
	frame_u8(f, 19);
	frame_bytes(f, "\4\0\xca\x9a\x3b\0\0\0\0", 9);
	frame_u32(f, 16);
	ck_assert_msg(strstr(text(), "val=1s, optlen=16) = 0"), "%s", line);
	frame_start(f, 45);
	frame_s64(f, 0);
	frame_s64(f, 3);
	frame_u8(f, 1);
	frame_u8(f, 19);
	frame_bytes(f, "\0abc", 4);
	frame_u32(f, 16);
	ck_assert_msg(strstr(text(), "val=\"abc\"..., optlen=16) = 0"), "%s", line);
	frame_start(f, 45);
	frame_s64(f, 0);
	frame_s64(f, 3);
	frame_u8(f, 1);
	frame_u8(f, 19);
	frame_bytes(f,
		    "\x09"
		    "abc",
		    4);
	frame_u32(f, 16);
	ck_assert_msg(strstr(text(), "val=\"\\tabc\"?, optlen=16) = 0"), "%s", line);
}
END_TEST

/* Types that no event of the schema has, or has in few: the value alone, of an event made for it. */
static const char *value_of(enum gyr_param_type type, enum gyr_param_format format, const void *bytes, uint32_t len)
{
	static uint8_t frame[64];
	struct gyr_param_info p = {.name = "p", .type = type, .format = format, .dirfd = -1};
	struct gyr_event_info info = {.type = 4, .name = "e", .nparams = 1, .params = &p};
	struct gyr_event ev = {.type = 4, .nparams = 1, .frame = frame, .info = &info, .fd_num = -1};

	ev.params[0].len = len;
	memcpy(frame, bytes, len);
	gyr_event_text(&ev, line, sizeof(line), 0);
	ck_assert_msg(!strncmp(line, "00:00:00.000000000 0 ?(?/0) e(p=", 32), "%s", line);
	ck_assert_str_eq(line + strlen(line) - 1, ")");
	line[strlen(line) - 1] = '\0';
	return line + 32;
}

static const uint8_t fe[] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const struct {
	enum gyr_param_type type;
	enum gyr_param_format format;
	const void *bytes;
	uint32_t len;
	const char *out;
} of_type[] = {
	{GYR_TYPE_INT8, GYR_FMT_DEC, fe, 1, "-2"},
	{GYR_TYPE_INT16, GYR_FMT_DEC, fe, 2, "-2"},
	{GYR_TYPE_INT32, GYR_FMT_DEC, fe, 4, "-2"},
	{GYR_TYPE_INT64, GYR_FMT_DEC, fe, 8, "-2"},
	{GYR_TYPE_INT64, GYR_FMT_DEC, "\0\0\0\0\0\0\0\x80", 8, "-9223372036854775808"},
	{GYR_TYPE_INT8, GYR_FMT_HEX, fe, 1, "0xfe"},
	{GYR_TYPE_INT32, GYR_FMT_HEX, fe, 4, "0xfffffffe"},
	{GYR_TYPE_INT64, GYR_FMT_HEX, fe, 8, "0xfffffffffffffffe"},
	{GYR_TYPE_UINT8, GYR_FMT_DEC, fe, 1, "254"},
	{GYR_TYPE_UINT16, GYR_FMT_DEC, fe, 2, "65534"},
	{GYR_TYPE_UINT32, GYR_FMT_DEC, fe, 4, "4294967294"},
	{GYR_TYPE_UINT64, GYR_FMT_DEC, fe, 8, "18446744073709551614"},
	{GYR_TYPE_UINT32, GYR_FMT_OCT, "\xb6\1\0\0", 4, "0666"},
	{GYR_TYPE_UINT64, GYR_FMT_OCT, fe, 8, "01777777777777777777776"},
	{GYR_TYPE_ERRNO, GYR_FMT_DEC, fe, 8, "-2"},
	{GYR_TYPE_PID, GYR_FMT_DEC, fe, 8, "-2"},
	{GYR_TYPE_PID32, GYR_FMT_DEC, fe, 4, "-2"},
	{GYR_TYPE_FD, GYR_FMT_DEC, fe, 8, "-2"},
	{GYR_TYPE_FD32, GYR_FMT_DEC, "\x9c\xff\xff\xff", 4, "AT_FDCWD"},
	{GYR_TYPE_UID, GYR_FMT_DEC, fe, 4, "4294967294"},
	{GYR_TYPE_GID, GYR_FMT_DEC, "\xff\xff\xff\xff", 4, "-1"},
	{GYR_TYPE_BOOL, GYR_FMT_DEC, "\1\0\0\0", 4, "true"},
	{GYR_TYPE_BOOL, GYR_FMT_DEC, "\0\0\0\0", 4, "false"},
	{GYR_TYPE_MODE, GYR_FMT_OCT, "\xa4\1\0\0", 4, "0644"},
	{GYR_TYPE_FLAGS8, GYR_FMT_HEX, "\3", 1, "0x3"},
	{GYR_TYPE_FLAGS16, GYR_FMT_HEX, "\3\0", 2, "0x3"},
	{GYR_TYPE_FLAGS32, GYR_FMT_HEX, "\3\0\0\0", 4, "0x3"},
	{GYR_TYPE_FLAGS64, GYR_FMT_HEX, "\3\0\0\0\1\0\0\0", 8, "0x100000003"},
	{GYR_TYPE_ENUMFLAGS8, GYR_FMT_DEC, "\3", 1, "3"},
	{GYR_TYPE_ENUMFLAGS16, GYR_FMT_HEX, "\xff\0", 2, "0xff"},
	{GYR_TYPE_ENUMFLAGS32, GYR_FMT_DEC, "\3\0\0\0", 4, "3"},
	{GYR_TYPE_SIGTYPE, GYR_FMT_DEC, "\2", 1, "SIGINT"},
	{GYR_TYPE_SIGSET, GYR_FMT_DEC, "\0\0\0\0", 4, "0"},
	{GYR_TYPE_SYSCALLID, GYR_FMT_DEC, "\3\0", 2, "read"},
	{GYR_TYPE_RELTIME, GYR_FMT_DEC, "\1\0\0\0\0\0\0\0", 8, "1ns"},
	{GYR_TYPE_ABSTIME, GYR_FMT_DEC, "\0\0\0\0\0\0\0\0", 8, "0"},
	{GYR_TYPE_ABSTIME, GYR_FMT_DEC, "\x15\xcd\x5b\x07\0\0\0\0", 8, "1970-01-01T00:00:00.123456789"},
	{GYR_TYPE_PORT, GYR_FMT_DEC, "\x50\0", 2, "80"},
	{GYR_TYPE_L4PROTO, GYR_FMT_DEC, "\6", 1, "6"},
	{GYR_TYPE_SOCKFAMILY, GYR_FMT_DEC, "\2", 1, "2"},
	{GYR_TYPE_IPV4ADDR, GYR_FMT_HEX, "\x0a\1\2\xff", 4, "10.1.2.255"},
	{GYR_TYPE_IPV6ADDR, GYR_FMT_HEX, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16, "::1"},
	{GYR_TYPE_CHARBUF, GYR_FMT_NA, "a\0b", 4, "\"a\\000b\""},
	{GYR_TYPE_FSPATH, GYR_FMT_NA, "/x", 3, "\"/x\""},
	{GYR_TYPE_FSRELPATH, GYR_FMT_NA, "x", 2, "\"x\""},
	{GYR_TYPE_CHARBUF, GYR_FMT_NA, "", 1, "\"\""},
	{GYR_TYPE_BYTEBUF, GYR_FMT_NA, "\xff\n", 2, "\"\\377\\n\""},
	{GYR_TYPE_CHARBUFARRAY, GYR_FMT_NA, "a\0b", 4, "[a b]"},
	{GYR_TYPE_CHARBUF_PAIR_ARRAY, GYR_FMT_NA, "k\0v", 4, "[k v]"},
	{GYR_TYPE_SOCKADDR, GYR_FMT_NA, "\2\x0a\0\0\1\x50\0", 7, "10.0.0.1:80"},
	{GYR_TYPE_SOCKADDR, GYR_FMT_NA, "\1", 1, "\"\""},
	{GYR_TYPE_SOCKADDR, GYR_FMT_NA, "\xc8", 1, "AF_200"},
	{GYR_TYPE_SOCKTUPLE, GYR_FMT_NA,
	 "\1"
	 "\1\0\0\0\0\0\0\0"
	 "\2\0\0\0\0\0\0\0"
	 "/x",
	 20, "\"0x1->0x2 /x\""},
	{GYR_TYPE_FDLIST, GYR_FMT_DEC, "\1\0\5\0\0\0\0\0\0\0\0\0", 12, "[{5, 0}]"},
	{GYR_TYPE_NONE, GYR_FMT_NA, "?", 1, "\"?\""},
};

START_TEST(test_every_type)
{
	bool tried[64] = {[GYR_TYPE_DYN] = true}; /* has a test of its own */
	size_t i;

	for (i = 0; i < sizeof(of_type) / sizeof(of_type[0]); i++) {
		const char *out = value_of(of_type[i].type, of_type[i].format, of_type[i].bytes, of_type[i].len);

		ck_assert_msg(!strcmp(out, of_type[i].out), "type %s: %s, not %s", gyr_param_type_name(of_type[i].type),
			      out, of_type[i].out);
		tried[of_type[i].type] = true;
		ck_assert_str_eq(value_of(of_type[i].type, of_type[i].format, "", 0), "?");
	}
	for (i = 0; *gyr_param_type_name(i); i++)
		ck_assert_msg(tried[i], "%s has no case", gyr_param_type_name(i));
}
END_TEST

/* What a process calls itself cannot pass for another part of the line, nor for a command to the terminal. */
START_TEST(test_hostile_names)
{
	static const struct test_process p = {.comm = "a(1/1) \x1b[2J", .cwd = "/x>\x1b]0;t\a"};
	struct test_context own;

	context_new(&own, &p);
	frame_start(&own.frame, 97);
	frame_s64(&own.frame, -9);
	frame_s64(&own.frame, -100);
	gyr_event_text(context_event(&own), line, sizeof(line), GYR_TEXT_UTF8);
	ck_assert_str_eq(line, "22:13:20.123456789 1 \"a(1/1) \\033[2J\"(1234/1236) "
			       "fchdir(fd=AT_FDCWD</x\\076\\033]0;t\\a>) = -9 EBADF");
	context_free(&own);
}
END_TEST

START_TEST(test_colour)
{
	char plain[256];
	size_t i, n = 0;

	frame_start(f, 5);
	frame_s64(f, -9);
	frame_s64(f, 77);
	text_flags(0);
	ck_assert_ptr_null(strchr(line, '\033'));
	strcpy(plain, line);
	text_flags(GYR_TEXT_COLOUR);
	ck_assert_ptr_nonnull(strstr(line, "\033[31m-9 EBADF\033[0m"));
	for (i = 0; line[i]; i++) {
		if (line[i] == '\033')
			i = strchr(line + i, 'm') - line;
		else
			line[n++] = line[i];
	}
	line[n] = '\0';
	ck_assert_str_eq(line, plain);
}
END_TEST

/* As snprintf: any room, the wanted length, always terminated, nothing past the room. */
START_TEST(test_room)
{
	const struct gyr_event *ev;
	char *room;
	int n, i;

	frame_start(f, 5);
	frame_s64(f, 0);
	frame_s64(f, 5);
	ev = context_event(&c);
	n = gyr_event_text(ev, NULL, 0, 0);
	gyr_event_text(ev, line, sizeof(line), 0);
	ck_assert_int_eq(n, strlen(line));
	for (i = 1; i <= n + 1; i++) {
		room = malloc(i);
		ck_assert_int_eq(gyr_event_text(ev, room, i, 0), n);
		ck_assert_uint_eq(strlen(room), i - 1);
		ck_assert_mem_eq(room, line, i - 1);
		free(room);
	}
}
END_TEST

START_TEST(test_errno_names)
{
	static const struct {
		uint64_t err;
		const char *name;
	} cases[] = {
		{1, "EPERM"},	      {11, "EAGAIN"},	       {35, "EDEADLK"},		{95, "EOPNOTSUPP"},
		{512, "ERESTARTSYS"}, {513, "ERESTARTNOINTR"}, {514, "ERESTARTNOHAND"}, {516, "ERESTART_RESTARTBLOCK"}};
	static const uint64_t unknown[] = {0, 41, 200, 511, 517, 4095, 1ull << 32};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(errno_name(cases[i].err), cases[i].name);
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		ck_assert_ptr_null(errno_name(unknown[i]));
	frame_start(f, 5);
	frame_s64(f, -4000);
	frame_s64(f, 5);
	ck_assert_str_eq(text(), "close(fd=5) = -4000");
}
END_TEST

START_TEST(test_latency)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} rows[] = {{0, "= -2 ENOENT in 0"}, {7, "= -2 ENOENT in 7ns"}, {50100000, "= -2 ENOENT in 50.1ms"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		frame_start(f, 135); /* nanosleep */
		frame_s64(f, -2);
		frame_u64(f, 1);
		f->marks = GYR_FRAME_LATENCY;
		f->latency = rows[i].ns;
		ck_assert_msg(strstr(text(), rows[i].text), "%s", line);
	}
	f->marks = 0;
	ck_assert_str_eq(text(), "nanosleep(interval=1ns) = -2 ENOENT");
}
END_TEST

/* Whatever its type; data also when only its length tells. */
START_TEST(test_cut)
{
	frame_start(f, 307);
	frame_s64(f, -36);
	frame_s64(f, 3);
	frame_str(f, "/etc/ho");
	frame_u32(f, 1);
	frame_u32(f, 0);
	frame_u32(f, 0);
	frame_u64(f, 0);
	f->marks = GYR_FRAME_CUT;
	f->cut = 1 << 2;
	ck_assert_str_eq(text(), "openat(dirfd=3, name=\"/etc/ho\"..., flags=O_RDONLY, mode=0, dev=0x0, ino=0) = -36 "
				 "ENAMETOOLONG");
	frame_start(f, 307);
	frame_s64(f, -14);
	frame_s64(f, 3);
	frame_empty(f);
	f->marks = GYR_FRAME_CUT;
	f->cut = 1 << 2;
	ck_assert_str_eq(text(), "openat(dirfd=3, name=?...) = -14 EFAULT");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("text");
	TCase *tc = tcase_create("lines");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_readme_line);
	tcase_add_test(tc, test_error);
	tcase_add_test(tc, test_unknown_thread);
	tcase_add_test(tc, test_enter);
	tcase_add_test(tc, test_fd_names);
	tcase_add_test(tc, test_result_not_fd);
	tcase_add_test(tc, test_data);
	tcase_add_test(tc, test_escapes);
	tcase_add_test(tc, test_utf8);
	tcase_add_test(tc, test_generic);
	tcase_add_test(tc, test_sockets);
	tcase_add_test(tc, test_fdlist);
	tcase_add_test(tc, test_times);
	tcase_add_test(tc, test_ids_and_signals);
	tcase_add_test(tc, test_modes);
	tcase_add_test(tc, test_flags);
	tcase_add_test(tc, test_argv);
	tcase_add_test(tc, test_dyn);
	tcase_add_test(tc, test_every_type);
	tcase_add_test(tc, test_hostile_names);
	tcase_add_test(tc, test_colour);
	tcase_add_test(tc, test_room);
	tcase_add_test(tc, test_errno_names);
	tcase_add_test(tc, test_latency);
	tcase_add_test(tc, test_cut);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
