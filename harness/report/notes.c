// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands around a table: the machine above it, doubts and skips below. */
#include "report/notes.h"

#include <math.h>
#include <string.h>

#include "record/json.h"
#include "report/table.h"

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

void tb_machine_text(const struct tb_record *record, char *out, size_t bytes)
{
	const json_t *cpu = tb_json_at(record->json, "host.cpu"), *cache;
	const json_t *virt = tb_json_at(record->json, "environment.virtualization");
	const char *uarch = tb_json_text(cpu, "uarch", NULL);
	size_t i;

	snprintf(out, bytes, "%s", "");
	add_text(out, bytes, "%s", uarch ? uarch : tb_json_text(cpu, "name", "unknown CPU"));
	add_text(out, bytes, " (%s", tb_json_text(cpu, "vendor", "?"));
	add_number(out, bytes, " family %lld", json_object_get(cpu, "family"));
	add_number(out, bytes, " model %lld", json_object_get(cpu, "model"));
	add_number(out, bytes, " stepping %lld)", json_object_get(cpu, "stepping"));
	add_text(out, bytes, ", microcode %s", tb_json_text(cpu, "microcode", NULL));
	json_array_foreach (json_object_get(cpu, "caches"), i, cache)
		if (tb_json_number(cache, "level", 0) == 1 &&
		    strcmp(tb_json_text(cache, "type", ""), "Instruction")) {
			size_t used = strlen(out);

			if (used < bytes)
				snprintf(out + used, bytes - used, ", L1D %.0f KiB",
					 tb_json_number(cache, "size_bytes", 0) / 1024);
		}
	add_text(out, bytes, ", class %s", tb_json_text(record->json, "class", "?"));
	add_text(out, bytes, " (%s)", tb_json_text(virt, "hypervisor", NULL));
}

static void print_doubts(FILE *out, const json_t *row)
{
	const char *reason = tb_json_text(row, "reason", NULL),
		   *status = tb_json_text(row, "status", "");
	const json_t *check;
	char text[256], a[256], b[256];
	size_t i;

	tb_row_text(row, a, sizeof(a));
	tb_inert(a, text, sizeof(text));
	if (reason)
		fprintf(out, "  %s: %s: %s; %s\n", status, text, tb_inert(reason, a, sizeof(a)),
			tb_inert(tb_json_text(row, "remedy", "no remedy known"), b, sizeof(b)));
	json_array_foreach (json_object_get(row, "checks"), i, check)
		if (!json_is_true(json_object_get(check, "pass")))
			fprintf(out, "  check %s: %s: want %s, held in %s\n",
				tb_inert(tb_json_text(check, "name", "?"), a, sizeof(a)), text,
				tb_json_text(check, "want", "?"), tb_json_text(check, "got", "?"));
}

/* Metrics that are null in a whole row, by reason. */
static void print_nulls(FILE *out, const json_t *row)
{
	const json_t *metric;
	const char *last = NULL;
	char text[256], inert[256];
	size_t i;

	tb_row_text(row, text, sizeof(text));
	json_array_foreach (json_object_get(row, "metrics"), i, metric) {
		const char *reason = tb_json_text(metric, "reason", NULL);

		if (!reason || (last && !strcmp(reason, last)))
			continue;
		last = reason;
		fprintf(out, "  null: %s", tb_inert(text, inert, sizeof(inert)));
		fprintf(out, " %s and such: %s\n", tb_json_text(metric, "name", "?"),
			tb_inert(reason, inert, sizeof(inert)));
	}
}

void tb_notes_print(FILE *out, const struct tb_record *record)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(record->json, "benchmarks"), i, row) {
		print_doubts(out, row);
		print_nulls(out, row);
	}
}
