// SPDX-License-Identifier: GPL-2.0-or-later
/* flush_rig.h on a simulated core: its areas, and the order of a sample. */
#include "given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "benches.h"
#include "l1d/l1d.h"
#include "sim_core.h"

static struct tb_trial trial;
static struct l1d_realm realm;

static void begin(const char *params)
{
	given_open(&trial, &l1d_flush_user, params);
	sim_begin(&trial, SIM_LRU);
	assert_int_equal(l1d_realm_here(&trial, &realm), 0);
}

static int end(void **state)
{
	(void)state;
	if (trial.shm) {
		tb_trial_set_priv(&trial, NULL);
		l1d_realm_teardown(&realm);
		given_close(&trial);
	}
	trial.shm = NULL;
	sim_end();
	return 0;
}

/* How many lines a walk from here meets before it is back. */
static unsigned long cycle(const char *from, const char *area, unsigned long bytes)
{
	const char *line = from;
	unsigned long n = 0;

	do {
		assert_true(line >= area && line < area + bytes);
		assert_int_equal((line - area) % SIM_LINE, 0);
		line = *(char *const *)line;
		n++;
	} while (line != from && n <= bytes / SIM_LINE);
	return n;
}

static void areas(void **state)
{
	static const struct {
		const char *params;
		unsigned long size, victims, ring;
	} cases[] = {
		{ "loop=chase size=4K", 4 << 10, SIM_L1D_BYTES, 1 },
		{ "loop=chase size=32K buffer=l3", 32 << 10, 32 << 10, 17 },
		{ "loop=unroll8 size=32K buffer=dram", 32 << 10, 32 << 10, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct l1d_rig *rig = &realm.rig;

		begin(cases[i].params);
		assert_int_equal(rig->size, cases[i].size);
		assert_int_equal(rig->l1d, SIM_L1D_BYTES);
		assert_int_equal(rig->victim_bytes, cases[i].victims);
		assert_int_equal(rig->ring_length, cases[i].ring);
		assert_int_equal(realm.device, -1);
		assert_ptr_equal(*(char **)rig->chain_entry, rig->chain_entry);
		for (unsigned long at = 0; at < rig->victim_bytes; at += L1D_PAGE)
			assert_int_equal(cycle(rig->victims + at, rig->victims + at, L1D_PAGE), 64);
		assert_int_equal(cycle(rig->sets[0], rig->sets[0], L1D_PAGE), 64);
		assert_int_equal(cycle(rig->sets[1], rig->sets[1], SIM_L1D_BYTES / 2), 128);
		assert_int_equal(cycle(rig->sets[2], rig->sets[2], SIM_L1D_BYTES), 256);
		for (unsigned long k = 0; k < rig->ring_length; k++) {
			if (rig->loop->kind == TB_LOOP_FOLLOWS)
				assert_int_equal(cycle(rig->ring[k], rig->ring[k], rig->size),
						 rig->size / SIM_LINE);
			else /* each page by its address: none is merged with another */
				for (unsigned long at = 0; at < rig->size; at += L1D_PAGE)
					assert_ptr_equal(*(char **)(rig->ring[k] + at),
							 rig->ring[k] + at);
			if (k)
				assert_ptr_equal(rig->ring[k], rig->ring[k - 1] + rig->size);
		}
		/* Written nowhere: a page of its own would flush. */
		assert_false(sim_in_areas(rig->zero));
		end(NULL);
	}
	assert_int_equal(l1d_ring_length(L1D_IN_L2, 1 << 20, 4096), 1);
	assert_int_equal(l1d_ring_length(L1D_IN_DRAM, 1 << 20, 4096), 1);
	assert_int_equal(l1d_ring_length(L1D_IN_L3, 1 << 20, 4096), 513);
}

static struct tb_flush_sample take(enum l1d_setup setup, unsigned int flags)
{
	struct tb_flush_sample sample = { .setup = setup, .flags = flags };

	l1d_sample(&realm, &sample);
	assert_int_equal(realm.err, 0);
	return sample;
}

static unsigned int last_found(void)
{
	assert_true(sim.probes > 0);
	return sim.found[sim.probes - 1];
}

static void pages(void **state)
{
	unsigned int seen = 0, changes = 0;
	const char *page;

	(void)state;
	begin("loop=unroll8 size=32K");
	for (int i = 0; i < 64; i++) {
		page = realm.rig.page;
		take(L1D_DO_NOTHING, i % 2 ? 0 : TB_SAMPLE_NEW_PAGE);
		assert_int_equal(last_found(), 63);
		if (i % 2)
			assert_ptr_equal(page, realm.rig.page);
		changes += page != realm.rig.page;
		seen |= 1u << (realm.rig.page - realm.rig.victims) / L1D_PAGE;
		assert_int_equal(cycle(realm.rig.first, realm.rig.page, L1D_PAGE), 64);
	}
	/* Each of the L1D's four, and none behind it. */
	assert_int_equal(seen, 0xf);
	assert_true(changes > 10);
}

/* The order of lines changes with the page; where it begins, too. */
static void orders(void **state)
{
	unsigned int same = 0, first = 0;

	(void)state;
	begin("loop=unroll8 size=4K");
	for (int i = 0; i < 32; i++) {
		char copy[L1D_PAGE];
		long offset = (char *)realm.rig.first - realm.rig.page;
		const char *page = realm.rig.page;

		memcpy(copy, page, sizeof(copy));
		take(L1D_DO_NOTHING, TB_SAMPLE_NEW_PAGE);
		same += realm.rig.page == page && !memcmp(copy, page, sizeof(copy));
		first += (char *)realm.rig.first - realm.rig.page == offset;
	}
	assert_int_equal(same, 0);
	assert_true(first < 8);
}

/* As many lines as asked for, others each time, anywhere in the chain. */
static void hot_lines(void **state)
{
	uint64_t places = 0;

	(void)state;
	begin("loop=unroll8 size=32K");
	for (unsigned int hot = 0; hot <= L1D_PROBED; hot++) {
		struct tb_flush_sample sample = { .setup = L1D_DO_HOT, .hot = hot };

		l1d_sample(&realm, &sample);
		assert_int_equal(last_found(), hot);
		if (hot < 10)
			places |= sim.places;
	}
	assert_true(sim.accesses[TB_GIVEN_LOAD] == 63 * 64 / 2);
	/* Of 45 draws most are different ones. */
	assert_true(__builtin_popcountll(places) > 20);
	assert_int_equal(places >> L1D_PROBED, 0);
}

/* Lines that were sent to memory would stretch the probe's scale. */
static void reference_reads(void **state)
{
	(void)state;
	begin("loop=clflushopt size=32K");
	take(L1D_DO_REFERENCE, 0); /* the first over an order of lines */
	assert_int_equal(take(L1D_DO_REFERENCE, 0).probe, SIM_STAMP + 63 * SIM_L2);
	assert_int_equal(take(L1D_DO_FLUSH, 0).probe, SIM_STAMP + 63 * SIM_DRAM);
	assert_int_equal(take(L1D_DO_REFERENCE, 0).probe, SIM_STAMP + 63 * SIM_L2);
	end(NULL);
	/* The same where the flush leaves what it wants: the pass on top decides. */
	begin("loop=unroll8 size=4K");
	take(L1D_DO_FLUSH, 0);
	assert_int_equal(last_found(), 63);
	take(L1D_DO_REFERENCE, 0);
	assert_int_equal(last_found(), 0);
}

static void victims(void **state)
{
	static const struct {
		const char *params;
		unsigned int stores;
		unsigned long target;
		bool page;
	} cases[] = {
		{ "loop=clflushopt size=32K victim=page", 0, L1D_PAGE, true },
		{ "loop=clflushopt size=32K victim=reused", 0, L1D_PAGE, true },
		{ "loop=clflushopt size=32K victim=full", 0, SIM_L1D_BYTES, false },
		{ "loop=clflushopt size=8K victim=full", 0, 8 << 10, false },
		/* Three times over. */
		{ "loop=clflushopt size=32K victim=dirty", 3 * 256, SIM_L1D_BYTES, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct l1d_target target;

		begin(cases[i].params);
		take(L1D_DO_NOTHING, TB_SAMPLE_NEW_PAGE);
		assert_int_equal(last_found(), 63);
		assert_int_equal(sim.accesses[TB_GIVEN_STORE], cases[i].stores);
		/* Once, or 64 times where it is used again and again. */
		assert_int_equal(sim.page_reads, strstr(cases[i].params, "reused") ? 64
						 : cases[i].page		   ? 1
										   : 0);
		/* Word 0 holds the chain, and is never written. */
		assert_int_equal(cycle(realm.rig.first, realm.rig.page, L1D_PAGE), 64);
		if (cases[i].stores)
			for (unsigned long at = 0; at < SIM_L1D_BYTES; at += SIM_LINE)
				assert_int_equal(*(long *)(realm.rig.victims + at + 8), at);
		target = l1d_flush_target(&realm.rig);
		assert_int_equal(target.bytes, cases[i].target);
		assert_ptr_equal(target.at, cases[i].page ? realm.rig.page : realm.rig.victims);
		end(NULL);
	}
	begin("loop=unroll8 size=32K victim=page");
	assert_ptr_equal(l1d_flush_target(&realm.rig).at, realm.rig.ring[0]);
	assert_int_equal(l1d_flush_target(&realm.rig).bytes, 32 << 10);
}

/* CLFLUSHOPT where it exists. */
static void evictions(void **state)
{
	static const struct given_cpuid old[] = { { .leaf = 7 } },
					current[] = { { .leaf = 7, .b = 1u << 23 } };

	(void)state;
	for (int has = 0; has < 2; has++) {
		given_cpuid(has ? current : old, 1, 0);
		begin("loop=unroll8 size=32K buffer=dram");
		assert_int_equal(realm.rig.flushopt, has);
		take(L1D_DO_BY_ADDRESS, 0);
		assert_int_equal(last_found(), 0);
		/* The flush's buffer, and the page. */
		assert_int_equal(sim.accesses[has ? TB_GIVEN_CLFLUSHOPT : TB_GIVEN_CLFLUSH],
				 512 + 64);
		assert_int_equal(sim.accesses[has ? TB_GIVEN_CLFLUSH : TB_GIVEN_CLFLUSHOPT], 0);
		/* Twice: a core may drop some of the first pass. */
		assert_int_equal(sim.accesses[TB_GIVEN_PREFETCHT1], 2 * 64);
		end(NULL);
	}
}

/* Times stand where they belong, and a walk has a chain of its own. */
static void times(void **state)
{
	struct tb_flush_sample sample;

	(void)state;
	begin("loop=unroll8 size=32K");
	given_chain(1234);
	sample = take(L1D_DO_FLUSH, 0);
	sample = take(L1D_DO_FLUSH, 0);
	assert_int_equal(sample.null, SIM_STAMP);
	assert_int_equal(sample.latency, SIM_STAMP + 512 * SIM_L2_MANY);
	assert_int_equal(sample.probe, SIM_STAMP + 63 * SIM_L2);
	assert_int_equal(sample.chain, 1234);
	sample = take(L1D_DO_NOTHING, 0);
	assert_int_equal(sample.null, 0);
	assert_int_equal(sample.latency, 0);
	assert_int_equal(sample.probe, SIM_STAMP + 63 * SIM_L1);
	sample = (struct tb_flush_sample){ .probe_kind = L1D_PROBE_WALK,
					   .walk = 1,
					   .setup = L1D_DO_NOTHING };
	l1d_sample(&realm, &sample);
	assert_int_equal(sample.probe, SIM_STAMP + 128 * SIM_L1);
	assert_int_equal(sample.chain, 1234);
	sample = (struct tb_flush_sample){ .probe_kind = L1D_PROBE_WALK,
					   .walk = 5,
					   .setup = L1D_DO_NOTHING };
	l1d_sample(&realm, &sample);
	assert_int_equal(sample.probe, SIM_STAMP + 256 * SIM_L1_MANY);
	assert_true(l1d_core_cycles(900, 3600) == 450);
	assert_true(l1d_core_cycles(900, 900) == 1800);
}

static struct {
	uint64_t begin, end;
	unsigned int windows, begins, ends;
} around;

static void window_begins(void *arg)
{
	assert_ptr_equal(arg, &around);
	around.begin = sim.now;
	around.begins++;
	around.windows = sim.windows;
	assert_false(sim.open);
}

static void window_ends(void *arg)
{
	assert_ptr_equal(arg, &around);
	around.end = sim.now;
	around.ends++;
	/* The flush is in it, and nothing but the flush. */
	assert_int_equal(sim.windows, around.windows + 1);
	assert_false(sim.open);
}

static void counted_window(void **state)
{
	const struct l1d_window window = { window_begins, window_ends, &around };
	struct tb_flush_sample sample = { .setup = L1D_DO_FLUSH };

	(void)state;
	begin("loop=unroll8 size=32K");
	l1d_take(&realm.rig, &sample, &window);
	assert_int_equal(around.begins, 1);
	assert_int_equal(around.ends, 1);
	assert_int_equal(around.end - around.begin, sample.latency + SIM_STAMP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(areas, end),
		cmocka_unit_test_teardown(pages, end),
		cmocka_unit_test_teardown(orders, end),
		cmocka_unit_test_teardown(hot_lines, end),
		cmocka_unit_test_teardown(reference_reads, end),
		cmocka_unit_test_teardown(victims, end),
		cmocka_unit_test_teardown(evictions, end),
		cmocka_unit_test_teardown(times, end),
		cmocka_unit_test_teardown(counted_window, end),
	};

	return cmocka_run_group_tests(tests, NULL, sim_forget);
}
