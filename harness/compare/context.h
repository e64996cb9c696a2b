/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The differences between the sides' machines, kernels and settings. */
#ifndef TB_CONTEXT_H
#define TB_CONTEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "compare/gather.h"

/*
 * An array of {"path": "environment.kernel.release", "values": ["6.1", "6.12"]}, with one value for
 * each side. A value is text, several joined by " | ", or null if the side's records do not have
 * it. Of lists (CPU flags, command line) a value holds only the words that some side is missing.
 */
struct tb_differences {
	json_t *list;
};

/* 0 or -ENOMEM. */
int tb_context_differences(const struct tb_sides *sides, struct tb_differences *out);

/*
 * Appends a warning for each measured value of the fingerprints that differs by more than 10 %
 * between two records. A null never differs. 0 or -ENOMEM.
 */
int tb_likeness_warn(const struct tb_sides *sides, json_t *warnings);

/*
 * Appends a warning for each side with copies of a record, and for each two sides with a common
 * run. Copies of a record are one run: its launches count once. 0 or -ENOMEM.
 */
int tb_same_run_warn(const struct tb_sides *sides, json_t *warnings);

#endif
