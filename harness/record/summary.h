/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Derives summaries, checks and status from a row's launches and samples. */
#ifndef TB_SUMMARY_H
#define TB_SUMMARY_H

#include "record/record.h"

/* Confidence of every interval in a record. */
#define TB_CONFIDENCE 0.95
/* "Empty": the one-sided upper bound of (share - reference) is at most this ... */
#define TB_EMPTY_EXCESS 0.005
enum {
	TB_EMPTY_TRIALS = 3000, /* ... over at least so many trials ... */
	TB_EMPTY_LAUNCHES = 10	/* ... and launches. */
};
#define TB_QUIET_SHARE	0.25 /* a row with a smaller share is noisy */
#define TB_FAILED_SHARE 0.20 /* a row with more launches that do not count has failed */
#define TB_UNSTABLE	0.05 /* a row with a larger relative half-width of a headline is unstable */

/* A metric's summary, or JSON null without a sample. A new reference; NULL: out of memory. */
json_t *tb_summary(const struct tb_record *record, const json_t *row, const json_t *metric);
/* Whether a launch counts: it ended normally and every check held. */
bool tb_launch_counts(const json_t *launch);
/* Whether a launch ended normally but was disturbed: only its ungated samples count. */
bool tb_launch_disturbed(const json_t *launch);
/* max(hi - m, m - lo) / m of a metric's summary; 0 without an interval. */
double tb_relative_width(const json_t *metric);
/* Fills the summaries, checks, status and reason of a row that was not skipped. 0 or -ENOMEM. */
int tb_row_conclude(const struct tb_record *record, json_t *row);

#endif
