/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building a record from a journal. */
#ifndef TB_RECORD_FROM_JOURNAL_H
#define TB_RECORD_FROM_JOURNAL_H

#include "record/record.h"
#include "run/journal.h"

/*
 * Builds the record of a journal. Without an end line the record has complete false and exit_reason
 * "killed". 0, or -errno with the error in *why: -ENODATA if the first line is incomplete, -EINVAL
 * if it is not the line of a run.
 */
int tb_record_from_journal(struct tb_journal *journal, struct tb_record *record,
			   struct tb_error *why);

#endif
