/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Container ids from cgroup paths, as the runtimes write them. */
#include <check.h>
#include <string.h>

#include "state/state.h"

#define ID    "3f4a0c9e51d2b7a8c6e5f40312d9b8a7664f1e2d3c4b5a697887960514233241"
#define OTHER "aa4a0c9e51d2b7a8c6e5f40312d9b8a7664f1e2d3c4b5a6978879605142332ff"
#define POD   "pod0b5c3f6a_8d6e_4f7b_9c1d_2e3f4a5b6c7d"

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

int main(void)
{
	Suite *s = suite_create("container");
	TCase *tc = tcase_create("paths");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, test_paths, 0, sizeof(cases) / sizeof(*cases));
	tcase_add_test(tc, test_bounds);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
