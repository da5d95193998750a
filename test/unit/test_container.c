/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What cgroup paths tell of containers, as the runtimes write them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed.h"

#define ID    "3f4a0c9e51d2b7a8c6e5f40312d9b8a7664f1e2d3c4b5a697887960514233241"
#define OTHER "aa4a0c9e51d2b7a8c6e5f40312d9b8a7664f1e2d3c4b5a6978879605142332ff"
#define UID   "0b5c3f6a-8d6e-4f7b-9c1d-2e3f4a5b6c7d"
#define POD   "pod0b5c3f6a_8d6e_4f7b_9c1d_2e3f4a5b6c7d"
#define SLICE "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" POD ".slice"
#define HASH  "0123456789abcdef0123456789abcdef"

static const struct {
	const char *path, *id;
} cases[] = {
	{"/", ""},
	{"", ""},
	{"/user.slice/user-1000.slice/session-2.scope", ""},
	{"/system.slice/docker.service", ""},
	{"/system.slice/containerd.service", ""},
	{"/docker/" ID, "3f4a0c9e51d2"},
	{"/docker/" ID "/init.scope", "3f4a0c9e51d2"},
	{"/docker/" ID "/docker/" OTHER, "aa4a0c9e51d2"},
	{"/system.slice/docker-" ID ".scope", "3f4a0c9e51d2"},
	{"/system.slice/docker-" ID ".scope/system.slice/cron.service", "3f4a0c9e51d2"},
	{"/kubepods/besteffort/pod0b5c3f6a-8d6e-4f7b-9c1d-2e3f4a5b6c7d/" ID, "3f4a0c9e51d2"},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" POD ".slice/cri-containerd-" ID ".scope",
	 "3f4a0c9e51d2"},
	{"/kubepods.slice/kubepods-" POD ".slice/crio-" ID ".scope", "3f4a0c9e51d2"},
	{"/kubepods.slice/kubepods-" POD ".slice/crio-" ID ".scope/container", "3f4a0c9e51d2"},
	{"/kubepods.slice/kubepods-" POD ".slice/crio-conmon-" ID ".scope", ""},
	{"/kubepods.slice/kubepods-" POD ".slice", ""},
	{"/system.slice/containerd.service/kubepods-besteffort-" POD ".slice:cri-containerd:" ID, "3f4a0c9e51d2"},
	{"/machine.slice/libpod-" ID ".scope/container", "3f4a0c9e51d2"},
	{"/machine.slice/libpod-conmon-" ID ".scope", ""},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope", "3f4a0c9e51d2"},
	{"/libpod_parent/libpod-" ID, "3f4a0c9e51d2"},
	{"/ecs/0123456789abcdef0123456789abcdef/" ID, "3f4a0c9e51d2"},
	{"/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-1234567890", "0123456789ab"},
	{"/lxc/web1", "web1"},
	{"/lxc.payload.web1", "web1"},
	{"/lxc.payload.web1/system.slice/cron.service", "web1"},
	{"/lxc.payload/web1", "web1"},
	{"/lxc.monitor.web1", ""},
	{"/machine.slice/machine-my\\x2dbox.scope", "my-box"},
	{"/machine.slice/systemd-nspawn@box.service", "box"},
	{"/machine.slice/systemd-nspawn@box.service/payload", "box"},
	{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", ""},
	{"/machine.slice", ""},
	{"/system.slice/system-" ID "x", ""},
	{"/" OTHER "0", ""},
	{"//" ID "//", "3f4a0c9e51d2"},
};

static const struct {
	const char *path, *runtime, *id, *pod;
} told[] = {
	{"/", "", "", ""},
	{"", "", "", ""},
	{"/user.slice/user-1000.slice/session-2.scope", "", "", ""},
	/* Of a pod, but in no container. */
	{"/kubepods", "", "", ""},
	{"/kubepods.slice/kubepods-burstable.slice", "", "", ""},
	{SLICE, "", "", UID},
	{SLICE "/crio-conmon-" ID ".scope", "", "", UID},
	{"/kubepods/burstable/pod" UID, "", "", UID},
	/* docker */
	{"/docker/" ID, "docker", ID, ""},
	{"/docker/" ID "/init.scope", "docker", ID, ""},
	{"/system.slice/docker-" ID ".scope", "docker", ID, ""},
	{"/user.slice/user-1000.slice/user@1000.service/app.slice/docker-" ID ".scope", "docker", ID, ""},
	{"/ecstasks.slice/ecstasks-" HASH ".slice/docker-" ID ".scope", "docker", ID, ""},
	{SLICE "/docker-" ID ".scope", "docker", ID, UID},
	{"/system.slice:docker:" ID, "docker", ID, ""},
	/* containerd */
	{SLICE "/cri-containerd-" ID ".scope", "containerd", ID, UID},
	{"/system.slice/containerd.service/kubepods-besteffort-" POD ".slice:cri-containerd:" ID, "containerd", ID,
	 UID},
	{"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-" POD ".slice/cri-containerd-" ID ".scope",
	 "containerd", ID, UID},
	{"/system.slice/nerdctl-" ID ".scope", "containerd", ID, ""},
	{"/../../cri-containerd-" ID ".scope", "containerd", ID, ""}, /* as a cgroup namespace shows it */
	/* cri-o */
	{SLICE "/crio-" ID ".scope", "cri-o", ID, UID},
	{SLICE "/crio-" ID ".scope/container", "cri-o", ID, UID},
	{"/kubepods/besteffort/pod" UID "/crio-" ID, "cri-o", ID, UID},
	/* podman */
	{"/machine.slice/libpod-" ID ".scope/container", "podman", ID, ""},
	{"/machine.slice/machine-libpod_pod_" OTHER ".slice/libpod-" ID ".scope", "podman", ID, ""},
	{"/machine.slice/machine-libpod_pod_" OTHER ".slice", "", "", ""},
	{"/machine.slice/libpod-conmon-" ID ".scope", "", "", ""},
	{"/system.slice/web.service/libpod-payload-" ID, "podman", ID, ""},
	{"/libpod_parent/libpod-" ID, "podman", ID, ""},
	{"/libpod_parent/" OTHER "/libpod-" ID, "podman", ID, ""},
	{"/libpod_parent/" OTHER "/conmon", "", "", ""},
	/* systemd-nspawn */
	{"/machine.slice/systemd-nspawn@box.service/payload", "systemd-nspawn", "box", ""},
	{"/machine.slice/machine-my\\x2dbox.scope", "systemd-nspawn", "my-box", ""},
	{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "", "", ""},
	/* lxc */
	{"/lxc/web1", "lxc", "web1", ""},
	{"/lxc.payload.web1/system.slice/cron.service", "lxc", "web1", ""},
	{"/lxc.payload/web1", "lxc", "web1", ""},
	{"/lxc.monitor.web1", "", "", ""},
	{"/machine.slice/machine-lxc\\x2d7\\x2dbox.scope", "lxc", "lxc-7-box", ""},
	/* ecs, Fargate */
	{"/ecs/" HASH "/" ID, "ecs", ID, ""},
	{"/ecs/task/" UID "/" ID, "ecs", ID, ""},
	{"/ecs/" HASH "/" HASH "-1234567890", "ecs", HASH, ""},
	/* Kubernetes, by whichever runtime */
	{"/kubepods/besteffort/pod" UID "/" ID, "kubernetes", ID, UID},
	{"/kubepods/pod" UID "/" ID "/init.scope", "kubernetes", ID, UID},
	{"/kubepods/burstable/pod" HASH "/" ID, "kubernetes", ID, HASH}, /* of a file of the kubelet's */
	{"/kubepods/pod-of-no-form/" ID, "kubernetes", ID, ""},
	{"/../../pod" UID "/" ID, "kubernetes", ID, UID},
	/* Nobody tells */
	{"/" ID, "other", ID, ""},
	{"/actions_job/" ID, "other", ID, ""},
	{"/system.slice/other-" ID ".scope", "other", ID, ""},
	/* Within one another: the innermost, and the pod around it. */
	{"/docker/" ID "/docker/" OTHER, "docker", OTHER, ""},
	{"/docker/" ID "/kubelet/kubepods/besteffort/pod" UID "/" OTHER, "kubernetes", OTHER, UID},
	{SLICE "/cri-containerd-" ID ".scope/docker/" OTHER, "docker", OTHER, UID},
	{"/lxc.payload.web1/system.slice/docker-" ID ".scope", "docker", ID, ""},
	{"/docker/" ID "/lxc/web1", "lxc", "web1", ""},
	{"/kubepods/pod" UID "/" ID "/kubepods/pod" HASH "/" OTHER, "kubernetes", OTHER, HASH},
	/* Not of these forms. */
	{"/kubepods/podium", "", "", ""},
	{"/kubepods/pod0b5c3f6a-8d6e-4f7b-9c1d-2e3f4a5b6c7", "", "", ""},
	{"/kubepods/pod" UID "0", "", "", ""},
	{"/kubepods/pod" UID ".slic", "", "", ""},
	{"/kubepods/pod0b5c3f6a-8d6e-4f7b-9c1d+2e3f4a5b6c7d", "", "", ""},
	{"/kubepods/xpod" UID, "", "", ""},
	{"/kubepods/pod", "", "", ""},
	{"pod", "", "", ""},
	{"-", "", "", ""},
	{"////", "", "", ""},
	{"/docker-.scope/lxc/", "", "", ""},
	{"/docker-" ID ".scop", "", "", ""},
	{"/DOCKER/3F4A0C9E51D2B7A8C6E5F40312D9B8A7664F1E2D3C4B5A697887960514233241", "", "", ""},
	{"/ecs/" HASH "-", "", "", ""},
	{"/ecs/" HASH "-12x", "", "", ""},
	{"/:" ID, "other", ID, ""},
	{"/-" ID, "other", ID, ""},
	{"/machine.slice/machine-\\x00\\x0.scope", "systemd-nspawn", "\\x00\\x0", ""},
	{"/machine-.scope", "", "", ""},
};

START_TEST(test_told)
{
	struct container c;

	memset(&c, 0xff, sizeof(c));
	container_parse(told[_i].path, strlen(told[_i].path), &c);
	ck_assert_str_eq(gyr_runtime_name(c.runtime), told[_i].runtime);
	ck_assert_str_eq(c.id, told[_i].id);
	ck_assert_str_eq(c.pod, told[_i].pod);
	ck_assert(c.hex == (strlen(c.id) == 64 || strlen(c.id) == 32));
	ck_assert_int_eq(c.runtime == GYR_RUNTIME_NONE, c.id[0] == '\0');
}
END_TEST

/* Every end that a path can have, without a byte behind it that could be read. */
START_TEST(test_cut)
{
	struct container c;

	for (size_t len = 0; len <= strlen(told[_i].path); len++) {
		char *path = strndup(told[_i].path, len);

		container_parse(path, len, &c);
		ck_assert_uint_lt(strlen(c.id), sizeof(c.id));
		ck_assert(!c.pod[0] || strlen(c.pod) == 36 || strlen(c.pod) == 32);
		free(path);
	}
}
END_TEST

START_TEST(test_names)
{
	ck_assert_str_eq(gyr_runtime_name(GYR_RUNTIMES_), "");
	ck_assert_str_eq(gyr_runtime_name((enum gyr_runtime) - 1), "");
	for (int r = GYR_RUNTIME_NONE + 1; r < GYR_RUNTIMES_; r++)
		ck_assert_str_ne(gyr_runtime_name(r), "");
}
END_TEST

START_TEST(test_deep)
{
	static char path[4096];
	struct container c;

	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = "/pod-"[i % 5];
	container_parse(path, sizeof(path), &c);
	ck_assert_int_eq(c.runtime, GYR_RUNTIME_NONE);
	memset(path, '/', sizeof(path));
	strcpy(path, "/docker/" ID);
	path[72] = '/';
	container_parse(path, sizeof(path), &c);
	ck_assert_str_eq(c.id, ID);
}
END_TEST

START_TEST(test_paths)
{
	char id[CONTAINER_ROOM];

	container_id(cases[_i].path, strlen(cases[_i].path), id);
	ck_assert_str_eq(id, cases[_i].id);
}
END_TEST

/* A name has no bound, the buffer has; and a path need not end with a NUL. */
START_TEST(test_bounds)
{
	char path[512] = "/lxc/", id[CONTAINER_ROOM];

	memset(path + 5, 'n', sizeof(path) - 5);
	container_id(path, sizeof(path), id);
	ck_assert_uint_eq(strlen(id), CONTAINER_ROOM - 1);
	container_id(path, 7, id);
	ck_assert_str_eq(id, "nn");
}
END_TEST

/* ---- kept with those who are in it ---- */

static struct feed F, *f = &F;

static struct gyr_thread *process(uint32_t pid, const char *path)
{
	struct gyr_thread *t = thread_finish(f->st, thread_new(f->st, pid, pid, f->ts));

	group_set_cgroup(f->st, t->group, path, strlen(path));
	return t;
}

START_TEST(test_interned)
{
	struct gyr_thread *a, *b, *c;
	struct cgroup *shared;

	feed_open(f);
	a = process(10, SLICE "/cri-containerd-" ID ".scope");
	b = process(11, SLICE "/cri-containerd-" ID ".scope");
	c = process(12, "/user.slice");
	shared = a->group->cgroup;
	ck_assert_ptr_eq(shared, b->group->cgroup);
	ck_assert_uint_eq(shared->refs, 2);
	ck_assert_uint_eq(f->st->cgroups.used, 2);
	ck_assert_str_eq(gyr_thread_container(b), "3f4a0c9e51d2");
	ck_assert_int_eq(gyr_thread_runtime(b), GYR_RUNTIME_CONTAINERD);
	ck_assert_str_eq(gyr_thread_pod(b), UID);
	ck_assert_str_eq(gyr_thread_cgroup(b), SLICE "/cri-containerd-" ID ".scope");
	ck_assert_int_eq(gyr_thread_runtime(c), GYR_RUNTIME_NONE);
	ck_assert_str_eq(gyr_thread_pod(c), "");
	/* Asked of what is kept, and of what is not. */
	ck_assert(cgroup_contained(f->st, shared->path->s, shared->path->len));
	ck_assert(!cgroup_contained(f->st, "/user.slice", 11));
	ck_assert(cgroup_contained(f->st, "/lxc/web1", 9));
	ck_assert(!cgroup_contained(f->st, "/", 1));
	ck_assert(!cgroup_contained(f->st, "", 0));
	ck_assert_uint_eq(f->st->cgroups.used, 2);
	group_inherit(f->st, c->group, a->group);
	ck_assert_uint_eq(shared->refs, 3);
	ck_assert_uint_eq(f->st->cgroups.used, 1);
	group_set_cgroup(f->st, c->group, shared->path->s, shared->path->len);
	ck_assert_uint_eq(shared->refs, 3);
	thread_remove(f->st, a);
	thread_remove(f->st, c);
	ck_assert_uint_eq(shared->refs, 1);
	group_set_cgroup(f->st, b->group, "", 0);
	ck_assert_uint_eq(f->st->cgroups.used, 0);
	ck_assert_str_eq(gyr_thread_cgroup(b), "");
	ck_assert_str_eq(gyr_thread_container(b), "");
	ck_assert_int_eq(gyr_thread_runtime(b), GYR_RUNTIME_NONE);
	ck_assert_str_eq(gyr_thread_pod(b), "");
	feed_close(f);
}
END_TEST

/* Paths whose hashes are the same stand in one chain, and are taken out of it in any order. */
START_TEST(test_same_hash)
{
	struct cgroup *c[3], *again;
	struct str *path;
	char name[8];

	feed_open(f);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "/lxc/%d", i);
		path = str_get(f->st, name, 6);
		/* As if it were so: the strings themselves stay where they are. */
		table_del(&f->st->strs, table_get(&f->st->strs, path->hash));
		path->hash = 7;
		path->next = table_val(&f->st->strs, 7);
		if (path->next)
			table_get(&f->st->strs, 7)->val = path;
		else
			table_add(&f->st->strs, 7, path);
		c[i] = cgroup_of(f->st, path);
	}
	ck_assert_uint_eq(f->st->cgroups.used, 1);
	for (int i = 0; i < 3; i++) {
		again = cgroup_of(f->st, str_ref(c[i]->path));
		ck_assert_ptr_eq(again, c[i]);
		ck_assert_int_eq(again->container.id[0], '0' + i);
		cgroup_put(f->st, again);
	}
	cgroup_put(f->st, c[1]);
	cgroup_put(f->st, c[2]);
	cgroup_put(f->st, c[0]);
	ck_assert_uint_eq(f->st->cgroups.used, 0);
	ck_assert_uint_eq(f->st->strs.used, 0);
	feed_close(f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("container");
	TCase *tc = tcase_create("paths");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, test_paths, 0, sizeof(cases) / sizeof(*cases));
	tcase_add_loop_test(tc, test_told, 0, sizeof(told) / sizeof(*told));
	tcase_add_loop_test(tc, test_cut, 0, sizeof(told) / sizeof(*told));
	tcase_add_test(tc, test_bounds);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_deep);
	tcase_add_test(tc, test_interned);
	tcase_add_test(tc, test_same_hash);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
