// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/embedded.h"
#include "record/json.h"
#include "record/record.h"
#include "record/schema.h"
#include "renamed.h"

/* Far above any record of ours; far below what a hostile one could make a reader allocate. */
enum { JSON_BYTES_MAX = 256 << 20 };

struct text {
	char *at; /* NUL behind it */
	size_t len;
};

/* The file may grow or shrink while it is read: what was there at first is what is read. */
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
