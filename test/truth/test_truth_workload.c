/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The truth test's own truth: the workload does what it is there for, is still when it says so, and leaves nothing. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "walk.h"

enum { MAX_PIDS = 64, MAX_SEEN = 20000, TEXT_LEN = 1 << 16 };

struct run {
	char dir[64];
	pid_t pid;
	int ready, go, err;  /* fds */
	char text[TEXT_LEN]; /* what it wrote to stderr */
	pid_t seen[MAX_SEEN];
	size_t n_seen;
};

struct sum {
	size_t walks, threads, fds;
	size_t types[WALK_TYPES_];
	size_t shared_files, shared_fs, other_root, other_ids, deleted_cwd, cloexec, most_threads, most_processes,
		most_fds;
};

static int open_unlinked(void)
{
	char path[] = "/tmp/truth-err-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	unlink(path);
	return fd;
}

static void start(struct run *r, const char *const *options)
{
	int ready[2], go[2];
	char in[12], out[12];
	char *argv[32] = {"truth-workload", "--quiet-fd", in, "--ready-fd", out, "--dir", r->dir};
	int n = 7;

	memset(r, 0, sizeof(*r));
	snprintf(r->dir, sizeof(r->dir), "/tmp/truth-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(r->dir));
	ck_assert_int_eq(chmod(r->dir, 0755), 0); /* for members that are no longer root */
	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(go, O_CLOEXEC), 0);
	r->err = open_unlinked();
	snprintf(in, sizeof(in), "%d", go[0]);
	snprintf(out, sizeof(out), "%d", ready[1]);
	for (; *options; options++)
		argv[n++] = (char *)*options;
	r->pid = fork();
	if (r->pid == 0) {
		fcntl(go[0], F_SETFD, 0);
		fcntl(ready[1], F_SETFD, 0);
		dup2(r->err, 2);
		execv(TEST_BIN_DIR "/truth-workload", argv);
		_exit(127);
	}
	close(ready[1]);
	close(go[0]);
	r->ready = ready[0];
	r->go = go[1];
}

/* The pids of the next quiet point; 0 at the end. */
static size_t await_quiet(struct run *r, pid_t *pids)
{
	char line[1024], *at;
	size_t len = 0, n = 0;
	int used, phase;

	while (len < sizeof(line) - 1 && read(r->ready, line + len, 1) == 1 && line[len] != '\n')
		len++;
	line[len] = 0;
	if (!len)
		return 0;
	ck_assert_msg(sscanf(line, "quiet %d%n", &phase, &used) == 1, "%s", line);
	for (at = line + used; n < MAX_PIDS && sscanf(at, "%d%n", &pids[n], &used) == 1; at += used)
		n++;
	for (size_t i = 0; i < n && r->n_seen < MAX_SEEN; i++)
		r->seen[r->n_seen++] = pids[i];
	return n;
}

static void finish(struct run *r)
{
	int status;
	ssize_t n;

	ck_assert_int_eq(waitpid(r->pid, &status, 0), r->pid);
	n = pread(r->err, r->text, sizeof(r->text) - 1, 0);
	close(r->err);
	close(r->ready);
	close(r->go);
	ck_assert_int_ge(n, 0);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x: %s", status, r->text);
	/* Its directory is empty again, and nobody is there who was. */
	ck_assert_msg(rmdir(r->dir) == 0, "%s: %s", r->dir, strerror(errno));
	for (size_t i = 0; i < r->n_seen; i++)
		ck_assert_msg(kill(r->seen[i], 0) != 0 && errno == ESRCH, "process %d is left", r->seen[i]);
}

static char *printed(const struct walk *w)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	walk_print(w, f);
	fclose(f);
	return text;
}

/* The first line that differs. */
static void say_difference(const char *a, const char *b)
{
	while (*a && *a == *b) {
		const char *end = strchr(a, '\n');
		size_t len = end ? (size_t)(end - a) + 1 : strlen(a);

		if (strnlen(b, len) < len || memcmp(a, b, len) != 0)
			break;
		a += len;
		b += len;
	}
	ck_abort_msg("not still:\n%.*s\n%.*s", (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
}

static void add_thread(struct sum *s, const struct walk *w, const struct walk_thread *t)
{
	s->shared_files += t->files != t->tid;
	s->shared_fs += t->fs != t->tid;
	s->other_root += strcmp(t->root, "/") != 0;
	s->other_ids += t->uid[1] != 0;
	s->deleted_cwd += strstr(t->cwd, " (deleted)") != NULL;
	s->most_fds = t->n_fds > s->most_fds ? t->n_fds : s->most_fds;
	for (size_t i = 0; i < t->n_fds && t->files == t->tid; i++) {
		const struct walk_fd *f = &w->fds[t->fds + i];

		ck_assert_msg(f->type != WALK_UNKNOWN && f->type != WALK_ANON, "fd %d of %d is %s: %s", f->fd, t->tid,
			      walk_type_name(f->type), f->name);
		ck_assert_ptr_eq(walk_fd(w, t, f->fd), f);
		s->types[f->type]++;
		s->cloexec += f->cloexec;
		s->fds++;
	}
}

static void add(struct sum *s, const struct walk *w, size_t pids)
{
	s->walks++;
	s->threads += w->n_threads;
	s->most_threads = w->n_threads > s->most_threads ? w->n_threads : s->most_threads;
	s->most_processes = pids > s->most_processes ? pids : s->most_processes;
	for (size_t i = 0; i < w->n_threads; i++)
		add_thread(s, w, &w->threads[i]);
}

static void walk_twice(struct sum *s, const pid_t *pids, size_t n)
{
	struct walk first, second;
	char *one, *two;
	int err = walk(&first, pids, n);

	ck_assert_msg(err == 0, "walk: %s", strerror(-err));
	add(s, &first, n);
	usleep(20000);
	err = walk(&second, pids, n);
	ck_assert_msg(err == 0, "walk: %s", strerror(-err));
	one = printed(&first);
	two = printed(&second);
	if (strcmp(one, two) != 0)
		say_difference(one, two);
	free(one);
	free(two);
	walk_free(&first);
	walk_free(&second);
}

static void run_to_end(struct run *r, struct sum *s)
{
	pid_t pids[MAX_PIDS];
	size_t n;

	while ((n = await_quiet(r, pids))) {
		ck_assert_uint_le(n, 24);
		walk_twice(s, pids, n);
		ck_assert_int_eq(write(r->go, "g", 1), 1);
	}
	finish(r);
}

struct counts {
	unsigned long done, refused;
	char never[1024]; /* the names of what was not done once */
};

/* "ops NAME=DONE/REFUSED ..." */
static struct counts count_ops(const char *text)
{
	const char *at = strstr(text, "ops ");
	struct counts c = {0};
	unsigned done, refused;
	char name[64];
	int used;

	ck_assert_ptr_nonnull(at);
	for (at += 3; sscanf(at, " %63[^=]=%u/%u%n", name, &done, &refused, &used) == 3; at += used) {
		size_t len = strlen(c.never);

		if (!done)
			snprintf(c.never + len, sizeof(c.never) - len, " %s (refused %u times)", name, refused);
		c.done += done;
		c.refused += refused;
	}
	return c;
}

static void say_sum(const struct sum *s, int seed)
{
	printf("seed %d: %zu walks, %zu threads, %zu fds; at most %zu processes, %zu threads, %zu fds in a table\n",
	       seed, s->walks, s->threads, s->fds, s->most_processes, s->most_threads, s->most_fds);
	printf("  %zu shared tables, %zu shared fs, %zu in another root, %zu with another user, %zu in a deleted "
	       "directory, "
	       "%zu cloexec\n ",
	       s->shared_files, s->shared_fs, s->other_root, s->other_ids, s->deleted_cwd, s->cloexec);
	for (int i = 0; i < WALK_TYPES_; i++)
		printf(" %s %zu", walk_type_name(i), s->types[i]);
	printf("\n");
}

START_TEST(seed_of_many_workers)
{
	static struct run r;
	struct sum s = {0};
	struct counts c;
	char seed[12];
	int kinds = 0;

	snprintf(seed, sizeof(seed), "%d", _i);
	start(&r, (const char *[]){"--seed", seed, "--ops", "1000", "--phases", "5", NULL});
	run_to_end(&r, &s);
	say_sum(&s, _i);
	c = count_ops(r.text);
	printf("  %lu done, %lu refused\n", c.done, c.refused);
	ck_assert_uint_eq(c.done + c.refused, 1000);
	ck_assert_uint_ge(c.done, 600);
	ck_assert_uint_eq(s.walks, 5);
	ck_assert_uint_ge(s.most_processes, 10);
	ck_assert_uint_ge(s.most_threads, 15);
	ck_assert_uint_le(s.most_threads, 60);
	ck_assert_uint_le(s.most_fds, 200);
	ck_assert_uint_ge(s.most_fds, 10);
	ck_assert_uint_ge(s.cloexec, 50);
	for (int i = 0; i < WALK_TYPES_; i++)
		kinds += s.types[i] > 0;
	ck_assert_int_ge(kinds, 12);
	if (geteuid() == 0) { /* who may ask kcmp() */
		ck_assert_uint_ge(s.shared_files, 5);
		ck_assert_uint_ge(s.shared_fs, 5);
	}
}
END_TEST

/* Whatever this kernel and these rights refuse is said: nothing is left out in silence. */
START_TEST(every_operation_is_done)
{
	static struct run r;
	struct sum s = {0};
	struct counts c;

	start(&r, (const char *[]){"--seed", "1", "--ops", "8000", "--phases", "4", "--workers", "1", "--parallel", "1",
				   NULL});
	run_to_end(&r, &s);
	c = count_ops(r.text);
	ck_assert_uint_eq(c.done + c.refused, 8000);
	ck_assert_msg(!*c.never, "never done:%s", c.never);
}
END_TEST

/* With one worker that does one thing at a time there is one order only. */
START_TEST(same_seed_same_operations)
{
	static struct run first, second;
	const char *options[] = {"--seed", "7", "--ops", "1000", "--workers", "1", "--parallel", "1", NULL};
	struct sum s = {0};

	start(&first, options);
	run_to_end(&first, &s);
	start(&second, options);
	run_to_end(&second, &s);
	ck_assert_str_eq(first.text, second.text);
	options[1] = "8";
	start(&second, options);
	run_to_end(&second, &s);
	ck_assert_str_ne(first.text, second.text);
}
END_TEST

/* Nobody who is left is left for long when the coordinator is killed. */
START_TEST(killed_coordinator_leaves_nobody)
{
	static struct run r;
	pid_t pids[MAX_PIDS];
	char command[128];
	size_t n, left = 1;

	start(&r, (const char *[]){"--seed", "1", "--ops", "400", "--phases", "2", NULL});
	n = await_quiet(&r, pids);
	ck_assert_uint_ge(n, 5);
	kill(r.pid, SIGKILL);
	waitpid(r.pid, NULL, 0);
	for (int i = 0; i < 1000 && left; i++) {
		left = 0;
		for (size_t p = 0; p < n; p++)
			left += kill(pids[p], 0) == 0;
		usleep(10000);
	}
	ck_assert_uint_eq(left, 0);
	close(r.err);
	close(r.ready);
	close(r.go);
	snprintf(command, sizeof(command), "rm -r %s", r.dir);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

/* test_truth_workload [FIRST LAST]: other seeds */
int main(int argc, char **argv)
{
	int first = argc == 3 ? atoi(argv[1]) : 1, last = argc == 3 ? atoi(argv[2]) : 3;
	Suite *s = suite_create("truth_workload");
	TCase *t = tcase_create("workload");
	SRunner *runner;
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 200);
	tcase_add_loop_test(t, seed_of_many_workers, first, last + 1);
	tcase_add_test(t, every_operation_is_done);
	tcase_add_test(t, same_seed_same_operations);
	tcase_add_test(t, killed_coordinator_leaves_nobody);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_VERBOSE);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
