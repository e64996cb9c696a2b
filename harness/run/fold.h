/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folding a journal into a record. */
#ifndef TB_FOLD_H
#define TB_FOLD_H

#include "record/record.h"
#include "run/journal.h"

/*
 * Builds the record of a journal. A journal without an end line makes a record
 * with complete false and exit_reason "killed". -EINVAL with the complaint said
 * when not even the first line is whole.
 */
int tb_fold(struct tb_journal *journal, struct tb_record *record, struct tb_complaint *why);

#endif
