/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Detects other runs on the same CPUs, which disturb each other. Each run claims its CPUs with
 * abstract sockets, whose names end with the process. A conflict is recorded; the run measures
 * anyway. Other users see the sockets; processes in another network namespace (a container) do not.
 */
#ifndef TB_CLAIM_H
#define TB_CLAIM_H

#include <jansson.h>
#include <stddef.h>

#include "run/variant.h"

enum { TB_CLAIMS_MAX = 16 };

struct tb_claims {
	struct {
		int cpu, fd; /* fd -1: the CPU could not be claimed */
	} at[TB_CLAIMS_MAX];
	size_t n;
	json_t *others; /* [{cpu, process, began}], began "before" or "during" the run; or NULL */
};

/*
 * Claims the CPUs of the variants that are not claimed yet. If the system refuses the sockets,
 * nothing is claimed and no other run is found: claims are advisory.
 */
void tb_claim_cpus(struct tb_claims *claims, const struct tb_variants *variants);
/* Records the runs that have connected to our sockets. */
void tb_claim_accept(struct tb_claims *claims);
/* For the record's x: {"other_runs": others}, or {}. New reference. */
json_t *tb_claim_describe(const struct tb_claims *claims);
void tb_claim_release(struct tb_claims *claims);

#endif
