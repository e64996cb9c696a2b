// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/record_from_journal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "record/summary.h"

/* False if the numbers file lacks samples of the line, or has NANs: the machine crashed between. */
static bool all_there(const json_t *samples, const struct tb_journal_reader *reader)
{
	const json_t *metric;
	size_t m;

	json_array_foreach(samples, m, metric)
		for (int c = 0; c < TB_COLUMNS; c++) {
			const json_t *range =
				json_object_get(metric, tb_column_name((enum tb_column)c));

			double first = tb_json_number(range, "first", 0);
			double count = tb_json_number(range, "count", 0);

			if (first < 0 || count < 0 || first + count > (double)reader->numbers)
				return false;
			for (size_t i = 0; i < (size_t)count; i++)
				if (!isfinite(reader->number[(size_t)first + i]))
					return false;
		}
	return true;
}

static void metric_from_journal(json_t *metric, const json_t *entry)
{
	const char *unavailable = tb_json_text(entry, "unavailable", NULL);
	json_t *samples = json_object_get(metric, "samples");

	if (unavailable)
		json_object_set_new(metric, "reason", json_string(unavailable));
	if (!json_is_array(samples)) {
		samples = json_array();
		json_object_set_new(metric, "samples", samples);
	}
	json_array_append_new(samples,
			      unavailable || !entry ? json_object() : json_deep_copy(entry));
}

static void launch_from_journal(json_t *record, const json_t *line,
				const struct tb_journal_reader *reader)
{
	const json_t *index = json_object_get(line, "row");
	json_t *row = json_array_get(json_object_get(record, "benchmarks"),
				     (size_t)json_integer_value(index));
	json_t *launch = json_object_get(line, "launch");
	const json_t *samples = json_object_get(line, "samples");
	json_t *metrics = json_object_get(row, "metrics"), *metric;
	size_t m;

	if (!row || !json_is_integer(index) || !json_is_object(launch) ||
	    !all_there(samples, reader))
		return;
	json_array_append(json_object_get(row, "launches"), launch);
	json_array_foreach(metrics, m, metric)
		metric_from_journal(metric, json_array_get(samples, m));
}

/* A metric that no launch could measure has null samples and a reason. */
static void null_unmeasured(json_t *row)
{
	json_t *metric, *entry;
	size_t m, l;

	json_array_foreach(json_object_get(row, "metrics"), m, metric) {
		bool any = false;

		json_array_foreach(json_object_get(metric, "samples"), l, entry)
			any = any || json_object_size(entry);
		if (any)
			continue;
		json_object_set_new(metric, "samples", json_null());
		if (json_is_null(json_object_get(metric, "reason")))
			json_object_set_new(metric, "reason", json_string("no launch was made"));
	}
}

static int conclude(struct tb_record *record)
{
	json_t *row;
	size_t i;
	int err = 0;

	json_array_foreach(json_object_get(record->json, "benchmarks"), i, row) {
		if (!strcmp(tb_json_text(row, "status", ""), "skipped"))
			continue;
		null_unmeasured(row);
		err = tb_row_conclude(record, row);
		if (err)
			break;
	}
	return err;
}

static void set_end(json_t *record, const json_t *end)
{
	char now[32];
	time_t t = time(NULL);
	struct tm tm;

	if (end) {
		json_object_update(record, (json_t *)end);
		return;
	}
	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	json_object_set_new(record, "complete", json_false());
	json_object_set_new(record, "exit_reason", json_string("killed"));
	json_object_set_new(record, "finished_at", json_string(now));
}

int tb_record_from_journal(struct tb_journal *journal, struct tb_record *record,
			   struct tb_error *why)
{
	struct tb_journal_reader reader;
	json_t *line, *end = NULL;
	int err = tb_journal_read(journal, &reader);

	*record = (struct tb_record){ 0 };
	if (err)
		return tb_error(why, err, "%s: journal unreadable: %s", journal->stem,
				err == -ENOTSUP ? "not a regular file" : strerror(-err));
	line = tb_journal_next(&reader);
	record->json = json_incref(json_object_get(line, "record"));
	json_decref(line);
	if (!json_is_object(record->json)) {
		bool torn = !memchr(reader.text, '\n', reader.bytes);

		err = reader.err;
		tb_record_free(record);
		tb_journal_reader_free(&reader);
		if (err)
			return err;
		return torn ? tb_error(why, -ENODATA, "the run was killed before it measured")
			    : tb_error(why, -EINVAL, "its first line is not that of a run");
	}
	while ((line = tb_journal_next(&reader))) {
		if (json_object_get(line, "end") && !end)
			end = json_incref(json_object_get(line, "end"));
		else
			launch_from_journal(record->json, line, &reader);
		json_decref(line);
	}
	set_end(record->json, end);
	json_decref(end);
	record->number = reader.number;
	record->numbers = reader.numbers;
	reader.number = NULL;
	err = reader.err ? reader.err : conclude(record);
	tb_journal_reader_free(&reader);
	if (err)
		tb_record_free(record);
	return err;
}
