// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth export */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "gnuplot.h"
#include "publish.h"
#include "report/flat.h"
#include "report/gbench.h"
#include "report/plot.h"

/* Prints the text quoted as one word of the shell. */
static void print_quoted(const char *text)
{
	if (!text[strspn(text,
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/")]) {
		fputs(text, stdout);
		return;
	}
	putchar('\'');
	for (; *text; text++)
		fputs(*text == '\'' ? "'\\''" : (char[]){ *text, '\0' }, stdout);
	putchar('\'');
}

static enum tb_status write_plots(const struct tb_plots *plots, const char *folder)
{
	int dir = -1, err = 0;

	if (mkdir(folder, 0755) && errno != EEXIST)
		err = -errno;
	if (!err) {
		dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = dir < 0 ? -errno : tb_plots_export(plots, dir);
	}
	if (dir >= 0)
		close(dir);
	if (err == -EEXIST)
		return tb_say(TB_USAGE, "%s already contains an export; choose another folder",
			      folder);
	if (err)
		return tb_say(TB_OUTPUT, "%s: %s", folder, strerror(-err));
	if (!plots->n)
		return tb_say(TB_OK, "nothing to plot: no row has the figures of a plot");
	/* -d: figures must not depend on the user's ~/.gnuplot. */
	for (size_t i = 0; i < plots->n; i++) {
		fputs("cd ", stdout);
		print_quoted(folder);
		printf(" && gnuplot -d %s.gp > %s.svg\n", plots->at[i].name, plots->at[i].name);
	}
	return tb_gnuplot_installed() ? TB_OK : tb_say(TB_OK, "%s", tb_no_gnuplot);
}

static enum tb_status export_plots(const struct tb_record *records, size_t n, const char *folder)
{
	struct tb_subject subjects[TB_SUBJECTS_MAX];
	struct tb_group groups[TB_SUBJECTS_MAX];
	struct tb_plots plots;
	enum tb_status status;

	if (!folder || !strcmp(folder, "-"))
		return tb_say(TB_USAGE, "export makes a folder of plots: name it with -o, or "
					"choose another --format");
	tb_subjects_name(records, n, subjects);
	if (tb_subjects_group(subjects, n, groups) > 1)
		return tb_say(
			TB_USAGE,
			"%s is of %s, %s of %s, and classes never share a plot; export each class separately",
			groups[0].at[0]->name, groups[0].text, groups[1].at[0]->name,
			groups[1].text);
	status = tb_plots_open(&groups[0], &plots) ? tb_say(TB_OUTPUT, "out of memory")
						   : write_plots(&plots, folder);
	tb_plots_close(&plots);
	return status;
}

/* ASCII: U+009B or U+202E in a foreign record would control the terminal. */
static int dump(const json_t *json, FILE *out)
{
	int err = json ? json_dumpf(json, out,
				    JSON_INDENT(1) | JSON_REAL_PRECISION(17) | JSON_ENSURE_ASCII)
		       : -1;

	fputc('\n', out);
	return err;
}

static int print_csv(const struct tb_record *record, FILE *out)
{
	json_t *flat = tb_flat(record);

	if (!flat)
		return -1;
	tb_flat_csv(out, flat);
	json_decref(flat);
	return 0;
}

static int print_json(const struct tb_record *record, FILE *out)
{
	json_t *flat = tb_flat(record);
	int err = dump(flat, out);

	json_decref(flat);
	return err;
}

static int print_gbench(const struct tb_record *record, FILE *out)
{
	size_t left_out;
	json_t *json = tb_gbench(record, &left_out);
	int err = dump(json, out);

	json_decref(json);
	if (left_out)
		tb_say(TB_OK,
		       "%zu rows are omitted: they were skipped or have no time, and Google "
		       "Benchmark's format cannot hold them",
		       left_out);
	return err;
}

static const struct format {
	const char *name;
	int (*print)(const struct tb_record *record, FILE *out);
} formats[] = { { "csv", print_csv }, { "json", print_json }, { "gbench", print_gbench } };

struct text {
	char *at;
	size_t bytes;
};

static int write_text(int fd, void *arg)
{
	const struct text *text = arg;

	return tb_write_all(fd, text->at, text->bytes);
}

/* Writes a new file; an existing one is never replaced. 0 or -errno. */
static int publish_text(const char *path, struct text *text)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];
	int dir, err;

	if (snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path + 1) : 1,
		     slash ? path : ".") >= (int)sizeof(folder))
		return -ENAMETOOLONG;
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	err = tb_publish(dir, slash ? slash + 1 : path, write_text, text);
	close(dir);
	return err;
}

static enum tb_status export_text(const struct tb_record *record, const struct format *format,
				  const char *output)
{
	struct text text = { NULL, 0 };
	FILE *out = open_memstream(&text.at, &text.bytes);
	enum tb_status status = TB_OK;
	int err = out ? format->print(record, out) : -1;

	if ((out && fclose(out)) || err)
		err = -ENOMEM;
	if (!err && output && strcmp(output, "-") != 0)
		err = publish_text(output, &text);
	else if (!err && (fwrite(text.at, 1, text.bytes, stdout) != text.bytes || fflush(stdout)))
		status = tb_say_stdout(-errno);
	free(text.at);
	if (err == -EEXIST)
		return tb_say(TB_USAGE,
			      "%s exists, and -o never replaces a file; choose another name",
			      output);
	return err ? tb_say(tb_status_of(err), "%s: %s", output ? output : "export", strerror(-err))
		   : status;
}

/* *format is NULL for plots. */
static enum tb_status choose_format(const char *name, const struct format **format)
{
	*format = NULL;
	if (!name || !strcmp(name, "plot"))
		return TB_OK;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(name, formats[i].name))
			*format = &formats[i];
	return *format ? TB_OK
		       : tb_say(TB_USAGE, "--format %s: must be plot, csv, json or gbench", name);
}

static enum tb_status check_usage(const struct tb_args *args, const struct format *format)
{
	if (format && args->names != 1)
		return tb_say(TB_USAGE, "export --format %s needs one record", format->name);
	if (!args->names || (!format && !args->value[TB_OPT_OUTPUT]))
		return tb_say(TB_USAGE,
			      "export needs a record, and a folder with -o or a --format");
	if (args->names > TB_SUBJECTS_MAX)
		return tb_say(TB_USAGE, "export takes %d records at most", TB_SUBJECTS_MAX);
	return TB_OK;
}

/* Not export(): clang-format treats that as the keyword of C++. */
static enum tb_status export_records(const struct tb_cli *cli, const struct tb_args *args)
{
	const char *output = args->value[TB_OPT_OUTPUT];
	const struct format *format;
	struct tb_record records[TB_SUBJECTS_MAX] = { { 0 } };
	enum tb_status status = choose_format(args->value[TB_OPT_EXPORT_FORMAT], &format);

	(void)cli;
	if (status == TB_OK)
		status = check_usage(args, format);
	for (size_t i = 0; i < args->names && status == TB_OK; i++)
		status = tb_read_record(args->name[i], &records[i]);
	if (status == TB_OK)
		status = format ? export_text(&records[0], format, output)
				: export_plots(records, args->names, output);
	for (size_t i = 0; i < TB_SUBJECTS_MAX; i++)
		tb_record_free(&records[i]);
	return status;
}

const struct tb_command tb_command_export = {
	.name = "export",
	.arguments = "RECORD... -o FOLDER | RECORD --format FORMAT [-o FILE]",
	.summary =
		"write records for other programs: plot data and scripts, CSV, JSON, Google Benchmark",
	.options = TB_OPT(TB_OPT_EXPORT_FORMAT) | TB_OPT(TB_OPT_OUTPUT) | TB_OPT(TB_OPT_HELP),
	.run = export_records,
};
