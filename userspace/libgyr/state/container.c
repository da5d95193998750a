/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a cgroup's path to a container's id. The runtimes name a container's cgroup by its 64 hex digits, bare or
 * decorated: /docker/ID, docker-ID.scope, /kubepods/.../podUID/ID, cri-containerd-ID.scope, crio-ID.scope,
 * libpod-ID.scope,
 *   ...pod_UID.slice:cri-containerd:ID, /ecs/TASK/ID
 * and Fargate by 32 hex digits and a number. lxc and systemd-nspawn have names only.
 */
#include <string.h>

#include "state/state.h"

#define ID_LEN 12

static size_t hex_run(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && ((s[n] >= '0' && s[n] <= '9') || (s[n] >= 'a' && s[n] <= 'f')))
		n++;
	return n;
}

static bool has_prefix(const char *s, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len > n && memcmp(s, prefix, n) == 0;
}

static size_t strip_suffix(const char *s, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len > n && memcmp(s + len - n, suffix, n) == 0 ? len - n : len;
}

static bool all_digits(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return len > 0;
}

/* The id within one component of a path, and how many digits it has; NULL: none. */
static const char *hex_id(const char *s, size_t len, size_t *digits)
{
	size_t run;

	len = strip_suffix(s, len, ".scope");
	/* These hold the container's monitor, which runs on the host. */
	if (has_prefix(s, len, "crio-conmon-") || has_prefix(s, len, "libpod-conmon-"))
		return NULL;
	if (len >= 64 && hex_run(s + len - 64, 64) == 64 && (len == 64 || s[len - 65] == '-' || s[len - 65] == ':')) {
		*digits = 64;
		return s + len - 64;
	}
	run = hex_run(s, len);
	if (run == 32 && len > 33 && s[32] == '-' && all_digits(s + 33, len - 33)) {
		*digits = run;
		return s;
	}
	return NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* systemd writes what is special in a unit's name as \xNN. */
static void copy_name(const char *s, size_t len, char out[CONTAINER_ROOM])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < CONTAINER_ROOM - 1; i++) {
		bool escaped = i + 3 < len && s[i] == '\\' && s[i + 1] == 'x';
		int high = escaped ? hex_digit(s[i + 2]) : -1;
		int low = escaped ? hex_digit(s[i + 3]) : -1;

		if (high >= 0 && low >= 0) {
			out[n++] = (char)(high << 4 | low);
			i += 3;
		} else {
			out[n++] = s[i];
		}
	}
	out[n] = '\0';
}

/* The name of an lxc or nspawn container in one component; parent is the component before. */
static bool named(const char *s, size_t len, const char *parent, size_t plen, char out[CONTAINER_ROOM])
{
	static const char *const prefixes[] = {"lxc.payload.", "systemd-nspawn@", "machine-"};
	size_t bare = strip_suffix(s, strip_suffix(s, len, ".scope"), ".service");

	if ((plen == 3 && memcmp(parent, "lxc", 3) == 0) || (plen == 11 && memcmp(parent, "lxc.payload", 11) == 0)) {
		copy_name(s, len, out);
		return true;
	}
	/* Virtual machines are machines too. */
	if (has_prefix(s, len, "machine-qemu"))
		return false;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		/* Slices hold machines, and are none. */
		if (!has_prefix(s, bare, prefixes[i]) || strip_suffix(s, len, ".slice") != len)
			continue;
		copy_name(s + n, bare - n, out);
		return true;
	}
	return false;
}

bool container_full_id(const char *path, size_t len, char out[CONTAINER_ROOM])
{
	size_t end = len, digits;

	out[0] = '\0';
	/* From the innermost: a container may have cgroups of its own below, and containers within. */
	while (end > 0) {
		size_t start = end, pend, pstart;
		const char *id;

		while (start > 0 && path[start - 1] != '/')
			start--;
		pend = pstart = start ? start - 1 : 0;
		while (pstart > 0 && path[pstart - 1] != '/')
			pstart--;
		id = hex_id(path + start, end - start, &digits);
		if (id) {
			memcpy(out, id, digits);
			out[digits] = '\0';
			return true;
		}
		if (start < end && named(path + start, end - start, path + pstart, pend - pstart, out))
			return false;
		end = start ? start - 1 : 0;
	}
	return false;
}

void container_id(const char *path, size_t len, char out[CONTAINER_ROOM])
{
	if (container_full_id(path, len, out))
		out[ID_LEN] = '\0';
}
