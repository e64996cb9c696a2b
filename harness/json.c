// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *tb_json_text(const json_t *object, const char *key, const char *fallback)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : fallback;
}

double tb_json_number(const json_t *object, const char *key, double fallback)
{
	const json_t *number = json_object_get(object, key);

	return json_is_number(number) ? json_number_value(number) : fallback;
}

const json_t *tb_json_at(const json_t *object, const char *path)
{
	char key[64];

	while (object && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		object = json_object_get(object, key);
		path += n + (path[n] == '.');
	}
	return object;
}

const json_t *tb_json_named(const json_t *array, const char *name)
{
	const json_t *object;
	size_t i;

	json_array_foreach(array, i, object)
		if (!strcmp(tb_json_text(object, "name", ""), name))
			return object;
	return NULL;
}

/* Length of the printable character at text; 0: not printable (Unicode 15, table 3-7). */
static size_t character(const unsigned char *text, size_t len)
{
	static const struct {
		unsigned char low, high; /* of the first byte */
		unsigned char low2, high2;
		unsigned char len;
	} forms[] = {
		{ ' ', '~', 0, 0, 1 },	       { '\t', '\n', 0, 0, 1 },
		{ 0xc2, 0xc2, 0xa0, 0xbf, 2 }, /* 80..9f are control characters */
		{ 0xc3, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		size_t n = forms[i].len;

		if (text[0] < forms[i].low || text[0] > forms[i].high)
			continue;
		if (n > len || (n > 1 && (text[1] < forms[i].low2 || text[1] > forms[i].high2)))
			return 0;
		for (size_t k = 2; k < n; k++)
			if ((text[k] & 0xc0) != 0x80)
				return 0;
		return n;
	}
	return 0;
}

json_t *tb_text(const char *text, size_t len)
{
	char *copy = malloc(len + 1);
	json_t *json;

	if (!copy)
		return NULL;
	for (size_t i = 0; i < len;) {
		size_t n = character((const unsigned char *)text + i, len - i);

		if (n)
			memcpy(copy + i, text + i, n);
		else
			copy[i] = '?';
		i += n ? n : 1;
	}
	json = json_stringn_nocheck(copy, len);
	free(copy);
	return json;
}

/* Finding the ends of brackets is ten times as fast as parsing a whole record. */
struct cutter {
	const char *in;
	char *out; /* never ahead of in */
	const char *begin;
	const struct tb_strip_rule *rules;
};

/* Returns the end of the string that begins here, or the end of the text. */
static const char *after_string(const char *quote)
{
	for (const char *p = quote + 1;; p++) {
		p += strcspn(p, "\"\\");
		if (!*p)
			return p;
		if (*p == '"')
			return p + 1;
		if (!*++p)
			return p;
	}
}

/*
 * Returns the end of the array or object that begins here. For another element, returns the comma
 * or bracket after it. NULL if the text ends before.
 */
static const char *after_value(const char *p)
{
	size_t depth = 0;

	for (;;) {
		p += strcspn(p, depth ? "\"[]{}" : "\"[]{},");
		if (!*p)
			return NULL;
		if (*p == '"') {
			p = after_string(p);
			continue;
		}
		if (*p == '[' || *p == '{')
			depth++;
		else if (!depth)
			return p;
		else if (!--depth)
			return p + 1;
		p++;
	}
}

static void copy_to(struct cutter *c, const char *end)
{
	size_t n = (size_t)(end - c->in);

	memmove(c->out, c->in, n);
	c->out += n;
	c->in = end;
}

/* Copies the text between strings and merges spaces: half of an indented record is spaces. */
static void copy_between(struct cutter *c, const char *end)
{
	bool spaced = false;

	for (; c->in < end; c->in++) {
		bool space = *c->in == ' ' || *c->in == '\n';

		if (!space || !spaced)
			*c->out++ = *c->in;
		spaced = space;
	}
}

/* The rule for the key between `key`, its first quote, and the byte after its last quote. */
static const struct tb_strip_rule *rule_of(const struct tb_strip_rule *rules, const char *quote,
					   const char *end)
{
	for (; rules->key; rules++) {
		size_t n = strlen(rules->key);

		if ((size_t)(end - quote) == n + 2 && !memcmp(rules->key, quote + 1, n))
			return rules;
	}
	return NULL;
}

static const char *after_space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/* `in` points to the key. Removes the comma after it, or before it if the member is the last. */
static void drop_member(struct cutter *c, const char *value)
{
	const char *end = after_value(value);

	if (!end)
		return;
	end = after_space(end);
	if (*end == ',') {
		c->in = after_space(end + 1);
		return;
	}
	c->in = end;
	while (c->out > c->begin && strchr(" \t\r\n", c->out[-1]))
		c->out--;
	if (c->out > c->begin && c->out[-1] == ',')
		c->out--;
}

static void cut_until(struct cutter *c, const char *end);

/* `in` points to the array's opening bracket. */
static void keep_first(struct cutter *c)
{
	const char *end = after_value(c->in), *first = end ? after_value(c->in + 1) : NULL;

	if (!first)
		return;
	cut_until(c, first);
	if (*after_space(first) == ',')
		c->in = end - 1; /* at the closing bracket */
}

/* `in` points to the key; its value begins at the second pointer. */
static void apply(struct cutter *c, const struct tb_strip_rule *rule, const char *value)
{
	const char *end;

	switch (rule->how) {
	case TB_STRIP_MEMBER:
		drop_member(c, value);
		break;
	case TB_STRIP_TO_FIRST:
		copy_to(c, value);
		if (*value == '[')
			keep_first(c);
		break;
	case TB_STRIP_NOTHING:
		end = after_value(value);
		copy_to(c, end ? end : value);
		break;
	}
}

static void cut_until(struct cutter *c, const char *end)
{
	for (;;) {
		const char *key = c->in + strcspn(c->in, "\""), *behind, *colon;
		const struct tb_strip_rule *rule;

		if (!*key || key >= end) /* no key is left before the end or an embedded NUL */
			break;
		behind = after_string(key);
		rule = rule_of(c->rules, key, behind);
		colon = after_space(behind);
		copy_between(c, key);
		if (rule && *colon == ':')
			apply(c, rule, after_space(colon + 1));
		if (c->in == key) /* nothing done */
			copy_to(c, behind);
	}
	copy_between(c, end);
}

size_t tb_json_strip(char *text, size_t len, const struct tb_strip_rule *rules)
{
	struct cutter c = { text, text, text, rules };

	cut_until(&c, text + len);
	*c.out = '\0';
	return (size_t)(c.out - text);
}
