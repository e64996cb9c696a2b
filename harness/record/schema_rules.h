/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internal to schema.c (loading), schema_rules.c and schema_value.c (checking). */
#ifndef TB_SCHEMA_RULES_H
#define TB_SCHEMA_RULES_H

#include <locale.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

#include "error.h"

#define TB_SCHEMA_DIALECT "https://json-schema.org/draft/2020-12/schema"
#define TB_SCHEMA_REF	  "#/$defs/"

enum { TB_SCHEMA_MAX_DEPTH = 64, TB_VALUE_ROOM = 56 };

struct tb_schema_pattern {
	const json_t *text; /* the schema's own node, the key for checks */
	regex_t re;
};

struct tb_schema {
	json_t *root, *defs;
	locale_t bytes; /* the C locale, so that ranges do not depend on the program's locale */
	struct tb_schema_pattern *patterns;
	size_t n_patterns;
};

/* A value and the way to it: a member's key, or an index where key is NULL. */
struct tb_json_place {
	json_t *value;
	const struct tb_json_place *up;
	const char *key;
	size_t index;
	int steps;
};

struct tb_walk {
	const struct tb_schema *schema;
	const char *root; /* the name of the place without a path */
	struct tb_error *why;
	int depth;
	int score; /* of the last mismatch: larger for a closer alternative */
	bool too_deep;
};

/* The form of a keyword's value. */
enum tb_schema_shape {
	TB_SHAPE_ANY,
	TB_SHAPE_TYPES,
	TB_SHAPE_NAMES,
	TB_SHAPE_SCALARS,
	TB_SHAPE_COUNT,
	TB_SHAPE_NUMBER,
	TB_SHAPE_PATTERN,
	TB_SHAPE_REF,
	TB_SHAPE_SCHEMA,
	TB_SHAPE_MAP,
	TB_SHAPE_LIST,
	TB_SHAPE_ROOT_DIALECT,
	TB_SHAPE_ROOT_ANY,
	TB_SHAPE_ROOT_MAP
};

struct tb_rule {
	json_t *value;	/* the keyword's */
	json_t *schema; /* the schema with the keyword */
};

struct tb_keyword {
	const char *name;
	enum tb_schema_shape shape;
	/* NULL: an annotation */
	bool (*check)(struct tb_walk *w, const struct tb_json_place *at,
		      const struct tb_rule *rule);
};

const struct tb_keyword *tb_keyword(const char *name); /* NULL: not supported */

struct tb_json_place tb_json_place_member(const struct tb_json_place *up, const char *key,
					  json_t *value);
struct tb_json_place tb_json_place_element(const struct tb_json_place *up, size_t index);

/* Reports an error, prefixed by the place. Returns false. */
bool tb_walk_fail(struct tb_walk *w, const struct tb_json_place *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Validates the value at a place against a schema that tb_schema_load() has accepted. */
bool tb_walk_check(struct tb_walk *w, const struct tb_json_place *at, json_t *schema);

/*
 * Appends text to out at len, as printable ASCII ('?' for other bytes), and returns the new len. A
 * text that is too long ends with "...". room is at least 4.
 */
size_t tb_put_inert(char *out, size_t room, size_t len, const char *text);

const char *tb_value_type(const json_t *value);
bool tb_value_is(const json_t *value, const char *type);
const char *tb_value_describe(const json_t *value, char out[TB_VALUE_ROOM]); /* returns out */
int tb_value_compare(const json_t *a, const json_t *b); /* two numbers; <0, 0, >0 */
bool tb_value_same(json_t *a, json_t *b);
json_int_t tb_value_length(const json_t *string); /* in characters */

#endif
