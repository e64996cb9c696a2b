// SPDX-License-Identifier: GPL-2.0-or-later
/* Ratios between rows of one record, below a plot. */
#include <stdio.h>
#include <stdlib.h>

#include "json_quoted.h"
#include "report/row_ratios.h"

#define ROW(mode, threads, per, delay, modes, centres)                                                         \
	"{'name': 'apf/wake-kvm', 'realm': 'guest', 'version': 1, 'status': 'ok', 'launches': [], 'params': {" \
	"'mode': '" mode "', 'threads': " #threads ", 'vcpus': 1, 'delay': " #delay                            \
	", 'delay-per': '" per "', 'backing': 'copy', 'placement': 'same-cpu', "                               \
	"'halt-poll': 'default'}, 'metrics': [{'name': 'rate', 'unit': 'ops/s', "                              \
	"'direction': 'higher', 'headline': true, 'summary': {'column': 'gated', 'estimate': "                 \
	"103, 'modes': " modes ", 'centres': " centres "}}]}"
#define SYNC(delay)	    ROW("sync", 1, "event", delay, "null", "[100, 101, 102, 103, 104, 105]")
#define ASYNC(delay, twice) ROW("async", 8, "batch", delay, "null", twice)
#define TWICE		    "[200, 202, 204, 206, 208, 210]"
#define RECORD(rows)                                                                           \
	"{'class': 'nested', 'environment': {'virtualization': {'hypervisor': 'kvm'}, 'kvm': " \
	"{'module': 'kvm_pvm'}}, 'benchmarks': [" rows "]}"

static char *table(const char *json)
{
	struct tb_record record = { .json = json_quoted(json) };
	struct tb_subject subject;
	struct tb_group group;
	struct tb_plots plots;
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	tb_subjects_name(&record, 1, &subject);
	assert_int_equal(tb_subjects_group(&subject, 1, &group), 1);
	assert_int_equal(tb_plots_open(&group, &plots), 0);
	for (size_t i = 0; i < plots.n; i++)
		assert_int_equal(tb_row_ratios_table(out, &plots, &plots.at[i]), 0);
	tb_plots_close(&plots);
	fclose(out);
	json_decref(record.json);
	return text;
}

static void has(const char *json, const char *want)
{
	char *text = table(json);

	if (want ? !strstr(text, want) : *text != '\0')
		fail_msg("want %s in '%s'", want ? want : "nothing", text);
	free(text);
}

static void ratio_of_two_rows(void **state)
{
	(void)state;
	has(RECORD(SYNC(10) "," ASYNC(10, TWICE)), "<td>2.000 [1.");
	has(RECORD(SYNC(10) "," ASYNC(10, TWICE)), ">faster</td>");
	has(RECORD(SYNC(10) "," ASYNC(10, TWICE)), "Against mode=sync threads=1 delay-per=event<");
	has(RECORD(SYNC(10) "," ASYNC(10, "[50, 51, 52, 53, 54, 55]")), ">slower</td>");
}

#define FOUR(mode, threads, per, delay, centres) ROW(mode, threads, per, delay, "null", centres)

/* Of four launches a difference is called alone (p = 2/70), and not as one of two rows. */
static void over_the_table(void **state)
{
	static const char low[] =
		RECORD(FOUR("sync", 1, "event", 10, "[100, 101, 102, 103]") "," FOUR(
			"async", 8, "batch", 10, "[200, 202, 204, 206]"));
	static const char two[] = RECORD(FOUR("sync", 1, "event", 10, "[100, 101, 102, 103]") "," FOUR(
		"async", 8, "batch", 10,
		"[200, 202, 204, 206]") "," FOUR("sync", 1, "event", 100,
						 "[100, 101, 102, 103]") "," FOUR("async", 8,
										  "batch", 100,
										  "[100.5, 101.5, 101, 102]"));

	(void)state;
	has(low, ">faster</td>");
	has(two, ">inconclusive: p = 0.029 alone, but q = 0.057 over all 2 rows</td>");
}

/* Rows of another delay, or without delay, have no row to be divided by. */
static void row_without_partner(void **state)
{
	(void)state;
	has(RECORD(SYNC(10) "," ASYNC(100, TWICE)), NULL);
	has(RECORD(ASYNC(10, TWICE)), NULL);
	has(RECORD(SYNC(10)), NULL);
}

/* A plot of guests is never one of the machine alone. */
static void says_on_what(const char *class, const char *want)
{
	struct tb_record record = { .json = json_quoted(RECORD(SYNC(10))) };
	struct tb_subject subject;
	struct tb_group group;
	struct tb_plots plots;
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	json_object_set_new(record.json, "class", json_string(class));
	tb_subjects_name(&record, 1, &subject);
	tb_subjects_group(&subject, 1, &group);
	assert_int_equal(tb_plots_open(&group, &plots), 0);
	assert_int_equal(plots.n, 1);
	tb_plot_words(out, &plots, &plots.at[0]);
	tb_plots_close(&plots);
	fclose(out);
	json_decref(record.json);
	assert_int_equal(strncmp(text, want, strlen(want)), 0);
	free(text);
}

static void titles(void **state)
{
	(void)state;
	says_on_what("vm", "CLASS = 'guests on kvm_pvm, class vm (kvm)'\n");
	says_on_what("nested", "CLASS = 'class nested (kvm_pvm in kvm)'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(ratio_of_two_rows),
					    cmocka_unit_test(row_without_partner),
					    cmocka_unit_test(over_the_table),
					    cmocka_unit_test(titles) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
