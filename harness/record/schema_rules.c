// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/schema_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_ROOM = 160 };

struct tb_json_place tb_json_place_member(const struct tb_json_place *up, const char *key,
					  json_t *value)
{
	return (struct tb_json_place){ value, up, key, 0, up->steps + 1 };
}

struct tb_json_place tb_json_place_element(const struct tb_json_place *up, size_t index)
{
	return (struct tb_json_place){ json_array_get(up->value, index), up, NULL, index,
				       up->steps + 1 };
}

static size_t put_path(char out[PATH_ROOM], const struct tb_json_place *at)
{
	char index[32];
	size_t len;

	if (!at->up)
		return 0;
	len = put_path(out, at->up);
	if (at->key)
		return tb_put_inert(out, PATH_ROOM,
				    tb_put_inert(out, PATH_ROOM, len, len ? "." : ""), at->key);
	snprintf(index, sizeof(index), "[%zu]", at->index);
	return tb_put_inert(out, PATH_ROOM, len, index);
}

bool tb_walk_fail(struct tb_walk *w, const struct tb_json_place *at, const char *fmt, ...)
{
	char path[PATH_ROOM] = "", text[sizeof(w->why->text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	w->score = 2 * at->steps + 1;
	tb_error(w->why, 0, "%s: %s", put_path(path, at) ? path : w->root, text);
	return false;
}

/* Reports a mismatch with a value of the schema, printed as JSON. */
static bool fail_value(struct tb_walk *w, const struct tb_json_place *at, const char *wanted,
		       const json_t *rule)
{
	char found[TB_VALUE_ROOM], *text = json_dumps(rule, JSON_ENCODE_ANY | JSON_COMPACT);

	tb_walk_fail(w, at, "found %s, expected %s %s", tb_value_describe(at->value, found), wanted,
		     text ? text : "another");
	free(text);
	return false;
}

/* "type" holds one name or a list of them. */
static const char *type_name(const json_t *rule, size_t i)
{
	return json_string_value(json_is_array(rule) ? json_array_get(rule, i) : rule);
}

static bool check_type(struct tb_walk *w, const struct tb_json_place *at,
		       const struct tb_rule *rule)
{
	size_t n = json_is_array(rule->value) ? json_array_size(rule->value) : 1, len = 0;
	char names[96];

	for (size_t i = 0; i < n; i++)
		if (tb_value_is(at->value, type_name(rule->value, i)))
			return true;
	for (size_t i = 0; i < n; i++) {
		if (i)
			len = tb_put_inert(names, sizeof(names), len, i + 1 < n ? ", " : " or ");
		len = tb_put_inert(names, sizeof(names), len, type_name(rule->value, i));
	}
	tb_walk_fail(w, at, "expected %s, found %s", names, tb_value_type(at->value));
	w->score--; /* an alternative of the right type is a closer match */
	return false;
}

bool tb_walk_check(struct tb_walk *w, const struct tb_json_place *at, json_t *schema)
{
	struct tb_rule rule = { NULL, schema };
	bool ok = true;

	if (w->too_deep || w->depth == TB_SCHEMA_MAX_DEPTH) {
		w->too_deep = true; /* stays set, whatever the other alternatives are */
		return tb_walk_fail(w, at, "needs more than %d nested subschemas",
				    TB_SCHEMA_MAX_DEPTH);
	}
	if (json_is_boolean(schema))
		return json_is_true(schema) || tb_walk_fail(w, at, "nothing is allowed here");
	w->depth++;
	for (void *i = json_object_iter(schema); i && ok; i = json_object_iter_next(schema, i)) {
		const struct tb_keyword *keyword = tb_keyword(json_object_iter_key(i));

		if (!keyword) /* cannot happen: the loader refuses unknown keywords */
			continue;
		rule.value = json_object_iter_value(i);
		ok = !keyword->check || keyword->check(w, at, &rule);
	}
	w->depth--;
	return ok;
}

static bool check_ref(struct tb_walk *w, const struct tb_json_place *at, const struct tb_rule *rule)
{
	const char *name = json_string_value(rule->value) + strlen(TB_SCHEMA_REF);

	return tb_walk_check(w, at, json_object_get(w->schema->defs, name));
}

static bool check_properties(struct tb_walk *w, const struct tb_json_place *at,
			     const struct tb_rule *rule)
{
	json_t *schemas = rule->value;

	for (void *i = json_object_iter(schemas); i; i = json_object_iter_next(schemas, i)) {
		const char *key = json_object_iter_key(i);
		struct tb_json_place to =
			tb_json_place_member(at, key, json_object_get(at->value, key));

		if (to.value && !tb_walk_check(w, &to, json_object_iter_value(i)))
			return false;
	}
	return true;
}

static bool check_required(struct tb_walk *w, const struct tb_json_place *at,
			   const struct tb_rule *rule)
{
	for (size_t i = 0; i < json_array_size(rule->value); i++) {
		const char *name = json_string_value(json_array_get(rule->value, i));

		if (json_is_object(at->value) && !json_object_get(at->value, name))
			return tb_walk_fail(w, at, "has no \"%s\"", name);
	}
	return true;
}

static bool check_additional(struct tb_walk *w, const struct tb_json_place *at,
			     const struct tb_rule *rule)
{
	const json_t *known = json_object_get(rule->schema, "properties");
	json_t *object = at->value;
	char name[TB_VALUE_ROOM];

	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		const char *key = json_object_iter_key(i);
		struct tb_json_place to = tb_json_place_member(at, key, json_object_iter_value(i));

		if (json_object_get(known, key))
			continue;
		tb_put_inert(name, sizeof(name), 0, key);
		if (json_is_false(rule->value))
			return tb_walk_fail(w, at, "has an unknown member \"%s\"", name);
		if (!tb_walk_check(w, &to, rule->value))
			return false;
	}
	return true;
}

static bool check_items(struct tb_walk *w, const struct tb_json_place *at,
			const struct tb_rule *rule)
{
	for (size_t i = 0; i < json_array_size(at->value); i++) {
		struct tb_json_place to = tb_json_place_element(at, i);

		if (!tb_walk_check(w, &to, rule->value))
			return false;
	}
	return true;
}

static bool check_enum(struct tb_walk *w, const struct tb_json_place *at,
		       const struct tb_rule *rule)
{
	for (size_t i = 0; i < json_array_size(rule->value); i++)
		if (tb_value_same(at->value, json_array_get(rule->value, i)))
			return true;
	return fail_value(w, at, "one of", rule->value);
}

static bool check_const(struct tb_walk *w, const struct tb_json_place *at,
			const struct tb_rule *rule)
{
	return tb_value_same(at->value, rule->value) || fail_value(w, at, "the value", rule->value);
}

static bool check_minimum(struct tb_walk *w, const struct tb_json_place *at,
			  const struct tb_rule *rule)
{
	return !json_is_number(at->value) || tb_value_compare(at->value, rule->value) >= 0 ||
	       fail_value(w, at, "at least", rule->value);
}

static bool check_maximum(struct tb_walk *w, const struct tb_json_place *at,
			  const struct tb_rule *rule)
{
	return !json_is_number(at->value) || tb_value_compare(at->value, rule->value) <= 0 ||
	       fail_value(w, at, "at most", rule->value);
}

static bool check_size(struct tb_walk *w, const struct tb_json_place *at, json_int_t size,
		       const struct tb_rule *rule, bool most, const char *unit)
{
	json_int_t bound = json_integer_value(rule->value);

	if (most ? size <= bound : size >= bound)
		return true;
	return tb_walk_fail(w, at,
			    "has %" JSON_INTEGER_FORMAT " %s, expected at %s %" JSON_INTEGER_FORMAT,
			    size, unit, most ? "most" : "least", bound);
}

static bool check_min_length(struct tb_walk *w, const struct tb_json_place *at,
			     const struct tb_rule *rule)
{
	return !json_is_string(at->value) ||
	       check_size(w, at, tb_value_length(at->value), rule, false, "characters");
}

static bool check_max_length(struct tb_walk *w, const struct tb_json_place *at,
			     const struct tb_rule *rule)
{
	return !json_is_string(at->value) ||
	       check_size(w, at, tb_value_length(at->value), rule, true, "characters");
}

static bool check_min_items(struct tb_walk *w, const struct tb_json_place *at,
			    const struct tb_rule *rule)
{
	return !json_is_array(at->value) ||
	       check_size(w, at, (json_int_t)json_array_size(at->value), rule, false, "items");
}

static bool check_max_items(struct tb_walk *w, const struct tb_json_place *at,
			    const struct tb_rule *rule)
{
	return !json_is_array(at->value) ||
	       check_size(w, at, (json_int_t)json_array_size(at->value), rule, true, "items");
}

static bool check_pattern(struct tb_walk *w, const struct tb_json_place *at,
			  const struct tb_rule *rule)
{
	const struct tb_schema_pattern *pattern = w->schema->patterns;
	regmatch_t whole = { 0 };
	locale_t before;
	int rc;

	if (!json_is_string(at->value))
		return true;
	while (pattern->text != rule->value)
		pattern++;
	whole.rm_eo = (regoff_t)json_string_length(at->value);
	before = uselocale(w->schema->bytes);
	rc = regexec(&pattern->re, json_string_value(at->value), 1, &whole, REG_STARTEND);
	uselocale(before);
	return rc == 0 || fail_value(w, at, "a match for", rule->value);
}

/*
 * Reports the error of the closest alternative. For "null or an object with these members" and a
 * broken object this is the error of its member.
 */
static bool check_alternatives(struct tb_walk *w, const struct tb_json_place *at,
			       const json_t *list, bool only_one)
{
	struct tb_error *why = w->why, best = { "" };
	int best_score = 2 * at->steps;
	size_t fits = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		struct tb_error mine = { "" };

		w->why = &mine;
		if (tb_walk_check(w, at, json_array_get(list, i))) {
			fits++;
		} else if (w->score > best_score) {
			best = mine;
			best_score = w->score;
		}
	}
	w->why = why;
	if (fits == 1 || (fits && !only_one))
		return true;
	if (fits || !best.text[0])
		return tb_walk_fail(w, at, "fits %zu of %zu alternatives, expected %s", fits,
				    json_array_size(list), only_one ? "one" : "at least one");
	w->score = best_score;
	tb_error(why, 0, "%s", best.text);
	return false;
}

static bool check_one_of(struct tb_walk *w, const struct tb_json_place *at,
			 const struct tb_rule *rule)
{
	return check_alternatives(w, at, rule->value, true);
}

static bool check_any_of(struct tb_walk *w, const struct tb_json_place *at,
			 const struct tb_rule *rule)
{
	return check_alternatives(w, at, rule->value, false);
}

const struct tb_keyword *tb_keyword(const char *name)
{
	static const struct tb_keyword keywords[] = {
		{ "type", TB_SHAPE_TYPES, check_type },
		{ "$ref", TB_SHAPE_REF, check_ref },
		{ "properties", TB_SHAPE_MAP, check_properties },
		{ "required", TB_SHAPE_NAMES, check_required },
		{ "additionalProperties", TB_SHAPE_SCHEMA, check_additional },
		{ "items", TB_SHAPE_SCHEMA, check_items },
		{ "enum", TB_SHAPE_SCALARS, check_enum },
		{ "const", TB_SHAPE_ANY, check_const },
		{ "minimum", TB_SHAPE_NUMBER, check_minimum },
		{ "maximum", TB_SHAPE_NUMBER, check_maximum },
		{ "minLength", TB_SHAPE_COUNT, check_min_length },
		{ "maxLength", TB_SHAPE_COUNT, check_max_length },
		{ "minItems", TB_SHAPE_COUNT, check_min_items },
		{ "maxItems", TB_SHAPE_COUNT, check_max_items },
		{ "pattern", TB_SHAPE_PATTERN, check_pattern },
		{ "oneOf", TB_SHAPE_LIST, check_one_of },
		{ "anyOf", TB_SHAPE_LIST, check_any_of },
		{ "$defs", TB_SHAPE_ROOT_MAP, NULL },
		{ "$schema", TB_SHAPE_ROOT_DIALECT, NULL },
		{ "$id", TB_SHAPE_ROOT_ANY, NULL },
		{ "title", TB_SHAPE_ANY, NULL },
		{ "description", TB_SHAPE_ANY, NULL },
		{ "$comment", TB_SHAPE_ANY, NULL },
		{ "examples", TB_SHAPE_ANY, NULL },
		{ "default", TB_SHAPE_ANY, NULL },
		{ "format", TB_SHAPE_ANY, NULL },
	};

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strcmp(keywords[i].name, name) == 0)
			return &keywords[i];
	return NULL;
}
