/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Probes of benchmarks on a played machine of four cores. */
#ifndef TB_TEST_PROBE_WORLD_H
#define TB_TEST_PROBE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "run/variant.h"

/*
 * The code of the variant with these parameters ("mode=sync threads=2"), the rest by default; "":
 * it runs.
 */
static inline const char *probe_code(struct tb_variant *v, const struct tb_bench *bench,
				     const char *params)
{
	struct tb_machine stage = { .cpu = { 0 } };
	struct tb_place *place;

	assert_int_equal(tb_place_open("package:1 core:4 pu:1", &place), 0);
	stage.place = place;
	*v = (struct tb_variant){ .bench = bench };
	for (int i = 0; bench->params[i].name; i++)
		snprintf(v->value[i], TB_VALUE, "%s", bench->params[i].fallback);
	while (*params) {
		size_t name = strcspn(params, "="), text = strcspn(params + name + 1, " ");

		snprintf(v->value[tb_bench_param(bench, params, name)], TB_VALUE, "%.*s", (int)text,
			 params + name + 1);
		params += name + 1 + text;
		params += strspn(params, " ");
	}
	tb_variant_probe(v, &stage);
	tb_place_close(place);
	return v->code;
}

#endif
