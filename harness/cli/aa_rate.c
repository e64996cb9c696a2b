// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/folders.h"
#include "cli/aa_rate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/identity.h"
#include "json.h"
#include "publish.h"
#include "run/describe.h"
#include "run/session.h"
#include "record/write.h"

#define FILE_NAME "aa-test.json"

/* CPUID's numbers and the class, because CPU names differ between kernels. */
static void machine_key(const json_t *record, char *out, size_t bytes)
{
	char numbers[128];

	snprintf(out, bytes, "%s-%s",
		 tb_identity_numbers(tb_json_at(record, "host.cpu"), numbers, sizeof(numbers)),
		 tb_json_text(record, "class", "?"));
}

static int state_folder(char *out, size_t bytes)
{
	const char *xdg = getenv("XDG_STATE_HOME");
	char home[4096];
	int err;

	if (xdg && xdg[0] == '/') {
		snprintf(out, bytes, "%s/tollbooth", xdg);
		return 0;
	}
	err = tb_home_folder(home, sizeof(home));
	if (!err)
		snprintf(out, bytes, "%s/.local/state/tollbooth", home);
	return err;
}

/* Returns an empty object when the file is missing or invalid. */
static json_t *read_rates(const char *folder)
{
	char path[4200];
	json_t *all;

	snprintf(path, sizeof(path), "%s/" FILE_NAME, folder);
	all = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(all))
		return all;
	json_decref(all);
	return json_object();
}

/* Replaces the whole file. Of two concurrent writers one result remains. */
static int write_rates(const char *folder, const json_t *all)
{
	char path[4200], temp[4300];
	int fd, err;

	snprintf(path, sizeof(path), "%s/" FILE_NAME, folder);
	snprintf(temp, sizeof(temp), "%s.%d.tmp", path, (int)getpid());
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	err = tb_record_write(all, fd);
	if (!err && fsync(fd))
		err = -errno;
	close(fd);
	if (!err && rename(temp, path))
		err = -errno;
	if (err)
		unlink(temp);
	return err;
}

int tb_aa_rate_keep(const json_t *record, const struct tb_aa *aa)
{
	char folder[4150], key[160], now[32];
	json_t *all;
	int err = state_folder(folder, sizeof(folder));

	if (!err)
		err = tb_make_folders(folder);
	if (err)
		return err;
	machine_key(record, key, sizeof(key));
	tb_time_text(now, sizeof(now));
	all = read_rates(folder);
	json_object_set_new(all, key,
			    json_pack("{s:s,s:s,s:I,s:I,s:I}", "tested_at", now, "run_id",
				      tb_json_text(record, "run_id", "?"), "rows",
				      (json_int_t)(aa->rows - aa->few), "comparisons",
				      (json_int_t)aa->tables.of, "called",
				      (json_int_t)aa->tables.seen));
	err = write_rates(folder, all);
	json_decref(all);
	return err;
}

static json_t *rate_of(const json_t *all, const char *key)
{
	const json_t *kept = json_object_get(all, key);
	json_t *rate = json_pack("{s:s,s:n,s:n,s:n,s:n,s:n}", "machine", key, "tested_at", "run_id",
				 "rows", "comparisons", "called");

	/* The user may have edited the file. */
	if (rate && json_is_string(json_object_get(kept, "tested_at")) &&
	    json_is_integer(json_object_get(kept, "rows")) &&
	    json_is_integer(json_object_get(kept, "comparisons")) &&
	    json_is_integer(json_object_get(kept, "called")))
		json_object_update_existing(rate, (json_t *)kept);
	return rate;
}

json_t *tb_aa_rates(const struct tb_sides *sides)
{
	char folder[4150] = "";
	json_t *all = state_folder(folder, sizeof(folder)) ? json_object() : read_rates(folder);
	json_t *seen = json_object(), *rates = json_array();

	for (size_t i = 0; i < sides->n; i++)
		for (size_t r = 0; r < sides->at[i].records; r++) {
			char key[160];

			machine_key(sides->at[i].record[r], key, sizeof(key));
			if (json_object_get(seen, key))
				continue;
			json_object_set_new_nocheck(seen, key, json_true());
			json_array_append_new(rates, rate_of(all, key));
		}
	json_decref(all);
	json_decref(seen);
	return rates;
}

void tb_aa_rate_text(const json_t *rate, char *out, size_t bytes)
{
	const char *machine = tb_json_text(rate, "machine", "?");

	if (json_is_integer(json_object_get(rate, "called")))
		snprintf(
			out, bytes,
			"False positives: aa-test compared a run of %s with itself %.0f times (%.10s, %.0f rows) and called a row faster or slower in %.0f of them.",
			machine, tb_json_number(rate, "comparisons", 0),
			tb_json_text(rate, "tested_at", "?"), tb_json_number(rate, "rows", 0),
			tb_json_number(rate, "called", 0));
	else
		snprintf(
			out, bytes,
			"False positives: unknown for %s; tollbooth aa-test RECORD measures the rate.",
			machine);
}
