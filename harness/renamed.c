// SPDX-License-Identifier: GPL-2.0-or-later
#include "renamed.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *kind, *before, *now;
} renamed[] = {
	{ "loop", "seed", "kvm" },
	{ "loop", "seed-lfence", "kvm-lfence" },
	{ "loop", "seed-serialize", "kvm-serialize" },
	{ "storm", "model", "threads with shadow=model" },
	{ "metric", "aftermath", "refill" },
	{ "metric", "aftermath-page", "refill-page" },
	{ "metric", "aftermath-full", "refill-full" },
	{ "metric", "aftermath-linear", "refill-linear" },
	{ "metric", "aftermath-linear-page", "refill-linear-page" },
	{ "metric", "aftermath-linear-full", "refill-linear-full" },
	{ "metric", "own-share",
	  "handler-share (apf/wake-uffd), synchronous-share (apf/wake-kvm)" },
	{ "status", "unquiet", "noisy" },
};

const char *tb_renamed(const char *kind, const char *name)
{
	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
		if (!strcmp(renamed[i].kind, kind) && !strcmp(renamed[i].before, name))
			return renamed[i].now;
	return NULL;
}

static bool renamed_text(const char *kind, const json_t *name, char *out, size_t bytes)
{
	const char *now = json_is_string(name) ? tb_renamed(kind, json_string_value(name)) : NULL;

	if (now)
		snprintf(out, bytes, "%s=%s is called %s", kind, json_string_value(name), now);
	return now;
}

static bool renamed_in_row(const json_t *row, char *out, size_t bytes)
{
	const json_t *params = json_object_get(row, "params"), *metric;
	const char *param;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)params, param, value)
		if (renamed_text(param, value, out, bytes))
			return true;
	json_array_foreach(json_object_get(row, "metrics"), i, metric)
		if (renamed_text("metric", json_object_get(metric, "name"), out, bytes))
			return true;
	return renamed_text("status", json_object_get(row, "status"), out, bytes);
}

void tb_renamed_in_record(const json_t *record, char *out, size_t bytes)
{
	const json_t *row;
	size_t i;

	out[0] = '\0';
	json_array_foreach(json_object_get(record, "benchmarks"), i, row)
		if (renamed_in_row(row, out, bytes))
			return;
}
