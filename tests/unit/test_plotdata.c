// SPDX-License-Identifier: GPL-2.0-or-later
/* The data files for gnuplot. */
#include <math.h>
#include <stdio.h>

#include "plot_help.h"

typedef void (*write_plot)(FILE *out, const struct tb_plots *plots, const struct tb_plot *plot);

/* The data of a plot of these records. NULL: they have no such plot. */
static char *of(write_plot write, const char *name, const char *const *json, size_t n)
{
	struct plotted p;
	char *text = NULL;
	size_t bytes;

	plot(&p, json, n);
	for (size_t i = 0; i < p.plots.n; i++)
		if (!strcmp(p.plots.at[i].name, name)) {
			FILE *out = open_memstream(&text, &bytes);

			write(out, &p.plots, &p.plots.at[i]);
			fclose(out);
		}
	unplot(&p, n);
	return text;
}

static void is(write_plot write, const char *name, const char *const *json, size_t n,
	       const char *want)
{
	char *text = of(write, name, json, n);

	assert_non_null(text);
	/* The first line of data explains its columns. */
	assert_string_equal(write == tb_plot_data ? strchr(text, '\n') + 1 : text, want);
	free(text);
}

static void holds(write_plot write, const char *name, const char *json, const char *want)
{
	char *text = of(write, name, &json, 1);

	assert_non_null(text);
	if (!strstr(text, want))
		fail_msg("no '%s' in %s", want, text);
	free(text);
}

static void figures(void **state)
{
	const char *json = flush;

	(void)state;
	/* By size, without an interval the estimate three times; two lines between blocks. */
	is(tb_plot_data, "lines-left", &json, 1,
	   "# A Made Up: , chase\n"
	   "1 1 1 1 49152 0 1 1.5 1.25 2\n"
	   "1 1 1 2 65536 0 1 0.25 0 0.5\n"
	   "1 1 1 3 131072 1 1 0 0 0\n\n\n"
	   "# A Made Up: , store\n"
	   "1 1 2 1 49152 0 1 63 63 63\n");
	/* A row without one of the plot's metrics is not drawn. */
	is(tb_plot_data, "cost", &json, 1,
	   "# A Made Up: , chase\n"
	   "1 1 1 1 49152 0 1 700 700 700 2.5 2.5 2.5 1.5 1.25 2\n"
	   "1 1 1 2 65536 0 1 1000 1000 1000 -4 -4 -4 0.25 0 0.5\n"
	   "1 1 1 3 131072 1 1 2000 2000 2000 30 30 30 0 0 0\n");
	assert_null(of(tb_plot_data, "create", &json, 1));
	assert_null(of(tb_plot_data, "forest", &json, 1));
}

static void words(void **state)
{
	const char *json = flush;

	(void)state;
	is(tb_plot_words, "lines-left", &json, 1,
	   "CLASS = 'class vm (kvm)'\nFIRST = 'A Made Up'\n"
	   "array RECORD[1] = ['A Made Up']\narray MACHINE[1] = [1]\narray L1D[1] = [49152]\n"
	   "array PANEL[1] = ['']\narray SERIES[2] = ['chase', 'store']\n"
	   "array X[3] = ['48K', '64K', '128K']\narray XV[3] = [49152, 65536, 131072]\n"
	   "array B_RECORD[2] = [1, 1]\narray B_PANEL[2] = [1, 1]\narray B_SERIES[2] = [1, 2]\n");
}

/* Records of one plot share its names. A record without data for the plot gets no number. */
static void several(void **state)
{
	static const char *const json[] = {
		RECORD("Else", FUTEX("")),
		RECORD("Made Up", CHASE64),
		RECORD("Zen", STORE48 "," CHASE48),
	};

	(void)state;
	is(tb_plot_data, "lines-left", json, 3,
	   "# B Made Up: , chase\n1 1 1 2 65536 0 1 0.25 0 0.5\n\n\n"
	   "# C Zen: , chase\n2 1 1 1 49152 0 1 1.5 1.25 2\n\n\n"
	   "# C Zen: , store\n2 1 2 1 49152 0 1 63 63 63\n");
}

#define POLICED(policy, threads)                                                                \
	"{'name': 'apf/wake-uffd', 'version': 2, 'status': 'ok', 'launches': [], 'params': {"   \
	"'way': 'copy', 'batch': 1, 'placement': 'same-cpu', 'idle': 'default', 'page': '4K', " \
	"'policy': '" policy "', 'threads': " #threads "}, 'metrics': [{'name': 'rate', "       \
	"'summary': {'estimate': 7, 'ci': null}}]}"

/* A policy common to all rows is not in the legend. Two policies are. */
static void policies(void **state)
{
	const char *one = RECORD("Made Up", POLICED("other", 1) "," POLICED("other", 4)),
		   *two = RECORD("Made Up", POLICED("fifo", 1) "," POLICED("other", 1));

	(void)state;
	holds(tb_plot_words, "wake-rate", one, "array SERIES[1] = ['copy, batch=1']");
	holds(tb_plot_words, "wake-rate", two,
	      "array SERIES[2] = ['copy, batch=1, policy=fifo', 'copy, batch=1, policy=other']");
}

/* A mixture is drawn at its two modes, never at the median of both. */
static void mixtures(void **state)
{
	const char *json = RECORD("Made Up", CREATE("clone3", "off", "ok", MIXED));

	(void)state;
	is(tb_plot_data, "create", &json, 1,
	   "# A Made Up: , off\n1 1 1 1 nan 0 0.25 9 9 9\n1 1 1 1 nan 0 0.75 3 3 3\n");
}

/* Rows that are not drawn are reported. Rows of other plots are not. */
static void doubtful(void **state)
{
	const char *json = RECORD(
		"Made Up",
		CREATE("clone3", "off", "ok", "{'estimate': 1}") "," CREATE(
			"clone3", "on", "skipped",
			"null") "," CREATE("fork", "off", "failed",
					   "{'estimate': 1}") "," CREATE("spawn", "off", "noisy",
									 "{'estimate': 2}") "," NO_EFFECT);
	struct plotted p;

	(void)state;
	plot(&p, &json, 1);
	assert_int_equal(p.plots.n, 1);
	assert_string_equal(p.plots.at[0].name, "create");
	assert_int_equal(p.plots.at[0].points, 2);
	assert_int_equal(json_array_size(p.plots.at[0].doubtful[0]), 3);
	unplot(&p, 1);
}

/* Ten of twenty lie beyond the median, no curve goes further; of launches that count only. */
static void percentiles(void **state)
{
	const char *json = RECORD("Made Up", FUTEX(LAUNCH "," LAUNCH));
	char *text = of(tb_plot_data, "wake-latency", &json, 1), *line;
	double tail = 0, value, q;
	int lines = 0;

	(void)state;
	line = strchr(strchr(text, '\n') + 1, '\n') + 1;
	for (; *line; line = strchr(line, '\n') + 1, lines++) {
		assert_int_equal(sscanf(line, "%lf %lf", &tail, &value), 2);
		/* 1, 1, 2, 2 ...: type 7 of twenty. */
		q = 19 * (1 - 1 / tail);
		assert_true(fabs(value - (1 + floor(q / 2) + ((int)q % 2 ? q - floor(q) : 0))) <
			    1e-4);
	}
	assert_int_equal(lines, 8);
	assert_true(tail <= 2 && tail * 1.1 > 2);
	free(text);
	/* Of a row with fewer there is no curve: an empty block would shift the others. */
	json = RECORD("Made Up", FUTEX("{'exit': 'crashed'},{'exit': 'crashed'}"));
	assert_null(of(tb_plot_data, "wake-latency", &json, 1));
	json = RECORD("Made Up", FUTEX(LAUNCH ",{'exit': 'crashed'}"));
	text = of(tb_plot_data, "wake-latency", &json, 1);
	assert_string_equal(strchr(strchr(text, '\n') + 1, '\n') + 1, "1 1\n");
	free(text);
}

static void too_many_names(void **state)
{
	json_t *record = json_quoted(RECORD("Made Up", CHASE64)), *row;
	const json_t *first = json_array_get(json_object_get(record, "benchmarks"), 0);
	struct plotted p;
	char name[16], *text;

	(void)state;
	for (int i = 0; i < TB_NAMES_ROOM + 5; i++) {
		row = json_deep_copy(first);
		snprintf(name, sizeof(name), "loop%d", i);
		json_object_set_new(json_object_get(row, "params"), "loop", json_string(name));
		json_array_append_new(json_object_get(record, "benchmarks"), row);
	}
	text = json_dumps(record, 0);
	plot(&p, (const char *const *)&text, 1);
	assert_int_equal(p.plots.at[0].points, TB_NAMES_ROOM);
	assert_int_equal(p.plots.at[0].points_lost, 6);
	unplot(&p, 1);
	free(text);
	json_decref(record);
}

static void hostile(void **state)
{
	const char *json = HOSTILE;
	char *text = of(tb_plot_data, "cost", &json, 1), *line = text;

	(void)state;
	/* Words are in comments, and each is one line. */
	for (size_t i = 0; i < 3; i++, line = strchr(line, '\n') + 1)
		assert_true(i == 2 ? strspn(line, "0123456789. ") == strcspn(line, "\n")
				   : *line == '#');
	assert_string_equal(line, "");
	free(text);
	holds(tb_plot_words, "cost", HOSTILE,
	      "FIRST = 'A ?.system(?touch pwned?).?\?touch pwned?\?'\n"
	      "array RECORD[1] = ['A ?.system(?touch pwned?).?\?touch pwned?\?']\n");
	holds(tb_plot_words, "cost", HOSTILE,
	      "array SERIES[1] = ['x?\?!touch pwned?\??touch pwned?\??\?1?\?]]?']\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures),     cmocka_unit_test(words),
		cmocka_unit_test(several),     cmocka_unit_test(policies),
		cmocka_unit_test(mixtures),    cmocka_unit_test(doubtful),
		cmocka_unit_test(percentiles), cmocka_unit_test(too_many_names),
		cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
