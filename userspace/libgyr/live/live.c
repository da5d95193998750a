// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The live source: the rings merged by time. The merge is exact. A ring that has nothing to read still bounds what is
 * to come from its CPU, because the batch that the driver has not sent yet, and whether a frame is being built, are
 * visible in the mmapped struct gyr_cpu. A frame is handed out when no other CPU can have an older one.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "features.h"
#include "heap.h"
#include "hotplug.h"
#include "iterate.h"
#include "lists.h"
#include "probe.h"
#include "rights.h"
#include "ring.h"

#define DELAY_MS_DFLT 50
/* How long a store of the driver may stay unseen by us: store buffers drain in well under this. */
#define VISIBLE_NS 10000
/* After a failure to open a ring. */
#define REOPEN_GAP_NS (100 * NSEC_PER_MSEC)
/* A CPU is interrupted for its batch at most this often. */
#define FLUSH_GAP_NS NSEC_PER_MSEC
/* Unless the kernel tells, which CPUs are online is looked at this often, and with nothing to read at every tick. */
#define WATCH_GAP_NS (5 * NSEC_PER_MSEC)

/* A ring dies when its CPU goes offline. It is read to its end before the one that was opened when the CPU was back. */
struct cpu_rings {
	struct ring pair[2];
	struct ring *read, *write; /* two, while the first is read to its end */
	bool online;		   /* as told to the consumer */
	bool wants_ring;
	bool was_away;	 /* with wants_ring: which the consumer is not told yet */
	bool batch_read; /* after the stop: the CPU's batch has been taken as the last record */
	uint64_t bound;	 /* none older than this is to come, but for those in the heap */
	uint64_t flushed_at;
};

struct live {
	struct source src; /* first: the interface's pointer is ours */
	struct gyr_diag *diag;
	struct probe probe;
	struct gyr_live_opts opts; /* the paths, which are ours */
	struct cpu_rings *cpus;	   /* [ncpus] */
	struct hotplug hotplug;
	struct ring_heap heap;
	struct ring *current; /* handed out by the last call */
	uint64_t horizon;     /* frames up to here may be handed out */
	uint64_t delay_ns;
	size_t ring_bytes;
	int epfd, timer;
	bool stopped;
	int err;	    /* to be returned by the next call: the capture cannot go on as it is */
	uint64_t missed;    /* as the kernel last told */
	uint64_t watch_at;  /* the next look at which CPUs are online */
	uint64_t reopen_at; /* no ring is opened before */
	uint64_t bad, rings_opened;
};

static uint64_t now_ns(const struct live *l)
{
	return clock_ns(CLOCK_BOOTTIME) + l->probe.set->boot_ns;
}

/* CLOCK_REALTIME - CLOCK_BOOTTIME, from the closest of a few readings. */
static uint64_t boot_offset(void)
{
	uint64_t best = UINT64_MAX, offset = 0;
	int i;

	for (i = 0; i < 10; i++) {
		uint64_t before = clock_ns(CLOCK_BOOTTIME);
		uint64_t real = clock_ns(CLOCK_REALTIME);
		uint64_t after = clock_ns(CLOCK_BOOTTIME);

		if (after - before < best) {
			best = after - before;
			offset = real - before - (after - before) / 2;
		}
	}
	return offset;
}

/* ---- rings that come and go ---- */

/*
 * Opens a ring for the CPU, which has none or a dead one. `ring` is counted up last: a program that has read the new
 * number, and then is told that there is no ring, speaks of this one.
 */
static int open_cpu_ring(struct live *l, int cpu)
{
	struct epoll_event ev = {.events = EPOLLIN};
	struct cpu_rings *c = &l->cpus[cpu];
	struct gyr_cpu *shared = &l->probe.cpus[cpu];
	/* With no ring there may be frames to read, too, of a batch that was taken. */
	bool fresh = c->read->fd < 0 && !c->read->in_heap && !c->read->pos;
	struct ring *r = fresh ? c->read : &c->pair[c->read == &c->pair[0]];
	int err;

	err = ring_open(r, cpu, l->ring_bytes, l->ring_bytes / 8);
	if (!err && (epoll_ctl(l->epfd, EPOLL_CTL_ADD, r->fd, &ev) ||
		     bpf_map_update_elem(l->probe.rings_fd, &cpu, &r->fd, BPF_ANY))) {
		err = -errno;
		ring_close(r);
	}
	if (!err)
		c->write = r;
	if (!err || err == -ENODEV)
		__atomic_store_n(&shared->ring, shared->ring + 1, __ATOMIC_SEQ_CST);
	return err;
}

/* True when it is done; else it is tried again at the next look. */
static bool reopen_cpu_ring(struct live *l, int cpu)
{
	struct cpu_rings *c = &l->cpus[cpu];
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	int err;

	if (now < l->reopen_at || c->read != c->write)
		return false; /* the latter: offline twice before the first ring was read to its end */
	err = open_cpu_ring(l, cpu);
	if (!err) {
		l->rings_opened++;
		diag_log(l->diag, GYR_LOG_INFO, "CPU %d came online: opened a ring for it", cpu);
	} else if (err != -ENODEV) { /* perf's part of the CPU comes later than the CPU, and goes earlier */
		l->err = diag_error(l->diag, err, "cannot open a ring for CPU %d, which came online: %s", cpu,
				    strerror(-err));
		l->reopen_at = now + REOPEN_GAP_NS;
	}
	return !err;
}

/* The driver found no ring on this CPU, or one that died when the CPU went offline. */
static bool misses_ring(const struct live *l, int cpu)
{
	const struct gyr_cpu *c = &l->probe.cpus[cpu];

	return __atomic_load_n(&c->no_ring, __ATOMIC_RELAXED) == __atomic_load_n(&c->ring, __ATOMIC_RELAXED);
}

/*
 * Rings are opened as soon as their CPUs are seen to be online. A CPU that was away between two looks only is known by
 * what the driver says; but so it is, too, while it is about to go, when no ring can be opened any more.
 */
static void watch_cpu(struct live *l, int cpu, uint64_t now)
{
	struct cpu_rings *c = &l->cpus[cpu];
	bool online = l->hotplug.online[cpu];

	if (online != c->online) {
		hotplug_note(&l->hotplug, now, cpu, online ? CPU_CAME : CPU_WENT);
		c->online = c->wants_ring = online;
		c->was_away = false;
	} else if (online && !c->wants_ring && misses_ring(l, cpu)) {
		c->wants_ring = c->was_away = true;
	}
	if (!c->wants_ring || !reopen_cpu_ring(l, cpu))
		return;
	if (c->was_away) {
		hotplug_note(&l->hotplug, now, cpu, CPU_WENT);
		hotplug_note(&l->hotplug, now, cpu, CPU_CAME);
	}
	c->wants_ring = c->was_away = false;
}

static void watch_cpus(struct live *l, uint64_t now)
{
	int cpu;

	l->watch_at = now + WATCH_GAP_NS;
	hotplug_look(&l->hotplug);
	for (cpu = 0; cpu < l->probe.ncpus; cpu++)
		watch_cpu(l, cpu, now);
}

/* ---- the merge ---- */

/* The next frame of the CPU's rings, in their order. */
static bool fill_cpu(struct live *l, struct cpu_rings *c)
{
	while (!ring_fill(c->read, &l->bad)) {
		if (c->read == c->write)
			return false;
		c->write->records += c->read->records;
		ring_close(c->read);
		c->read = c->write;
	}
	return true;
}

/* Everything is quiet: what a batch still holds is read from it as if it had been sent. */
static bool read_batch(struct live *l, struct cpu_rings *c, const struct gyr_cpu *shared)
{
	if (c->batch_read || !shared->len)
		return false;
	c->batch_read = true;
	ring_append(c->read, shared->data, shared->len);
	return ring_fill(c->read, &l->bad);
}

/* No frame of the batch is older: the tag is in the time's low bits. */
static uint64_t batch_bound(uint64_t first_ts)
{
	return first_ts & ~(uint64_t)GYR_TS_TAG;
}

/*
 * What the driver's state says about frames of a CPU whose rings have been read to their end: none older than this is
 * to come. `now` was taken before.
 *
 * The word is one store of the driver and one load here, so its parts belong together, whatever the machine does to the
 * order of stores. What is in other words may be seen too late or, where stores are not seen in order (arm64), too
 * early, and nothing is concluded from it unless it fits the word:
 * - Another number of records than was read: one is on its way into the ring. Then as before.
 * - Frames in the batch: none is older than its first. first_ts, read before the word, may be that of an older batch,
 *   which only delays, or that of the next one, which its tag tells (perf has a write barrier in every record, so it
 *   cannot be ahead by two).
 * - A frame being built is younger than all that the CPU has made known, but its time is not known. Then as before.
 * - Nothing of all that: what is to come sets `busy` first, and takes its time after, which is after now.
 */
static uint64_t cpu_bound(const struct cpu_rings *c, const struct gyr_cpu *shared, uint64_t now)
{
	uint64_t first_ts = __atomic_load_n(&shared->first_ts, __ATOMIC_ACQUIRE);
	uint64_t word = __atomic_load_n(&shared->word, __ATOMIC_ACQUIRE);
	uint16_t sent = GYR_WORD_SENT(word);

	if (sent != c->read->records)
		return c->bound;
	if (GYR_WORD_LEN(word))
		return (first_ts & GYR_TS_TAG) == (sent & GYR_TS_TAG) ? batch_bound(first_ts) : c->bound;
	return GYR_WORD_BUSY(word) ? c->bound : now;
}

static void refresh_cpu(struct live *l, int cpu, uint64_t now)
{
	const struct gyr_cpu *shared = &l->probe.cpus[cpu];
	struct cpu_rings *c = &l->cpus[cpu];

	if (fill_cpu(l, c) || (l->stopped && read_batch(l, c, shared)))
		heap_push(&l->heap, c->read);
	else
		c->bound = l->stopped ? UINT64_MAX : cpu_bound(c, shared, now);
}

static struct ring *oldest(const struct live *l)
{
	return l->heap.n ? l->heap.rings[0] : NULL;
}

/* Only the CPUs that hold the oldest frame up are looked at: their state is in cache lines that they write all the
 * time. */
static void refresh(struct live *l)
{
	uint64_t now = now_ns(l);
	uint64_t horizon = UINT64_MAX;
	int cpu;

	if (!l->stopped && now >= l->watch_at)
		watch_cpus(l, now);
	for (cpu = 0; cpu < l->probe.ncpus; cpu++) {
		struct cpu_rings *c = &l->cpus[cpu];
		const struct ring *top = oldest(l);

		if (c->read->in_heap)
			continue;
		if (!top || c->bound < top->ts) {
			if (c->online && !c->wants_ring && misses_ring(l, cpu))
				watch_cpus(l, now);
			refresh_cpu(l, cpu, now - VISIBLE_NS);
		}
		if (!c->read->in_heap && c->bound < horizon)
			horizon = c->bound;
	}
	/* Last, because notes are made above, and frames that came meanwhile are younger. */
	if (!l->hotplug.ring.in_heap && hotplug_fill(&l->hotplug))
		heap_push(&l->heap, &l->hotplug.ring);
	l->horizon = horizon;
}

/*
 * Asks the CPU for its batch. -ENXIO: it is offline. Where programs cannot be run on request, the list of CPUs tells
 * that as well: it is of the mask that the kernel looks at for such a request.
 */
static int ask_cpu(struct live *l, int cpu)
{
	if (l->probe.lost & FEATURE_BIT(GYR_FEATURE_RUN_ON_CPU))
		return hotplug_offline(&l->hotplug, cpu) ? -ENXIO : -EOPNOTSUPP;
	return probe_flush_cpu(&l->probe, cpu);
}

/*
 * A CPU that went offline cannot be asked for its batch, and all that is younger would wait until it is back. So the
 * batch is taken from memory. The CPU may come back meanwhile: the claim makes its programs keep off (and count what
 * they cannot build), and when it is still offline after the claim, none is past its look at `busy`.
 */
static bool take_offline_batch(struct live *l, int cpu)
{
	struct gyr_cpu *shared = &l->probe.cpus[cpu];
	struct cpu_rings *c = &l->cpus[cpu];
	uint64_t word = __atomic_load_n(&shared->word, __ATOMIC_ACQUIRE);
	uint64_t claimed = word | (uint64_t)GYR_BUSY_READER << 32;
	bool taken = false;

	if (c->read->in_heap)
		return false; /* frames before it are to be read first */
	if (GYR_WORD_BUSY(word) ||
	    !__atomic_compare_exchange_n(&shared->word, &word, claimed, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return false;
	if (ask_cpu(l, cpu) == -ENXIO) {
		if (fill_cpu(l, c)) {
			taken = true;
		} else if (ring_append_copy(c->read, shared->data, GYR_WORD_LEN(word))) {
			shared->flush_at = 0;
			word -= GYR_WORD_LEN(word);
			taken = true;
		}
	}
	__atomic_compare_exchange_n(&shared->word, &claimed, word, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return taken;
}

/* Asks the CPUs whose batch is older than `than` for it. True when one may have answered. */
static bool flush_older(struct live *l, uint64_t than, uint64_t now)
{
	bool flushed = false;
	int cpu;

	for (cpu = 0; cpu < l->probe.ncpus; cpu++) {
		const struct gyr_cpu *shared = &l->probe.cpus[cpu];
		struct cpu_rings *c = &l->cpus[cpu];

		if (!__atomic_load_n(&shared->len, __ATOMIC_ACQUIRE) ||
		    batch_bound(__atomic_load_n(&shared->first_ts, __ATOMIC_RELAXED)) > than ||
		    now - c->flushed_at < FLUSH_GAP_NS)
			continue;
		c->flushed_at = now;
		switch (ask_cpu(l, cpu)) {
		case 0:
			flushed = true;
			break;
		case -ENXIO: /* offline */
			flushed |= take_offline_batch(l, cpu);
			break;
		case -EPERM: /* bpf(2) asks for CAP_BPF anew each time */
			l->err = diag_error(l->diag, -EPERM,
					    "not permitted any more to ask CPU %d for its events: keep CAP_BPF and "
					    "CAP_PERFMON while the capture is open",
					    cpu);
			break;
		}
	}
	return flushed;
}

/* True when the heap's first frame may be handed out. */
static bool ready(struct live *l)
{
	struct ring *top = oldest(l);
	uint64_t now;

	if (top && top->ts <= l->horizon)
		return true;
	refresh(l);
	top = oldest(l);
	if (top && top->ts <= l->horizon)
		return true;
	if (l->stopped)
		return false;
	now = now_ns(l);
	if (!flush_older(l, top ? top->ts : now - l->delay_ns / 2, now))
		return false;
	refresh(l);
	top = oldest(l);
	return top && top->ts <= l->horizon;
}

/* What else than frames there is to do; taken, or the epoll would stay readable. */
static bool take_tick(struct live *l)
{
	uint64_t ticks;
	bool ticked = read(l->timer, &ticks, sizeof(ticks)) == sizeof(ticks);
	bool told = hotplug_told(&l->hotplug);

	if (told)
		l->watch_at = 0;
	return ticked || told;
}

/* Sleeps until a ring has much to read, the timer of half the delay ticks, or the time is up: 1, 0 or a negative errno.
 */
static int wait_events(struct live *l, int timeout_ms)
{
	struct epoll_event evs[16];
	int n;

	/* A frame that waits for another CPU's batch waits no longer than that CPU may be asked. */
	if (oldest(l) && (timeout_ms < 0 || timeout_ms > 1))
		timeout_ms = 1;
	n = epoll_wait(l->epfd, evs, 16, timeout_ms);
	if (n < 0)
		return -errno;
	if (n > 0)
		take_tick(l);
	return n > 0;
}

static void step(struct live *l)
{
	struct ring *r = l->current;

	l->current = NULL;
	if (!r)
		return;
	ring_step(r);
	/* Only within the record: the next one is taken by refresh, with a look at the CPU's bound. */
	if ((size_t)(r->end - r->pos) >= GYR_FRAME_HDR && ring_fill(r, &l->bad)) {
		heap_sift_down(&l->heap);
		return;
	}
	heap_pop(&l->heap);
	l->horizon = 0;
}

static void take_frame(const struct ring *r, struct frame_ref *out)
{
	const uint8_t *rider;

	out->data = r->pos;
	out->len = ring_frame_len(r);
	rider = r->pos + out->len;
	out->cpu = r->cpu;
	out->marks = ring_frame_marks(r);
	out->latency = 0;
	out->cut = 0;
	out->context = NULL;
	if (out->marks & GYR_FRAME_CONTEXT) {
		size_t len = ring_context_len(r);

		out->context = len ? rider : NULL;
		rider += len;
	}
	if (out->marks & GYR_FRAME_LATENCY) {
		memcpy(&out->latency, rider, sizeof(out->latency));
		rider += sizeof(out->latency);
	}
	if (out->marks & GYR_FRAME_CUT)
		memcpy(&out->cut, rider, sizeof(out->cut));
}

static int live_next(struct source *s, struct frame_ref *out, int timeout_ms)
{
	struct live *l = (struct live *)s;
	uint64_t deadline = 0;
	struct ring *r;

	step(l);
	if (timeout_ms > 0)
		deadline = clock_ns(CLOCK_MONOTONIC) / NSEC_PER_MSEC + (uint64_t)timeout_ms;
	while (!ready(l)) {
		int left = timeout_ms;
		int err;

		if (l->err) {
			err = l->err;
			l->err = 0;
			return err;
		}
		if (l->stopped)
			return 0;
		if (timeout_ms == 0) {
			if (take_tick(l))
				continue;
			return 0;
		}
		if (timeout_ms > 0) {
			uint64_t now = clock_ns(CLOCK_MONOTONIC) / NSEC_PER_MSEC;

			if (now >= deadline)
				return 0;
			left = (int)(deadline - now);
		}
		err = wait_events(l, left);
		if (err < 0)
			return err;
	}
	r = oldest(l);
	l->current = r;
	take_frame(r, out);
	return 1;
}

/* ---- the rest of the interface ---- */

/* Much longer than a program runs. */
#define RUN_US 20000

/*
 * After this no program of ours is running that was before: membarrier's global command is a grace period of RCU. With
 * nohz_full CPUs the kernel has no such command; then a program that is past its look at `interest` but not at `busy`
 * yet may leave a frame that is counted as pending, if it takes longer than it should.
 */
static void wait_quiet(const struct live *l)
{
	int cpu, tries;

	if (!syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		return;
	usleep(RUN_US);
	for (cpu = 0; cpu < l->probe.ncpus; cpu++)
		for (tries = 0; tries < 10000 && __atomic_load_n(&l->probe.cpus[cpu].busy, __ATOMIC_ACQUIRE); tries++)
			sched_yield();
}

static int live_stop(struct source *s)
{
	struct live *l = (struct live *)s;

	if (l->stopped)
		return 0;
	probe_detach(&l->probe);
	wait_quiet(l);
	l->stopped = true;
	l->horizon = 0;
	return 0;
}

static int live_stats(struct source *s, struct gyr_stats *out)
{
	struct live *l = (struct live *)s;
	uint64_t missed = probe_missed(&l->probe);
	int cpu;

	out->lost_busy += missed;
	out->produced += missed;
	for (cpu = 0; cpu < l->probe.ncpus; cpu++) {
		const volatile struct gyr_cpu *c = &l->probe.cpus[cpu];

		/* Losses first: a frame that is lost between the reads is pending then, never less than nothing. */
		out->lost_ring_full += c->lost_ring_full;
		out->lost_no_ring += c->lost_no_ring;
		out->lost_bug += c->lost_bug;
		out->lost_error += c->lost_error;
		out->lost_busy += c->lost_busy;
		out->user_faults += c->user_faults;
		out->compat += c->compat;
		out->unknown += c->unknown;
		out->sampled_out += c->sampled_out;
		out->produced += c->begun + c->lost_busy;
	}
	out->lost_bug += l->bad;
	out->produced += l->hotplug.noted;
	out->lost_ring_full += l->hotplug.lost;
	out->rings_opened = l->rings_opened;
	return 0;
}

static uint64_t live_lost(struct source *s, bool whole)
{
	struct live *l = (struct live *)s;
	uint64_t lost;
	int cpu;

	if (whole)
		l->missed = probe_missed(&l->probe);
	lost = l->bad + l->hotplug.lost + l->missed;
	for (cpu = 0; cpu < l->probe.ncpus; cpu++) {
		const volatile struct gyr_cpu *c = &l->probe.cpus[cpu];

		lost += c->lost_ring_full + c->lost_no_ring + c->lost_bug + c->lost_error + c->lost_busy;
	}
	return lost;
}

static uint64_t live_now(const struct source *s)
{
	return now_ns((const struct live *)s);
}

static uint64_t live_read_to(const struct source *s)
{
	return ((const struct live *)s)->horizon;
}

/* One store switches. What it replaced is written anew only when no program looks at it any more. */
static int live_filter(struct source *s, struct filter *f, struct takeover *t)
{
	struct live *l = (struct live *)s;
	uint32_t now = l->probe.set->now, next = !now;
	uint64_t lost = l->src.lost;
	int err;

	if (l->stopped)
		return diag_error(l->diag, -EINVAL, "the capture was stopped, and cannot be changed any more");
	err = probe_load_more(&l->probe, &l->opts, f, l->diag);
	if (!err)
		err = lists_prepare(&l->probe, f, next, l->diag);
	if (err) {
		lists_clear(&l->probe, next);
		return err;
	}
	t->from = now_ns(l);
	__atomic_store_n(&l->probe.set->now, next, __ATOMIC_SEQ_CST);
	wait_quiet(l);
	t->sure = now_ns(l);
	lists_clear(&l->probe, now);
	lists_unfollow(&l->probe, f);
	probe_detach_unwanted(&l->probe, f);
	l->src.lost = features_tell(&l->probe, lost, l->diag);
	return 0;
}

static int live_see(struct source *s, enum seen_by by, seen_fn fn, void *ctx)
{
	return iterate(&((struct live *)s)->probe, by, fn, ctx);
}

static int live_poll_fd(struct source *s)
{
	return ((struct live *)s)->epfd;
}

static void live_wake(struct source *s)
{
	struct live *l = (struct live *)s;
	struct itimerspec tick;

	if (timerfd_gettime(l->timer, &tick))
		return;
	tick.it_value = (struct timespec){.tv_nsec = 1};
	timerfd_settime(l->timer, 0, &tick, NULL);
}

static void live_close(struct source *s)
{
	struct live *l = (struct live *)s;
	int cpu;

	/* Before the probe, which knows how many there are. */
	for (cpu = 0; l->cpus && cpu < l->probe.ncpus; cpu++) {
		ring_close(&l->cpus[cpu].pair[0]);
		ring_close(&l->cpus[cpu].pair[1]);
	}
	probe_close(&l->probe);
	if (l->epfd >= 0)
		close(l->epfd);
	if (l->timer >= 0)
		close(l->timer);
	hotplug_close(&l->hotplug);
	free((char *)l->opts.probe);
	free((char *)l->opts.btf);
	free(l->heap.rings);
	free(l->cpus);
	free(l);
}

static const struct source_ops live_ops = {
	.next = live_next,
	.stop = live_stop,
	.stats = live_stats,
	.lost = live_lost,
	.filter = live_filter,
	.now = live_now,
	.read_to = live_read_to,
	.see = live_see,
	.poll_fd = live_poll_fd,
	.wake = live_wake,
	.close = live_close,
};

static size_t ring_size(size_t want)
{
	size_t size = RING_BYTES_MIN;

	if (!want)
		want = RING_BYTES_DFLT;
	while (size < want)
		size <<= 1;
	return size;
}

/* Before anything is told in terms of process ids: are ours those of the events? */
static int find_self(struct live *l)
{
	int err = probe_whoami(&l->probe);

	if (err)
		return diag_error(l->diag, err, "the kernel does not run the probe's programs on request: %s",
				  strerror(-err));
	l->src.local_ids = l->probe.local_ids;
	return 0;
}

static void write_settings(struct live *l, const struct gyr_live_opts *opts)
{
	struct gyr_settings *set = l->probe.set;
	bool one_by_one;
	size_t i;

	set->boot_ns = boot_offset();
	set->page_kib = (uint32_t)sysconf(_SC_PAGESIZE) / 1024;
	set->delay_ns = l->delay_ns;
	/* A batch that nobody can ask for could wait for ever. */
	one_by_one = opts->delay_ms < 0 || l->probe.lost & FEATURE_BIT(GYR_FEATURE_RUN_ON_CPU);
	set->batch_bytes = one_by_one ? 0 : GYR_BATCH_BYTES;
	for (i = 0; i < (size_t)l->probe.ncpus; i++)
		l->probe.cpus[i].flush_at = set->batch_bytes;
}

static int ring_error(struct live *l, int cpu, int err)
{
	char advice[256];

	switch (err) {
	case -EACCES:
		return diag_error(l->diag, err, "not permitted to open perf rings: %s",
				  rights_advice_perf(advice, sizeof(advice)));
	case -EPERM:
		return diag_error(l->diag, err,
				  "a ring of %zu bytes for CPU %d is more than may be locked in memory: run with "
				  "CAP_IPC_LOCK, or with smaller rings (gyr tail --buffer 128K)",
				  l->ring_bytes, cpu);
	default:
		return diag_error(l->diag, err,
				  "cannot open the perf ring of CPU %d (%zu bytes): %s; a smaller buffer may help", cpu,
				  l->ring_bytes, strerror(-err));
	}
}

static int open_rings(struct live *l)
{
	struct itimerspec tick = {.it_interval.tv_nsec = 1};
	struct epoll_event ev = {.events = EPOLLIN};
	int opened = 0, err = 0, cpu;

	for (cpu = 0; cpu < l->probe.ncpus; cpu++) {
		err = open_cpu_ring(l, cpu);
		l->cpus[cpu].online = !err;
		if (!err)
			opened++;
		else if (err != -ENODEV) /* offline: it gets its ring when it comes */
			break;
	}
	if (!opened || (err && err != -ENODEV))
		return ring_error(l, cpu, err);
	tick.it_interval.tv_sec = (time_t)(l->delay_ns / 2 / NSEC_PER_SEC);
	tick.it_interval.tv_nsec = (long)(l->delay_ns / 2 % NSEC_PER_SEC);
	tick.it_value = tick.it_interval;
	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->timer < 0 || timerfd_settime(l->timer, 0, &tick, NULL) ||
	    epoll_ctl(l->epfd, EPOLL_CTL_ADD, l->timer, &ev) ||
	    (l->hotplug.uevents >= 0 && epoll_ctl(l->epfd, EPOLL_CTL_ADD, l->hotplug.uevents, &ev)))
		return diag_error(l->diag, -errno, "cannot set up a timer: %s", strerror(errno));
	return 0;
}

static int alloc_rings(struct live *l)
{
	int cpu;

	l->cpus = calloc((size_t)l->probe.ncpus, sizeof(*l->cpus));
	l->heap.rings = calloc((size_t)l->probe.ncpus + 1, sizeof(*l->heap.rings)); /* one: the hotplug's */
	for (cpu = 0; l->cpus && cpu < l->probe.ncpus; cpu++) {
		struct cpu_rings *c = &l->cpus[cpu];

		ring_init(&c->pair[0], cpu);
		ring_init(&c->pair[1], cpu);
		c->read = c->write = &c->pair[0];
	}
	return l->cpus && l->heap.rings ? hotplug_open(&l->hotplug, l->probe.ncpus) : -ENOMEM;
}

/* For programs that are loaded later. */
static int keep_paths(struct live *l, const struct gyr_live_opts *opts)
{
	l->opts.probe = opts->probe ? strdup(opts->probe) : NULL;
	l->opts.btf = opts->btf ? strdup(opts->btf) : NULL;
	if ((opts->probe && !l->opts.probe) || (opts->btf && !l->opts.btf))
		return diag_error(l->diag, -ENOMEM, "no memory");
	return 0;
}

int live_open(const struct gyr_live_opts *opts, struct filter *f, struct gyr_diag *d, struct source **out)
{
	struct live *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return diag_error(d, -ENOMEM, "no memory");
	l->src.ops = &live_ops;
	l->diag = d;
	l->timer = -1;
	l->hotplug.fd = l->hotplug.uevents = -1;
	l->delay_ns = (opts->delay_ms > 0 ? (uint64_t)opts->delay_ms : DELAY_MS_DFLT) * NSEC_PER_MSEC;
	l->ring_bytes = ring_size(opts->ring_bytes);
	l->epfd = epoll_create1(EPOLL_CLOEXEC);
	err = l->epfd < 0 ? diag_error(d, -errno, "cannot create an epoll: %s", strerror(errno)) : 0;
	if (!err)
		err = keep_paths(l, opts);
	if (!err)
		err = probe_load(&l->probe, opts, f, d);
	if (!err) {
		err = alloc_rings(l);
		if (err)
			diag_error(d, err, "cannot set up for the CPUs (is /sys mounted?): %s", strerror(-err));
	}
	if (!err)
		err = open_rings(l);
	if (!err)
		err = find_self(l);
	if (!err) {
		write_settings(l, opts);
		err = lists_prepare(&l->probe, f, 0, d);
	}
	if (err) {
		live_close(&l->src);
		return err;
	}
	l->src.lost = features_tell(&l->probe, 0, d);
	*out = &l->src;
	return 0;
}
