// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/rights.h"

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

/* A number of a line, counted from 0: of "Uid: 1000 0 0 0" the effective user is number 1. */
static uint64_t number_of(const char *status, const char *name, int base, unsigned int place)
{
	const char *at = tb_line_at(status, name);
	uint64_t number = 0;
	char *end;

	for (unsigned int i = 0; at && i <= place; i++, at = end)
		number = strtoull(at, &end, base);
	return number;
}

void tb_rights_read(const struct tb_sysroot *root, struct tb_rights *rights)
{
	struct tb_sysroot here = { .fd = -1 };
	char status[TB_STATUS_ROOM];

	*rights = (struct tb_rights){ 0 };
	if (!root && tb_sysroot_open(NULL, &here))
		return;
	if (tb_sysroot_text(root ? root : &here, status, sizeof(status), "proc/self/status") > 0)
		*rights = (struct tb_rights){
			.known = true,
			.user = number_of(status, "Uid:", 10, 0),
			.root = strstr(status, "Uid:") && !number_of(status, "Uid:", 10, 1),
			.filtered = number_of(status, "Seccomp:", 10, 0) == 2,
			.effective = number_of(status, "CapEff:", 16, 0),
		};
	if (!root)
		tb_sysroot_close(&here);
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
