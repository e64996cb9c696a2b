// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/rights.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *tb_line_at(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, n))
			return line + n + strspn(line + n, " \t:");
	}
	return NULL;
}

char *tb_line_of(char *text, const char *name)
{
	const char *found = tb_line_at(text, name);
	char *line = found ? text + (found - text) : NULL;

	if (line)
		line[strcspn(line, "\n")] = '\0';
	return line;
}

/*
 * A number of a line, counted from 0: of "Uid: 1000 0 0 0" the effective user is number 1.
 * false: the line has no such number.
 */
static bool number_of(const char *status, const char *name, int base, unsigned int place,
		      uint64_t *number)
{
	const char *at = tb_line_at(status, name);
	char *end;

	for (unsigned int i = 0; at && i <= place; i++, at = end) {
		at += strspn(at, " \t");
		if (!isxdigit((unsigned char)*at))
			return false;
		*number = strtoull(at, &end, base);
		if (end == at)
			return false;
	}
	return at;
}

void tb_rights_read(const struct tb_sysroot *root, struct tb_rights *rights)
{
	struct tb_sysroot here;
	char status[TB_STATUS_ROOM];
	uint64_t number;

	*rights = (struct tb_rights){ 0 };
	root = tb_sysroot_or_here(root, &here);
	if (tb_sysroot_text(root, status, sizeof(status), "proc/self/status") > 0) {
		number_of(status, "Uid:", 10, 0, &rights->user);
		number_of(status, "CapEff:", 16, 0, &rights->effective);
		rights->root = number_of(status, "Uid:", 10, 1, &number) && !number;
		rights->filtered = number_of(status, "Seccomp:", 10, 0, &number) && number == 2;
	}
	tb_sysroot_close(&here);
}

int tb_rights_limit(const struct tb_sysroot *root, const char *name, uint64_t *soft)
{
	struct tb_sysroot here;
	char text[4096];
	uint64_t number = UINT64_MAX;
	const char *limit;
	int len;

	root = tb_sysroot_or_here(root, &here);
	len = tb_sysroot_text(root, text, sizeof(text), "proc/self/limits");
	tb_sysroot_close(&here);
	if (len < 0)
		return len;
	limit = tb_line_at(text, name);
	if (!limit)
		return -ENOENT;
	if (strncmp(limit, "unlimited", 9) != 0 && !number_of(text, name, 10, 0, &number))
		return -EINVAL;
	*soft = number;
	return 0;
}

bool tb_rights_capable(const struct tb_rights *rights, int capability)
{
	return rights->effective >> capability & 1;
}

void tb_rights_remedy(const struct tb_rights *rights, const char *name, char *out, size_t bytes)
{
	if (rights->root)
		snprintf(out, bytes,
			 "root has no CAP_%s here: start the container with --cap-add %s", name,
			 name);
	else
		snprintf(out, bytes, "run it as root or with CAP_%s", name);
}
