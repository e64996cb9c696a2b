/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks that must fail: each check of a benchmark stands in a table with the fault that it
 * exists for. The fault is planted, and this check fails, and no other one but those named beside it.
 */
#ifndef TB_TEST_PLANTED_H
#define TB_TEST_PLANTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "given.h"

struct planted {
	const char *check; /* NULL: no fault, and every check passes */
	const char *params;
	void (*before)(struct tb_trial *trial); /* after setup; NULL: nothing */
	void (*after)(struct tb_trial *trial);	/* after the samples; NULL: nothing */
	const char *also;  /* other checks that the same fault may fail: "a b"; or NULL */
	bool sample_fails; /* the last sample reports it, too */
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

/* With so many samples each; make_world: before setup, or NULL. */
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
