// SPDX-License-Identifier: GPL-2.0-or-later
/* Values on pages, in plots and in other formats: those of the record, in their unit. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "json_path.h"
#include "report/figures.h"
#include "report/flat.h"
#include "report/gbench.h"
#include "report/notes.h"
#include "report/plot.h"
#include "report/sections.h"
#include "report/table.h"
#include "report_help.h"

static void holds(const char *text, const char *want)
{
	if (!strstr(text, want))
		fail_msg("no '%s' in:\n%s", want, text);
}

static void prints(print how, const char *json, const char *const *parts)
{
	char *text = printed(how, json);

	for (; *parts; parts++)
		holds(text, *parts);
	free(text);
}

#define QUANTILES \
	"{'p1': 101, 'p25': 125, 'p50': 150, 'p75': 175, 'p95': 195, 'p99': 199, 'max': 260}"
#define LAUNCH(interrupts, start, finish, window, policy)                                \
	"{'exit': 'ok', 'policy': '" policy "', 'noise': {'involuntary_switches': 2, "   \
	"'interrupts': " interrupts ", 'steal_ticks': 3, 'smi': 1, 'memory_stalls': 5, " \
	"'migrated': false, 'cpus': [{'slow_yields': 0}]}, 'cost': {'start_ms': " #start \
	", 'finish_ms': " #finish ", 'window_ms': " #window "}}"
#define PAGE(launches)                                                                             \
	"{'complete': true, 'class': 'vm', 'host': {'cpu': {}}, 'benchmarks': [{'name': 'a/b',"    \
	"'params': {'x': 'y'}, 'status': 'unstable', 'quiet_share': 0.876, 'launches': [" launches \
	"], 'metrics': [{'name': 'latency', 'unit': 'ns', 'shown': true, 'headline': true, "       \
	"'summary': {'n_launches': 11, 'n_samples': 3300, 'estimate': 150.2, 'ci': "               \
	"{'lo': 148.1, 'hi': 153.3}, 'modes': null, 'ungated': {'estimate': 170.7}, "              \
	"'quantiles': " QUANTILES "}}]}]}"
#define TWO_LAUNCHES LAUNCH("40", 1, 3, 10, "fifo") "," LAUNCH("60", 2, 4, 30, "other")

/* The order is estimate, interval, ungated, p99, launches, samples and quiet share. */
static void page(void **state)
{
	static const char *const parts[] = {
		"<td class=\"text\">a/b x=y</td><td class=\"text\">latency [ns]</td>"
		"<td>150.2 [148.1, 153.3]</td><td>170.7</td><td>199.0</td><td>11</td><td>3300</td>"
		"<td>88 %</td><td></td><td>unstable</td>",
		NULL
	};

	(void)state;
	prints(tb_section_rows, PAGE(TWO_LAUNCHES), parts);
}

static void terminal(void **state)
{
	static const char *const parts[] = { "150.2 [148.1, 153.3]    170.7   88 %  11  unstable\n",
					     NULL };

	(void)state;
	prints(tb_table_print_wide, PAGE(TWO_LAUNCHES), parts);
}

/* Sums over the launches; start and finish are the harness's own time, per launch. */
static void noise(void **state)
{
	static const char *const known[] = {
		"2 launches, 1 of them SCHED_FIFO. While they ran: 4 involuntary switches, 100 interrupts, 6 ticks of "
		"steal, 0 migrations",
		"System management interrupts: 2; reclaims, compactions and pages swapped: 10.",
		"the harness took 5.0 ms, and warm-up and samples took 20.0 ms", NULL
	};
	static const char *const unknown[] = {
		"2 launches, 2 of them SCHED_FIFO. While they ran: 4 involuntary switches, unknown interrupts, 6 ticks",
		NULL
	};

	(void)state;
	prints(tb_section_noise, PAGE(TWO_LAUNCHES), known);
	prints(tb_section_noise,
	       PAGE(LAUNCH("40", 1, 3, 10, "fifo") "," LAUNCH("null", 2, 4, 30, "fifo")), unknown);
}

/* A partial run is reported. The command to repeat it has the seed once, quoted for a shell. */
static void run_of_a_page(void **state)
{
	static const char *const partial[] = { "Partial: the run ended early (killed).", NULL };
	static const char *const seedless[] = {
		"<pre>tollbooth run -p &#39;way=a b&#39; --rounds 8 --seed 77</pre>", NULL
	};
	static const char *const seeded[] = { "<pre>tollbooth run --seed=5 </pre>", NULL };
	char *text = printed(tb_section_intro, "{'complete': true, 'exit_reason': 'done'}");

	(void)state;
	assert_null(strstr(text, "Partial"));
	free(text);
	prints(tb_section_intro, "{'complete': false, 'exit_reason': 'killed'}", partial);
	prints(tb_section_again,
	       "{'suite': {'seed': 77, 'command': ['tollbooth', 'run', '-p', 'way=a b', '--rounds', '8']}}",
	       seedless);
	prints(tb_section_again,
	       "{'suite': {'seed': 5, 'command': ['tollbooth', 'run', '--seed=5']}}", seeded);
}

/* A line a CPU, with the runs on that CPU. */
static void other_runs(void **state)
{
	static const char json[] =
		"{'benchmarks': [], 'x': {'other_runs': [{'cpu': 3}, {'cpu': 1}, "
		"{'cpu': 3}, {'cpu': 2}, {'cpu': 3}]}}";
	char *text = printed(tb_notes_print, json);

	(void)state;
	assert_string_equal(text, "  other runs on CPU 3 at the same time: 3\n"
				  "  other runs on CPU 1 at the same time: 1\n"
				  "  other runs on CPU 2 at the same time: 1\n");
	free(text);
}

/* Two metrics with other numbers of samples, and a third that is no time; the last launch does not count. */
static const char timed[] =
	"{'run_id': 'id', 'class': 'vm', 'suite': {'clock': {'tsc_hz': 2e9}}, 'host': {'cpu': {}},"
	"'benchmarks': [{'name': 'a/b', 'params': {}, 'status': 'ok', 'launches': "
	"[{'exit': 'ok'}, {'exit': 'ok'}, {'exit': 'ok'}, {'exit': 'crashed'}], 'metrics': ["
	"{'name': 'latency', 'unit': 'tsc', 'within': 'median', 'summary': {'column': 'gated'}, 'samples': "
	"[{'gated': [100, 300, 500], 'ungated': [9]}, {'gated': [200, 200, 200]}, "
	"{'gated': [600, 600, 600]}, {'gated': [9000, 9000, 9000]}]},"
	"{'name': 'rest', 'unit': 'ns', 'within': 'mean', 'summary': {'column': 'ungated'}, 'samples': "
	"[{'ungated': [1, 2]}, {'ungated': [4]}, {'ungated': [10, 10, 40, 40]}, {'ungated': [7]}]},"
	"{'name': 'lines', 'unit': 'lines', 'within': 'mean', 'summary': {'column': 'gated'}, 'samples': "
	"[{'gated': [1, 2]}, {'gated': [4]}, {'gated': [64]}, {'gated': [7]}]}]}]}";

static const json_t *named(const json_t *list, const char *name, size_t nth)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (!strcmp(json_string_value(json_object_get(one, "name")), name) && !nth--)
			return one;
	fail_msg("no %s", name);
	return NULL;
}

static void is(const json_t *one, const char *key, double want)
{
	double got = json_number_value(json_object_get(one, key));

	if (!(fabs(got - want) <= 1e-9 * fabs(want)))
		fail_msg("%s is %.17g, not %.17g", key, got, want);
}

/* Half a nanosecond a cycle; each launch its own figure, samples and counters. */
static void google_benchmark_format(void **state)
{
	static const double ns[] = { 150, 100, 300 }, rest[] = { 1.5, 4, 25 },
			    lines[] = { 1.5, 4, 64 };
	static const double samples[] = { 2, 1, 4 };
	struct tb_record record = { .json = json_quoted(timed) };
	size_t left_out;
	json_t *json = tb_gbench(&record, &left_out), *list = json_object_get(json, "benchmarks");

	(void)state;
	assert_int_equal(left_out, 0);
	for (size_t i = 0; i < 3; i++) {
		is(named(list, "a/b/latency", i), "real_time", ns[i]);
		is(named(list, "a/b/latency", i), "iterations", 3);
		is(named(list, "a/b/latency", i), "repetition_index", (double)i);
		is(named(list, "a/b/latency", i), "lines", lines[i]);
		is(named(list, "a/b/rest", i), "real_time", rest[i]);
		is(named(list, "a/b/rest", i), "iterations", samples[i]);
	}
	is(named(list, "a/b/latency_mean", 0), "real_time", 550.0 / 3);
	is(named(list, "a/b/latency_median", 0), "real_time", 150);
	/* Of 150, 100 and 300: squares of 33.3, 83.3 and 116.7, over two. */
	is(named(list, "a/b/latency_stddev", 0), "real_time", sqrt(65000.0 / 6));
	is(named(list, "a/b/latency_cv", 0), "real_time", sqrt(65000.0 / 6) / (550.0 / 3));
	json_decref(json);
	json_decref(record.json);
}

/* As many digits as bring the number back. */
static void digits(void **state)
{
	json_t *flat = json_pack("[{s:f,s:f,s:f}]", "a", 0.1 + 0.2, "b", 1.0 / 3, "c", 0.1);
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	(void)state;
	tb_flat_csv(out, flat);
	fclose(out);
	assert_string_equal(text, "a,b,c\n0.30000000000000004,0.3333333333333333,0.1\n");
	free(text);
	json_decref(flat);
}

#define CENTRES(metric, factor, headline)                                                       \
	"{'name': '" metric "', 'unit': 'ns', 'direction': 'lower', 'headline': " headline      \
	", 'summary': {'column': 'gated', 'modes': null, 'centres': [100" factor ", 101" factor \
	", 102" factor ", 103" factor ", 104" factor ", 105" factor "]}}"
#define AB(x, factor)                                                                             \
	"{'name': 'a/b', 'version': 1, 'params': {'x': '" x                                       \
	"'}, 'status': 'ok', 'metrics': [" CENTRES("other", "", "false") "," CENTRES("m", factor, \
										     "true") "]}"
#define MACHINE(rows) \
	"{'class': 'vm', 'host': {'cpu': {'derived': {'uarch': 'U'}}}, 'benchmarks': [" rows "]}"

/* The same on a page: "10.000 [9.8, 10.2]", and the verdict. */
static void ratios_on_a_page(const struct tb_plots *plots)
{
	char *text = NULL;
	const char *at;
	size_t bytes, n = 0;
	FILE *out = open_memstream(&text, &bytes);

	tb_ratios_table(out, plots);
	fclose(out);
	for (at = text; (at = strstr(at, "</td><td>")); at++) {
		double m, lo, hi;

		if (sscanf(at, "</td><td>%lf [%lf, %lf]", &m, &lo, &hi) != 3)
			continue;
		assert_true(lo < m && m < hi);
		n++;
	}
	assert_int_equal(n, 4);
	holds(text, "]</td><td class=\"text\">slower</td>");
	holds(text, "]</td><td class=\"text\">inconclusive</td>");
	free(text);
}

/* Three records: lines are rows of the first, numbers the records that are drawn. */
static void ratios(void **state)
{
	/* 100e1 is ten times 100. */
	static const char *const json[] = { MACHINE(AB("1", "") "," AB("2", "e1")),
					    MACHINE(AB("1", "e1") "," AB("2", "e1")),
					    MACHINE(AB("1", "") "," AB("2", "e2")) };
	static const double want[4][4] = {
		{ 1, 1, 10, 1 }, { 2, 1, 1, 0 }, { 1, 2, 1, 0 }, { 2, 2, 10, 1 }
	};
	struct tb_record records[3];
	struct tb_subject subjects[3];
	struct tb_group groups[3];
	struct tb_plots plots;
	char *text = NULL, *line, *rest = NULL;
	size_t bytes, i = 0;
	FILE *out = open_memstream(&text, &bytes);

	(void)state;
	for (size_t r = 0; r < 3; r++)
		records[r] = (struct tb_record){ .json = json_quoted(json[r]) };
	tb_subjects_name(records, 3, subjects);
	assert_int_equal(tb_subjects_group(subjects, 3, groups), 1);
	assert_int_equal(tb_plots_open(&groups[0], &plots), 0);
	assert_int_equal(plots.n, 1);
	tb_plot_data(out, &plots, &plots.at[0]);
	fclose(out);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		double v[6];

		if (*line == '#')
			continue;
		assert_true(i < 4);
		assert_int_equal(sscanf(line, "%lf %lf %lf %lf %lf %lf", &v[0], &v[1], &v[2], &v[3],
					&v[4], &v[5]),
				 6);
		assert_true(v[0] == want[i][0] && v[1] == want[i][1]);
		assert_true(fabs(v[2] / want[i][2] - 1) < 1e-6);
		/* With a band of 2 % and steps of 1 % the interval crosses an edge. */
		assert_true(v[3] < v[2] && v[2] < v[4]);
		assert_true(v[5] == want[i][3]);
		i++;
	}
	assert_int_equal(i, 4);
	free(text);
	ratios_on_a_page(&plots);
	tb_plots_close(&plots);
	for (size_t r = 0; r < 3; r++)
		json_decref(records[r].json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page),		 cmocka_unit_test(terminal),
		cmocka_unit_test(noise),	 cmocka_unit_test(other_runs),
		cmocka_unit_test(run_of_a_page), cmocka_unit_test(google_benchmark_format),
		cmocka_unit_test(digits),	 cmocka_unit_test(ratios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
