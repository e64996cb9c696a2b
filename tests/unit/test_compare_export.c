// SPDX-License-Identifier: GPL-2.0-or-later
/* The values of a comparison in JSON, CSV and table: each in its field. */
#include "duel.h"

#include "compare/print.h"
#include "json_path.h"

enum {
	N_A = 6,
	N_B = 4,
	PAIRS = N_A * N_B,
	RANK = 3
}; /* the third of 24 pairs: 4 of 210 are below */

static const double A[N_A] = { 104, 100, 102, 101, 105, 103 }, B[N_B] = { 130, 120, 121, 126 };
static const double LIKE_A[N_B] = { 103.2, 102.3, 101.4, 104.5 };

static int ascending(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* All ratios b/a, sorted. */
static void ratios(const double *b, double *ratio)
{
	for (size_t i = 0; i < N_A; i++)
		for (size_t k = 0; k < N_B; k++)
			ratio[i * N_B + k] = b[k] / A[i];
	qsort(ratio, PAIRS, sizeof(*ratio), ascending);
}

static json_t *shared(json_t *record, const double *figure, size_t n)
{
	json_t *row = made_row(record, "ratio", figure, n);

	json_object_set_new(made_metric(row), "name", json_string("left"));
	return row;
}

/* Three rows: dearer, alike, and a share; a fourth that another version makes incomparable. */
static struct duel *fought(void)
{
	static const double share_a[N_A] = { 0, 0.1, 0.2, 0.1, 0, 0.2 },
			    share_b[N_B] = { 0.5, 0.4, 0.6, 0.5 };
	json_t *a = made_record(), *b = made_record();
	struct duel *d;

	made_row(a, "ns", A, N_A);
	made_row(b, "ns", B, N_B);
	made_row(a, "ns", A, N_A);
	made_row(b, "ns", LIKE_A, N_B);
	shared(a, share_a, N_A);
	shared(b, share_b, N_B);
	made_row(a, "ns", A, N_A);
	json_object_set_new(made_row(b, "ns", B, N_B), "version", json_integer(2));
	d = duel(a, b, false);
	assert_int_equal(d->err, 0);
	assert_int_equal(d->c.rows, 4);
	assert_int_equal(d->c.compared, 3);
	return d;
}

static void is_at(json_t *json, const char *path, double want)
{
	const json_t *value = json_path(json, path);

	if (!json_is_number(value) || !(fabs(json_number_value(value) - want) <= 1e-9 * fabs(want)))
		fail_msg("%s is %.17g, not %.17g", path, json_number_value(value), want);
}

/* What p and q are: two of 210 orders have U = 0; q by the three rows compared. */
static const double P = 2.0 / 210;

static void json_of_a_row(void **state)
{
	struct duel *d = fought();
	struct tb_view view = { .only_changed = false };
	json_t *json = tb_compare_json(&d->c, &view);
	double ratio[PAIRS];

	(void)state;
	ratios(B, ratio);
	assert_int_equal(json_array_size(json_path(json, "rows")), 3);
	assert_int_equal(json_array_size(json_path(json, "refused")), 1);
	is_at(json, "rows.0.estimate_a.n", N_A);
	is_at(json, "rows.0.estimate_a.estimate", 102.5);
	is_at(json, "rows.0.estimate_a.lo", 100);
	is_at(json, "rows.0.estimate_a.hi", 105);
	is_at(json, "rows.0.estimate_b.n", N_B);
	is_at(json, "rows.0.estimate_b.estimate", 123.5);
	assert_true(json_is_null(json_path(json, "rows.0.estimate_b.lo")));
	is_at(json, "rows.0.ratio.estimate", sqrt(ratio[PAIRS / 2 - 1] * ratio[PAIRS / 2]));
	is_at(json, "rows.0.ratio.lo", ratio[RANK - 1]);
	is_at(json, "rows.0.ratio.hi", ratio[PAIRS - RANK]);
	is_at(json, "rows.0.ratio.coverage", 1 - 8.0 / 210);
	is_at(json, "rows.0.a12", 1);
	is_at(json, "rows.0.p", P);
	is_at(json, "rows.0.q", P * 3 / 2); /* two rows have it */
	assert_string_equal(json_string_value(json_path(json, "rows.0.verdict")), "slower");
	assert_true(json_is_null(json_path(json, "rows.0.difference")));
	assert_string_equal(json_string_value(json_path(json, "rows.1.verdict")), "inconclusive");
	is_at(json, "rows.1.a12", 14.0 / 24);
	/* Shares by their difference; a share of 0 has no ratio. */
	is_at(json, "rows.2.difference.estimate", 0.4);
	is_at(json, "rows.2.difference.lo", 0.3);
	is_at(json, "rows.2.difference.hi", 0.5);
	assert_true(json_is_null(json_path(json, "rows.2.ratio")));
	is_at(json, "counts.slower", 2);
	is_at(json, "counts.inconclusive", 1);
	is_at(json, "counts.insufficient", 0);
	json_decref(json);
	part(d);
}

/* The cell of a line of CSV below the head's name; fields in quotes may hold commas. */
static void cell(const char *csv, size_t line, const char *name, char *out, size_t bytes)
{
	const char *head = csv, *at = csv;
	size_t column = 0, length = strlen(name);

	while (strncmp(head, name, length) != 0 || !strchr(",\n", head[length])) {
		head += strcspn(head, ",\n");
		assert_int_equal(*head++, ',');
		column++;
	}
	while (line--)
		at = strchr(at, '\n') + 1;
	for (; column; column--) {
		for (bool quoted = false; quoted || *at != ','; at++)
			quoted ^= *at == '"';
		at++;
	}
	snprintf(out, bytes, "%.*s", (int)strcspn(at, ",\n"), at);
}

static void csv_is(const char *csv, size_t line, const char *name, double want)
{
	char text[64], *end;
	double got;

	cell(csv, line, name, text, sizeof(text));
	got = strtod(text, &end);
	if (isnan(want) ? *text : !*text || *end || !(fabs(got - want) <= 1e-9 * fabs(want)))
		fail_msg("line %zu: %s is '%s', not %g", line, name, text, want);
}

static char *printed_as(const struct duel *d, bool csv, enum tb_compare_sort sort, bool wide)
{
	struct tb_view view = { .sort = sort, .wide = wide };
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	if (csv)
		tb_compare_csv(&d->c, &view, out);
	else
		tb_compare_print(&d->c, &view, out);
	fclose(out);
	return text;
}

static char *printed(const struct duel *d, bool csv, enum tb_compare_sort sort)
{
	return printed_as(d, csv, sort, false);
}

static void csv_of_a_row(void **state)
{
	struct duel *d = fought();
	char *csv = printed(d, true, TB_SORT_RECORD), text[64];
	double ratio[PAIRS];

	(void)state;
	ratios(B, ratio);
	csv_is(csv, 1, "version", 1);
	csv_is(csv, 1, "n_a", N_A);
	csv_is(csv, 1, "estimate_a", 102.5);
	csv_is(csv, 1, "lo_a", 100);
	csv_is(csv, 1, "hi_a", 105);
	csv_is(csv, 1, "n_b", N_B);
	csv_is(csv, 1, "estimate_b", 123.5);
	csv_is(csv, 1, "lo_b", NAN);
	csv_is(csv, 1, "hi_b", NAN);
	csv_is(csv, 1, "ratio", sqrt(ratio[PAIRS / 2 - 1] * ratio[PAIRS / 2]));
	csv_is(csv, 1, "ratio_lo", ratio[RANK - 1]);
	csv_is(csv, 1, "ratio_hi", ratio[PAIRS - RANK]);
	csv_is(csv, 1, "difference", NAN);
	csv_is(csv, 1, "a12", 1);
	csv_is(csv, 1, "p", P);
	csv_is(csv, 1, "q", P * 3 / 2);
	csv_is(csv, 1, "detectable", d->c.row[0].versus.detectable);
	csv_is(csv, 3, "ratio", NAN);
	csv_is(csv, 3, "difference", 0.4);
	csv_is(csv, 3, "difference_lo", 0.3);
	csv_is(csv, 3, "difference_hi", 0.5);
	csv_is(csv, 4, "p", NAN);
	csv_is(csv, 4, "q", NAN);
	cell(csv, 1, "verdict", text, sizeof(text));
	assert_string_equal(text, "\"slower\"");
	cell(csv, 4, "verdict", text, sizeof(text));
	assert_string_equal(text, "\"refused\"");
	free(csv);
	part(d);
}

static void holds(const char *text, const char *want)
{
	if (!strstr(text, want))
		fail_msg("no '%s' in:\n%s", want, text);
}

/* "number  A  B  B/A  P(B > A)  q  verdict" */
static void table(void **state)
{
	struct duel *d = fought();
	char *text = printed_as(d, false, TB_SORT_RECORD, true);

	(void)state;
	holds(text, "102.5 [100.0, 105.0]  123.5 [n = 4]");
	holds(text, "1.00  0.014  slower\n");
	/* In per cent. */
	holds(text, "10.00 [0, 20.00]  50.00 [n = 4]  +40.00 [30.00, 50.00]");
	holds(text,
	      "3 rows compared: 2 slower, 0 faster, 0 equivalent, 1 inconclusive, 0 insufficient.");
	free(text);
	/* In 100 columns the ratio keeps its interval. */
	text = printed(d, false, TB_SORT_RECORD);
	holds(text, "  102.5  123.5  1.2");
	holds(text, "]  slower\n");
	holds(text, "  10.00  50.00  +40.00 [30.00, 50.00]");
	assert_null(strstr(text, "P(B > A)"));
	free(text);
	part(d);
}

/* A mixture stands at its modes, each with its own share. */
static void mixture(void **state)
{
	json_t *a = made_record(), *b = made_record();
	struct duel *d;
	char *text;

	(void)state;
	made_row(a, "ns", A, N_A);
	json_object_set_new(
		json_path(made_metric(made_row(b, "ns", B, N_B)), "summary"), "modes",
		json_pack("{s:f,s:f,s:f}", "low", 110.0, "high", 140.0, "share_high", 0.3));
	d = duel(a, b, false);
	text = printed_as(d, false, TB_SORT_RECORD, true);
	holds(text, "110.0 in 70 %, 140.0 in 30 %");
	free(text);
	text = printed(d, false, TB_SORT_RECORD);
	holds(text, "  110.0 | 140.0  ");
	free(text);
	part(d);
}

/* By ratio: the largest change first, whichever way; by record as it was. */
static void order(void **state)
{
	static const double factor[] = { 1.1, 0.5, 1.3 };
	json_t *a = made_record(), *b = made_record();
	double scaled[N_A];
	struct duel *d;
	char *csv;

	(void)state;
	for (size_t i = 0; i < COUNT(factor); i++) {
		for (size_t k = 0; k < N_A; k++)
			scaled[k] = factor[i] * A[k];
		made_row(a, "ns", A, N_A);
		made_row(b, "ns", scaled, N_A);
	}
	d = duel(a, b, false);
	csv = printed(d, true, TB_SORT_RECORD);
	csv_is(csv, 1, "estimate_b", 1.1 * 102.5);
	csv_is(csv, 2, "estimate_b", 0.5 * 102.5);
	free(csv);
	csv = printed(d, true, TB_SORT_RATIO);
	csv_is(csv, 1, "estimate_b", 0.5 * 102.5);
	csv_is(csv, 2, "estimate_b", 1.3 * 102.5);
	csv_is(csv, 3, "estimate_b", 1.1 * 102.5);
	free(csv);
	part(d);
}

/* Refused rows have no verdict, so they are counted as none. */
static void counts(void **state)
{
	struct duel *d = fought();

	(void)state;
	assert_int_equal(tb_compare_count(&d->c, TB_VERDICT_SLOWER), 2);
	assert_int_equal(tb_compare_count(&d->c, TB_VERDICT_INCONCLUSIVE), 1);
	assert_int_equal(tb_compare_count(&d->c, TB_VERDICT_INSUFFICIENT), 0);
	assert_int_equal(tb_compare_count(&d->c, TB_VERDICT_FASTER), 0);
	part(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_of_a_row), cmocka_unit_test(csv_of_a_row),
		cmocka_unit_test(table),	 cmocka_unit_test(mixture),
		cmocka_unit_test(order),	 cmocka_unit_test(counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
