// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/json.h"
#include "record/load.h"
#include "record/samples.h"
#include "size.h"

static int refuse_side_file(int err, const char *name, const char *path, struct tb_error *why)
{
	if (err == -ENOENT)
		return tb_error(
			why, -ENOENT,
			"%s: its samples are in %s, which is not there: put that file beside the record",
			name, path);
	/* A link would read what the user did not name. */
	if (err == -ELOOP)
		return tb_error(
			why, err,
			"%s: its samples: %s is a symbolic link, which is not followed: put the file itself there",
			name, path);
	return tb_error(why, err, "%s: its samples: %s: %s", name, path, strerror(-err));
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
	/* The side file lies beside its record: a name with a slash would read what the user did not name. */
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

/* Every {first, count} lies inside the side file. */
static int check_ranges(const struct tb_record *record, const char *name, struct tb_error *why)
{
	const json_t *row, *metric, *launch, *samples;
	const char *column;
	double total = 0; /* named: ranges that overlap could ask for any amount of memory */
	size_t r, m, l;

	json_array_foreach(json_object_get(record->json, "benchmarks"), r, row)
		json_array_foreach(json_object_get(row, "metrics"), m, metric) {
			if (json_is_null(json_object_get(metric, "samples")))
				continue;
			if (json_array_size(json_object_get(metric, "samples")) !=
			    json_array_size(json_object_get(row, "launches")))
				return tb_error(
					why, -EINVAL,
					"%s: benchmarks[%zu].metrics[%zu]: not one entry of samples a launch",
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
