// SPDX-License-Identifier: GPL-2.0-or-later
/* A fault in steps: a wrong cost of one step changes the sum and no other step. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "in_range.h"
#include "apf/fault_steps.h"

/* TSC cycles; the trace's clock runs at half the TSC's rate. */
enum { SLEEP = 1200, SWITCH = 1000, READ = 400, IOCTL = 900, BACK = 300, GAP = 5000 };
enum { WHOLE = SLEEP + READ + IOCTL + BACK + 2 * SWITCH, EPOCH = 1000000, NS0 = 77000 };

struct round {
	struct fault_step_stamps stamps;
	struct thread_switch sw[2 * FAULT_ROUND_PAGES + 4];
	size_t n;
	struct tb_clock_mark mark[2];
};

static uint64_t ns_of(uint64_t tsc)
{
	return NS0 + (tsc - EPOCH) / 2;
}

static void record_switch(struct round *l, uint64_t tsc, bool out)
{
	l->sw[l->n++] = (struct thread_switch){ ns_of(tsc), out };
}

static void make_round(struct round *l)
{
	uint64_t at = EPOCH + 10000;

	*l = (struct round){ .mark[0] = { EPOCH, NS0 } };
	record_switch(l, at - 500, false);
	for (int i = 0; i < FAULT_ROUND_PAGES; i++) {
		l->stamps.before[i] = at;
		record_switch(l, at += SLEEP, true);
		l->stamps.came[i] = at += SWITCH;
		l->stamps.read[i] = READ;
		l->stamps.ioctl[i] = IOCTL;
		l->stamps.gave[i] = at += READ + IOCTL;
		record_switch(l, at += SWITCH, false);
		l->stamps.after[i] = at += BACK;
		at += GAP;
	}
	l->mark[1] = (struct tb_clock_mark){ at, ns_of(at) };
}

static int steps_of(const struct round *l, double one_switch, struct fault_steps *steps)
{
	return fault_steps_of(&l->stamps, l->sw, l->n, l->mark, one_switch, steps);
}

static void test_sum_is_the_whole(void **state)
{
	struct fault_steps steps;
	struct round l;

	(void)state;
	make_round(&l);
	assert_int_equal(steps_of(&l, SWITCH, &steps), 0);
	assert_within(steps.fault, SLEEP + BACK - 2, SLEEP + BACK + 2);
	assert_within(1000 * fault_steps_sum(&steps, WHOLE), 999, 1001);
	assert_true(fault_steps_add_up(fault_steps_sum(&steps, WHOLE)));
}

static void test_price_of_a_switch_tripled(void **state)
{
	struct fault_steps steps;
	struct round l;

	(void)state;
	make_round(&l);
	assert_int_equal(steps_of(&l, 3 * SWITCH, &steps), 0);
	assert_within(steps.fault, SLEEP + BACK - 2, SLEEP + BACK + 2);
	assert_false(fault_steps_add_up(fault_steps_sum(&steps, WHOLE)));
}

static void test_price_of_a_switch_missing(void **state)
{
	struct fault_steps steps;
	struct round l;

	(void)state;
	make_round(&l);
	assert_int_equal(steps_of(&l, SWITCH / 10, &steps), 0);
	assert_false(fault_steps_add_up(fault_steps_sum(&steps, WHOLE)));
	assert_int_equal(steps_of(&l, 0, &steps), -EAGAIN);
}

/* The records' clock and the TSC may differ by more than a step takes. */
static void test_shift_between_the_clocks(void **state)
{
	struct fault_steps steps;
	struct round l;

	(void)state;
	make_round(&l);
	for (size_t i = 0; i < l.n; i++)
		l.sw[i].ns += BACK / 2 - 10;
	assert_int_equal(steps_of(&l, SWITCH, &steps), 0);
	assert_within(steps.fault, SLEEP + BACK - 2, SLEEP + BACK + 2);
	for (size_t i = 0; i < l.n; i++)
		l.sw[i].ns += BACK;
	assert_int_equal(steps_of(&l, SWITCH, &steps), -EAGAIN);
}

static void test_other_orders_are_refused(void **state)
{
	struct fault_steps steps;
	struct round l;

	(void)state;
	make_round(&l);
	l.stamps.gave[3] = l.stamps.after[3] + 1; /* ran before the handler gave the CPU away */
	assert_int_equal(steps_of(&l, SWITCH, &steps), -EAGAIN);
	make_round(&l);
	l.n -= 2; /* a switch is not recorded */
	assert_int_equal(steps_of(&l, SWITCH, &steps), -EAGAIN);
	make_round(&l);
	record_switch(&l, l.stamps.before[5] + 10, true); /* preempted in between */
	record_switch(&l, l.stamps.before[5] + 20, false);
	assert_int_equal(steps_of(&l, SWITCH, &steps), -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum_is_the_whole),
		cmocka_unit_test(test_price_of_a_switch_tripled),
		cmocka_unit_test(test_price_of_a_switch_missing),
		cmocka_unit_test(test_shift_between_the_clocks),
		cmocka_unit_test(test_other_orders_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
