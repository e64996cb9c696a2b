// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "embedded.h"
#include "json.h"
#include "record/samples.h"
#include "record/schema.h"
#include "renamed.h"
#include "size.h"

static int refuse_side_file(int err, const char *name, const char *path, struct tb_error *why)
{
	if (err == -ENOENT)
		return tb_error(
			why, -ENOENT,
			"%s: its samples file %s is missing; put that file beside the record", name,
			path);
	/* A link could lead to a file that the user did not name. */
	if (err == -ELOOP)
		return tb_error(
			why, err,
			"%s: its samples file %s is a symbolic link, which is not followed; put the file itself there",
			name, path);
	return tb_error(why, err, "%s: its samples file %s: %s", name, path, strerror(-err));
}

static int load_numbers(int dir, const char *name, struct tb_record *record, struct tb_error *why)
{
	const json_t *file = json_object_get(record->json, "samples_file");
	const char *side = tb_json_text(file, "file", "");
	const char *slash = strrchr(name, '/');
	char path[4096];
	int fd, err;

	if (!json_is_object(file))
		return 0;
	/* The side file is beside its record. A name with a slash could lead to another folder. */
	if (!*side || *side == '.' || strchr(side, '/'))
		return tb_error(why, -EINVAL, "%s: the side file's name is not a plain name", name);
	snprintf(path, sizeof(path), "%.*s%s", slash ? (int)(slash - name + 1) : 0, name, side);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return refuse_side_file(-errno, name, path, why);
	err = tb_samples_read(fd, file, TB_NUMBERS_MAX, &record->number, &record->numbers, why);
	close(fd);
	return err;
}

/* Checks that every {first, count} lies inside the side file. */
static int check_ranges(const struct tb_record *record, const char *name, struct tb_error *why)
{
	const json_t *row, *metric, *launch, *samples;
	const char *column;
	double total =
		0; /* limited, because overlapping ranges could demand any amount of memory */
	size_t r, m, l;

	json_array_foreach(json_object_get(record->json, "benchmarks"), r, row)
		json_array_foreach(json_object_get(row, "metrics"), m, metric) {
			if (json_is_null(json_object_get(metric, "samples")))
				continue;
			if (json_array_size(json_object_get(metric, "samples")) !=
			    json_array_size(json_object_get(row, "launches")))
				return tb_error(
					why, -EINVAL,
					"%s: benchmarks[%zu].metrics[%zu]: the number of sample entries is not that of the launches",
					name, r, m);
			json_array_foreach(json_object_get(metric, "samples"), l, launch)
				json_object_foreach((json_t *)launch, column, samples) {
					double first = tb_json_number(samples, "first", 0);
					double count = tb_json_number(samples, "count", 0);

					total += json_is_object(samples) ? count : 0;
					if (json_is_object(samples) &&
					    (first + count > (double)record->numbers ||
					     total > (double)record->numbers))
						return tb_error(
							why, -EINVAL,
							"%s: benchmarks[%zu].metrics[%zu]: samples beyond the side file",
							name, r, m);
				}
		}
	return 0;
}

int tb_record_read(int dir, const char *name, struct tb_record *record, struct tb_error *why)
{
	int err;

	*record = (struct tb_record){ 0 };
	err = tb_load_json(dir, name, NULL, &record->json, why);
	if (!err)
		err = load_numbers(dir, name, record, why);
	if (!err)
		err = check_ranges(record, name, why);
	if (err)
		tb_record_free(record);
	return err;
}

void tb_record_free(struct tb_record *record)
{
	json_decref(record->json);
	free(record->number);
	*record = (struct tb_record){ 0 };
}

size_t tb_record_samples(const struct tb_record *record, const json_t *metric, size_t launch,
			 const char *column, double **buffer, const double **at)
{
	const json_t *entry = json_array_get(json_object_get(metric, "samples"), launch);
	const json_t *samples = json_object_get(entry, column), *number;
	size_t i, n = json_array_size(samples);
	double *grown;

	if (json_is_object(samples)) {
		*at = record->number + (size_t)tb_json_number(samples, "first", 0);
		return (size_t)tb_json_number(samples, "count", 0);
	}
	grown = n ? reallocarray(*buffer, n, sizeof(double)) : NULL;
	if (!grown)
		return 0;
	*buffer = grown;
	*at = grown;
	json_array_foreach(samples, i, number)
		grown[i] = json_number_value(number);
	return n;
}

void tb_row_text(const json_t *row, char *out, size_t bytes)
{
	const json_t *value;
	const char *name;
	size_t used = (size_t)snprintf(out, bytes, "%s", tb_json_text(row, "name", "?"));

	json_object_foreach(json_object_get(row, "params"), name, value) {
		char size[32];

		if (used >= bytes)
			break;
		tb_size_text((unsigned long)json_integer_value(value), size, sizeof(size));
		used += (size_t)snprintf(out + used, bytes - used, " %s=%s", name,
					 json_is_string(value) ? json_string_value(value) : size);
	}
}

/* Much larger than any valid record, and small enough for a hostile one. */
enum { JSON_BYTES_MAX = 256 << 20 };

struct text {
	char *at; /* ends with NUL */
	size_t len;
};

/* The file may grow while it is read. Only its initial size is read. */
static int read_all(int fd, size_t size, struct text *text)
{
	text->len = 0;
	text->at = malloc(size + 1);
	if (!text->at)
		return -ENOMEM;
	while (text->len < size) {
		ssize_t n = read(fd, text->at + text->len, size - text->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		text->len += (size_t)n;
	}
	text->at[text->len] = '\0';
	return 0;
}

static int load_text(int dir, const char *name, struct text *text, struct tb_error *why)
{
	struct stat st;
	int err, fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return tb_error(why, -errno, "%s: %s", name, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		err = tb_error(why, -EINVAL, "%s: not a regular file", name);
	else if (st.st_size > JSON_BYTES_MAX)
		err = tb_error(why, -EINVAL, "%s: larger than any record (256 MiB)", name);
	else
		err = read_all(fd, (size_t)st.st_size, text);
	close(fd);
	return err;
}

static int check_version(const json_t *json, const char *name, struct tb_error *why)
{
	const char *schema = tb_json_text(json, "schema", NULL);
	char renamed[256];

	if (schema && !strcmp(schema, TB_RECORD_SCHEMA))
		return 0;
	tb_renamed_in_record(json, renamed, sizeof(renamed));
	return tb_error(why, -EINVAL,
			"%s: not a record of this version: its schema is %s, not %s%s%s", name,
			schema ? schema : "missing", TB_RECORD_SCHEMA, renamed[0] ? "; " : "",
			renamed);
}

static int check_schema(const json_t *json, const char *name, struct tb_error *why)
{
	struct tb_error detail = { "" };
	struct tb_schema *schema;
	int err = tb_schema_load(tb_embedded_schema, tb_embedded_schema_length, &schema, &detail);

	if (!err) {
		err = tb_schema_check(schema, json, &detail);
		tb_schema_free(schema);
	}
	return err ? tb_error(why, err, "%s: %s", name, detail.text) : 0;
}

int tb_load_json(int dir, const char *name, const struct tb_strip_rule *cuts, json_t **json,
		 struct tb_error *why)
{
	struct text text = { NULL, 0 };
	json_error_t error;
	int err = load_text(dir, name, &text, why);

	*json = NULL;
	if (!err && cuts)
		text.len = tb_json_strip(text.at, text.len, cuts);
	if (!err) {
		*json = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, &error);
		if (!*json)
			err = tb_error(why, -EINVAL, "%s: not JSON: %s (line %d)", name, error.text,
				       error.line);
	}
	free(text.at);
	if (!err)
		err = check_version(*json, name, why);
	if (!err && !cuts)
		err = check_schema(*json, name, why);
	if (err) {
		json_decref(*json);
		*json = NULL;
	}
	return err;
}
