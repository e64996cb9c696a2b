// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/reasons.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "json.h"
#include "text/wrap.h"

enum { TEXT = 1024, LINE = 3 * TEXT, HANGING = 4 };

static double rows_of(const json_t *group)
{
	return tb_json_number(group, "rows", 0);
}

/* Counts the member of the array with this text; adds it if it is new. */
static json_t *count_in(json_t *array, const char *text)
{
	json_t *one = NULL;
	size_t i;

	json_array_foreach(array, i, one)
		if (!strcmp(tb_json_text(one, "text", ""), text))
			break;
	if (i == json_array_size(array)) {
		one = json_pack("{s:s,s:i,s:[],s:{}}", "text", text, "rows", 0, "groups",
				"benches");
		json_array_append_new(array, one);
	}
	json_object_set_new(one, "rows", json_integer((json_int_t)rows_of(one) + 1));
	return one;
}

/* Splits text at its first percentage "8.1 %": before, number, after. False: it has none. */
static bool split_number(const char *reason, char *before, double *number, const char **behind)
{
	const char *sign = strstr(reason, " %"), *begin = sign;

	while (begin && begin > reason && (isdigit((unsigned char)begin[-1]) || begin[-1] == '.'))
		begin--;
	if (!sign || begin == sign)
		return false;
	*number = strtod(begin, NULL);
	*behind = sign;
	snprintf(before, TEXT, "%.*s", (int)(begin - reason), reason);
	return true;
}

/* Extends the range of the percentage in which rows of one reason differ. */
static void widen(json_t *group, double number)
{
	if (number < tb_json_number(group, "lo", number) || !json_object_get(group, "lo"))
		json_object_set_new(group, "lo", json_real(number));
	if (number > tb_json_number(group, "hi", number) || !json_object_get(group, "hi"))
		json_object_set_new(group, "hi", json_real(number));
}

void tb_reasons_add(json_t *kinds, const char *kind, const char *remedy, const char *reason,
		    const char *bench, const char *row)
{
	char text[TEXT], key[2 * TEXT], inert[TEXT];
	const char *behind;
	double number = 0;
	bool numbered = split_number(reason, text, &number, &behind);
	json_t *group = count_in(kinds, tb_inert(kind, inert, sizeof(inert))), *benches;

	group = count_in(json_object_get(group, "groups"),
			 tb_inert(remedy ? remedy : "", inert, sizeof(inert)));
	if (numbered)
		snprintf(key, sizeof(key), "%s#%s", text, behind);
	else
		snprintf(key, sizeof(key), "%s", reason);
	group = count_in(json_object_get(group, "groups"), tb_inert(key, inert, sizeof(inert)));
	if (numbered)
		widen(group, number);
	if (rows_of(group) == 1)
		json_object_set_new(group, "first",
				    json_string(tb_inert(row, inert, sizeof(inert))));
	benches = json_object_get(group, "benches");
	tb_inert(bench, inert, sizeof(inert));
	json_object_set_new(benches, inert,
			    json_integer((json_int_t)tb_json_number(benches, inert, 0) + 1));
}

/* A new array, sorted by number of rows, the largest first. */
static json_t *by_rows(const json_t *groups)
{
	json_t *sorted = json_array(), *one;
	size_t i;

	json_array_foreach(groups, i, one) {
		size_t place = i;

		while (place && rows_of(json_array_get(sorted, place - 1)) < rows_of(one))
			place--;
		json_array_insert(sorted, place, one);
	}
	return sorted;
}

static void add(char *line, const char *text)
{
	size_t used = strlen(line);

	snprintf(line + used, LINE - used, "%s", text);
}

/*
 * "24 variants of l1d/flush-kernel", "9 variants of thread/create and thread/call". With more than
 * benches_max benchmarks their number is printed. A single doubtful row has its name.
 */
static void add_rows(char *line, const json_t *group, bool named, size_t benches_max)
{
	json_t *benches = json_object_get(group, "benches");
	size_t kinds = json_object_size(benches);
	void *bench = json_object_iter(benches);
	char text[TEXT];

	if (named && rows_of(group) == 1) {
		add(line, tb_json_text(group, "first", "?"));
		return;
	}
	snprintf(text, sizeof(text), "%.0f variant%s", rows_of(group),
		 rows_of(group) == 1 ? "" : "s");
	add(line, text);
	if (kinds > benches_max)
		snprintf(text, sizeof(text), " of %zu benchmarks", kinds);
	else if (*json_object_iter_key(bench))
		snprintf(text, sizeof(text), " of %s", json_object_iter_key(bench));
	else
		return;
	add(line, text);
	if (kinds == 2 && kinds <= benches_max) {
		add(line, " and ");
		add(line, json_object_iter_key(json_object_iter_next(benches, bench)));
	}
}

static void reason_line(const char *kind, const json_t *group, size_t benches_max, char *line)
{
	const char *text = tb_json_text(group, "text", ""), *hash;
	double lo = tb_json_number(group, "lo", 0), hi = tb_json_number(group, "hi", 0);
	char number[80];

	snprintf(line, LINE, "%s: ", !strcmp(kind, "null") ? "not measured" : kind);
	hash = json_object_get(group, "lo") ? strstr(text, "# %") : NULL;
	if (hash) {
		snprintf(line + strlen(line), LINE - strlen(line), "%.*s", (int)(hash - text),
			 text);
		snprintf(number, sizeof(number), lo < hi ? "%.4g to %.4g" : "%.4g", lo, hi);
		add(line, number);
		text = hash + 1;
	}
	add(line, text);
	add(line, ": ");
	add_rows(line, group, strcmp(kind, "skipped") != 0 && strcmp(kind, "null") != 0,
		 benches_max);
}

/* A remedy of several reasons is printed once, below them. */
static void write_remedy(FILE *out, const char *kind, const json_t *remedy, size_t width)
{
	json_t *reasons = by_rows(json_object_get(remedy, "groups")), *reason;
	const char *text = tb_json_text(remedy, "text", "");
	bool alone = json_array_size(reasons) == 1;
	char line[LINE];
	size_t i;

	json_array_foreach(reasons, i, reason) {
		reason_line(kind, reason, alone ? 2 : 1, line);
		if (alone && *text) {
			add(line, "; ");
			add(line, text);
		}
		tb_wrap(out, line, 0, HANGING, width);
	}
	if (!alone && *text) {
		fprintf(out, "%*s", HANGING, "");
		snprintf(line, sizeof(line), "remedy: %s", text);
		tb_wrap(out, line, HANGING, 2 * HANGING, width);
	}
	json_decref(reasons);
}

static void write_kind(FILE *out, const json_t *kind, size_t width)
{
	json_t *remedies = by_rows(json_object_get(kind, "groups")), *remedy;
	size_t i;

	json_array_foreach(remedies, i, remedy)
		write_remedy(out, tb_json_text(kind, "text", "?"), remedy, width);
	json_decref(remedies);
}

/* Failures and doubts first, then nulls, then skipped rows. */
void tb_reasons_write(FILE *out, const json_t *kinds, size_t width)
{
	static const char *const last[] = { "null", "skipped" };
	const json_t *kind;
	size_t k;

	json_array_foreach(kinds, k, kind)
		if (strcmp(tb_json_text(kind, "text", ""), last[0]) != 0 &&
		    strcmp(tb_json_text(kind, "text", ""), last[1]) != 0)
			write_kind(out, kind, width);
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++)
		json_array_foreach(kinds, k, kind)
			if (!strcmp(tb_json_text(kind, "text", ""), last[i]))
				write_kind(out, kind, width);
}
