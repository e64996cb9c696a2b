// SPDX-License-Identifier: GPL-2.0-or-later
/* The plots of plots.json must fit the registered benchmarks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "benches.h"
#include "embedded.h"
#include "json.h"

static const struct tb_bench *bench_of(const json_t *source)
{
	const char *name = tb_json_text(source, "benchmark", "");

	for (size_t i = 0; tb_benches[i]; i++)
		if (!strcmp(tb_benches[i]->name, name))
			return tb_benches[i];
	fail_msg("no benchmark %s", name);
	return NULL;
}

static bool listed(const json_t *array, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
		if (!strcmp(json_string_value(item), name))
			return true;
	return false;
}

/* A parameter that a source forgets would mix rows that have nothing to do with each other. */
static void check_source(const json_t *source)
{
	const struct tb_bench *bench = bench_of(source);
	const json_t *where = json_object_get(source, "where"), *metric;
	size_t i, told = 0, params = 0;
	bool found = false;

	for (; bench->params[params].name; params++) {
		const char *name = bench->params[params].name;
		size_t times = !!json_object_get(where, name) +
			       !strcmp(tb_json_text(source, "x", ""), name) +
			       listed(json_object_get(source, "series"), name) +
			       listed(json_object_get(source, "panel"), name);

		if (times != 1)
			fail_msg("%s: %s is named %zu times", bench->name, name, times);
		told += times;
	}
	assert_int_equal(told, json_object_size(where) + !!json_object_get(source, "x") +
				       json_array_size(json_object_get(source, "series")) +
				       json_array_size(json_object_get(source, "panel")));
	json_array_foreach(json_object_get(source, "metrics"), i, metric) {
		found = false;
		for (size_t k = 0; bench->metrics[k].name; k++)
			found = found || !strcmp(bench->metrics[k].name, json_string_value(metric));
		if (!found)
			fail_msg("%s has no metric %s", bench->name, json_string_value(metric));
	}
	assert_true(found);
}

/* Every plot has texts, a script, and sources that distinguish its rows. */
static void specs(void **state)
{
	json_t *all = json_loadb(tb_embedded_plots, tb_embedded_plots_length, 0, NULL), *spec;
	static const char *const texts[] = { "name", "question", "caption", "kind" };
	const json_t *source;
	size_t i, k;

	(void)state;
	assert_true(json_array_size(all) > 0);
	json_array_foreach(all, i, spec) {
		for (k = 0; k < 4; k++)
			assert_true(json_string_length(json_object_get(spec, texts[k])) > 0);
		assert_true(*tb_embedded_script(json_string_value(json_object_get(spec, "name"))));
		json_array_foreach(json_object_get(spec, "sources"), k, source)
			check_source(source);
	}
	assert_string_equal(tb_embedded_script("none"), "");
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(specs) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
