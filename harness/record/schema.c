// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/schema_rules.h"

struct load {
	struct tb_walk walk;
	struct tb_schema *schema;
	int err;
};

static bool vet_schema(struct load *l, const struct tb_json_place *at);

/* p is after "[" or "[^". Returns the closing bracket, or NULL where the three languages differ. */
static const char *bracket_end(const char *p)
{
	const char *first = p;

	for (; *p && (*p != ']' || p == first); p++) {
		if (strchr("\\[]", *p))
			return NULL;
		if (*p == '-' && p != first && p[1] != ']')
			return NULL;
		if (p[1] == '-' && p[2] && p[2] != ']') { /* a range */
			if (strchr("\\[-", p[2]))
				return NULL;
			p += 2;
		}
	}
	return *p ? p : NULL;
}

/* p is after '{'. Returns the closing brace of {m}, {m,} or {m,n}, else NULL. */
static const char *repeat_end(const char *p)
{
	size_t digits = strspn(p, "0123456789");

	if (!digits)
		return NULL;
	p += digits;
	if (*p == ',')
		p += 1 + strspn(p + 1, "0123456789");
	return *p == '}' ? p : NULL;
}

/*
 * A pattern must mean the same in POSIX ERE, Python and ECMAScript. Where bytes are characters, a
 * negated set may only be repeated without a bound: [^/]{3} would count a letter of two bytes
 * twice.
 */
static const char *pattern_fault(const char *p)
{
	const char *first = p;
	bool repeatable = false, negated;
	int groups = 0;

	for (const char *c = p; *c; c++)
		if ((unsigned char)*c >= 0x80)
			return "a character outside of ASCII";
	for (; *p; p++) {
		switch (*p) {
		case '.':
			return "'.', on which newline is unsettled";
		case '\\':
			p++;
			if (!*p || !strchr("^$\\.*+?()[]{}|/", *p))
				return "a backslash before an ordinary character";
			repeatable = true;
			break;
		case '[':
			negated = p[1] == '^';
			p = bracket_end(p + 1 + negated);
			if (!p)
				return "a bracket expression that is not portable";
			if (negated && p[1] != '*')
				return "[^...] without a *";
			repeatable = true;
			break;
		case '{':
			p = repeat_end(p + 1);
			if (!p)
				return "a { that is no repetition";
			/* fall through */
		case '*':
		case '+':
		case '?':
			if (!repeatable)
				return "a repetition of nothing, or a lazy or special one";
			repeatable = false;
			break;
		case '^': /* in glibc an inner one matches next to any newline */
		case '$':
			if (*p == '^' ? p != first : p[1] != '\0')
				return "an anchor that is not at the end";
			repeatable = false;
			break;
		case ']':
		case '}':
			return "a bracket that closes nothing";
		default:
			groups += (*p == '(') - (*p == ')');
			if (groups < 0) /* an ordinary character in POSIX */
				return "a bracket that closes nothing";
			repeatable = *p != '(' && *p != '|';
		}
	}
	return NULL;
}

static bool vet_pattern(struct load *l, const struct tb_json_place *at)
{
	const char *text = json_string_value(at->value), *fault;
	struct tb_schema *s = l->schema;
	struct tb_schema_pattern *more;
	locale_t before;
	int rc;

	if (!text)
		return tb_walk_fail(&l->walk, at, "is not a string");
	fault = pattern_fault(text);
	if (fault)
		return tb_walk_fail(&l->walk, at, "has %s", fault);
	more = realloc(s->patterns, (s->n_patterns + 1) * sizeof(*more));
	if (!more) {
		l->err = -ENOMEM;
		return false;
	}
	s->patterns = more;
/* gcc's analyzer does not follow memory that the schema owns. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
	before = uselocale(s->bytes);
	rc = regcomp(&more[s->n_patterns].re, text, REG_EXTENDED | REG_NOSUB);
	uselocale(before);
	if (rc)
		return tb_walk_fail(&l->walk, at, "is no regular expression");
	more[s->n_patterns++].text = at->value;
	return true;
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
}

static bool vet_types(struct load *l, const struct tb_json_place *at)
{
	static const char *const names[] = { "object", "array",	  "string", "integer",
					     "number", "boolean", "null" };
	const char *name = json_string_value(at->value);

	for (size_t i = 0; i < json_array_size(at->value); i++) {
		struct tb_json_place to = tb_json_place_element(at, i);

		if (!json_is_string(to.value))
			return tb_walk_fail(&l->walk, &to, "is not a type's name");
		if (!vet_types(l, &to))
			return false;
	}
	if (json_array_size(at->value))
		return true;
	for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return tb_walk_fail(&l->walk, at, "is not a type's name");
}

static bool vet_names(struct load *l, const struct tb_json_place *at)
{
	for (size_t i = 0; i < json_array_size(at->value); i++)
		if (!json_is_string(json_array_get(at->value, i)))
			return tb_walk_fail(&l->walk, at, "is not a list of names");
	return json_is_array(at->value) || tb_walk_fail(&l->walk, at, "is not a list of names");
}

/* No containers in an enum: python-jsonschema 4.10 treats [1] and [true] as equal. */
static bool vet_scalars(struct load *l, const struct tb_json_place *at)
{
	for (size_t i = 0; i < json_array_size(at->value); i++) {
		const json_t *value = json_array_get(at->value, i);

		if (json_is_array(value) || json_is_object(value))
			return tb_walk_fail(&l->walk, at, "lists an array or an object");
	}
	return json_is_array(at->value) || tb_walk_fail(&l->walk, at, "is not a list");
}

static bool vet_ref(struct load *l, const struct tb_json_place *at)
{
	const char *ref = json_string_value(at->value), *name;

	if (!ref || strncmp(ref, TB_SCHEMA_REF, strlen(TB_SCHEMA_REF)) != 0)
		return tb_walk_fail(&l->walk, at, "is not " TB_SCHEMA_REF "NAME");
	name = ref + strlen(TB_SCHEMA_REF);
	if (strpbrk(name, "~%/")) /* escapes of JSON pointer and URI, which are not supported */
		return tb_walk_fail(&l->walk, at, "has ~, %% or / in the name");
	if (!json_object_get(l->schema->defs, name))
		return tb_walk_fail(&l->walk, at, "has no definition: %s", name);
	return true;
}

static bool vet_map(struct load *l, const struct tb_json_place *at)
{
	json_t *map = at->value;

	if (!json_is_object(map))
		return tb_walk_fail(&l->walk, at, "is not an object");
	for (void *i = json_object_iter(map); i; i = json_object_iter_next(map, i)) {
		struct tb_json_place to = tb_json_place_member(at, json_object_iter_key(i),
							       json_object_iter_value(i));

		if (!vet_schema(l, &to))
			return false;
	}
	return true;
}

static bool vet_list(struct load *l, const struct tb_json_place *at)
{
	if (!json_array_size(at->value))
		return tb_walk_fail(&l->walk, at, "is not a list of schemas");
	for (size_t i = 0; i < json_array_size(at->value); i++) {
		struct tb_json_place to = tb_json_place_element(at, i);

		if (!vet_schema(l, &to))
			return false;
	}
	return true;
}

static bool vet_root(struct load *l, const struct tb_json_place *at)
{
	return l->walk.depth == 1 || tb_walk_fail(&l->walk, at, "stands below the root");
}

static bool vet_dialect(struct load *l, const struct tb_json_place *at)
{
	const char *dialect = json_string_value(at->value);

	if (!dialect || strcmp(dialect, TB_SCHEMA_DIALECT) != 0)
		return tb_walk_fail(&l->walk, at, "is not %s", TB_SCHEMA_DIALECT);
	return vet_root(l, at);
}

static bool vet(struct load *l, const struct tb_json_place *at, enum tb_schema_shape shape)
{
	switch (shape) {
	case TB_SHAPE_ANY:
		return true;
	case TB_SHAPE_TYPES:
		return vet_types(l, at);
	case TB_SHAPE_NAMES:
		return vet_names(l, at);
	case TB_SHAPE_SCALARS:
		return vet_scalars(l, at);
	case TB_SHAPE_COUNT:
		return (json_is_integer(at->value) && json_integer_value(at->value) >= 0) ||
		       tb_walk_fail(&l->walk, at, "is not a count");
	case TB_SHAPE_NUMBER:
		return json_is_number(at->value) || tb_walk_fail(&l->walk, at, "is not a number");
	case TB_SHAPE_PATTERN:
		return vet_pattern(l, at);
	case TB_SHAPE_REF:
		return vet_ref(l, at);
	case TB_SHAPE_SCHEMA:
		return vet_schema(l, at);
	case TB_SHAPE_MAP:
		return vet_map(l, at);
	case TB_SHAPE_LIST:
		return vet_list(l, at);
	case TB_SHAPE_ROOT_DIALECT:
		return vet_dialect(l, at);
	case TB_SHAPE_ROOT_ANY:
		return vet_root(l, at);
	case TB_SHAPE_ROOT_MAP:
		return vet_root(l, at) && vet_map(l, at);
	}
	return false;
}

static bool vet_schema(struct load *l, const struct tb_json_place *at)
{
	json_t *schema = at->value;

	if (json_is_boolean(schema))
		return true;
	if (!json_is_object(schema))
		return tb_walk_fail(&l->walk, at, "is no schema");
	if (l->walk.depth == TB_SCHEMA_MAX_DEPTH)
		return tb_walk_fail(&l->walk, at, "is nested too deeply");
	l->walk.depth++;
	for (void *i = json_object_iter(schema); i; i = json_object_iter_next(schema, i)) {
		const char *name = json_object_iter_key(i);
		const struct tb_keyword *keyword = tb_keyword(name);
		struct tb_json_place to = tb_json_place_member(at, name, json_object_iter_value(i));

		if (!keyword)
			return tb_walk_fail(&l->walk, at, "unknown keyword \"%s\"", name);
		if (!vet(l, &to, keyword->shape))
			return false;
	}
	l->walk.depth--;
	return true;
}

int tb_schema_load(const char *text, size_t len, struct tb_schema **out, struct tb_error *why)
{
	struct load l = { { NULL, "schema", why, 0, 0, false }, NULL, -EINVAL };
	struct tb_json_place root = { 0 };
	json_error_t error;

	*out = NULL;
	l.schema = calloc(1, sizeof(*l.schema));
	if (!l.schema)
		return -ENOMEM;
	l.walk.schema = l.schema;
	l.schema->bytes = newlocale(LC_ALL_MASK, "C", NULL);
	l.schema->root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	l.schema->defs = json_object_get(l.schema->root, "$defs");
	root.value = l.schema->root;
	if (!root.value) {
		tb_error(why, 0, "schema: line %d: %s", error.line, error.text);
	} else if (!l.schema->bytes) {
		l.err = -ENOMEM;
	} else if (vet_schema(&l, &root)) {
		*out = l.schema;
		return 0;
	}
	tb_schema_free(l.schema);
	return l.err;
}

void tb_schema_free(struct tb_schema *schema)
{
	if (!schema)
		return;
	for (size_t i = 0; i < schema->n_patterns; i++)
		regfree(&schema->patterns[i].re);
	free(schema->patterns);
	if (schema->bytes)
		freelocale(schema->bytes);
	json_decref(schema->root);
	free(schema);
}

int tb_schema_check(const struct tb_schema *schema, const json_t *doc, struct tb_error *why)
{
	struct tb_walk w = { schema, "document", why, 0, 0, false };
	struct tb_json_place at = { 0 };

	if (!doc)
		return tb_error(why, -EINVAL, "document: is missing");
	at.value = (json_t *)doc; /* not changed; jansson has no iterator over const */
	if (!tb_walk_check(&w, &at, schema->root))
		return -EINVAL;
	if (w.too_deep) /* one alternative was, and another fits: the verdict is uncertain */
		return tb_error(why, -EINVAL, "document: nested too deeply");
	return 0;
}
