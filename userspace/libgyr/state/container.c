/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a cgroup's path tells of the container that it is of. The runtimes name a container's cgroup by its 64 hex
 * digits, bare or with a word before: /docker/ID, docker-ID.scope, cri-containerd-ID.scope, crio-ID.scope,
 * libpod-ID.scope,
 *   ...pod_UID.slice:cri-containerd:ID, /ecs/TASK/ID, /kubepods/.../podUID/ID
 * and Fargate by 32 hex digits and a number. lxc and systemd-nspawn have names only.
 */
#include <string.h>

#include "state/state.h"

#define ID_LEN	  12
#define FULL_LEN  64
#define ECS_LEN	  32
#define POD_UUID  36 /* with its dashes */
#define POD_PLAIN 32 /* of a pod from a file of the kubelet's: a hash */

/* A component of the path. */
struct part {
	const char *s;
	size_t len;
};

const char *gyr_runtime_name(enum gyr_runtime r)
{
	static const char *const names[GYR_RUNTIMES_] = {
		[GYR_RUNTIME_NONE] = "",
		[GYR_RUNTIME_OTHER] = "other",
		[GYR_RUNTIME_DOCKER] = "docker",
		[GYR_RUNTIME_CONTAINERD] = "containerd",
		[GYR_RUNTIME_CRIO] = "cri-o",
		[GYR_RUNTIME_PODMAN] = "podman",
		[GYR_RUNTIME_NSPAWN] = "systemd-nspawn",
		[GYR_RUNTIME_LXC] = "lxc",
		[GYR_RUNTIME_ECS] = "ecs",
		[GYR_RUNTIME_KUBERNETES] = "kubernetes",
	};

	return (unsigned int)r < GYR_RUNTIMES_ ? names[r] : "";
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static size_t hex_run(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && is_hex(s[n]))
		n++;
	return n;
}

static bool is(struct part p, const char *text)
{
	return p.len == strlen(text) && memcmp(p.s, text, p.len) == 0;
}

static bool has_prefix(struct part p, const char *prefix)
{
	size_t n = strlen(prefix);

	return p.len > n && memcmp(p.s, prefix, n) == 0;
}

static struct part strip_suffix(struct part p, const char *suffix)
{
	size_t n = strlen(suffix);

	if (p.len > n && memcmp(p.s + p.len - n, suffix, n) == 0)
		p.len -= n;
	return p;
}

static bool all_digits(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return len > 0;
}

/* ---- ids ---- */

/* Who puts the word before an id; NONE: it is the container's monitor, which runs on the host. */
static enum gyr_runtime word_runtime(struct part word)
{
	static const struct {
		const char *word;
		enum gyr_runtime runtime;
	} words[] = {
		{"docker", GYR_RUNTIME_DOCKER},	     {"cri-containerd", GYR_RUNTIME_CONTAINERD},
		{"nerdctl", GYR_RUNTIME_CONTAINERD}, {"containerd", GYR_RUNTIME_CONTAINERD},
		{"crio", GYR_RUNTIME_CRIO},	     {"crio-conmon", GYR_RUNTIME_NONE},
		{"libpod", GYR_RUNTIME_PODMAN},	     {"libpod-payload", GYR_RUNTIME_PODMAN},
		{"libpod-conmon", GYR_RUNTIME_NONE},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (is(word, words[i].word))
			return words[i].runtime;
	return GYR_RUNTIME_OTHER;
}

/* What is before the '-' or ':' before the id; of "a:b:ID" the b. */
static struct part word_before(struct part p, const char *id)
{
	struct part word = {p.s, id - 1 - p.s};
	const char *colon = id[-1] == ':' ? memrchr(word.s, ':', word.len) : NULL;

	if (colon) {
		word.len -= colon + 1 - word.s;
		word.s = colon + 1;
	}
	return word;
}

static void set_id(struct container *c, const char *id, size_t digits, enum gyr_runtime runtime)
{
	if (runtime == GYR_RUNTIME_NONE)
		return;
	memcpy(c->id, id, digits);
	c->id[digits] = '\0';
	c->hex = true;
	c->runtime = runtime;
}

/* The id within a component, the parent is the one before. */
static void find_hex(struct part p, struct part parent, struct container *c)
{
	const char *id;

	p = strip_suffix(p, ".scope");
	id = p.len > FULL_LEN ? p.s + p.len - FULL_LEN : p.s;
	if (p.len == FULL_LEN && hex_run(p.s, p.len) == FULL_LEN) {
		/* Beside podman's containers stand their monitors, below their pod's id. */
		if (!is(parent, "libpod_parent"))
			set_id(c, p.s, FULL_LEN, is(parent, "docker") ? GYR_RUNTIME_DOCKER : GYR_RUNTIME_OTHER);
	} else if (p.len > FULL_LEN && (id[-1] == '-' || id[-1] == ':') && hex_run(id, FULL_LEN) == FULL_LEN) {
		set_id(c, id, FULL_LEN, word_runtime(word_before(p, id)));
	} else if (p.len > ECS_LEN + 1 && p.s[ECS_LEN] == '-' && hex_run(p.s, ECS_LEN) == ECS_LEN &&
		   all_digits(p.s + ECS_LEN + 1, p.len - ECS_LEN - 1)) {
		set_id(c, p.s, ECS_LEN, GYR_RUNTIME_ECS);
	}
}

/* ---- names ---- */

static int hex_digit(char c)
{
	if (!is_hex(c))
		return -1;
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* systemd writes what is special in a unit's name as \xNN. */
static void set_name(struct container *c, const char *s, size_t len, enum gyr_runtime runtime)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < CONTAINER_ROOM - 1; i++) {
		bool escaped = i + 3 < len && s[i] == '\\' && s[i + 1] == 'x';
		int high = escaped ? hex_digit(s[i + 2]) : -1;
		int low = escaped ? hex_digit(s[i + 3]) : -1;

		if (high >= 0 && low >= 0 && (high || low)) {
			c->id[n++] = (char)(high << 4 | low);
			i += 3;
		} else {
			c->id[n++] = s[i];
		}
	}
	c->id[n] = '\0';
	c->runtime = runtime;
}

/* The name of an lxc or nspawn container in one component; the parent is the one before. */
static void find_name(struct part p, struct part parent, struct container *c)
{
	static const struct {
		const char *prefix;
		enum gyr_runtime runtime;
	} prefixes[] = {
		{"lxc.payload.", GYR_RUNTIME_LXC},
		{"systemd-nspawn@", GYR_RUNTIME_NSPAWN},
		{"machine-", GYR_RUNTIME_NSPAWN},
	};
	struct part bare = strip_suffix(strip_suffix(p, ".scope"), ".service");

	if (p.len && (is(parent, "lxc") || is(parent, "lxc.payload"))) {
		set_name(c, p.s, p.len, GYR_RUNTIME_LXC);
		return;
	}
	/* Virtual machines are machines too; slices hold machines, and are none. */
	if (has_prefix(p, "machine-qemu") || strip_suffix(p, ".slice").len != p.len)
		return;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t n = strlen(prefixes[i].prefix);

		if (!has_prefix(bare, prefixes[i].prefix))
			continue;
		/* libvirt has containers of its own kind. */
		set_name(c, p.s + n, bare.len - n,
			 has_prefix(p, "machine-lxc\\x2d") ? GYR_RUNTIME_LXC : prefixes[i].runtime);
		return;
	}
}

/* ---- pods ---- */

/* How long the uid at s is, 0 for none; out is as kubernetes writes it: systemd's names have no room for a dash. */
static size_t pod_uid(const char *s, size_t len, char out[POD_ROOM])
{
	size_t run = hex_run(s, len);

	if (run == POD_PLAIN) {
		memcpy(out, s, POD_PLAIN);
		out[POD_PLAIN] = '\0';
		return POD_PLAIN;
	}
	if (len < POD_UUID)
		return 0;
	for (size_t i = 0; i < POD_UUID; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' && s[i] != '_' : !is_hex(s[i]))
			return 0;
	}
	memcpy(out, s, POD_UUID);
	out[8] = out[13] = out[18] = out[23] = '-';
	out[POD_UUID] = '\0';
	return POD_UUID;
}

/* "podUID", "kubepods-burstable-podUID.slice", "kubepods-podUID.slice:cri-containerd:ID" */
static bool find_pod(struct part p, char out[POD_ROOM])
{
	char uid[POD_ROOM];

	for (size_t i = 0; i + 3 < p.len; i++) {
		struct part rest = {p.s + i + 3, p.len - i - 3};
		size_t n;

		if (memcmp(p.s + i, "pod", 3) != 0 || (i && p.s[i - 1] != '-'))
			continue;
		n = pod_uid(rest.s, rest.len, uid);
		rest.s += n;
		rest.len -= n;
		if (n && (rest.len == 0 || is(rest, ".slice") || has_prefix(rest, ".slice:"))) {
			memcpy(out, uid, sizeof(uid));
			return true;
		}
	}
	return false;
}

/* ---- the path ---- */

static struct part part_before(const char *path, const char *end)
{
	struct part p = {end, 0};

	while (p.s > path && p.s[-1] != '/')
		p.s--;
	p.len = end - p.s;
	return p;
}

/* Of an id that stands alone: what the cgroup around it tells. */
static void find_runtime(struct part p, bool pod, struct container *c)
{
	if (is(p, "ecs"))
		c->runtime = GYR_RUNTIME_ECS;
	else if (pod || memmem(p.s, p.len, "kubepods", 8))
		c->runtime = GYR_RUNTIME_KUBERNETES;
}

void container_parse(const char *path, size_t len, struct container *c)
{
	struct part p, parent = part_before(path, path + len);
	bool more = true;

	c->id[0] = c->pod[0] = '\0';
	c->hex = false;
	c->runtime = GYR_RUNTIME_NONE;
	/* From the innermost: a container may have cgroups of its own below, and containers within. */
	while (more) {
		bool pod;

		p = parent;
		more = p.s > path;
		parent = more ? part_before(path, p.s - 1) : (struct part){path, 0};
		if (!c->runtime)
			find_hex(p, parent, c);
		if (!c->runtime)
			find_name(p, parent, c);
		pod = !c->pod[0] && find_pod(p, c->pod);
		if (c->runtime == GYR_RUNTIME_OTHER)
			find_runtime(p, pod, c);
	}
}

bool container_full_id(const char *path, size_t len, char out[CONTAINER_ROOM])
{
	struct container c;

	container_parse(path, len, &c);
	memcpy(out, c.id, sizeof(c.id));
	return c.hex;
}

void container_short_id(struct container *c)
{
	if (c->hex)
		c->id[ID_LEN] = '\0';
}

void container_id(const char *path, size_t len, char out[CONTAINER_ROOM])
{
	struct container c;

	container_parse(path, len, &c);
	container_short_id(&c);
	memcpy(out, c.id, sizeof(c.id));
}
