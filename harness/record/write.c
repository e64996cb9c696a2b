// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "json.h"
#include "publish.h"
#include "record/samples.h"

typedef int (*each_range)(json_t *entry, const char *column, const json_t *range, void *arg);

/* Visits every {first, count} of a record. */
static int for_ranges(const json_t *record, each_range each, void *arg)
{
	json_t *row, *metric, *entry;
	size_t r, m, l;
	int err = 0;

	json_array_foreach(json_object_get(record, "benchmarks"), r, row)
		json_array_foreach(json_object_get(row, "metrics"), m, metric)
			json_array_foreach(json_object_get(metric, "samples"), l, entry)
				for (int c = 0; c < TB_COLUMNS && !err; c++) {
					const json_t *range = json_object_get(
						entry, tb_column_name((enum tb_column)c));

					if (json_is_object(range))
						err = each(entry, tb_column_name((enum tb_column)c),
							   range, arg);
				}
	return err;
}

static int inline_range(json_t *entry, const char *column, const json_t *range, void *arg)
{
	const struct tb_record *record = arg;
	const double *x = record->number + (size_t)tb_json_number(range, "first", 0);
	size_t n = (size_t)tb_json_number(range, "count", 0);
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(array, json_real(x[i])))
			return -ENOMEM;
	return json_object_set_new(entry, column, array) ? -ENOMEM : 0;
}

static int count_range(json_t *entry, const char *column, const json_t *range, void *arg)
{
	(void)entry;
	(void)column;
	*(size_t *)arg += (size_t)tb_json_number(range, "count", 0);
	return 0;
}

int tb_record_inline(struct tb_record *record)
{
	int err = for_ranges(record->json, inline_range, record);

	free(record->number);
	record->number = NULL;
	record->numbers = 0;
	return err;
}

int tb_record_write(const json_t *json, int fd)
{
	/*
	 * ASCII: U+009B or U+202E in a foreign record would control the terminal of `show --json`.
	 */
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17) | JSON_ENSURE_ASCII);
	int err = text ? tb_write_all(fd, text, strlen(text)) : -ENOMEM;

	free(text);
	return err ? err : tb_write_all(fd, "\n", 1);
}

struct side {
	const struct tb_record *record;
	json_t *description;
};

static int write_side(int fd, void *arg)
{
	struct side *side = arg;
	struct tb_samples_writer *writer = NULL;
	int err = tb_samples_open(fd, &writer);

	if (err)
		return err;
	err = tb_samples_put(writer, side->record->number, side->record->numbers);
	if (!err)
		err = tb_samples_finish(writer, &side->description);
	else
		tb_samples_abort(writer);
	return err;
}

static int write_json(int fd, void *arg)
{
	return tb_record_write(arg, fd);
}

static int publish_side(struct tb_record *record, int dir, const char *name)
{
	struct side side = { record, NULL };
	int err = tb_publish(dir, name, write_side, &side);

	if (err) {
		json_decref(side.description);
		return err;
	}
	json_object_set_new(side.description, "file", json_string(name));
	json_object_set_new(record->json, "samples_file", side.description);
	return 0;
}

/*
 * A faulty disk, or a library that ran out of memory, can leave a bad file without an error. The
 * caller deletes the journal afterwards, so the file is checked first.
 */
static int read_back(int dir, const char *name, struct tb_error *why)
{
	struct tb_error detail = { "" };
	struct tb_record there;
	int err = tb_record_read(dir, name, &there, &detail);

	if (!err) {
		err = tb_record_validate(&there, &detail);
		tb_record_free(&there);
	}
	return err ? tb_error(why, -EIO, "%s differs when it is read back: %s", name,
			      detail.text[0] ? detail.text : strerror(-err))
		   : 0;
}

int tb_record_publish(struct tb_record *record, int dir, const char *stem, struct tb_error *why)
{
	char name[TB_STEM_MAX + 16], side[TB_STEM_MAX + 16];
	size_t numbers = 0;
	int err;

	for_ranges(record->json, count_range, &numbers);
	snprintf(name, sizeof(name), "%s.json", stem);
	snprintf(side, sizeof(side), "%s.samples.zst", stem);
	/* The side file first, so that a record that exists is complete. */
	err = numbers > TB_INLINE_MAX ? publish_side(record, dir, side) : tb_record_inline(record);
	if (err)
		return tb_error(why, err, "%s: %s", side, strerror(-err));
	err = tb_publish(dir, name, write_json, record->json);
	/* The name belongs to another record, so the side file is removed. */
	if (err == -EEXIST && numbers > TB_INLINE_MAX)
		unlinkat(dir, side, 0);
	if (err)
		return tb_error(why, err, "%s: %s", name, strerror(-err));
	err = read_back(dir, name, why);
	if (err) {
		unlinkat(dir, name, 0);
		if (numbers > TB_INLINE_MAX)
			unlinkat(dir, side, 0);
	}
	return err;
}
