/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading JSON that was checked against the schema, without a test after each step. */
#ifndef TB_JSON_H
#define TB_JSON_H

#include <jansson.h>
#include <stdbool.h>

/* Any of these take NULL or another type for "not there" and give the fallback. */
const char *tb_json_text(const json_t *object, const char *key, const char *fallback);
double tb_json_number(const json_t *object, const char *key, double fallback);
/* A path of keys: "host.cpu.model". NULL when a step is missing. */
const json_t *tb_json_at(const json_t *object, const char *path);
/* The element of an array of objects whose "name" this is. */
const json_t *tb_json_named(const json_t *array, const char *name);

#endif
