/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In what the sides' machines, kernels and ways of running differ. */
#ifndef TB_CONTEXT_H
#define TB_CONTEXT_H

#include <jansson.h>

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

#endif
