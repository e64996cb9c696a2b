/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated core for the l1d benchmarks: L1D and L2 behind the primitives of
 * flush_lines.h. The cache level of a line decides how long its load takes, and this drives the
 * stamps. It counts the lines that a probe met in the L1D, so that a test knows the truth.
 * Faults make it a core whose probe cannot be trusted. Include it after cmocka.h and given.h.
 */
#ifndef TB_TEST_SIM_CORE_H
#define TB_TEST_SIM_CORE_H

#include "loop_trace.h"
#include "sim_cache.h"

/* Cycles of a stamp, and of a load from each level, alone or one of many. */
enum {
	SIM_STAMP = 15,
	SIM_L1 = 5,
	SIM_L2 = 15,
	SIM_L3 = 50,
	SIM_DRAM = 200,
	SIM_L1_MANY = 1,
	SIM_L2_MANY = 3,
	SIM_L3_MANY = 20,
	SIM_DRAM_MANY = 60,
	SIM_CLFLUSH = 2,
	SIM_UNTRAINED = 40, /* a chain in an order that was not walked before */
	SIM_UNSETTLED = 10  /* the first load of a probe that no chain went before, after a sweep */
};

enum {
	SIM_L1D_BYTES = 16 << 10,
	SIM_L1D_WAYS = 4,
	SIM_L2_BYTES = 256 << 10,
	SIM_DROPS = 9,	    /* each ninth prefetch after a fence is dropped */
	SIM_EVICTED = 4096, /* lines that were sent to memory, at most */
	SIM_TRACES = 64,
	SIM_WINDOWS = 256,
	SIM_PROBES = 4096
};

struct sim_known {
	void (*run)(void *, unsigned long);
	unsigned long bytes;
	bool follows; /* what is in memory: only the number of its steps is known */
	unsigned int n;
	struct loop_step *step;
};

struct sim_core {
	const struct tb_trial *trial; /* what is not in its areas is the zero page */
	struct sim_cache l1d, l2;
	uint64_t now;
	bool open;	       /* a window is */
	unsigned int unfenced; /* accesses since the last fence */
	bool loading;	       /* so, by others than a chain */
	bool settled, swept;
	unsigned int prefetches;
	uint64_t trained;
	void *page_line; /* where the last probe of a page began */
	uint64_t evicted[SIM_EVICTED];
	unsigned int n_evicted;
	char *zero; /* the last access outside of the areas */

	/* Of each probe of a page: the lines that it found. */
	unsigned int probes, found[SIM_PROBES];
	uint64_t places; /* of those, of the last one, by their turn in the chain */
	unsigned int accesses[TB_GIVEN_PREFETCHT1 + 1];
	unsigned int page_reads; /* of 4 KiB, in no window */
	/* Loops in a window, the last SIM_WINDOWS of them. */
	unsigned int windows;
	struct {
		void *at;
		unsigned long bytes;
	} window[SIM_WINDOWS];

	/* Faults: 0 is a core that can be trusted. */
	unsigned int leave;	   /* a run in a window leaves so many of the probed lines */
	unsigned int sweep_leaves; /* so does a sweep on top of it */
	unsigned int deaf_beyond;  /* hits beyond so many in a chain take as long as L2 */
	bool deaf_to_one;	   /* so does a hit that is alone */
	unsigned int victim_loses; /* so many lines of each page of the victim are never fetched */
	bool zero_pages;	   /* the zero buffer has pages of its own */
	bool prefetch_to_l1;	   /* PREFETCHT1 fetches into the L1D */
};

static struct sim_core sim;
/* Loops of this program do not change from one launch to the next. */
static struct sim_known sim_traces[SIM_TRACES];
static unsigned int sim_n_traces;

static inline bool sim_in_areas(const char *at)
{
	for (unsigned int i = 0; i < sim.trial->areas; i++) {
		const char *area = sim.trial->area[i].at;

		if (at >= area && at < area + sim.trial->area[i].bytes)
			return true;
	}
	return false;
}

static inline uint64_t sim_line(char *at)
{
	if (sim_in_areas(at))
		return (uintptr_t)at / SIM_LINE;
	sim.zero = at;
	return sim.zero_pages ? (uintptr_t)at / SIM_LINE
			      : 1 << 20 | ((uintptr_t)at % 4096 / SIM_LINE);
}

static inline bool sim_in_memory(uint64_t line, bool forget)
{
	for (unsigned int i = 0; i < sim.n_evicted; i++) {
		if (sim.evicted[i] != line)
			continue;
		if (forget)
			sim.evicted[i] = sim.evicted[--sim.n_evicted];
		return true;
	}
	return false;
}

/* Fetches the line and returns the cycles. */
static inline unsigned int sim_load(uint64_t line, bool alone)
{
	if (sim_cache_use(&sim.l1d, line))
		return alone ? SIM_L1 : SIM_L1_MANY;
	if (sim_cache_use(&sim.l2, line))
		return alone ? SIM_L2 : SIM_L2_MANY;
	if (sim_in_memory(line, true))
		return alone ? SIM_DRAM : SIM_DRAM_MANY;
	return alone ? SIM_L3 : SIM_L3_MANY;
}

static inline void sim_clflush(uint64_t line)
{
	sim.now += SIM_CLFLUSH;
	sim_cache_evict(&sim.l1d, line);
	sim_cache_evict(&sim.l2, line);
	if (sim_in_memory(line, false))
		return;
	assert_true(sim.n_evicted < SIM_EVICTED);
	sim.evicted[sim.n_evicted++] = line;
}

static inline void sim_prefetch(uint64_t line)
{
	if (sim_cache_way(&sim.l2, line) < 0 && ++sim.prefetches % SIM_DROPS == 0)
		return;
	sim_in_memory(line, true);
	sim_cache_use(&sim.l2, line);
	if (sim.prefetch_to_l1)
		sim_cache_use(&sim.l1d, line);
}

static inline uint64_t sim_stamp(void)
{
	/* A window that opens while lines are on their way times them. */
	if (!sim.open && sim.unfenced)
		fail_msg("a window opens after %u accesses without a fence", sim.unfenced);
	sim.open = !sim.open;
	return sim.now += SIM_STAMP;
}

static inline void sim_fence(void)
{
	sim.unfenced = 0;
	sim.loading = false;
	sim.prefetches = 0;
}

/* One of the lines of a victim's page that are never fetched. */
static inline bool sim_loses(const char *at)
{
	return (uintptr_t)at % 4096 / SIM_LINE < sim.victim_loses;
}

static inline void sim_access(enum tb_given_access how, void *at)
{
	uint64_t line = sim_line(at);

	sim.settled = false;
	sim.accesses[how]++;
	switch (how) {
	case TB_GIVEN_LOAD:
	case TB_GIVEN_STORE:
		if (how == TB_GIVEN_STORE && sim_loses(at))
			break;
		sim.now += sim_load(line, false);
		break;
	case TB_GIVEN_CLFLUSH:
	case TB_GIVEN_CLFLUSHOPT:
		sim_clflush(line);
		break;
	case TB_GIVEN_PREFETCHT1:
		/* It may overtake a CLFLUSHOPT, and then the line ends in memory. */
		if (sim.unfenced && sim_in_memory(line, false) && !sim.prefetches)
			fail_msg("a prefetch without a fence after the eviction");
		sim_prefetch(line);
		break;
	}
	sim.unfenced++;
	sim.loading = true;
}

/* So many of the lines that the probe of this page times, from the chain's middle on. */
static inline void sim_bring_back(unsigned int lines)
{
	void *line = sim.page_line;

	for (int i = 0; line && i < 20; i++)
		line = *(void **)line;
	for (unsigned int i = 0; line && i < lines; line = *(void **)line)
		if (line != sim.page_line) {
			sim_cache_use(&sim.l1d, sim_line(line));
			i++;
		}
}

static inline uint64_t sim_probe_page(void **line, unsigned int times)
{
	uint64_t order = 0, took = 0;
	unsigned int hits = 0;

	sim.places = 0;

	for (unsigned int i = 0; i < times; i++) {
		unsigned int took_now = sim_load(sim_line((char *)*line), true);

		hits += took_now == SIM_L1;
		sim.places |= (uint64_t)(took_now == SIM_L1) << i;
		took += took_now == SIM_L1 && sim.deaf_beyond && hits > sim.deaf_beyond ? SIM_L2
											: took_now;
		order = order * 31 + (uintptr_t)*line;
		*line = **(void ***)line;
	}
	if (sim.deaf_to_one && hits == 1)
		took += SIM_L2 - SIM_L1;
	if (order != sim.trained)
		took += SIM_UNTRAINED;
	if (!sim.settled && sim.swept)
		took += SIM_UNSETTLED;
	sim.trained = order;
	assert_true(sim.probes < SIM_PROBES);
	sim.found[sim.probes++] = hits;
	return took;
}

static inline void *sim_follow(void *line, unsigned int times)
{
	bool still = *(void **)line == line;

	if (sim.loading)
		fail_msg("a chain begins without a fence after other loads");

	if (times == 1) { /* untimed: the chain's first line, or one of a walk through all */
		if (!still && !sim.unfenced)
			sim.page_line = line;
		sim_load(sim_line(line), true);
		sim.unfenced++;
		return *(void **)line;
	}
	if (still) {
		sim.now += (uint64_t)times * sim_load(sim_line(line), true);
		sim.settled = true;
	} else {
		sim.now += sim_probe_page(&line, times);
		sim.settled = false;
	}
	return line;
}

static inline const struct sim_known *sim_known(void (*run)(void *, unsigned long), void *at,
						unsigned long bytes)
{
	static struct loop_trace trace;
	struct sim_known *known;

	for (unsigned int i = 0; i < sim_n_traces; i++)
		if (sim_traces[i].run == run && sim_traces[i].bytes == bytes)
			return &sim_traces[i];
	loop_trace(&trace, run, at, bytes);
	assert_true(sim_n_traces < SIM_TRACES);
	known = &sim_traces[sim_n_traces++];
	*known = (struct sim_known){ run, bytes, trace.follows, trace.n, NULL };
	known->step = calloc(trace.n + 1, sizeof(*known->step));
	assert_non_null(known->step);
	memcpy(known->step, trace.step, trace.n * sizeof(*known->step));
	return known;
}

static inline void sim_run(void (*run)(void *, unsigned long), void *at, unsigned long bytes)
{
	const struct sim_known *known = sim_known(run, at, bytes);

	bool victim = !sim.open && (bytes == 4096 || bytes == SIM_L1D_BYTES);
	char *next = at;

	for (unsigned int i = 0; i < known->n; i++) {
		const struct loop_step *step = &known->step[i];
		char *address = known->follows ? next : (char *)at + step->offset;

		if (step->how >= LOOP_LFENCE)
			continue;
		if (victim && step->how == LOOP_LOAD && sim_loses(address))
			continue;
		if (step->how == LOOP_CLFLUSHOPT)
			sim_clflush(sim_line(address));
		else
			sim.now += sim_load(sim_line(address), step->how == LOOP_FOLLOW);
		if (known->follows)
			next = *(char **)next;
	}
	sim.page_reads += !sim.open && bytes == 4096;
	sim.unfenced += known->n;
	sim.loading |= known->n;
	if (!known->n)
		return;
	sim.settled = false;
	sim.swept = bytes == 3 * SIM_L1D_BYTES;
	if (sim.swept)
		sim_bring_back(sim.sweep_leaves);
	if (!sim.open)
		return;
	sim.window[sim.windows % SIM_WINDOWS].at = at;
	sim.window[sim.windows++ % SIM_WINDOWS].bytes = bytes;
	sim_bring_back(sim.leave);
}

static const struct given_core sim_functions = { sim_stamp, sim_run, sim_access, sim_follow,
						 sim_fence };

static inline void sim_end(void)
{
	sim = (struct sim_core){ .trial = NULL };
	given_core(NULL);
}

/* Of the program, once: the loops' traces. */
static inline int sim_forget(void **state)
{
	(void)state;
	while (sim_n_traces)
		free(sim_traces[--sim_n_traces].step);
	return 0;
}

/* After given_open(): the trial runs on this core. */
static inline void sim_begin(struct tb_trial *trial, enum sim_policy policy)
{
	sim_end();
	sim.trial = trial;
	sim_cache_reset(&sim.l1d, SIM_L1D_BYTES, SIM_L1D_WAYS, policy);
	sim_cache_reset(&sim.l2, SIM_L2_BYTES, 16, SIM_LRU);
	trial->shm->job.cache[1] = SIM_L1D_BYTES;
	trial->shm->job.cache[2] = SIM_L2_BYTES;
	given_core(&sim_functions);
}

#endif
