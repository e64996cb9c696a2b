// SPDX-License-Identifier: GPL-2.0-or-later
#include "bench.h"

#include <string.h>

const char *tb_realm_name(enum tb_realm realm)
{
	static const char *const names[] = {
		[TB_REALM_USER] = "user", [TB_REALM_MODULE] = "module", [TB_REALM_GUEST] = "guest"
	};

	return names[realm];
}

const char *tb_unit_name(enum tb_unit unit)
{
	static const char *const names[] = {
		[TB_NS] = "ns",		  [TB_TSC] = "tsc",	[TB_CORE_CYCLES] = "core-cycles",
		[TB_OPS_PER_S] = "ops/s", [TB_LINES] = "lines", [TB_RATIO] = "ratio",
		[TB_COUNT] = "count",	  [TB_BYTES] = "bytes",
	};

	return names[unit];
}

const char *tb_column_name(enum tb_column column)
{
	static const char *const names[] = {
		[TB_UNGATED] = "ungated",
		[TB_GATED] = "gated",
		[TB_DISTURBED] = "disturbed",
	};

	return names[column];
}

int tb_bench_param(const struct tb_bench *bench, const char *name, size_t length)
{
	for (int i = 0; bench->params[i].name; i++)
		if (strlen(bench->params[i].name) == length &&
		    !strncmp(bench->params[i].name, name, length))
			return i;
	return -1;
}

unsigned int tb_bench_metrics(const struct tb_bench *bench)
{
	unsigned int n = 0;

	while (bench->metrics[n].name)
		n++;
	return n;
}
