/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs that measure on the same CPUs at the same time. */
#ifndef TB_OTHERS_H
#define TB_OTHERS_H

#include "run/session.h"

/*
 * tb_session_run(), with messages on stderr about other runs on its CPUs: those that were active
 * at its start, and those that began during it.
 */
int tb_run_beside_others(struct tb_session *session, struct tb_variants *variants,
			 const struct tb_plan *plan, struct tb_journal *journal,
			 struct tb_record *record, struct tb_outcome *outcome,
			 struct tb_error *why);

#endif
