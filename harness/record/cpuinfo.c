// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/cpuinfo.h"

#include <stdlib.h>
#include <string.h>

int tb_cpuinfo_open(const struct tb_sysroot *root, struct tb_cpuinfo *info)
{
	/* A file of more than the maximum is cut: the first paragraph is all that is wanted. */
	int err = tb_sysroot_slurp(root, TB_SYSROOT_FILE_MAX, &info->text, &info->len,
				   "proc/cpuinfo");

	if (err)
		return err;
	for (size_t i = 0; i < info->len; i++) {
		if (!info->text[i])
			info->text[i] = '?';
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
