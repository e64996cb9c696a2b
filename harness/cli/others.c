// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/others.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "json.h"

/*
 * Counts the runs from index `from` on that began on the CPU at that time; *first is one of them.
 */
static size_t others_on(const struct tb_session *session, size_t from, int cpu, const char *began,
			const json_t **first)
{
	const json_t *other;
	size_t i, n = 0;

	json_array_foreach(session->claims.others, i, other)
		if (i >= from && (int)tb_json_number(other, "cpu", -1) == cpu &&
		    !strcmp(tb_json_text(other, "began", ""), began) && !n++)
			*first = other;
	return n;
}

/* Prints one line for each CPU with runs that began "before" this one or "during" it. */
static void say_others(const struct tb_session *session, size_t from, const char *began)
{
	for (size_t i = 0; i < session->claims.n; i++) {
		const json_t *first = NULL;
		int cpu = session->claims.at[i].cpu;
		size_t n = others_on(session, from, cpu, began, &first);
		const json_t *process = json_object_get(first, "process");
		char who[64];

		if (!n)
			continue;
		if (n > 1)
			snprintf(who, sizeof(who), "%zu other runs", n);
		else if (json_is_integer(process))
			snprintf(who, sizeof(who), "another run (process %.0f)",
				 json_number_value(process));
		else
			snprintf(who, sizeof(who), "another run");
		tb_say(TB_OK,
		       "%s on CPU %d: %s; the runs disturb each other: run them one after the other, or choose other CPUs with --cpus",
		       who, cpu,
		       strcmp(began, "during") ? "measuring now" : "began during this run");
	}
}

int tb_run_beside_others(struct tb_session *session, struct tb_variants *variants,
			 const struct tb_plan *plan, struct tb_journal *journal,
			 struct tb_record *record, struct tb_outcome *outcome, struct tb_error *why)
{
	/* A command may run a session twice. Runs that were reported are not reported again. */
	size_t named = json_array_size(session->claims.others);
	int err;

	tb_claim_cpus(&session->claims, variants);
	say_others(session, named, "before");
	err = tb_session_run(session, variants, plan, journal, record, outcome, why);
	say_others(session, named, "during");
	return err;
}
