/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hosts and probe objects that gyr cannot run with: each is told for what it is. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live/check.h"
#include "live/probe.h"
#include "run.h"
#include "settings.h"

static char dir[] = "/tmp/gyr-check-XXXXXX";

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void teardown(void)
{
	nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *in_dir(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void write_file(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

/* ---- probe objects ---- */

/* The probe's own, with the settings that it declares changed. */
static const char *patched_object(uint32_t magic, uint32_t version)
{
	static const uint32_t now[] = {GYR_WIRE_MAGIC, GYR_WIRE_VERSION};
	const char *path = in_dir("patched.bpf.o");
	uint32_t patch[] = {magic, version};
	FILE *f = fopen(GYR_PROBE_OBJECT, "re");
	char *data, *at;
	struct stat st;

	ck_assert(f && fstat(fileno(f), &st) == 0);
	data = malloc(st.st_size);
	ck_assert(data && fread(data, 1, st.st_size, f) == (size_t)st.st_size);
	fclose(f);
	at = memmem(data, st.st_size, now, sizeof(now));
	ck_assert_ptr_nonnull(at);
	ck_assert_ptr_null(memmem(at + 1, data + st.st_size - at - 1, now, sizeof(now)));
	memcpy(at, patch, sizeof(patch));
	write_file(path, data, st.st_size);
	free(data);
	return path;
}

static int check_object(const char *path, struct gyr_diag *d)
{
	return probe_check_object(&(struct gyr_live_opts){.probe = path}, d);
}

/* -EINVAL with these words, also from gyr_check_host. */
static void is_refused(const char *path, const char *words)
{
	struct gyr_diag d = {0};

	ck_assert_int_eq(check_object(path, &d), -EINVAL);
	ck_assert_msg(strstr(d.msg, words), "%s: %s", path, d.msg);
	ck_assert_msg(strstr(d.msg, "gyr.bpf.o"), "what to do is not said: %s", d.msg);
}

START_TEST(right_object)
{
	struct gyr_diag d = {0};

	ck_assert_msg(check_object(GYR_PROBE_OBJECT, &d) == 0, "%s", d.msg);
	ck_assert_msg(check_object(patched_object(GYR_WIRE_MAGIC, GYR_WIRE_VERSION), &d) == 0, "%s", d.msg);
}
END_TEST

START_TEST(wrong_version)
{
	char words[64];

	snprintf(words, sizeof(words), "wire version %d, this library version %d", GYR_WIRE_VERSION + 1,
		 GYR_WIRE_VERSION);
	is_refused(patched_object(GYR_WIRE_MAGIC, GYR_WIRE_VERSION + 1), words);
	is_refused(patched_object(GYR_WIRE_MAGIC, 0), "wire version 0");
}
END_TEST

START_TEST(foreign_objects)
{
	is_refused(patched_object(GYR_WIRE_MAGIC + 1, GYR_WIRE_VERSION), "not a probe of gyr");
	is_refused(TEST_BIN_DIR "/empty.bpf.o", "not a probe of gyr"); /* of the bench: it has no .data */
	is_refused("/proc/self/exe", "not a probe object");
	write_file(in_dir("text"), "text", 4);
	is_refused(in_dir("text"), "not a probe object");
	write_file(in_dir("empty"), "", 0);
	is_refused(in_dir("empty"), "not a probe object");
	ck_assert_int_eq(truncate(patched_object(GYR_WIRE_MAGIC, GYR_WIRE_VERSION), 1000), 0);
	is_refused(in_dir("patched.bpf.o"), "not a probe object");
}
END_TEST

START_TEST(missing_object)
{
	struct gyr_diag d = {0};

	ck_assert_int_eq(check_object(in_dir("none"), &d), -ENOENT);
	ck_assert(strstr(d.msg, "cannot read the probe object"));
}
END_TEST

/* ---- BTF files ---- */

static void btf_is_refused(const char *path, int err, const char *words)
{
	struct gyr_live_opts opts = {.btf = path};
	struct gyr_diag d = {0};

	ck_assert_int_eq(probe_check_object(&opts, &d), err);
	ck_assert_msg(strstr(d.msg, words) && strstr(d.msg, path), "%s: %s", path, d.msg);
}

START_TEST(wrong_btf)
{
	btf_is_refused(in_dir("none"), -ENOENT, "cannot read the BTF file");
	write_file(in_dir("text"), "text", 4);
	btf_is_refused(in_dir("text"), -EINVAL, "is not a BTF file");
	write_file(in_dir("empty"), "", 0);
	btf_is_refused(in_dir("empty"), -EINVAL, "is not a BTF file");
	btf_is_refused(dir, -EINVAL, "is not a BTF file");
	/* It has a struct task_struct, too. */
	btf_is_refused(GYR_PROBE_OBJECT, -EINVAL, "not that of a kernel");
}
END_TEST

/* The build that takes its BTF from the kernel is not given another. */
START_TEST(wrong_build)
{
	const char *btf = "/sys/kernel/btf/vmlinux";
	struct gyr_live_opts opts = {.probe = GYR_PROBE_OBJECT, .btf = btf};
	struct gyr_diag d = {0};

	if (access(btf, R_OK))
		return;
	ck_assert_int_eq(probe_check_object(&opts, &d), -EINVAL);
	ck_assert_msg(strstr(d.msg, "gyr-nobtf.bpf.o"), "%s", d.msg);
	opts.probe = GYR_PROBE_NOBTF_OBJECT;
	ck_assert_msg(probe_check_object(&opts, &d) == 0, "%s", d.msg);
	opts.btf = NULL;
	ck_assert_msg(probe_check_object(&opts, &d) == 0, "%s", d.msg);
}
END_TEST

/* ---- hosts ---- */

static struct gyr_check checks[64];

static const struct gyr_check *check_of(const struct check_env *env, const char *name)
{
	int n = check_host(env, &(struct gyr_live_opts){0}, checks, 64);

	ck_assert(n > 0 && n <= 64);
	for (int i = 0; i < n; i++)
		if (!strcmp(checks[i].name, name))
			return &checks[i];
	ck_abort_msg("no check named %s", name);
}

START_TEST(kernels)
{
	static const struct {
		const char *release;
		bool ok;
	} cases[] = {
		{"4.19.0-27-amd64", false},
		{"5.9.16", false},
		{"5.10.0", true},
		{"5.10.0-32-amd64", true},
		{"6.1.0", true},
		{"10.0", true},
		{"", false},
		{"linux", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct check_env env = {.root = dir, .release = cases[i].release};
		const struct gyr_check *c = check_of(&env, "kernel");

		ck_assert_msg(c->ok == cases[i].ok && c->required, "%s", cases[i].release);
		ck_assert(strstr(c->found, cases[i].release));
		ck_assert_msg(c->ok ? !c->advice[0] : !!strstr(c->advice, "5.10"), "%s", c->advice);
	}
	/* On one that is too old the probe is not even tried. */
	ck_assert_str_eq(check_of(&(struct check_env){.root = dir, .release = "5.9.16"}, "probe loads")->found,
			 "not tried");
}
END_TEST

START_TEST(lockdown)
{
	static const struct {
		const char *modes;
		bool ok;
	} cases[] = {
		{"[none] integrity confidentiality\n", true},
		{"none [integrity] confidentiality\n", true},
		{"none integrity [confidentiality]\n", false},
		{"", true},
	};
	struct check_env env = {.root = dir};
	const struct gyr_check *c;

	c = check_of(&env, "lockdown");
	ck_assert(c->ok && strstr(c->found, "not visible"));
	mkdir(in_dir("sys"), 0700);
	mkdir(in_dir("sys/kernel"), 0700);
	mkdir(in_dir("sys/kernel/security"), 0700);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file(in_dir("sys/kernel/security/lockdown"), cases[i].modes, strlen(cases[i].modes));
		c = check_of(&env, "lockdown");
		ck_assert_msg(c->ok == cases[i].ok && c->required, "%s", cases[i].modes);
		ck_assert_msg(!strncmp(c->found, cases[i].modes, strcspn(cases[i].modes, "\n")), "%s", c->found);
		ck_assert_msg(c->ok || strstr(c->advice, "lockdown=integrity"), "%s", c->advice);
	}
}
END_TEST

START_TEST(no_btf_no_proc)
{
	struct check_env env = {.root = dir};
	const struct gyr_check *c = check_of(&env, "BTF");

	ck_assert(!c->ok && c->required && strstr(c->advice, "--btf FILE") && strstr(c->advice, "BTFHub"));
	c = check_of(&env, "pid namespace");
	ck_assert(!c->ok && !c->required && strstr(c->advice, "--pid=host"));
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("check");
	TCase *tc = tcase_create("objects");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, right_object);
	tcase_add_test(tc, wrong_version);
	tcase_add_test(tc, foreign_objects);
	tcase_add_test(tc, missing_object);
	tcase_add_test(tc, wrong_btf);
	tcase_add_test(tc, wrong_build);
	suite_add_tcase(suite, tc);
	tc = tcase_create("hosts");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, kernels);
	tcase_add_test(tc, lockdown);
	tcase_add_test(tc, no_btf_no_proc);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return run_suite(suite());
}
