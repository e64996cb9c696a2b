// SPDX-License-Identifier: GPL-2.0-or-later
/* A comparison as JSON and as CSV. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/print.h"
#include "json.h"
#include "record/record.h"

static json_t *text_json(const char *text)
{
	return tb_text(text, strlen(text));
}

static json_t *number_json(double number)
{
	return isfinite(number) ? json_real(number) : json_null();
}

static json_t *change_json(bool there, double estimate, const struct tb_interval *ci)
{
	if (!there)
		return json_null();
	return json_pack("{s:f,s:o,s:o,s:o}", "estimate", estimate, "lo",
			 ci->present ? json_real(ci->lo) : json_null(), "hi",
			 ci->present ? json_real(ci->hi) : json_null(), "coverage",
			 ci->present ? json_real(ci->coverage) : json_null());
}

static json_t *estimate_json(const struct tb_entry *entry)
{
	const struct tb_estimate *e = &entry->estimate;

	return json_pack("{s:I,s:f,s:o,s:o,s:b}", "n", (json_int_t)entry->n, "estimate",
			 e->estimate, "lo", e->has_interval ? json_real(e->lo) : json_null(), "hi",
			 e->has_interval ? json_real(e->hi) : json_null(), "two_modes",
			 entry->modes.two);
}

static json_t *identity_json(const struct tb_pairing *row)
{
	return json_pack("{s:s,s:i,s:O,s:s,s:s,s:s}", "name",
			 tb_json_text(row->a->row, "name", "?"), "version",
			 tb_entry_version(row->a), "params", json_object_get(row->a->row, "params"),
			 "metric", tb_pairing_text(row, "name"), "unit",
			 tb_pairing_text(row, "unit"), "direction",
			 tb_pairing_text(row, "direction"));
}

static json_t *row_json(const struct tb_comparison *c, const struct tb_pairing *row)
{
	const struct tb_versus *v = &row->versus;
	const char *reason = tb_versus_reason(v);
	json_t *json = identity_json(row), *more;

	if (!json)
		return NULL;
	more = json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:f,s:f,s:f,s:o,s:s,s:o}", "a",
			 c->reference->label, "b", row->other->label, "figures_in", row->a->unit,
			 "estimate_a", estimate_json(row->a), "estimate_b", estimate_json(row->b),
			 "ratio", change_json(v->has_ratio, v->ratio, &v->ratio_ci), "difference",
			 change_json(v->has_difference, v->difference, &v->difference_ci), "a12",
			 v->a12, "p", v->p, "q", v->q, "detectable", number_json(v->detectable),
			 "verdict", tb_stats_verdict_name(v->verdict), "reason",
			 *reason ? text_json(reason) : json_null());
	json_object_update_new(json, more);
	return json;
}

static json_t *refusal_json(const struct tb_comparison *c, const struct tb_pairing *row)
{
	json_t *json = identity_json(row);

	json_object_set_new(json, "a", json_string(c->reference->label));
	json_object_set_new(json, "b", json_string(row->other->label));
	json_object_set_new(json, "reason", text_json(row->refusal));
	return json;
}

static json_t *side_json(const struct tb_side *side)
{
	json_t *json = json_pack("{s:s,s:o,s:s,s:I,s:I,s:[]}", "label", side->label, "name",
				 text_json(side->name), "class", tb_side_class(side), "records",
				 (json_int_t)side->records, "machines",
				 (json_int_t)tb_side_machines(side), "run_ids");

	for (size_t i = 0; i < side->records; i++)
		json_array_append_new(json_object_get(json, "run_ids"),
				      json_string(tb_json_text(side->record[i], "run_id", "?")));
	return json;
}

static json_t *absence_json(const struct tb_absence *absence)
{
	char first[384];

	tb_row_text(absence->first->row, first, sizeof(first));
	return json_pack("{s:s,s:s,s:I,s:o,s:o}", "in", absence->has->label, "not_in",
			 absence->missing->label, "rows", (json_int_t)absence->rows, "first",
			 text_json(first), "reason",
			 absence->reason ? text_json(absence->reason) : json_null());
}

static json_t *counts_json(const struct tb_comparison *c)
{
	json_t *json = json_object();

	for (int v = TB_VERDICT_INSUFFICIENT; v <= TB_VERDICT_SLOWER; v++)
		json_object_set_new(
			json, tb_stats_verdict_name((enum tb_verdict)v),
			json_integer((json_int_t)tb_compare_count(c, (enum tb_verdict)v)));
	return json;
}

json_t *tb_compare_json(const struct tb_comparison *c, const struct tb_view *view)
{
	json_t *sides = json_array(), *rows = json_array(), *refused = json_array();
	json_t *only = json_array();
	size_t n;
	const struct tb_pairing **row = tb_compare_order(c, view, false, &n);

	for (size_t i = 0; i < c->sides->n; i++)
		json_array_append_new(sides, side_json(&c->sides->at[i]));
	for (size_t i = 0; row && i < n; i++)
		if (!row[i]->refusal[0])
			json_array_append_new(rows, row_json(c, row[i]));
	for (size_t i = 0; i < c->rows; i++)
		if (c->row[i].refusal[0])
			json_array_append_new(refused, refusal_json(c, &c->row[i]));
	for (size_t i = 0; i < c->absences; i++)
		json_array_append_new(only, absence_json(&c->absence[i]));
	free(row);
	return json_pack("{s:s,s:b,s:f,s:f,s:f,s:s,s:s,s:o,s:O,s:O,s:o,s:o,s:o,s:o}", "schema",
			 "tollbooth.compare/1", "validated", 0, "min_effect", c->judge.min_effect,
			 "alpha", c->judge.alpha, "power", TB_POWER, "scope", c->scope, "reference",
			 c->reference->label, "sides", sides, "context", c->differences.list,
			 "warnings", c->warnings, "rows", rows, "refused", refused, "only", only,
			 "counts", counts_json(c));
}

/*
 * A spreadsheet evaluates a cell that begins like a formula, even if it is quoted. An apostrophe
 * before it makes it text. Inside the quotes all other characters are safe.
 */
static void put_text(const char *text, FILE *out)
{
	fputs(strchr("=+-@\t\r\n|%", *text) && *text ? "\"'" : "\"", out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"')
			fputc('"', out);
		fputc(c < 0x20 || c >= 0x7f ? '?' : c, out);
	}
	fputs("\",", out);
}

static void put_number(double number, FILE *out)
{
	if (isfinite(number))
		fprintf(out, "%.17g", number);
	fputc(',', out);
}

static void put_interval(bool there, double estimate, const struct tb_interval *ci, FILE *out)
{
	put_number(there ? estimate : NAN, out);
	put_number(there && ci->present ? ci->lo : NAN, out);
	put_number(there && ci->present ? ci->hi : NAN, out);
}

static void put_estimate(const struct tb_entry *entry, FILE *out)
{
	const struct tb_estimate *e = &entry->estimate;

	put_number((double)entry->n, out);
	put_number(e->estimate, out);
	put_number(e->has_interval ? e->lo : NAN, out);
	put_number(e->has_interval ? e->hi : NAN, out);
}

static void put_row(const struct tb_comparison *c, const struct tb_pairing *row, FILE *out)
{
	const struct tb_versus *v = &row->versus;
	char *params = json_dumps(json_object_get(row->a->row, "params"), JSON_COMPACT);

	put_text(tb_json_text(row->a->row, "name", "?"), out);
	put_number(tb_entry_version(row->a), out);
	put_text(params ? params : "", out);
	free(params);
	put_text(tb_pairing_text(row, "name"), out);
	put_text(tb_pairing_text(row, "unit"), out);
	put_text(row->a->unit ? row->a->unit : "", out);
	put_text(c->reference->label, out);
	put_text(row->other->label, out);
	put_estimate(row->a, out);
	put_estimate(row->b, out);
	put_interval(v->has_ratio, v->ratio, &v->ratio_ci, out);
	put_interval(v->has_difference, v->difference, &v->difference_ci, out);
	put_number(row->refusal[0] ? NAN : v->a12, out);
	put_number(row->refusal[0] ? NAN : v->p, out);
	put_number(row->refusal[0] ? NAN : v->q, out);
	put_number(row->refusal[0] ? NAN : v->detectable, out);
	put_text(row->refusal[0] ? "refused" : tb_stats_verdict_name(v->verdict), out);
	put_text(row->refusal[0] ? row->refusal : tb_versus_reason(v), out);
	fputs("1\n", out);
}

void tb_compare_csv(const struct tb_comparison *c, const struct tb_view *view, FILE *out)
{
	size_t n;
	const struct tb_pairing **row = tb_compare_order(c, view, false, &n);

	fputs("name,version,params,metric,unit,figures_in,a,b,n_a,estimate_a,lo_a,hi_a,n_b,estimate_b,lo_b,hi_b,"
	      "ratio,ratio_lo,ratio_hi,difference,difference_lo,difference_hi,a12,p,q,detectable,verdict,reason,"
	      "csv_version\n",
	      out);
	for (size_t i = 0; row && i < n; i++)
		put_row(c, row[i], out);
	free(row);
}
