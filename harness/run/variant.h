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

/* The machine as variants use it: CPUs, caches, memory, permissions. */
struct tb_machine {
	int cpu[TB_CPUS_MAX]; /* [0]: of role 0; each variant places the others */

	size_t cache[4]; /* by level, bytes; 0: none or unknown */
	size_t memory;	 /* available, bytes; 0: unknown */
	int realtime;	 /* 0: launches may use SCHED_FIFO; else -errno */
	/* The begin of the run. A longer run measures the TSC rate more precisely. */
	struct tb_clock_mark begin;
	const struct tb_place *place; /* NULL: no placement can be resolved */
};

struct tb_variant {
	const struct tb_bench *bench;
	char value[TB_PARAMS_MAX][TB_VALUE]; /* canonical: a choice, or a decimal number */
	int cpu[TB_CPUS_MAX];		     /* of the roles, after tb_variant_probe() */
	char code[32], reason[TB_TEXT], remedy[TB_TEXT]; /* code empty: it is not skipped */
};

struct tb_variants {
	struct tb_variant *at;
	size_t n;
};

/* One -p NAME=V1,V2 of the command line. */
struct tb_override {
	const char *text;
};

/*
 * Adds the variants of `bench` that the suite lists. If overrides name parameters of the benchmark,
 * adds the cross product of their values instead, with defaults for the other parameters. Adds no
 * variant twice. 0; -EINVAL with the error in *why; -ENOMEM.
 */
int tb_variants_add(struct tb_variants *variants, const struct tb_bench *bench,
		    const char *const *suite, const struct tb_override *overrides,
		    size_t n_overrides, const struct tb_machine *stage, struct tb_error *why);
void tb_variants_free(struct tb_variants *variants);

/* Places the roles and calls the benchmark's probe. A skip fills code, reason and remedy. */
void tb_variant_probe(struct tb_variant *variant, const struct tb_machine *stage);

/* "loop=kvm-lfence size=64K victim=page buffer=l2" */
void tb_variant_text(const struct tb_variant *variant, char *out, size_t bytes);

#endif
