/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record's JSON from a file. */
#ifndef TB_LOAD_H
#define TB_LOAD_H

#include <jansson.h>

#include "error.h"
#include "record/json_strip.h"

/*
 * The name is opened relative to dir. cuts: parts that nobody will look at, or
 * NULL for none. What was cut no longer fits the schema, so nothing but the name of
 * the schema is checked then, and the reader trusts no type. 0 with *json the
 * caller's; -EINVAL with the error said for what is no record, or -errno.
 */
int tb_load_json(int dir, const char *name, const struct tb_strip_rule *cuts, json_t **json,
		 struct tb_error *why);

#endif
