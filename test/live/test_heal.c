/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Three frames in ten never arrive. When it is quiet again, the tables say what /proc says, all the same. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "internal.h"
#include "run.h"
#include "state/state.h"

#define CHILDREN 4
#define OPS	 4000
#define FIRST_FD 10
#define FDS	 80

/* ---- what happens ---- */

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static int go_fd; /* closed by the test when it is over */

static void *wait_for_end(void *arg)
{
	char c;

	prctl(PR_SET_NAME, "short");
	while (read(go_fd, &c, 1) > 0)
		;
	return arg;
}

/* Ends before the others: of some of these nobody hears. */
static void *soon_over(void *arg)
{
	return arg;
}

static void one_child_more(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		chdir("/usr/lib");
		execl("/bin/true", "true", NULL);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void do_something(uint64_t what, int fd)
{
	static const char *const files[] = {"/etc/passwd", "/etc/group", "/usr", "/dev/null", "/etc"};
	static const char *const dirs[] = {"/", "/usr", "/usr/bin", "/etc"};
	char name[16];
	pthread_t thread;
	int made = -1;

	switch (what % 12) {
	case 0:
	case 1:
	case 2:
		made = open(files[what / 12 % 5], O_RDONLY | (what / 60 % 2 ? O_CLOEXEC : 0));
		break;
	case 3:
		made = eventfd(0, 0);
		break;
	case 4:
		made = socket(AF_UNIX, SOCK_DGRAM, 0);
		break;
	case 5:
		dup2(0, fd);
		return;
	case 6:
		made = epoll_create1(0);
		break;
	case 7:
		fcntl(fd, F_SETFD, what / 12 % 2 ? FD_CLOEXEC : 0);
		return;
	case 8:
		if (chdir(dirs[what / 12 % 4]))
			_exit(1);
		return;
	case 9:
		snprintf(name, sizeof(name), "n%u", (unsigned int)(what / 12 % 1000));
		prctl(PR_SET_NAME, name);
		return;
	case 10:
		if (what / 12 % 8 == 0)
			one_child_more();
		else if (!pthread_create(&thread, NULL, soon_over, NULL))
			pthread_join(thread, NULL);
		return;
	default:
		close(fd);
		return;
	}
	if (made >= 0 && made != fd) {
		dup3(made, fd, what / 60 % 2 ? O_CLOEXEC : 0);
		close(made);
	}
}

static void child_main(uint64_t seed, int begin, int done)
{
	pthread_t threads[3];
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(begin, &c, 1) != 1)
		_exit(1);
	for (int i = 0; i < OPS; i++) {
		uint64_t what = next_random(&seed);

		do_something(what >> 8, FIRST_FD + (int)(next_random(&seed) % FDS));
		if (i % 64 == 0) /* the reader is to keep up: what is lost is lost here */
			usleep(1000);
		if (i % (OPS / 3) == 0)
			pthread_create(&threads[i / (OPS / 3) % 3], NULL, wait_for_end, NULL);
	}
	if (write(done, "x", 1) != 1)
		_exit(1);
	wait_for_end(NULL);
	_exit(0);
}

/* ---- the source that loses ---- */

static struct {
	struct source_ops ops;
	const struct source_ops *real;
	uint64_t seed, dropped;
	bool on;
} lossy = {.seed = 88172645463325252};

static int lossy_next(struct source *s, struct frame_ref *out, int timeout_ms)
{
	int err;

	while ((err = lossy.real->next(s, out, timeout_ms)) > 0) {
		if (!lossy.on || next_random(&lossy.seed) % 10 >= 3)
			break;
		lossy.dropped++;
	}
	return err;
}

static uint64_t lossy_lost(struct source *s, bool whole)
{
	return lossy.real->lost(s, whole) + lossy.dropped;
}

static void make_lossy(struct gyr *g)
{
	lossy.real = g->src->ops;
	lossy.ops = *lossy.real;
	lossy.ops.next = lossy_next;
	lossy.ops.lost = lossy_lost;
	g->src->ops = &lossy.ops;
}

/* ---- what /proc says, read by itself ---- */

static bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, size - 1) : -1;

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

static void read_link(const char *path, char *text, size_t size)
{
	ssize_t n = readlink(path, text, size - 1);

	ck_assert_int_gt(n, 0);
	text[n] = '\0';
}

static bool is_cloexec(pid_t tid, const char *num)
{
	char path[320], text[256];
	FILE *f;
	bool yes = false;
	unsigned int flags;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", tid, num);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (fgets(text, sizeof(text), f))
		if (sscanf(text, "flags: %o", &flags) == 1)
			yes = flags & O_CLOEXEC;
	fclose(f);
	return yes;
}

static int fds_of(const struct gyr_thread *t)
{
	uint32_t i = 0;
	struct slot *s;
	int n = 0;

	while ((s = table_next(&t->files->fds, &i)))
		n += gyr_fd_type((struct gyr_fd *)s) != GYR_FD_UNKNOWN;
	return n;
}

static void check_fd(const struct gyr_thread *t, pid_t tid, const char *num)
{
	char path[320], link[4096];
	const struct gyr_fd *fd = gyr_thread_fd(t, atoi(num));
	const char *name;

	snprintf(path, sizeof(path), "/proc/%d/fd/%s", tid, num);
	read_link(path, link, sizeof(link));
	ck_assert_msg(fd, "%d has fd %s, %s", tid, num, link);
	name = gyr_fd_name(fd);
	if (strncmp(link, "socket:", 7) == 0)
		ck_assert_msg(gyr_fd_type(fd) == GYR_FD_UNIX, "%d: fd %s is %s, not %s", tid, num, link, name);
	else if (strncmp(link, "anon_inode:", 11) == 0)
		ck_assert_msg(strcmp(link + 11, name) == 0, "%d: fd %s is %s, not %s", tid, num, link, name);
	else
		ck_assert_msg(strncmp(link, name, strlen(name)) == 0 &&
				      strcmp(link + strlen(name), gyr_fd_deleted(fd) ? " (deleted)" : "") == 0,
			      "%d: fd %s is %s, not %s", tid, num, link, name);
	ck_assert_msg(gyr_fd_cloexec(fd) == is_cloexec(tid, num), "%d: cloexec of fd %s, %s", tid, num, link);
}

static void check_thread(struct gyr *g, pid_t tid)
{
	const struct gyr_thread *t = gyr_thread_by_tid(g, tid);
	char path[64], text[4096];
	struct dirent *e;
	int n = 0;
	DIR *dir;

	ck_assert_msg(t, "%d is not known", tid);
	snprintf(path, sizeof(path), "/proc/%d/comm", tid);
	ck_assert(read_text(path, text, sizeof(text)));
	ck_assert_str_eq(gyr_thread_comm(t), text);
	snprintf(path, sizeof(path), "/proc/%d/cwd", tid);
	read_link(path, text, sizeof(text));
	ck_assert_str_eq(gyr_thread_cwd(t), text);
	snprintf(path, sizeof(path), "/proc/%d/fd", tid);
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		check_fd(t, tid, e->d_name);
		n++;
	}
	closedir(dir);
	ck_assert_int_eq(fds_of(t), n);
}

static int check_process(struct gyr *g, pid_t pid)
{
	const struct gyr_thread *leader = gyr_thread_by_tid(g, pid);
	char path[64];
	struct dirent *e;
	int n = 0, known = 0;
	DIR *dir;

	ck_assert_msg(leader, "%d is not known", pid);
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		check_thread(g, atoi(e->d_name));
		n++;
	}
	closedir(dir);
	for (const struct gyr_thread *t = leader->group->threads; t; t = t->next)
		known++;
	ck_assert_int_eq(known, n);
	return n;
}

/* ---- the test ---- */

static struct gyr *g;
static pid_t children[CHILDREN];
static int begin_pipe[2], done_pipe[2], go_pipe[2];

static void setup(void)
{
	struct gyr_live_opts opts = {0};

	ck_assert_int_eq(pipe2(begin_pipe, O_CLOEXEC) | pipe2(done_pipe, O_CLOEXEC) | pipe2(go_pipe, O_CLOEXEC), 0);
	go_fd = go_pipe[0];
	for (int i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		ck_assert_int_ge(children[i], 0);
		if (children[i] == 0) {
			close(go_pipe[1]);
			child_main(0x9e3779b97f4a7c15 * (uint64_t)(i + 1), begin_pipe[0], done_pipe[1]);
		}
	}
	g = live_begin(&opts);
	make_lossy(g);
}

static void teardown(void)
{
	gyr_close(g);
	for (int i = 0; i < CHILDREN; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
}

static void read_until_done(void)
{
	struct pollfd done = {.fd = done_pipe[0], .events = POLLIN};
	const struct gyr_event *ev;
	int n = 0, err = 0;
	char c;

	while (n < CHILDREN && err >= 0) {
		err = gyr_next(g, &ev, 1);
		if (poll(&done, 1, 0) == 1 && read(done_pipe[0], &c, 1) == 1)
			n++;
	}
	ck_assert_int_ge(err, 0);
}

START_TEST(test_losses)
{
	struct gyr_stats stats = {.sz = sizeof(stats)};
	const struct gyr_event *ev;
	int64_t end;
	int threads = 0;

	lossy.on = true;
	ck_assert_int_eq(write(begin_pipe[1], "xxxx", CHILDREN), CHILDREN);
	read_until_done();
	ck_assert_uint_gt(lossy.dropped, OPS / 2);
	/* Quiet for as long as it is allowed to take. */
	for (end = live_ms() + 5000; live_ms() < end;)
		ck_assert_int_ge(gyr_next(g, &ev, 50), 0);
	for (int i = 0; i < CHILDREN; i++)
		threads += check_process(g, children[i]);
	ck_assert_int_ge(threads, 4 * CHILDREN);
	ck_assert_int_eq(gyr_stats_read(g, &stats), 0);
	ck_assert_uint_gt(stats.state_refreshed, CHILDREN);
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	if (!live_possible("heal"))
		return LIVE_SKIP;
	suite = suite_create("heal");
	tc = tcase_create("heal");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_losses);
	tcase_set_timeout(tc, 120);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
