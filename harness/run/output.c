// SPDX-License-Identifier: GPL-2.0-or-later
/* Chooses the folder and the names of a session's journal and record. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "publish.h"
#include "run/describe.h"
#include "run/journal.h"
#include "run/session.h"
#include "machine/folders.h"

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int default_stem(struct tb_session *s)
{
	char id[37] = "";
	time_t now = time(NULL);
	struct tm tm;
	size_t n = strftime(s->stem, sizeof(s->stem), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	int err = tb_run_id(id);

	if (err)
		return err;
	snprintf(s->stem + n, sizeof(s->stem) - n, "-%s-%.6s", s->suite, id + 30);
	return 0;
}

/* For "-": a temporary folder for the journal, removed at the end. */
static int scratch_folder(struct tb_session *s, struct tb_error *why)
{
	int err = tb_scratch_folder("tollbooth", s->folder, sizeof(s->folder), why);

	s->inline_all = true;
	s->scratch = !err;
	return err;
}

const char tb_no_output[] = "none";

bool tb_stem_fits(const char *stem)
{
	size_t length = strlen(stem);

	return length && length < TB_STEM_MAX && isalnum((unsigned char)stem[0]) &&
	       strspn(stem, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
		       length;
}

/* Whether a file exists that publishing would find after the measurement. */
static bool is_taken(const struct tb_session *s)
{
	static const char *const kinds[] = { "json", "samples.zst", "html" };
	char path[sizeof(s->folder) + TB_STEM_MAX + 16];
	struct stat st;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s.%s", s->folder, s->stem, kinds[i]);
		if (!lstat(path, &st))
			return true;
	}
	return false;
}

/* Fails if a journal of this name exists, of a live or of a killed run. */
static int check_journal(const struct tb_session *s, struct tb_error *why)
{
	long pid;
	int err = tb_journal_owner(s->dir, s->stem, &pid);

	if (err == -EWOULDBLOCK)
		return tb_error(
			why, -EEXIST,
			"%s/.%s.journal: another run (process %ld) is writing it; choose another name",
			s->folder, s->stem, pid);
	if (err == -ESRCH)
		return tb_error(
			why, -EEXIST,
			"%s/.%s.journal: a killed run of this name left it; run tollbooth recover %s, or choose another name",
			s->folder, s->stem, s->folder);
	return 0; /* other errors are reported when the journal is created */
}

static int split_output(struct tb_session *s, const char *output, struct tb_error *why)
{
	const char *slash = strrchr(output, '/');
	const char *name = slash ? slash + 1 : output;
	size_t length = strlen(name);

	if (length > 5 && !strcmp(name + length - 5, ".json"))
		length -= 5;
	snprintf(s->stem, sizeof(s->stem), "%.*s", (int)length, name);
	/* The record contains the name of the side file, and the schema restricts it. */
	if (length >= sizeof(s->stem) || !tb_stem_fits(s->stem))
		return tb_error(
			why, -EINVAL,
			"%.100s: invalid name of a record; begin with a letter or digit, use only those, '.', '_' and '-', and fewer than %d characters",
			output, TB_STEM_MAX);
	if (!slash)
		snprintf(s->folder, sizeof(s->folder), ".");
	else
		snprintf(s->folder, sizeof(s->folder), "%.*s",
			 slash == output ? 1 : (int)(slash - output), output);
	if (!access(output, F_OK) || is_taken(s))
		return tb_error(why, -EEXIST,
				"%s exists, and a record is never replaced; choose another name",
				output);
	return 0;
}

/* Fills in folder and stem. If output is not a file, creates the folder. */
static int choose_name(struct tb_session *s, const char *output, struct tb_error *why)
{
	size_t length;
	int err = default_stem(s);

	if (err)
		return err;
	if (!output) {
		err = tb_default_folder(s->folder, sizeof(s->folder));
		return err ? tb_error(
				     why, err,
				     "no folder for records: this user has no home folder; choose one with -o")
			   : tb_make_folders(s->folder);
	}
	if (!output[0] || strlen(output) >= sizeof(s->folder))
		return tb_error(why, -EINVAL, "-o: %s path; give a file, a folder or -",
				output[0] ? "too long a" : "an empty");
	if (!strcmp(output, "-"))
		return scratch_folder(s, why);
	if (!is_folder(output) && output[strlen(output) - 1] != '/')
		return split_output(s, output, why);
	length = strlen(output);
	while (length > 1 && output[length - 1] == '/')
		length--;
	snprintf(s->folder, sizeof(s->folder), "%.*s", (int)length, output);
	return tb_make_folders(s->folder);
}

int tb_session_output(struct tb_session *s, const char *output, struct tb_error *why)
{
	int err;

	if (output == tb_no_output)
		return 0;
	if (!tb_sysroot_has(&s->root, "proc/self/exe"))
		return tb_error(
			why, -ENOSYS,
			"/proc is not mounted: launches start from /proc/self/exe, and CPUs and limits "
			"are read there; mount -t proc proc /proc");
	err = choose_name(s, output, why);
	if (!err) {
		s->dir = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = s->dir < 0 ? -errno : 0;
	}
	if (err)
		return tb_error(why, err, "%s: %s; choose a folder with -o", s->folder,
				strerror(-err));
	tb_publish_sweep(s->dir);
	return check_journal(s, why);
}
