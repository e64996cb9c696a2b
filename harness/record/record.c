// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/record.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/embedded.h"
#include "record/json.h"
#include "record/samples.h"
#include "record/schema.h"
#include "size.h"

/* Far above any record of ours; far below what a hostile one could make a reader allocate. */
enum { JSON_BYTES_MAX = 256 << 20, NUMBERS_MAX = 64 << 20 };

static int load_text(int dir, const char *name, json_t **json, struct tb_complaint *why)
{
	struct stat st;
	json_error_t error;
	FILE *file;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return tb_complain(why, -errno, "%s: %s", name, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > JSON_BYTES_MAX) {
		close(fd);
		return tb_complain(why, -EINVAL, "%s: %s", name,
				   S_ISREG(st.st_mode) ? "larger than any record (256 MiB)"
						       : "not a regular file");
	}
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	*json = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	fclose(file);
	if (!*json)
		return tb_complain(why, -EINVAL, "%s: not JSON: %s (line %d)", name, error.text,
				   error.line);
	return 0;
}

static int check_schema(const json_t *json, const char *name, struct tb_complaint *why)
{
	const char *schema_name = tb_json_text(json, "schema", NULL);
	struct tb_complaint detail = { "" };
	struct tb_schema *schema;
	int err;

	if (!schema_name || strcmp(schema_name, TB_RECORD_SCHEMA))
		return tb_complain(why, -EINVAL,
				   "%s: not a record of this version: its schema is %s, not %s",
				   name, schema_name ? schema_name : "missing", TB_RECORD_SCHEMA);
	err = tb_schema_load(tb_embedded_schema, tb_embedded_schema_length, &schema, &detail);
	if (!err) {
		err = tb_schema_check(schema, json, &detail);
		tb_schema_free(schema);
	}
	return err ? tb_complain(why, err, "%s: %s", name, detail.text) : 0;
}

static int load_numbers(int dir, const char *name, struct tb_record *record,
			struct tb_complaint *why)
{
	const json_t *file = json_object_get(record->json, "samples_file");
	const char *side = tb_json_text(file, "file", "");
	const char *slash = strrchr(name, '/');
	char path[4096];
	int fd, err;

	if (!json_is_object(file))
		return 0;
	/* The side file lies beside its record: a name with a slash would read what the user did not name. */
	if (!*side || *side == '.' || strchr(side, '/'))
		return tb_complain(why, -EINVAL, "%s: the side file's name is not a plain name",
				   name);
	snprintf(path, sizeof(path), "%.*s%s", slash ? (int)(slash - name + 1) : 0, name, side);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return tb_complain(why, errno == ENOENT ? -EINVAL : -errno,
				   "%s: its samples: %s: %s", name, path, strerror(errno));
	err = tb_samples_read(fd, file, NUMBERS_MAX, &record->number, &record->numbers, why);
	close(fd);
	return err;
}

/* Every {first, count} lies inside the side file. */
static int check_ranges(const struct tb_record *record, const char *name, struct tb_complaint *why)
{
	const json_t *row, *metric, *launch, *samples;
	const char *column;
	double total = 0; /* named: ranges that overlap could ask for any amount of memory */
	size_t r, m, l;

	json_array_foreach (json_object_get(record->json, "benchmarks"), r, row)
		json_array_foreach (json_object_get(row, "metrics"), m, metric) {
			if (json_is_null(json_object_get(metric, "samples")))
				continue;
			if (json_array_size(json_object_get(metric, "samples")) !=
			    json_array_size(json_object_get(row, "launches")))
				return tb_complain(
					why, -EINVAL,
					"%s: benchmarks[%zu].metrics[%zu]: not one entry of samples a launch",
					name, r, m);
			json_array_foreach (json_object_get(metric, "samples"), l, launch)
				json_object_foreach ((json_t *)launch, column, samples) {
					double first = tb_json_number(samples, "first", 0);
					double count = tb_json_number(samples, "count", 0);

					total += json_is_object(samples) ? count : 0;
					if (json_is_object(samples) &&
					    (first + count > (double)record->numbers ||
					     total > (double)record->numbers))
						return tb_complain(
							why, -EINVAL,
							"%s: benchmarks[%zu].metrics[%zu]: samples beyond the side file",
							name, r, m);
				}
		}
	return 0;
}

int tb_record_read(int dir, const char *name, struct tb_record *record, struct tb_complaint *why)
{
	int err;

	*record = (struct tb_record){ 0 };
	err = load_text(dir, name, &record->json, why);
	if (!err)
		err = check_schema(record->json, name, why);
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
	json_array_foreach (samples, i, number)
		grown[i] = json_number_value(number);
	return n;
}

void tb_row_text(const json_t *row, char *out, size_t bytes)
{
	const json_t *value;
	const char *name;
	size_t used = (size_t)snprintf(out, bytes, "%s", tb_json_text(row, "name", "?"));

	json_object_foreach (json_object_get(row, "params"), name, value) {
		char size[32];

		if (used >= bytes)
			break;
		tb_size_text((unsigned long)json_integer_value(value), size, sizeof(size));
		used += (size_t)snprintf(out + used, bytes - used, " %s=%s", name,
					 json_is_string(value) ? json_string_value(value) : size);
	}
}
