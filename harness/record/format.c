// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "machine/identity.h"
#include "json.h"
#include "size.h"

void tb_figure(const char *unit, double x, char *out, size_t bytes)
{
	double scaled = unit && !strcmp(unit, "ratio") ? 100 * x : x;
	double a = fabs(scaled);
	int digits = a >= 1000 || a == 0 ? 0 : a >= 100 ? 1 : a >= 1 ? 2 : a >= 0.0005 ? 4 : 6;

	if (isfinite(x))
		snprintf(out, bytes, "%.*f", digits, scaled);
	else
		snprintf(out, bytes, "-");
}

void tb_short_figure(const char *unit, double x, double lo, double hi, char *out, size_t bytes)
{
	double half = fmax(x - lo, hi - x), share = 100 * half / fabs(x);
	bool own_unit = unit && (!strcmp(unit, "ratio") || !strcmp(unit, "lines"));
	char figure[24], width[24];

	tb_figure(unit, x, figure, sizeof(figure));
	if (!isfinite(half)) {
		snprintf(out, bytes, "%s", figure);
	} else if (own_unit || x == 0) {
		tb_figure(unit, half, width, sizeof(width));
		snprintf(out, bytes, "%s ± %s", figure, width);
	} else {
		snprintf(out, bytes, share < 9.95 ? "%s ± %.1f %%" : "%s ± %.0f %%", figure, share);
	}
}

void tb_short_modes(const char *unit, double low, double high, double share_high, char *out,
		    size_t bytes)
{
	char lo[24], hi[24];

	tb_figure(unit, low, lo, sizeof(lo));
	tb_figure(unit, high, hi, sizeof(hi));
	snprintf(out, bytes, "%s | %s (%.0f %%)", lo, hi, 100 * share_high);
}

static void add_text(char *out, size_t bytes, const char *fmt, const char *text)
{
	size_t used = strlen(out);
	char inert[128];

	if (text && used < bytes)
		snprintf(out + used, bytes - used, fmt, tb_inert(text, inert, sizeof(inert)));
}

static void add_number(char *out, size_t bytes, const char *fmt, const json_t *number)
{
	size_t used = strlen(out);

	if (json_is_integer(number) && used < bytes)
		snprintf(out + used, bytes - used, fmt, (long long)json_integer_value(number));
}

void tb_hypervisor_text(const struct tb_record *record, char *out, size_t bytes)
{
	const char *in = tb_json_text(tb_json_at(record->json, "environment.virtualization"),
				      "hypervisor", NULL);
	const char *of = tb_json_text(tb_json_at(record->json, "environment.kvm"), "module", "kvm");
	bool nested = !strcmp(tb_json_text(record->json, "class", ""), "nested");
	char word[40];

	snprintf(out, bytes, "%s", nested ? tb_inert(of, word, sizeof(word)) : "");
	add_text(out, bytes, nested ? " in %s" : "%s", in);
}

void tb_machine_text(const struct tb_record *record, char *out, size_t bytes)
{
	const json_t *cpu = tb_json_at(record->json, "host.cpu"), *cache;
	char within[80];
	size_t i;

	tb_identity_text(cpu, out, bytes);
	add_text(out, bytes, ", %s", tb_json_text(cpu, "vendor", "?"));
	add_number(out, bytes, " family %lld", json_object_get(cpu, "family"));
	add_number(out, bytes, " model %lld", json_object_get(cpu, "model"));
	add_number(out, bytes, " stepping %lld", json_object_get(cpu, "stepping"));
	add_text(out, bytes, ", microcode %s", tb_json_text(cpu, "microcode", NULL));
	json_array_foreach(json_object_get(cpu, "caches"), i, cache)
		if (tb_json_number(cache, "level", 0) == 1 &&
		    tb_json_number(cache, "size_bytes", 0) > 0 &&
		    strcmp(tb_json_text(cache, "type", ""), "Instruction")) {
			size_t used = strlen(out);

			if (used < bytes)
				snprintf(out + used, bytes - used, ", L1D %.0f KiB",
					 tb_json_number(cache, "size_bytes", 0) / 1024);
		}
	add_text(out, bytes, ", class %s", tb_json_text(record->json, "class", "?"));
	tb_hypervisor_text(record, within, sizeof(within));
	add_text(out, bytes, " (%s)", *within ? within : NULL);
}

void tb_cpu_text(const struct tb_record *record, char *out, size_t bytes)
{
	const json_t *cpu = tb_json_at(record->json, "host.cpu");

	snprintf(out, bytes, "%s", "");
	add_number(out, bytes, "CPU %lld", json_object_get(cpu, "number"));
	if (*out)
		add_text(out, bytes, ", a core of kind %s", tb_json_text(cpu, "kind", NULL));
}

/* Why a member of an object that lists its nulls is one. */
static const char *reason_of(const json_t *object, const char *field)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(object, "nulls"), i, entry)
		if (!strcmp(tb_json_text(entry, "field", ""), field))
			return tb_json_text(entry, "reason", NULL);
	return NULL;
}

void tb_tool_text(const json_t *tool, char *out, size_t bytes)
{
	const char *commit = tb_json_text(tool, "commit", NULL);
	char digits[13];

	snprintf(out, bytes, "%s", "");
	add_text(out, bytes, "tollbooth %s", tb_json_text(tool, "version", "?"));
	if (commit) {
		snprintf(digits, sizeof(digits), "%s", commit);
		add_text(out, bytes, ", commit %s", digits);
	} else {
		add_text(out, bytes, "%s", ", commit unknown");
		/* compare reads records without their reasons. */
		add_text(out, bytes, ": %s", reason_of(tool, "commit"));
	}
	if (json_is_true(json_object_get(tool, "dirty")))
		add_text(out, bytes, "%s", ", with local changes");
}

void tb_row_values(const json_t *row, char *out, size_t bytes)
{
	const json_t *value, *params = json_object_get(row, "params");
	const char *name;

	snprintf(out, bytes, "%s", "");
	json_object_foreach((json_t *)params, name, value) {
		char text[32];

		tb_size_text((unsigned long)json_integer_value(value), text, sizeof(text));
		add_text(out, bytes, *out ? " %s" : "%s",
			 json_is_string(value) ? json_string_value(value) : text);
	}
}
