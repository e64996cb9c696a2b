/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In what the sides' machines, kernels and ways of running differ. */
#ifndef TB_CONTEXT_H
#define TB_CONTEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "compare/gather.h"

/*
 * An array of {"path": "environment.kernel.release", "values": ["6.1", "6.12"]},
 * one value a side: text, null where the side's records do not say, several joined
 * by " | ". Of lists (CPU flags, command line) a value is what not all sides have.
 */
struct tb_differences {
	json_t *list;
};

/* 0 or -ENOMEM. */
int tb_context_differences(const struct tb_sides *sides, struct tb_differences *out);

/* Whether the fingerprints of the compared records are those of one kind of CPU. */

/*
 * Appends to the array of texts a warning for each measured value of the fingerprints
 * that differs by more than 10 % between two records. A null differs from nothing.
 * 0 or -ENOMEM.
 */
int tb_likeness_warn(const struct tb_sides *sides, json_t *warnings);

/* Copies of a record are one run: its launches count once. */

/*
 * Appends to the array of texts a warning for each side that was given copies, and for each two
 * sides that have a run in common. 0 or -ENOMEM.
 */
int tb_same_run_warn(const struct tb_sides *sides, json_t *warnings);

#endif
