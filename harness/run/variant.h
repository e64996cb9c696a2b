/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Variants: a benchmark with a value for each of its parameters. */
#ifndef TB_VARIANT_H
#define TB_VARIANT_H

#include <stddef.h>
#include <stdint.h>

#include "bench.h"
#include "error.h"
#include "measure/clock.h"
#include "machine/place.h"
#include "run/launch_shm.h"

/* What the machine is to a variant: where it runs and what it has there. */
struct tb_machine {
	int cpu[TB_CPUS_MAX]; /* of role 0; the others are placed by variant */

	size_t cache[4]; /* by level, bytes; 0: unknown or none */
	size_t memory;	 /* available, bytes; 0: unknown */
	int realtime;	 /* 0: launches may enter SCHED_FIFO; -errno: they may not */
	struct tb_clock_mark
		begin; /* of the run: the longer it lasts, the better the TSC is known */
	const struct tb_place *place; /* NULL: no placement can be resolved */
};

struct tb_variant {
	const struct tb_bench *bench;
	char value[TB_PARAMS_MAX][TB_VALUE]; /* canonical: a choice, or a decimal number */
	int cpu[TB_CPUS_MAX];		     /* of the roles, after tb_variant_probe() */
	char code[32], reason[TB_TEXT], remedy[TB_TEXT]; /* code empty: it runs */
};

struct tb_variants {
	struct tb_variant *at;
	size_t n;
};

/* One -p NAME=V1,V2 as given. */
struct tb_override {
	const char *text;
};

/*
 * Adds the variants of `bench`: of the suite's list, or, when overrides name one
 * of its parameters, the cross product of those with the defaults for the rest.
 * 0, -EINVAL with the error said, -ENOMEM. No variant is added twice.
 */
int tb_variants_add(struct tb_variants *variants, const struct tb_bench *bench,
		    const char *const *suite, const struct tb_override *overrides,
		    size_t n_overrides, const struct tb_machine *stage, struct tb_error *why);
void tb_variants_free(struct tb_variants *variants);

/* Places the roles and asks the benchmark's probe; fills code, reason and remedy when it can't run here. */
void tb_variant_probe(struct tb_variant *variant, const struct tb_machine *stage);

/* "loop=kvm-lfence size=64K victim=page buffer=l2" */
void tb_variant_text(const struct tb_variant *variant, char *out, size_t bytes);

#endif
