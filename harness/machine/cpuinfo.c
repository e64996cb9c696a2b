// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/cpuinfo.h"

#include <stdlib.h>
#include <string.h>

/* Whether the line is "processor : CPU". */
static bool names(const char *line, int cpu)
{
	static const char key[] = "processor";
	char *end;

	if (strncmp(line, key, strlen(key)) != 0)
		return false;
	line += strlen(key);
	line += strspn(line, " \t");
	return *line == ':' && strtol(line + 1, &end, 10) == cpu && end > line + 1 && *end == '\n';
}

/* The offset of the processor's paragraph; 0, the first one, where it has none. */
static size_t paragraph_of(const char *text, int cpu)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (names(line, cpu))
			return (size_t)(line - text);
	}
	return 0;
}

int tb_cpuinfo_open(const struct tb_sysroot *root, struct tb_cpuinfo *info)
{
	return tb_cpuinfo_open_of(root, -1, info);
}

int tb_cpuinfo_open_of(const struct tb_sysroot *root, int cpu, struct tb_cpuinfo *info)
{
	/* A longer file is cut, which loses the last processors only. */
	int err = tb_sysroot_slurp(root, TB_SYSROOT_FILE_MAX, &info->text, &info->len,
				   "proc/cpuinfo");
	size_t begin;

	if (err)
		return err;
	for (size_t i = 0; i < info->len; i++)
		if (!info->text[i])
			info->text[i] = '?';
	begin = cpu < 0 ? 0 : paragraph_of(info->text, cpu);
	info->len -= begin;
	memmove(info->text, info->text + begin, info->len + 1);
	for (size_t i = 0; i < info->len; i++) {
		if (info->text[i] != '\n')
			continue;
		info->text[i] = '\0';
		if (!i || !info->text[i - 1])
			info->len = i;
	}
	return 0;
}

void tb_cpuinfo_close(struct tb_cpuinfo *info)
{
	free(info->text);
	info->text = NULL;
	info->len = 0;
}

const char *tb_cpuinfo_get(const struct tb_cpuinfo *info, const char *key)
{
	size_t want = strlen(key);

	for (size_t at = 0; at < info->len; at += strlen(info->text + at) + 1) {
		const char *line = info->text + at;
		const char *colon = strchr(line, ':');
		size_t len = colon ? (size_t)(colon - line) : 0;

		while (len && (line[len - 1] == '\t' || line[len - 1] == ' '))
			len--;
		if (len == want && !memcmp(line, key, want))
			return colon + 1 + strspn(colon + 1, " ");
	}
	return NULL;
}

bool tb_cpuinfo_flag(const struct tb_cpuinfo *info, const char *flag)
{
	const char *word = tb_cpuinfo_get(info, "flags");
	size_t want = strlen(flag);

	while (word && *word) {
		size_t len = strcspn(word, " ");

		if (len == want && !memcmp(word, flag, want))
			return true;
		word += len;
		word += strspn(word, " ");
	}
	return false;
}
