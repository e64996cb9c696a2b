// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/cmdline.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

enum { NAME_MAX_LEN = 64 };

/* With '_' for '-', which the kernel takes for the same. */
static const char *const kept[] = {
	"mitigations",
	"l1tf",
	"mds",
	"tsx*",
	"tsa",
	"its",
	"spectre_v2*",
	"spectre_bhi",
	"spec_store_bypass_disable",
	"spec_rstack_overflow",
	"retbleed",
	"srbds",
	"mmio_stale_data",
	"gather_data_sampling",
	"reg_file_data_sampling",
	"indirect_target_selection",
	"vmscape",
	"l1d_flush",
	"nopti",
	"pti",
	"noibrs",
	"nospectre_v1",
	"nospectre_v2",
	"fred",
	"nousershstk",
	"clearcpuid",
	"isolcpus",
	"nohz",
	"nohz_full",
	"rcu_nocbs",
	"rcu_nocb_poll",
	"irqaffinity",
	"nosmt",
	"maxcpus",
	"nr_cpus",
	"idle",
	"intel_idle.*",
	"processor.*",
	"cpuidle.*",
	"haltpoll.*",
	"cpuidle_haltpoll.*",
	"kvm*.*",
	"intel_pstate",
	"amd_pstate*",
	"cpufreq.*",
	"transparent_hugepage",
	"hugepages*",
	"default_hugepagesz",
	"hugepagesz",
	"numa_balancing",
	"preempt",
	"clocksource",
	"tsc",
	"mce",
	"nmi_watchdog",
	"nowatchdog",
	"nokaslr",
	"quiet",
	"ro",
	"rw",
};

static bool name_is_kept(const char *word, size_t len)
{
	char name[NAME_MAX_LEN + 1];

	if (len > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i < len; i++)
		name[i] = (char)(word[i] == '-' ? '_' : word[i]);
	name[len] = '\0';
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if (!fnmatch(kept[i], name, FNM_NOESCAPE))
			return true;
	return false;
}

/* "ssh:key=..." is no parameter's name, and may be a secret itself. */
static bool name_is_shown(const char *word, size_t len)
{
	static const char shape[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	return len && len <= NAME_MAX_LEN && strspn(word, shape) == len;
}

/* As the kernel splits: blanks end a word unless double quotes are open. */
static size_t word_length(const char *word, const char *end)
{
	const char *at = word;

	for (bool quoted = false; at < end && (quoted || !strchr(" \t\n", *at)); at++)
		if (*at == '"')
			quoted = !quoted;
	return (size_t)(at - word);
}

/* Writes at most len + 3 characters and a NUL. */
static size_t redact_word(char *to, const char *word, size_t len, bool init)
{
	const char *equals = memchr(word, '=', len);
	size_t name = equals ? (size_t)(equals - word) : len;
	size_t shown = 0;

	if (!init && name_is_kept(word, name)) {
		memcpy(to, word, len);
		return len;
	}
	if (!init && equals && name_is_shown(word, name)) {
		memcpy(to, word, name + 1);
		shown = name + 1;
	}
	memcpy(to + shown, "***", 4);
	return shown + 3;
}

json_t *tb_cmdline_redact(const char *text, size_t len)
{
	const char *end = text + len;
	char *line = malloc(5 * len + 1); /* each word takes its own length, "***" and a blank */
	size_t used = 0;
	bool init = false;
	json_t *json;

	if (!line)
		return NULL;
	for (const char *word = text; word < end;) {
		size_t n = word_length(word, end);

		if (!n) {
			word++;
			continue;
		}
		if (used)
			line[used++] = ' ';
		if (!init && n == 2 && !memcmp(word, "--", 2)) {
			memcpy(line + used, "--", 3);
			used += 2;
			init = true;
		} else {
			used += redact_word(line + used, word, n, init);
		}
		word += n;
	}
	json = tb_text(line, used);
	free(line);
	return json;
}
