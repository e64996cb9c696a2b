/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Access to JSON that was validated against the schema, with defaults instead of errors. */
#ifndef TB_JSON_H
#define TB_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* If the value is missing or has another type, the result is the fallback. object may be NULL. */
const char *tb_json_text(const json_t *object, const char *key, const char *fallback);
double tb_json_number(const json_t *object, const char *key, double fallback);
/* The value at a path of keys ("host.cpu.model"), or NULL. Borrowed. */
const json_t *tb_json_at(const json_t *object, const char *path);
/* The object in the array whose "name" is `name`, or NULL. Borrowed. */
const json_t *tb_json_named(const json_t *array, const char *name);

/* Untrusted bytes as JSON text. */

/*
 * Makes a JSON string of any bytes. Invalid UTF-8 and control characters except tab and newline
 * become '?', since records are shown on terminals. The caller owns the result. NULL only if
 * memory is short.
 */
json_t *tb_text(const char *text, size_t len);

/* Removing members from JSON text before it is parsed. */

/*
 * What a rule does with the member of its key: removes it; keeps only the first element of its
 * array; or keeps it unchanged, with members of the same name inside.
 */
enum tb_strip_how { TB_STRIP_MEMBER, TB_STRIP_TO_FIRST, TB_STRIP_NOTHING };

struct tb_strip_rule {
	const char *key;
	enum tb_strip_how how;
};

/*
 * Applies the rules in place and at any depth. The last rule has a NULL key. text is len bytes and
 * a NUL. Returns the new length. The removed text is not validated; the remaining text is invalid
 * where the input was invalid. A key that is written with an escape sequence is not found.
 */
size_t tb_json_strip(char *text, size_t len, const struct tb_strip_rule *rules);

#endif
