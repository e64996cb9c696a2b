// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The results of the stamps of a guest's round and of KVM's trace, by clocks of another rate;
 * its memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "apf/guest_backing.h"
#include "apf/guest_parts.h"

/* TSC cycles; the trace's clock runs at a third of the TSC's rate. */
enum { FIRST = 90000, PITCH = 3000, NS_BEGIN = 5000, RATE = 3 };

struct guest {
	struct guest_rounds rounds;
	struct kvm_traced traced;
	struct tb_clock_mark mark[2];
};

static uint64_t ns_of(uint64_t tsc)
{
	return NS_BEGIN + tsc / RATE;
}

/* Touch i: the steps are multiples of three, so that nothing is rounded. */
static struct guest *make_guest(unsigned int vcpus)
{
	struct guest *g = calloc(1, sizeof(*g));

	g->rounds.threads = 1;
	g->rounds.pages = GUEST_ROUND_PAGES_MIN;
	g->rounds.vmm.vcpus = vcpus;
	for (unsigned int v = 0; v < vcpus; v++) {
		struct guest_touch *log;

		g->rounds.vmm.vcpu[v].block = calloc(1, GUEST_BLOCK);
		g->rounds.vcpu[v].clock = (struct guest_clock){ -10, 10 };
		log = guest_log(g->rounds.vmm.vcpu[v].block);
		for (uint64_t i = 0; i < g->rounds.pages; i++) {
			uint64_t before = FIRST + i * PITCH + v * 120;

			log[i] = (struct guest_touch){ .before = before,
						       .absent = before + 90 + 3 * i,
						       .ready = before + 600 + 6 * i,
						       .after = before + 900 + 9 * i };
			if (v)
				continue;
			g->traced.fault[i].at[KVM_TRACE_ABSENT] = ns_of(before + 60 + 3 * i);
			g->traced.fault[i].at[KVM_TRACE_COMPLETED] = ns_of(before + 300 + 9 * i);
			g->traced.fault[i].at[KVM_TRACE_READY] = ns_of(before + 660 + 12 * i);
		}
	}
	g->traced.faults = g->rounds.pages;
	g->mark[0] = (struct tb_clock_mark){ 0, NS_BEGIN };
	g->mark[1] = (struct tb_clock_mark){ 900000, ns_of(900000) };
	return g;
}

static void free_guest(struct guest *g)
{
	for (unsigned int v = 0; v < g->rounds.vmm.vcpus; v++)
		free(g->rounds.vmm.vcpu[v].block);
	free(g);
}

/* The median over touches 0 to 15. */
static double median(double step, double grows)
{
	return step + 7.5 * grows;
}

static void parts_by_the_guest(void **state)
{
	struct guest *g = make_guest(1);

	(void)state;
	assert_true(guest_median(&g->rounds, GUEST_WHOLE) == median(900, 9));
	assert_true(guest_median(&g->rounds, GUEST_TO_ABSENT) == median(90, 3));
	assert_true(guest_median(&g->rounds, GUEST_TO_READY) == median(510, 3));
	assert_true(guest_median(&g->rounds, GUEST_TO_RUN) == median(300, 3));
	free_guest(g);
}

static void parts_by_the_trace(void **state)
{
	struct guest *g = make_guest(1);
	double part[4], sum = guest_parts(&g->rounds, &g->traced, g->mark, part);

	(void)state;
	assert_true(part[0] == median(60, 3) / RATE);
	assert_true(part[1] == median(240, 6) / RATE);
	assert_true(part[2] == median(360, 3) / RATE);
	assert_true(part[3] == median(240, -3) / RATE);
	assert_true(sum == part[0] + part[1] + part[2] + part[3]);
	free_guest(g);
}

/* The guest's clock is before the first mark, so the difference is negative. */
static void marks_in_the_middle(void **state)
{
	struct guest *g = make_guest(1);
	const struct tb_clock_mark mark[2] = { { 120000, ns_of(120000) }, g->mark[1] };
	double part[4];

	(void)state;
	guest_parts(&g->rounds, &g->traced, mark, part);
	assert_true(part[0] == median(60, 3) / RATE);
	free_guest(g);
}

static void span_of_all_vcpus(void **state)
{
	struct guest *g = make_guest(2);
	struct guest_touch *log = guest_log(g->rounds.vmm.vcpu[0].block);

	(void)state;
	assert_true(guest_span(&g->rounds) == 15 * PITCH + 120 + 900 + 15 * 9);
	/* Whichever touch is first, and whichever last. */
	log[3].before = FIRST - 500;
	log[7].after = FIRST + 1000000;
	assert_true(guest_span(&g->rounds) == 1000500);
	free_guest(g);
}

static void clocks_of_all_vcpus(void **state)
{
	struct guest *g = make_guest(3);
	double uncertain;

	(void)state;
	assert_true(guest_clocks_agree(&g->rounds, &uncertain));
	assert_true(uncertain == 10);
	for (unsigned int v = 0; v < 3; v++) {
		g->rounds.vcpu[v].clock = (struct guest_clock){ -70, 20 };
		assert_true(guest_clocks_agree(&g->rounds, &uncertain));
		assert_true(uncertain == 70);
		g->rounds.vcpu[v].clock = (struct guest_clock){ 5, 20 };
		assert_false(guest_clocks_agree(&g->rounds, &uncertain));
		g->rounds.vcpu[v].clock = (struct guest_clock){ -10, 10 };
	}
	free_guest(g);
}

static void backings(void **state)
{
	static const struct guest_backing wanted[] = { { "copy", UFFD_COPY, 4096 },
						       { "continue", UFFD_CONTINUE, 4096 },
						       { "copy-2M", UFFD_COPY, 2 << 20 },
						       { "continue-2M", UFFD_CONTINUE, 2 << 20 } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct guest_backing *b = guest_backing_of(wanted[i].name);

		assert_string_equal(b->name, wanted[i].name);
		assert_int_equal(b->way, wanted[i].way);
		assert_int_equal(b->page, wanted[i].page);
		assert_string_equal(guest_backing_name((unsigned int)i), b->name);
	}
	assert_null(guest_backing_name(4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_by_the_guest),  cmocka_unit_test(parts_by_the_trace),
		cmocka_unit_test(marks_in_the_middle), cmocka_unit_test(span_of_all_vcpus),
		cmocka_unit_test(clocks_of_all_vcpus), cmocka_unit_test(backings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
