/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folding a journal into a record. */
#ifndef TB_RECORD_FROM_JOURNAL_H
#define TB_RECORD_FROM_JOURNAL_H

#include "record/record.h"
#include "run/journal.h"

/*
 * Builds the record of a journal. A journal without an end line makes a record
 * with complete false and exit_reason "killed". With the error said: -ENODATA
 * when not even the first line is whole, -EINVAL when it is not a run's.
 */
int tb_record_from_journal(struct tb_journal *journal, struct tb_record *record,
			   struct tb_error *why);

#endif
