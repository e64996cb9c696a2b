/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A campaign measures variants in shuffled rounds of fresh worker processes. It ends when the stop
 * rule is met, the time budget is used up or a signal arrives.
 */
#ifndef TB_CAMPAIGN_H
#define TB_CAMPAIGN_H

#include <jansson.h>
#include <stdio.h>

#include "run/journal.h"
#include "run/launch.h"
#include "run/variant.h"

struct tb_plan {
	uint64_t seed;
	size_t launches;      /* counted launches of a variant, at most */
	unsigned int rounds;  /* of a launch, at most; 0: the benchmark's number */
	double precision;     /* relative half-width of the headlines to stop at; 0: all launches */
	double budget_s;      /* no launch begins later; 0: no limit */
	double retry_limit_s; /* no launch is repeated later; 0: no limit */
	unsigned int slot_ms;
	struct tb_events events; /* events to count */
	bool quiet;		 /* no progress is shown, even on a terminal */
};

enum tb_end { TB_END_DONE, TB_END_BUDGET, TB_END_SIGNAL };

struct tb_outcome {
	enum tb_end end;
	int signal;
	size_t launches;
};

/*
 * Runs the probed variants and writes each launch to the journal. Variants with a code are skipped.
 * The rows of the journal are the variants, in order. Returns 0 with the outcome, or -errno with
 * the error in *why (a full disk, no process).
 */
int tb_campaign(struct tb_variants *variants, const struct tb_machine *stage,
		const struct tb_plan *plan, struct tb_launcher *launcher,
		struct tb_journal *journal, struct tb_outcome *outcome, struct tb_error *why);

const char *tb_end_name(enum tb_end end);

#endif
