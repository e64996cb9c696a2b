/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading JSON that was checked against the schema, without a test after each step. */
#ifndef TB_JSON_H
#define TB_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Any of these take NULL or another type for "not there" and give the fallback. */
const char *tb_json_text(const json_t *object, const char *key, const char *fallback);
double tb_json_number(const json_t *object, const char *key, double fallback);
/* A path of keys: "host.cpu.model". NULL when a step is missing. */
const json_t *tb_json_at(const json_t *object, const char *path);
/* The element of an array of objects whose "name" this is. */
const json_t *tb_json_named(const json_t *array, const char *name);

/* Bytes of unknown origin as JSON text. */

/*
 * A JSON string of any bytes. What is not valid UTF-8, and every control
 * character except tab and newline, becomes '?': records are shown on terminals.
 * NULL only when short of memory.
 */
json_t *tb_text(const char *text, size_t len);

/* Members taken out of JSON text before it is parsed. */

/*
 * What becomes of a key's member: it goes; of its array only the first element
 * stays; or it stays as it is, whatever is called alike inside.
 */
enum tb_strip_how { TB_STRIP_MEMBER, TB_STRIP_TO_FIRST, TB_STRIP_NOTHING };

struct tb_strip_rule {
	const char *key;
	enum tb_strip_how how;
};

/*
 * Applies the rules, which end with a null key, in place and at any depth. text is
 * len bytes and a NUL. Returns the new length. Nobody judges what was cut; what is
 * left is no JSON where it was none before. A key that is written with an escape is
 * not found.
 */
size_t tb_json_strip(char *text, size_t len, const struct tb_strip_rule *rules);

#endif
