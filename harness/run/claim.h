/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs that measure on one CPU at the same time disturb each other. Each claims its
 * CPUs by names that vanish with it, and so meets the others; it measures all the
 * same. A name is an abstract socket: other users see it, another network namespace
 * (a container) does not.
 */
#ifndef TB_CLAIM_H
#define TB_CLAIM_H

#include <jansson.h>
#include <stddef.h>

#include "run/variant.h"

enum { TB_CLAIMS_MAX = 16 };

struct tb_claims {
	struct {
		int cpu, fd; /* fd -1: it could not be claimed */
	} at[TB_CLAIMS_MAX];
	size_t n;
	json_t *others; /* [{cpu, process, began}]: began "before" or "during" this run; NULL: none */
};

/*
 * Claims the CPUs that the variants measure on, those not claimed yet. Where the
 * system refuses, nothing is claimed and nobody is met: this is advice, no lock.
 */
void tb_claim_cpus(struct tb_claims *claims, const struct tb_variants *variants);
/* Records the runs that connected to our sockets since they were claimed. */
void tb_claim_accept(struct tb_claims *claims);
/* For the record's x: {"other_runs": others}, or {}. New reference. */
json_t *tb_claim_describe(const struct tb_claims *claims);
void tb_claim_release(struct tb_claims *claims);

#endif
