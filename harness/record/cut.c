// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/cut.h"

#include <string.h>

/* Parsing all of a record takes ten times as long as looking for the ends of its brackets. */
struct cutter {
	const char *in;
	char *out; /* never ahead of in */
};

/* Past the string that begins here; at the end of the text if it has no end. */
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
 * Past the array or object that begins here, or at the comma or bracket that ends
 * the element that begins here; NULL where the text ends before.
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

static const struct tb_cut_rule *rule_of(const struct tb_cut_rule *rules, const char *key, size_t n)
{
	for (; rules->key; rules++)
		if (strlen(rules->key) == n && !memcmp(rules->key, key, n))
			return rules;
	return NULL;
}

/* in stands at the value's first bracket; what has no end stays as it is. */
static void cut_value(struct cutter *c, const struct tb_cut_rule *rule)
{
	const char *end = after_value(c->in);
	const char *first = end && *c->in == '[' ? after_value(c->in + 1) : NULL;

	if (rule->first && first) {
		copy_to(c, first);
		if (first[strspn(first, " \t\r\n")] == ',')
			c->in = end - 1; /* at the closing bracket */
	} else if (!rule->first && end && end - c->in >= 4) {
		c->out = mempcpy(c->out, "null", 4);
		c->in = end;
	}
}

size_t tb_cut(char *text, size_t len, const struct tb_cut_rule *rules)
{
	struct cutter c = { text, text };

	while (c.in < text + len) {
		const struct tb_cut_rule *rule;
		const char *key = c.in + strcspn(c.in, "\""), *end;

		if (!*key) /* the rest, and what stands behind a NUL */
			break;
		end = after_string(key);
		rule = end[-1] == '"' ? rule_of(rules, key + 1, (size_t)(end - key) - 2) : NULL;
		end += strspn(end, " \t\r\n");
		if (rule && *end == ':') {
			end += 1 + strspn(end + 1, " \t\r\n");
			copy_to(&c, end);
			if (*end == '[' || *end == '{')
				cut_value(&c, rule);
		} else {
			copy_to(&c, end);
		}
	}
	copy_to(&c, text + len);
	*c.out = '\0';
	return (size_t)(c.out - text);
}
