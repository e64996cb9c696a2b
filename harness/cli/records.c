// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth show, validate, report and recover: commands on existing records. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/folders.h"
#include "cli/cli.h"
#include "json.h"
#include "record/record.h"
#include "publish.h"
#include "report/report.h"
#include "report/subject.h"
#include "report/table.h"
#include "run/record_from_journal.h"
#include "run/progress.h"
#include "run/session.h"
#include "record/write.h"

static enum tb_status need_records(const struct tb_args *args, const char *command)
{
	if (!args->names)
		return tb_say(TB_USAGE, "%s needs a record; see tollbooth %s --help", command,
			      command);
	return TB_OK;
}

/*
 * Finds the samples file of a printed record (`run --json >FILE`): run left it beside its own
 * copy. Fills out with "; it is PATH", or "".
 */
static void find_samples(const char *name, char *out, size_t bytes)
{
	char folder[4096], path[4400];
	const char *side;
	json_t *json;

	*out = '\0';
	if (tb_load_json(AT_FDCWD, name, NULL, &json, NULL))
		return;
	side = tb_json_text(json_object_get(json, "samples_file"), "file", "/");
	if (!strchr(side, '/') && !tb_default_folder(folder, sizeof(folder))) {
		snprintf(path, sizeof(path), "%s/%s", folder, side);
		if (!access(path, F_OK))
			snprintf(out, bytes, "; it is %s", path);
	}
	json_decref(json);
}

/* Prints one line, with the record's name once. */
static enum tb_status refuse_record(const char *name, const struct tb_error *why, int err)
{
	char where[4500] = "";

	/* The record or its side file is missing. */
	if (err == -ENOENT)
		find_samples(name, where, sizeof(where));
	if (strstr(why->text, name))
		return tb_say(TB_USAGE, "%s%s", why->text, where);
	return tb_say(TB_USAGE, "%s: %s", name, why->text[0] ? why->text : strerror(-err));
}

enum tb_status tb_read_record(const char *name, struct tb_record *record)
{
	struct tb_error why = { "" };
	struct tb_progress progress;
	int err;

	tb_progress_phase(&progress, false, "reading the record");
	err = tb_record_read(AT_FDCWD, name, record, &why);
	tb_progress_end(&progress);
	return err ? refuse_record(name, &why, err) : TB_OK;
}

static enum tb_status show(const struct tb_cli *cli, const struct tb_args *args)
{
	enum tb_status status = need_records(args, "show");

	(void)cli;
	for (size_t i = 0; i < args->names && status == TB_OK; i++) {
		struct tb_record record;
		int err = 0;

		status = tb_read_record(args->name[i], &record);
		if (status != TB_OK)
			break;
		if (args->value[TB_OPT_JSON])
			err = tb_record_write(record.json, STDOUT_FILENO);
		else if (args->value[TB_OPT_WIDE])
			tb_table_print_wide(stdout, &record);
		else
			tb_table_print(stdout, &record);
		tb_record_free(&record);
		if (err)
			status = tb_say_stdout(err);
	}
	return status;
}

static enum tb_status validate(const struct tb_cli *cli, const struct tb_args *args)
{
	enum tb_status status = need_records(args, "validate");

	(void)cli;
	for (size_t i = 0; i < args->names && status != TB_OUTPUT; i++) {
		struct tb_error why = { "" };
		struct tb_progress progress;
		struct tb_record record;
		int err;

		tb_progress_phase(&progress, false, "checking the record");
		err = tb_record_read(AT_FDCWD, args->name[i], &record, &why);
		if (!err) {
			err = tb_record_validate(&record, &why);
			tb_record_free(&record);
		}
		tb_progress_end(&progress);
		if (err)
			status = refuse_record(args->name[i], &why, err);
		else
			printf("%s: valid\n", args->name[i]);
	}
	return status;
}

/* RECORD.json -> RECORD.html, or RECORD-and-2-more.html for several. */
static void report_name(const struct tb_args *args, char *name, size_t bytes)
{
	size_t length = strlen(args->name[0]);

	if (length > 5 && !strcmp(args->name[0] + length - 5, ".json"))
		length -= 5;
	if (args->names == 1)
		snprintf(name, bytes, "%.*s.html", (int)length, args->name[0]);
	else
		snprintf(name, bytes, "%.*s-and-%zu-more.html", (int)length, args->name[0],
			 args->names - 1);
}

static enum tb_status report_usage(const struct tb_args *args)
{
	const char *output = args->value[TB_OPT_OUTPUT];
	enum tb_status status = need_records(args, "report");

	if (status == TB_OK && args->names > TB_SUBJECTS_MAX)
		status = tb_say(TB_USAGE, "report takes %d records at most", TB_SUBJECTS_MAX);
	if (status == TB_OK && output && !strcmp(output, "-"))
		status = tb_say(TB_USAGE, "report writes a file: name it with -o");
	if (status == TB_OK && output && !access(output, F_OK))
		status = tb_say(TB_USAGE,
				"%s exists, and -o never replaces a file; choose another name",
				output);
	return status;
}

static enum tb_status report(const struct tb_cli *cli, const struct tb_args *args)
{
	enum tb_status status = report_usage(args);
	struct tb_record records[TB_SUBJECTS_MAX] = { { 0 } };
	const char *output = args->value[TB_OPT_OUTPUT];
	struct tb_error why = { "" };
	struct tb_progress progress;
	struct tb_steps steps;
	char name[4096];
	int err = 0;

	(void)cli;
	for (size_t i = 0; i < args->names && status == TB_OK; i++)
		status = tb_read_record(args->name[i], &records[i]);
	if (status == TB_OK && !output) {
		report_name(args, name, sizeof(name));
		output = name;
	}
	if (status == TB_OK) {
		tb_progress_phase(&progress, false, "drawing the report");
		steps = tb_progress_steps(&progress);
		err = tb_report_publish(records, args->names, &steps, AT_FDCWD, output, &why);
		tb_progress_end(&progress);
	}
	if (err)
		status = tb_say(TB_OUTPUT, "no report: %s", why.text);
	else if (status == TB_OK)
		printf("%s\n", output);
	for (size_t i = 0; i < TB_SUBJECTS_MAX; i++)
		tb_record_free(&records[i]);
	return status;
}

/* Whether the record already exists: the run was killed after it had published the record. */
static bool is_published(int dir, const char *stem, const struct tb_record *record)
{
	struct tb_error why = { "" };
	struct tb_record there;
	char name[TB_STEM_MAX + 16];
	bool same;

	snprintf(name, sizeof(name), "%s.json", stem);
	if (tb_record_read(dir, name, &there, &why))
		return false;
	same = !strcmp(tb_json_text(there.json, "run_id", ""),
		       tb_json_text(record->json, "run_id", "?"));
	tb_record_free(&there);
	return same;
}

static int publish_recovered(int dir, const char *stem, struct tb_record *record,
			     struct tb_error *why)
{
	char name[TB_STEM_MAX + 16];

	if (is_published(dir, stem, record))
		return 0;
	/*
	 * The run was killed between the side file and the record: remove the side file and make it
	 * again.
	 */
	snprintf(name, sizeof(name), "%s.json", stem);
	if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW)) {
		snprintf(name, sizeof(name), "%s.samples.zst", stem);
		unlinkat(dir, name, 0);
	}
	return tb_record_publish(record, dir, stem, why);
}

/* Makes a record from one journal; increments *recovered on success. */
static enum tb_status recover_one(int dir, const char *folder, const char *stem, size_t *recovered)
{
	struct tb_error why = { "" };
	struct tb_progress progress;
	struct tb_journal journal;
	struct tb_record record;
	int err = tb_journal_open(&journal, dir, stem);

	if (err == -EWOULDBLOCK) {
		long pid;

		tb_journal_owner(dir, stem, &pid);
		return tb_say(
			TB_OK,
			"%s/.%s.journal: skipped, because its run is still active (process %ld)",
			folder, stem, pid);
	}
	if (err)
		return tb_say(tb_status_of(err), "%s/.%s.journal: %s", folder, stem,
			      strerror(-err));
	tb_progress_phase(&progress, false, "recovering a record");
	err = tb_record_from_journal(&journal, &record, &why);
	tb_progress_end(&progress);
	if (!err) {
		err = publish_recovered(dir, stem, &record, &why);
		tb_record_free(&record);
	}
	if (!err || err == -ENODATA)
		tb_journal_remove(&journal);
	tb_journal_close(&journal);
	if (err == -ENODATA)
		return tb_say(TB_OK, "%s/.%s.journal: %s: removed", folder, stem, why.text);
	if (err)
		return tb_say(tb_status_of(err), "%s/.%s.journal: %s", folder, stem,
			      why.text[0] ? why.text : strerror(-err));
	++*recovered;
	printf("%s/%s.json\n", folder, stem);
	return TB_OK;
}

static enum tb_status recover(const struct tb_cli *cli, const struct tb_args *args)
{
	enum tb_status status = TB_OK, one;
	char folder[4096];
	size_t recovered = 0;
	struct dirent *entry;
	DIR *dir;

	(void)cli;
	if (args->names > 1)
		return tb_say(TB_USAGE, "recover takes one folder");
	if (args->names)
		snprintf(folder, sizeof(folder), "%s", args->name[0]);
	else if (tb_default_folder(folder, sizeof(folder)))
		return tb_say(
			TB_USAGE,
			"cannot find the folder of records: no home folder; name the folder to recover");
	dir = opendir(folder);
	if (!dir)
		return tb_say(TB_USAGE, "%s: %s", folder, strerror(errno));
	tb_publish_sweep(dirfd(dir));
	while ((errno = 0, entry = readdir(dir))) {
		char stem[TB_STEM_MAX];
		size_t length = strlen(entry->d_name);

		if (entry->d_name[0] != '.' || length < 10 || length - 9 >= sizeof(stem) ||
		    strcmp(entry->d_name + length - 8, ".journal"))
			continue;
		snprintf(stem, sizeof(stem), "%.*s", (int)(length - 9), entry->d_name + 1);
		if (!tb_stem_fits(stem))
			continue;
		one = recover_one(dirfd(dir), folder, stem, &recovered);
		if (one != TB_OK)
			status = one;
	}
	if (errno)
		status = tb_say(TB_OUTPUT, "cannot read all of %s: %s", folder, strerror(errno));
	closedir(dir);
	tb_say(TB_OK, "%zu records recovered in %s", recovered, folder);
	return status;
}

const struct tb_command tb_command_show = {
	.name = "show",
	.arguments = "RECORD... [--wide|--json]",
	.summary = "print records as tables",
	.options = TB_OPT(TB_OPT_JSON) | TB_OPT(TB_OPT_WIDE) | TB_OPT(TB_OPT_HELP),
	.run = show,
};

const struct tb_command tb_command_validate = {
	.name = "validate",
	.arguments = "RECORD...",
	.summary =
		"check records: the schema, the samples file, and every summary against its samples",
	.options = TB_OPT(TB_OPT_HELP),
	.run = validate,
};

const struct tb_command tb_command_report = {
	.name = "report",
	.arguments = "RECORD... [-o FILE]",
	.summary = "write one self-contained HTML page from one or more records",
	.options = TB_OPT(TB_OPT_OUTPUT) | TB_OPT(TB_OPT_HELP),
	.run = report,
};

const struct tb_command tb_command_recover = {
	.name = "recover",
	.arguments = "[FOLDER]",
	.summary = "make partial records of runs that were killed",
	.options = TB_OPT(TB_OPT_HELP),
	.run = recover,
};
