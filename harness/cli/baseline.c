// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/folders.h"
#include "cli/baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/verdict.h"
#include "compare/print.h"
#include "publish.h"
#include "record/write.h"

struct where {
	char folder[4096], stem[TB_STEM_MAX];
};

/* A name without a slash and without .json is in the folder of baselines; any other is a path. */
static enum tb_status locate(const char *name, struct where *where)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;
	size_t length = strlen(base);
	bool file = slash || (length > 5 && !strcmp(base + length - 5, ".json"));
	char records[4000];

	if (length > 5 && !strcmp(base + length - 5, ".json"))
		length -= 5;
	snprintf(where->stem, sizeof(where->stem), "%.*s", (int)length, base);
	if (length >= sizeof(where->stem) || !tb_stem_fits(where->stem))
		return tb_say(TB_USAGE,
			      "%s is not a valid name for a baseline; use letters, digits, . _ -",
			      name);
	if (!file && tb_default_folder(records, sizeof(records)))
		return tb_say(TB_USAGE,
			      "cannot find the folder of baselines: no home folder; name a file");
	if (!file)
		snprintf(where->folder, sizeof(where->folder), "%s/baselines", records);
	else
		snprintf(where->folder, sizeof(where->folder), "%.*s",
			 slash ? (int)(slash - name + 1) : 1, slash ? name : ".");
	return TB_OK;
}

static void path_of(const struct where *where, char *out, size_t bytes)
{
	const char *slash = where->folder[strlen(where->folder) - 1] == '/' ? "" : "/";

	snprintf(out, bytes, "%s%s%s.json", where->folder, slash, where->stem);
}

enum tb_status tb_baseline_check(const struct tb_args *args)
{
	const char *save = args->value[TB_OPT_SAVE_BASELINE], *with = args->value[TB_OPT_BASELINE];
	struct tb_fail_policy gate;
	struct tb_record record;
	struct where where = { 0 };
	char path[4400];
	enum tb_status status;

	if (args->value[TB_OPT_FAIL_ON] && !with)
		return tb_say(TB_USAGE, "--fail-on needs --baseline, the record to compare with");
	if (with && args->value[TB_OPT_OUTPUT] && !strcmp(args->value[TB_OPT_OUTPUT], "-"))
		return tb_say(
			TB_USAGE,
			"--baseline does not work with -o -, because it compares files; give -o a file or folder");
	status = tb_fail_policy_read(args, &gate);
	if (status == TB_OK && save) {
		status = locate(save, &where);
		path_of(&where, path, sizeof(path));
		if (status == TB_OK && !access(path, F_OK))
			status = tb_say(
				TB_USAGE,
				"%s exists, and a baseline is never replaced; choose another name",
				path);
	}
	if (status != TB_OK || !with)
		return status;
	status = locate(with, &where);
	path_of(&where, path, sizeof(path));
	if (status == TB_OK)
		status = tb_read_record(path, &record);
	if (status == TB_OK)
		tb_record_free(&record);
	return status;
}

static enum tb_status save(const char *name, struct tb_record *record)
{
	struct tb_error why = { "" };
	struct where where = { 0 };
	enum tb_status status = locate(name, &where);
	char path[4400];
	int dir, err;

	if (status != TB_OK)
		return status;
	err = tb_make_folders(where.folder);
	if (err)
		return tb_say(TB_OUTPUT, "%s: %s", where.folder, strerror(-err));
	dir = open(where.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return tb_say(TB_OUTPUT, "%s: %s", where.folder, strerror(errno));
	err = tb_record_publish(record, dir, where.stem, &why);
	close(dir);
	if (err)
		return tb_say(TB_OUTPUT, "cannot save the baseline: %s", why.text);
	path_of(&where, path, sizeof(path));
	return tb_say(TB_OK, "baseline  %s", path);
}

static int compare(const char *const *names, const struct tb_fail_policy *gate, FILE *out,
		   enum tb_status *status, struct tb_error *why)
{
	struct tb_view view = { .only_changed = true, .brief = true };
	struct tb_laws laws = { 0 };
	struct tb_comparison c = { .judge = { TB_MIN_EFFECT, 0.05, &laws } };
	struct tb_sides sides = { 0 };
	int err = tb_gather(names, 2, 1 - c.judge.alpha, &sides, why);

	if (err)
		return err;
	c.reference = &sides.at[0];
	err = tb_compare(&c, &sides, why);
	if (!err) {
		fprintf(out, "\nA is the baseline %s, B this run.\n", sides.at[0].name);
		tb_compare_print(&c, &view, out);
		*status = tb_fail_policy_ask(gate, &c);
	}
	tb_comparison_free(&c);
	tb_laws_free(&laws);
	tb_sides_free(&sides);
	return err;
}

static enum tb_status compare_with(struct tb_session *session, const struct tb_args *args)
{
	struct tb_error why = { "" };
	struct tb_fail_policy gate;
	struct where where = { 0 };
	char baseline[4400], fresh[4400];
	const char *names[] = { baseline, fresh };
	enum tb_status status = tb_fail_policy_read(args, &gate);
	FILE *out = args->value[TB_OPT_JSON] ? stderr : stdout;
	int err;

	if (status == TB_OK)
		status = locate(args->value[TB_OPT_BASELINE], &where);
	if (status != TB_OK)
		return status;
	path_of(&where, baseline, sizeof(baseline));
	snprintf(fresh, sizeof(fresh), "%s/%s.json", session->folder, session->stem);
	err = compare(names, &gate, out, &status, &why);
	if (err)
		return tb_say(tb_status_of(err), "%s", why.text[0] ? why.text : strerror(-err));
	return fflush(out) ? tb_say_stdout(-errno) : status;
}

enum tb_status tb_baseline_use(struct tb_session *session, const struct tb_args *args,
			       struct tb_record *record)
{
	enum tb_status status = TB_OK;

	if (args->value[TB_OPT_BASELINE])
		status = compare_with(session, args);
	if (args->value[TB_OPT_SAVE_BASELINE] && (status == TB_OK || status == TB_REGRESSION)) {
		enum tb_status saved = save(args->value[TB_OPT_SAVE_BASELINE], record);

		status = saved == TB_OK ? status : saved;
	}
	return status;
}
