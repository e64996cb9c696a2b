// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "renamed.h"
#include "run/launch_shm.h"
#include "size.h"

bool tb_param_is_number(const struct tb_param *param)
{
	return param->values && strstr(param->values, "..");
}

const char *tb_param_choice(const struct tb_param *param, unsigned int i, size_t *length)
{
	const char *at = param->choice ? param->choice(i) : param->values;

	if (param->choice) {
		*length = at ? strlen(at) : 0;
		return at;
	}
	if (tb_param_is_number(param))
		return NULL;
	for (; i && *at; i--) {
		at += strcspn(at, "|");
		at += *at == '|';
	}
	*length = strcspn(at, "|");
	return *at ? at : NULL;
}

const char *tb_param_values(const struct tb_param *param, char out[TB_VALUES])
{
	const char *choice;
	size_t used = 0, length;

	snprintf(out, TB_VALUES, "%s", param->choice ? "" : param->values);
	if (!param->choice)
		return out;
	for (unsigned int i = 0; (choice = tb_param_choice(param, i, &length)); i++)
		if (used < TB_VALUES)
			used += (size_t)snprintf(out + used, TB_VALUES - used, "%s%.*s",
						 i ? "|" : "", (int)length, choice);
	return out;
}

unsigned int tb_param_index(const struct tb_bench *bench, const char *name)
{
	int i = tb_bench_param(bench, name, strlen(name));

	if (i >= 0)
		return (unsigned int)i;
	fprintf(stderr, "%s has no parameter %s, which its code uses\n", bench->name, name);
	abort();
}

struct range {
	unsigned long from, to, step;
};

/* Parses "4K..1G/4K" of a benchmark's table. */
static struct range range_of(const struct tb_param *param)
{
	struct range range = { 0, 0, 1 };
	char text[64], *to, *step;

	snprintf(text, sizeof(text), "%s", param->values);
	to = strstr(text, "..");
	*to = '\0';
	to += 2;
	step = strchr(to, '/');
	if (step)
		*step++ = '\0';
	tb_size_read(text, &range.from);
	tb_size_read(to, &range.to);
	if (step)
		tb_size_read(step, &range.step);
	return range;
}

/* Reads "l1d", "l1d*2" or "l1d*4/3". 1: the text has another form. */
static int read_relative(const char *text, size_t l1d, unsigned long step, unsigned long *out)
{
	unsigned long times = 1, by = 1;
	int used = 0;

	if (strncmp(text, "l1d", 3))
		return 1;
	text += 3;
	if (text[strspn(text, "0123456789*/")])
		return -EINVAL; /* sscanf() would accept a sign or a blank */
	if (*text && (sscanf(text, "*%4lu%n", &times, &used) != 1 || !used))
		return -EINVAL;
	text += used;
	used = 0;
	if (*text && (sscanf(text, "/%4lu%n", &by, &used) != 1 || !used || text[used] || !by))
		return -EINVAL;
	*out = (l1d * times / by + step - 1) / step * step;
	return 0;
}

static int read_number(const struct tb_param *param, const char *text, size_t l1d, char *out,
		       struct tb_error *why)
{
	struct range range = range_of(param);
	unsigned long number = 0;
	char step[24];
	int err = read_relative(text, l1d, range.step, &number);

	if (!err && !l1d)
		return tb_error(why, -EINVAL, "%s=%s: the size of this L1D is unknown; give bytes",
				param->name, text);
	if (err > 0)
		err = tb_size_read(text, &number);
	if (err == -EINVAL)
		return tb_error(why, err, "%s=%s: not a number; use bytes, K, M, G or l1d*N/D",
				param->name, text);
	tb_size_text(range.step, step, sizeof(step));
	if (err || number < range.from || number > range.to || number % range.step)
		return tb_error(why, -EINVAL, "%s=%s: must be %.*s, in steps of %s", param->name,
				text, (int)strcspn(param->values, "/"), param->values, step);
	snprintf(out, TB_VALUE, "%lu", number);
	return 0;
}

static int read_choice(const struct tb_param *param, const char *text, char *out,
		       struct tb_error *why)
{
	char name[32][TB_VALUE], values[TB_VALUES];
	const char *names[32], *near, *choice;
	size_t n = 0, length;

	while (n < sizeof(names) / sizeof(names[0]) &&
	       (choice = tb_param_choice(param, (unsigned int)n, &length))) {
		snprintf(name[n], sizeof(name[n]), "%.*s", (int)length, choice);
		names[n] = name[n];
		if (!strcmp(names[n++], text)) {
			snprintf(out, TB_VALUE, "%s", text);
			return 0;
		}
	}
	near = tb_renamed(param->name, text);
	if (near)
		return tb_error(why, -EINVAL, "%s=%s is called %s=%s now", param->name, text,
				param->name, near);
	near = tb_nearest(text, names, n);
	if (near)
		return tb_error(why, -EINVAL, "%s has no value '%s'; did you mean '%s'?",
				param->name, text, near);
	return tb_error(why, -EINVAL, "%s has no value '%s'; it takes %s", param->name, text,
			tb_param_values(param, values));
}

int tb_value_read(const struct tb_param *param, const char *text, size_t length, size_t l1d,
		  char *out, struct tb_error *why)
{
	char value[TB_VALUE], values[TB_VALUES];

	memset(out, 0, TB_VALUE); /* variants are compared as bytes */
	if (!length || length >= sizeof(value))
		return tb_error(why, -EINVAL, "%s: %s value; it takes %s", param->name,
				length ? "too long a" : "an empty", tb_param_values(param, values));
	memcpy(value, text, length);
	value[length] = '\0';
	if (tb_param_is_number(param))
		return read_number(param, value, l1d, out, why);
	return read_choice(param, value, out, why);
}

/* Levenshtein distance, one row at a time. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], n = strlen(b);

	if (n >= sizeof(row) / sizeof(row[0]))
		return n;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);
			size_t least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

			diagonal = row[j];
			row[j] = change < least ? change : least;
		}
	}
	return row[n];
}

const char *tb_nearest(const char *typed, const char *const *names, size_t n)
{
	size_t best = strlen(typed) / 2 + 1;
	const char *name = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(typed, names[i]);

		if (d < best) {
			best = d;
			name = names[i];
		}
	}
	return name;
}
