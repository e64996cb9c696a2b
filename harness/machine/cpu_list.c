// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/cpu_list.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One number below TB_CPUS_MAX_POSSIBLE; moves *at behind it. */
static const char *parse_cpu(const char **at, int *cpu)
{
	const char *from = *at;

	*cpu = 0;
	for (; **at >= '0' && **at <= '9'; ++*at) {
		*cpu = *cpu * 10 + (**at - '0');
		if (*cpu >= TB_CPUS_MAX_POSSIBLE)
			return "a CPU number is above 8191";
	}
	return *at == from ? "a CPU number is missing" : NULL;
}

static const char *parse_list(const char *text, bool *chosen)
{
	for (const char *at = text;; at++) {
		const char *why;
		int from, to;

		why = parse_cpu(&at, &from);
		to = from;
		if (!why && *at == '-') {
			at++;
			why = parse_cpu(&at, &to);
		}
		if (!why && to < from)
			why = "a range runs backwards";
		if (!why && *at && *at != ',')
			why = "a list of CPUs holds numbers, '-' and ',' only";
		if (why)
			return why;
		memset(chosen + from, true, (size_t)(to - from) + 1);
		if (!*at)
			return NULL;
	}
}

int tb_cpu_list_parse(const char *text, int **cpus, size_t *count, const char **why)
{
	bool chosen[TB_CPUS_MAX_POSSIBLE] = { false };
	const char *wrong = parse_list(text, chosen);

	*cpus = NULL;
	*count = 0;
	if (wrong) {
		if (why)
			*why = wrong;
		return -EINVAL;
	}
	for (int cpu = 0; cpu < TB_CPUS_MAX_POSSIBLE; cpu++)
		*count += chosen[cpu];
	*cpus = calloc(*count, sizeof(**cpus));
	if (!*cpus) {
		*count = 0;
		return -ENOMEM;
	}
	for (int cpu = 0, i = 0; cpu < TB_CPUS_MAX_POSSIBLE; cpu++)
		if (chosen[cpu])
			(*cpus)[i++] = cpu;
	return 0;
}
