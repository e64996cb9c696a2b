/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests that a benchmark's checks find faults. A table pairs each check with a fault that it must
 * find. For each row the test runs a launch and causes the fault ("plants" it). Then the check of
 * that row must fail, and other checks must pass, except those in `also`. A check without a row
 * fails the test.
 */
#ifndef TB_TEST_PLANTED_H
#define TB_TEST_PLANTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "given.h"

struct planted {
	const char *check; /* NULL: no fault is planted and every check must pass */
	const char *params;
	void (*before)(struct tb_trial *trial); /* after setup; NULL: nothing */
	void (*after)(struct tb_trial *trial);	/* after the samples; NULL: nothing */
	const char *also;			/* other checks that may fail, "a b", or NULL */
	bool sample_fails;			/* the last sample must return an error */
};

static inline bool stands_in_table(const struct planted *table, size_t n, const char *check)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].check && !strcmp(table[i].check, check))
			return true;
	return false;
}

static inline void assert_checks(const struct tb_trial *trial, const struct planted *fault,
				 const struct planted *table, size_t n)
{
	bool seen = false;

	for (uint32_t i = 0; i < trial->shm->n_checks; i++) {
		const struct tb_check *check = &trial->shm->check[i];
		bool wanted = fault->check && !strcmp(fault->check, check->name);
		bool also = fault->also && strstr(fault->also, check->name);

		seen |= wanted;
		if (!stands_in_table(table, n, check->name))
			fail_msg("no fault is planted for the check %s", check->name);
		if (!also && check->pass == wanted)
			fail_msg("%s, planted %s: want %s, got %s", check->name,
				 fault->check ? fault->check : "nothing", check->want, check->got);
	}
	if (fault->check && !seen)
		fail_msg("there is no check %s", fault->check);
}

/* Runs a launch of `samples` samples for each row. make_world, if any, runs before setup(). */
static inline void plant_each(const struct tb_bench *bench, const struct planted *table, size_t n,
			      int samples, void (*make_world)(struct tb_trial *trial))
{
	for (size_t i = 0; i < n; i++) {
		double value[TB_METRICS_MAX];
		struct tb_trial trial;
		int err = 0;

		given_open(&trial, bench, table[i].params);
		if (make_world)
			make_world(&trial);
		assert_int_equal(bench->setup(&trial), 0);
		if (table[i].before)
			table[i].before(&trial);
		for (int k = 0; k < samples && !err; k++)
			err = given_sample(&trial, TB_GATED, value);
		if (!err == table[i].sample_fails)
			fail_msg("%s: a sample returns %d, %s", table[i].check, err,
				 trial.shm->why);
		if (table[i].after)
			table[i].after(&trial);
		assert_int_equal(bench->verify(&trial), 0);
		assert_checks(&trial, &table[i], table, n);
		given_close(&trial);
	}
}

#endif
