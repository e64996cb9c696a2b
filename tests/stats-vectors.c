// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stats-vectors FILE: harness/stats against expected values from other programs.
 *
 * Prints "ok ID" or "MISMATCH ID: FIELD WANT GOT" for each case, then the sums.
 * Exit status: 0 all passed, 1 a mismatch, 2 the file cannot be read or used.
 */
#include "stats_vectors.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/describe.h"

enum { PASSED, MISMATCHED, UNUSABLE };

/* The first field that differs, and both sides of it as JSON. */
struct difference {
	char field[96], want[96], got[96];
};

struct verdicts {
	const json_t *expect, *got;
	double rel_tol;
	struct difference first;
};

static void text_of(const json_t *value, char *text, size_t size)
{
	char *dump = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	snprintf(text, size, "%s", dump ? dump : "nothing");
	free(dump);
}

static bool differ(struct verdicts *v, const char *field, const json_t *want, const json_t *got)
{
	snprintf(v->first.field, sizeof(v->first.field), "%s", field);
	text_of(want, v->first.want, sizeof(v->first.want));
	text_of(got, v->first.got, sizeof(v->first.got));
	return false;
}

/* The absolute tolerance that stands beside the field, else the relative one. */
static double tolerance(const struct verdicts *v, const char *field, double want)
{
	char key[128];
	const json_t *given;

	snprintf(key, sizeof(key), "abs_tol_%s", field);
	given = json_object_get(v->expect, key);
	if (json_is_number(given))
		return json_number_value(given);
	return v->rel_tol * fmax(1e-300, fabs(want));
}

static bool same(struct verdicts *v, const char *field, const json_t *want, const json_t *got);

static bool same_members(struct verdicts *v, const char *field, const json_t *want,
			 const json_t *got)
{
	const char *key;
	json_t *member;
	char path[96];

	json_object_foreach((json_t *)want, key, member) {
		snprintf(path, sizeof(path), "%.40s.%.40s", field, key);
		if (!same(v, path, member, json_object_get(got, key)))
			return false;
	}
	return true;
}

static bool same_items(struct verdicts *v, const char *field, const json_t *want, const json_t *got)
{
	char path[96];

	if (json_array_size(want) != json_array_size(got))
		return differ(v, field, want, got);
	for (size_t i = 0; i < json_array_size(want); i++) {
		snprintf(path, sizeof(path), "%.60s[%zu]", field, i);
		if (!same(v, path, json_array_get(want, i), json_array_get(got, i)))
			return false;
	}
	return true;
}

static bool same(struct verdicts *v, const char *field, const json_t *want, const json_t *got)
{
	if (json_is_number(want) && json_is_number(got)) {
		double target = json_number_value(want);

		if (fabs(json_number_value(got) - target) <= tolerance(v, field, target))
			return true;
	} else if (json_is_object(want) && json_is_object(got)) {
		return same_members(v, field, want, got);
	} else if (json_is_array(want) && json_is_array(got)) {
		return same_items(v, field, want, got);
	} else if (json_equal(want, got)) {
		return true;
	}
	return differ(v, field, want, got);
}

/* A random result: want is the range that is good enough. */
static bool accepted(struct verdicts *v, const char *field, const json_t *want, const json_t *got)
{
	double low, high, value;

	if (vectors_number_read(json_array_get(want, 0), &low) ||
	    vectors_number_read(json_array_get(want, 1), &high) || !json_is_number(got))
		return differ(v, field, want, got);
	value = json_number_value(got);
	if (value < low - tolerance(v, field, low) || value > high + tolerance(v, field, high))
		return differ(v, field, want, got);
	return true;
}

static bool field_matches(struct verdicts *v, const char *field, const json_t *want, bool refused)
{
	const json_t *got = json_object_get(v->got, field);
	const char *text = json_is_string(want) ? json_string_value(want) : "";
	size_t length = strlen(text);

	if (!strncmp(field, "abs_tol_", strlen("abs_tol_")))
		return true;
	if (!strncmp(field, "accept_", strlen("accept_")))
		return accepted(v, field, want, got);
	if (refused)
		return json_is_null(want) || differ(v, field, want, NULL);
	/* "slower?": an inconclusive interval that excludes 1, which an op reports apart. */
	if (length > 0 && text[length - 1] == '?' && !strcmp(field, "verdict"))
		got = json_object_get(v->got, "verdict?");
	return same(v, field, want, got);
}

static const char *refusal_of(const struct vectors_args *a)
{
	const struct vectors_numbers arrays[] = { a->x, a->y, a->p };
	const char *why = NULL;

	for (size_t i = 0; i < sizeof(arrays) / sizeof(*arrays) && !why; i++)
		if (arrays[i].value)
			why = tb_stats_refusal(arrays[i].value, arrays[i].n);
	return why ? why : "refused";
}

/* Whether the input was refused, and for being empty only if that is expected. */
static bool error_matches(struct verdicts *v, const struct vectors_args *a, int err,
			  const json_t *want)
{
	const char *wanted = json_is_string(want) ? json_string_value(want) : "";
	const char *got = err ? refusal_of(a) : "accepted";
	json_t *text;

	if (err && !strcmp(wanted, "empty") == !strcmp(got, "empty"))
		return true;
	text = json_string(got);
	differ(v, "error", want, text);
	json_decref(text);
	return false;
}

static bool matches(struct verdicts *v, const struct vectors_args *args, int err)
{
	const json_t *error = json_object_get(v->expect, "error");
	const char *field;
	json_t *want;

	if (error)
		return error_matches(v, args, err, error);
	json_object_foreach((json_t *)v->expect, field, want)
		if (!field_matches(v, field, want, err))
			return false;
	return true;
}

static int run_case(const json_t *test)
{
	const char *id = json_string_value(json_object_get(test, "id"));
	const char *name = json_string_value(json_object_get(test, "op"));
	const json_t *rel_tol = json_object_get(test, "rel_tol");
	const json_t *input = json_object_get(test, "input");
	vectors_op op = name ? vectors_op_named(name) : NULL;
	struct verdicts v = { .expect = json_object_get(test, "expect"), .rel_tol = 1e-9 };
	struct vectors_args args;
	int err, result = UNUSABLE;

	if (!id || !op || !json_is_object(input) || !json_is_object(v.expect)) {
		fprintf(stderr, "%s: %s\n", id ? id : "a case without id",
			op ? "input or expect is no object" : "unknown op");
		return UNUSABLE;
	}
	if (json_is_number(rel_tol))
		v.rel_tol = json_number_value(rel_tol);
	err = vectors_args_read(input, &args);
	if (!err)
		err = op(&args);
	v.got = args.got;
	if (err == -EPROTO || err == -ENOMEM) {
		fprintf(stderr, "%s: %s\n", id, err == -EPROTO ? "odd input" : "no memory");
	} else if (matches(&v, &args, err)) {
		printf("ok %s\n", id);
		result = PASSED;
	} else {
		printf("MISMATCH %s: %s %s %s\n", id, v.first.field, v.first.want, v.first.got);
		result = MISMATCHED;
	}
	vectors_args_free(&args);
	return result;
}

static char *read_text(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	size_t used = 0, size = 0;

	if (!file)
		return NULL;
	while (used == size) {
		char *more = realloc(text, size + 65536);

		if (!more)
			break;
		text = more;
		size += 65536;
		used += fread(text + used, 1, size - used, file);
	}
	if (ferror(file) || used == size) {
		free(text);
		text = NULL;
	}
	fclose(file);
	*length = used;
	return text;
}

/* Python writes NaN, Infinity and -Infinity bare, which is no JSON: as strings they are. */
static char *quote_tokens(const char *text, size_t length, size_t *quoted_length)
{
	static const char *const tokens[] = { "-Infinity", "Infinity", "NaN" };
	char *quoted = malloc(2 * length + 1), *to = quoted;
	bool inside = false;

	for (size_t i = 0; quoted && i < length;) {
		size_t token = 0;

		for (size_t t = 0; !inside && t < sizeof(tokens) / sizeof(*tokens) && !token; t++)
			if (!strncmp(text + i, tokens[t], strnlen(tokens[t], length - i)) &&
			    strlen(tokens[t]) <= length - i)
				token = strlen(tokens[t]);
		if (token > 0) {
			to += sprintf(to, "\"%.*s\"", (int)token, text + i);
			i += token;
			continue;
		}
		if (inside && text[i] == '\\' && i + 1 < length)
			*to++ = text[i++];
		else if (text[i] == '"')
			inside = !inside;
		*to++ = text[i++];
	}
	*quoted_length = quoted ? (size_t)(to - quoted) : 0;
	return quoted;
}

static json_t *load(const char *path)
{
	size_t length = 0, quoted_length = 0;
	char *text = read_text(path, &length);
	char *quoted = text ? quote_tokens(text, length, &quoted_length) : NULL;
	json_error_t error;
	json_t *root = NULL;

	if (!quoted) {
		fprintf(stderr, "%s: cannot be read\n", path);
	} else {
		/* Integers as reals: 2^64 is a number like any other here. */
		root = json_loadb(quoted, quoted_length, JSON_DECODE_INT_AS_REAL, &error);
		if (!root)
			fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
	}
	free(quoted);
	free(text);
	return root;
}

int main(int argc, char **argv)
{
	json_t *root = argc == 2 ? load(argv[1]) : NULL;
	const json_t *cases = json_object_get(root, "cases");
	size_t count[3] = { 0 };

	if (argc != 2)
		fprintf(stderr, "usage: stats-vectors FILE\n");
	else if (root && json_array_size(cases) == 0)
		fprintf(stderr, "%s: holds no cases\n", argv[1]);
	for (size_t i = 0; i < json_array_size(cases); i++)
		count[run_case(json_array_get(cases, i))]++;
	if (json_array_size(cases) == 0)
		count[UNUSABLE]++;
	else
		printf("%zu passed, %zu failed\n", count[PASSED], count[MISMATCHED]);
	json_decref(root);
	return count[UNUSABLE] ? 2 : count[MISMATCHED] > 0;
}
