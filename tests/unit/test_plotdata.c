// SPDX-License-Identifier: GPL-2.0-or-later
/* Records' figures on their way to gnuplot. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json_quoted.h"
#include "report/plot.h"
#include "report/render.h"
#include "skip.h"

#define CACHES                                                      \
	"[{'level': 1, 'type': 'Instruction', 'size_bytes': 1024}," \
	"{'level': 1, 'type': 'Data', 'size_bytes': 49152},"        \
	"{'level': 2, 'type': 'Unified', 'size_bytes': 2097152}]"
#define RECORD(uarch, rows)                                                                  \
	"{'class': 'vm', 'environment': {'virtualization': {'hypervisor': 'kvm'}}, 'host': " \
	"{'cpu': {'derived': {'uarch': '" uarch "'}, 'model': 207, 'caches': " CACHES "}},"  \
	"'benchmarks': [" rows "]}"
#define LAUNCH "{'exit': 'ok'}"
#define PLACED(loop, size, victim, buffer, metrics)                                                \
	"{'name': 'l1d/flush-user', 'status': 'ok', 'version': 1, 'launches': [" LAUNCH "," LAUNCH \
	"], 'params': {'loop': '" loop "', 'size': " #size ", 'victim': '" victim                  \
	"', 'buffer': '" buffer "'}, 'metrics': [" metrics "]}"
#define ROW(loop, size, metrics) PLACED(loop, size, "page", "l2", metrics)
#define LINES(estimate, ci) \
	"{'name': 'lines-left', 'summary': {'estimate': " #estimate ", 'ci': " ci "}}"
#define COST(cycles, after)                                              \
	"{'name': 'core-cycles', 'summary': {'estimate': " #cycles "}}," \
	"{'name': 'aftermath', 'summary': {'estimate': " #after "}}"
#define ALL(lines, ci, cycles, after) LINES(lines, ci) "," COST(cycles, after)
#define EMPTY			      ",{'name': 'left-any', 'summary': {'excess': {'empty': true}}}"

#define CHASE128 ROW("chase", 131072, ALL(0, "null", 2000, 30) EMPTY)
#define CHASE48	 ROW("chase", 49152, ALL(1.5, "{'lo': 1.25, 'hi': 2}", 700, 2.5))
#define CHASE64	 ROW("chase", 65536, ALL(0.25, "{'lo': 0, 'hi': 0.5}", 1000, -4))
#define STORE48	 ROW("store", 49152, LINES(63, "null"))
#define NO_EFFECT \
	ROW("seed", 65536, "{'name': 'lines-left', 'reason': 'CPUID exits', 'summary': null}")
#define OTHER_CURVES                                               \
	PLACED("chase", 4096, "full", "l2", ALL(60, "null", 1, 1)) \
	"," PLACED("chase", 4096, "page", "dram", ALL(60, "null", 1, 1))

/* Sizes in no order, a loop that has no effect, rows of other curves. */
static const char flush[] = RECORD("Made Up", NO_EFFECT "," CHASE128 "," OTHER_CURVES "," CHASE48
							"," CHASE64 "," STORE48);

#define TEN "{'ungated': [10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 'gated': []}"
#define FUTEX_AT(placement, launches)                                                          \
	"{'name': 'apf/wake-futex', 'version': 1, 'status': 'ok', 'launches': [" launches "]," \
	"'params': {'placement': '" placement "', 'idle': 'default'}, 'metrics': [{"           \
	"'name': 'wake-to-run', 'unit': 'ns', 'samples': [" TEN "," TEN                        \
	"], 'summary': {'column': 'ungated', 'estimate': 5.5}}]}"
#define FUTEX(launches) FUTEX_AT("same-cpu", launches)
#define FAULTS(threads, rate)                                                                   \
	"{'name': 'apf/wake-uffd', 'version': 1, 'status': 'ok', 'launches': [], 'params': {"   \
	"'way': 'read', 'batch': 1, 'placement': 'same-cpu', 'idle': 'default', 'page': '4K', " \
	"'threads': " #threads "}, 'metrics': [{'name': 'rate', 'summary': {'estimate': " #rate \
	", 'ci': null}}]}"
#define GUEST(delay, rate)                                                                   \
	"{'name': 'apf/wake-kvm', 'version': 1, 'status': 'ok', 'launches': [], 'params': {" \
	"'mode': 'sync', 'threads': 1, 'delay-per': 'event', 'placement': 'same-cpu', "      \
	"'backing': 'copy', 'halt-poll': 'default', 'vcpus': 1, 'delay': " #delay "}, "      \
	"'metrics': [{'name': 'rate', 'summary': {'estimate': " #rate ", 'ci': null}}]}"
#define CREATE(method, shadow, status, summary)                                                                   \
	"{'name': 'thread/create', 'version': 1, 'status': '" status "', 'reason': 'no CET',"                     \
	"'params': {'method': '" method "', 'shadow': '" shadow                                                   \
	"', 'stack': 8388608, 'placement': 'same-cpu', 'thp': 'none', 'live': 0, 'creators': 1}, 'launches': []," \
	"'metrics': [{'name': 'full-cycle', 'summary': " summary "}]}"
#define MIXED \
	"{'estimate': 5, 'ci': {'lo': 4, 'hi': 6}, 'modes': {'low': 3, 'high': 9, 'share_high': 0.25}}"

struct plotted {
	struct tb_record record[TB_SUBJECTS_MAX];
	struct tb_subject subject[TB_SUBJECTS_MAX];
	struct tb_group group[TB_SUBJECTS_MAX];
	struct tb_plots plots;
};

static void plot(struct plotted *p, const char *const *json, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p->record[i] = (struct tb_record){ .json = json_quoted(json[i]) };
	tb_subjects_name(p->record, n, p->subject);
	assert_int_equal(tb_subjects_group(p->subject, n, p->group), 1);
	assert_int_equal(tb_plots_open(&p->group[0], &p->plots), 0);
}

static void unplot(struct plotted *p, size_t n)
{
	tb_plots_close(&p->plots);
	for (size_t i = 0; i < n; i++)
		json_decref(p->record[i].json);
}

typedef void (*write_plot)(FILE *out, const struct tb_plots *plots, const struct tb_plot *plot);

/* What a plot of these records is made of; NULL: it is not among theirs. */
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
	/* A row that lacks one of a plot's metrics is not drawn. */
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

/* What several records have of a plot shares its names; who has nothing of it is not numbered. */
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

/* A mixture stands at its two modes, never at the median of both. */
static void mixtures(void **state)
{
	const char *json = RECORD("Made Up", CREATE("clone3", "off", "ok", MIXED));

	(void)state;
	is(tb_plot_data, "create", &json, 1,
	   "# A Made Up: , off\n1 1 1 1 nan 0 0.25 9 9 9\n1 1 1 1 nan 0 0.75 3 3 3\n");
}

/* What is not drawn is told of; what is no part of the plot is not. */
static void doubtful(void **state)
{
	const char *json = RECORD(
		"Made Up",
		CREATE("clone3", "off", "ok", "{'estimate': 1}") "," CREATE(
			"clone3", "on", "skipped",
			"null") "," CREATE("fork", "off", "failed",
					   "{'estimate': 1}") "," CREATE("spawn", "off", "unquiet",
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

#define HOSTILE                                                                                  \
	RECORD("\\u0027.system(\\u0027touch pwned\\u0027).\\u0027`touch pwned`\\nset term \\\\", \
	       ROW("x\\u0022\\n!touch pwned\\n\\u0022`touch pwned`\\u0027#$1\\\\%]]>", 65536,    \
		   ALL(1, "null", 2, 3)))

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

static void renders(const char *const *json, size_t n, size_t plots)
{
	struct tb_complaint why = { "" };
	struct tb_render render;
	struct plotted p;
	size_t drawn = 0;
	int err;

	plot(&p, json, n);
	err = tb_render_open(&p.plots, &render, &why);
	assert_int_equal(err, 0);
	for (size_t i = 0; i < p.plots.n && !err; i++) {
		unsigned char *svg, *log;
		char name[64];
		size_t bytes;

		err = tb_render_plot(&render, p.plots.at[i].name, &why);
		snprintf(name, sizeof(name), "%s.svg", p.plots.at[i].name);
		svg = tb_render_file(&render, name, &bytes);
		log = tb_render_file(&render, "gnuplot.log", &bytes);
		if (!err && bytes)
			tb_complain(&why, -EIO, "gnuplot says of %s: %s", name, (char *)log);
		free(log);
		drawn += svg && strstr((char *)svg, "</svg>") && strstr((char *)svg, "class vm");
		free(svg);
	}
	if (!err && !faccessat(render.dir, "pwned", F_OK, AT_SYMLINK_NOFOLLOW))
		why = (struct tb_complaint){ "the record's text was run" };
	tb_render_close(&render);
	unplot(&p, n);
	if (err == -ENOENT)
		skip_because("gnuplot is not installed");
	if (why.text[0])
		fail_msg("%s", why.text);
	assert_int_equal(drawn, plots);
	assert_int_equal(access(render.folder, F_OK), -1);
}

/* Each record by itself, one beside itself, and all: without a word of gnuplot's on stderr. */
static void draws_in_locale(const char *locale)
{
	static const char *const one[] = {
		flush,
		RECORD("Made Up", ROW("seed", 49152, LINES(1, "null"))),
		"{'class': 'vm', 'benchmarks': []}",
		/* A machine whose caches nobody knows. */
		"{'class': 'vm', 'benchmarks': [" ROW("seed", 49152, ALL(1, "null", 9, 9)) "]}",
		RECORD("Made Up", FUTEX(LAUNCH "," LAUNCH)),
		RECORD("Made Up", FUTEX(LAUNCH "," LAUNCH) "," FUTEX_AT("cross-l3", LAUNCH)),
		RECORD("Made Up", FAULTS(1, 1000) "," FAULTS(4, 3000)),
		RECORD("Made Up", GUEST(0, 90000)),
		RECORD("Made Up", CREATE("fork", "off", "ok", MIXED)),
		HOSTILE,
	};
	static const size_t plots[] = { 2, 1, 0, 2, 1, 1, 1, 1, 1, 2 };
	const size_t n = sizeof(one) / sizeof(*one);

	setenv("LC_ALL", locale, 1);
	for (size_t i = 0; i < n; i++)
		renders(&one[i], 1, plots[i]);
	renders(one, n, 6);
}

static void gnuplot_draws(void **state)
{
	(void)state;
	draws_in_locale("C");
	draws_in_locale("C.UTF-8");
}

/* What lies there already stays as it is, and no link is followed. */
static void replaces_nothing(void **state)
{
	static const char *const files[] = { "common.gp",	 "lines-left.gp", "lines-left.dat",
					     "lines-left.names", "cost.gp",	  "cost.dat",
					     "cost.names" };
	char path[] = "/tmp/tb-plot-XXXXXX";
	const char *json = flush;
	struct plotted p;
	struct stat st;
	int dir;

	(void)state;
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	plot(&p, &json, 1);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(symlinkat("victim", dir, files[i]), 0);
		assert_int_equal(tb_plots_export(&p.plots, dir), -EEXIST);
		assert_int_equal(fstatat(dir, "victim", &st, 0), -1);
		for (size_t k = 0; k < 7; k++)
			unlinkat(dir, files[k], 0);
	}
	assert_int_equal(tb_plots_export(&p.plots, dir), 0);
	assert_int_equal(tb_plots_export(&p.plots, dir), -EEXIST);
	assert_int_equal(tb_plots_export(&p.plots, -1), -EBADF);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(unlinkat(dir, files[i], 0), 0);
	unplot(&p, 1);
	close(dir);
	assert_int_equal(rmdir(path), 0); /* nothing else was written */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures),	  cmocka_unit_test(words),
		cmocka_unit_test(several),	  cmocka_unit_test(mixtures),
		cmocka_unit_test(doubtful),	  cmocka_unit_test(percentiles),
		cmocka_unit_test(too_many_names), cmocka_unit_test(hostile),
		cmocka_unit_test(gnuplot_draws),  cmocka_unit_test(replaces_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
