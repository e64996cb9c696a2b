// SPDX-License-Identifier: GPL-2.0-or-later
/* A record's figures on their way to gnuplot. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json_quoted.h"
#include "record/embedded.h"
#include "report/plotdata.h"
#include "report/render.h"

#define CACHES                                                      \
	"[{'level': 1, 'type': 'Instruction', 'size_bytes': 1024}," \
	"{'level': 1, 'type': 'Data', 'size_bytes': 49152},"        \
	"{'level': 2, 'type': 'Unified', 'size_bytes': 2097152}]"
#define RECORD(uarch, rows)                                                                \
	"{'class': 'vm', 'host': {'cpu': {'uarch': '" uarch "', 'vendor': 'GenuineIntel'," \
	"'family': 6, 'model': 207, 'stepping': 2, 'caches': " CACHES "}},"                \
	"'benchmarks': [" rows "]}"
#define PLACED(loop, size, victim, buffer, metrics)                                  \
	"{'name': 'l1d/flush-user', 'launches': [{}, {}], 'params': {'loop': '" loop \
	"', 'size': " #size ", 'victim': '" victim "', 'buffer': '" buffer           \
	"'}, 'metrics': [" metrics "]}"
#define ROW(loop, size, metrics) PLACED(loop, size, "page", "l2", metrics)
#define LATENCY(samples) \
	"{'name': 'latency', 'samples': [" samples "], 'summary': {'estimate': 800}}"
#define LINES(estimate, ci) \
	"{'name': 'lines-left', 'summary': {'estimate': " #estimate ", 'ci': " ci "}}"
#define COST(cycles, after)                                              \
	"{'name': 'core-cycles', 'summary': {'estimate': " #cycles "}}," \
	"{'name': 'aftermath', 'summary': {'estimate': " #after "}}"
#define TEN "{'gated': [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 'ungated': [99]}"
#define ALL(lines, ci, cycles, after) \
	LATENCY(TEN "," TEN) "," LINES(lines, ci) "," COST(cycles, after)

/* Sizes in no order, a loop that has no effect, rows of other curves. */
static const char json[] = RECORD(
	"Made Up",
	ROW("seed", 65536, LATENCY("{'gated': [5]}, {}") ",{'name': 'lines-left', 'summary': null}") "," ROW(
		"chase", 131072,
		ALL(0, "null", 2000,
		    30)) "," PLACED("chase", 4096, "full", "l2",
				    ALL(60, "null", 1,
					1)) "," PLACED("chase", 4096, "page", "dram",
						       ALL(60, "null", 1,
							   1)) "," ROW("chase", 49152,
								       ALL(1.5,
									   "{'lo': 1.25, 'hi': 2}",
									   700,
									   2.5)) "," ROW("chase",
											 65536,
											 ALL(0.25,
											     "{'lo': 0, 'hi': 0.5}",
											     1000,
											     -4)) "," ROW("store",
													  49152,
													  LATENCY("{}") "," LINES(
														  63,
														  "null")));

struct folder {
	char path[64];
	int dir;
};

static int setup(void **state)
{
	static struct folder folder;
	const char *parent = getenv("TMPDIR");

	snprintf(folder.path, sizeof(folder.path), "%.40s/tb-plot-XXXXXX",
		 parent ? parent : "/tmp");
	if (!mkdtemp(folder.path))
		return -1;
	folder.dir = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = &folder;
	return folder.dir < 0;
}

static const char *const files[] = { "common.gp",      "machine.gp",  "lines-left.gp",
				     "lines-left.dat", "cost.gp",     "cost.dat",
				     "latency.gp",     "latency.dat", "victim" };

static int teardown(void **state)
{
	struct folder *folder = *state;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlinkat(folder->dir, files[i], 0);
	close(folder->dir);
	return rmdir(folder->path); /* nothing else was written */
}

static void export(const struct folder *folder, const char *text, struct tb_series *series)
{
	struct tb_record record = { .json = json_quoted(text) };

	assert_int_equal(tb_plot_export(&record, folder->dir, series), 0);
	json_decref(record.json);
}

static char *content(const struct folder *folder, const char *name)
{
	static char text[1 << 16];
	int fd = openat(folder->dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	assert_true(n >= 0);
	close(fd);
	text[n] = '\0';
	return text;
}

static void blocks(void **state)
{
	struct tb_series series[TB_PLOTS];

	export(*state, json, series);
	/* By size, without an interval the estimate three times; two lines between blocks. */
	assert_string_equal(content(*state, "lines-left.dat"), "\"chase\"\n"
							       "48 1.5 1.25 2\n"
							       "64 0.25 0 0.5\n"
							       "128 0 0 0\n\n\n"
							       "\"store\"\n"
							       "48 63 63 63\n\n\n");
	assert_string_equal(content(*state, "cost.dat"), "\"chase\"\n"
							 "700 1.5 2.5 48\n"
							 "1000 0.25 -4 64\n"
							 "2000 0 30 128\n\n\n"
							 "\"store\"\n"
							 "nan 63 nan 48\n\n\n");
}

static void percentiles(void **state)
{
	struct tb_series series[TB_PLOTS];
	char *text, *line;
	double tail = 0, last = 0, value = 0, before = 0;
	int lines = 0;

	export(*state, json, series);
	text = content(*state, "latency.dat");
	/* Only chase has samples enough: a curve ends where fewer than ten lie beyond. */
	assert_int_equal(series[2].n, 1);
	line = strstr(text, "\"chase\"\n");
	assert_ptr_equal(line, text);
	line = strchr(line, '\n') + 1;
	assert_memory_equal(line, "1 1\n", 4);
	for (; *line != '\n'; line = strchr(line, '\n') + 1, lines++) {
		assert_int_equal(sscanf(line, "%lf %lf", &tail, &value), 2);
		assert_true(tail > last && value >= before);
		last = tail;
		before = value;
	}
	assert_true(last <= 2 && last * 1.1 > 2);
	assert_int_equal(lines, 8);
	assert_string_equal(line, "\n\n");
}

/* A loop looks the same in every figure: its place among those that have a latency. */
static void line_types(void **state)
{
	struct tb_series series[TB_PLOTS];

	export(*state, json, series);
	assert_int_equal(series[0].n, 2);
	assert_int_equal(series[0].line_type[0], 2);
	assert_int_equal(series[0].line_type[1], 3);
	assert_int_equal(series[1].n, 2);
	assert_int_equal(series[1].line_type[1], 3);
	assert_int_equal(series[2].line_type[0], 2);
	assert_string_equal(
		content(*state, "machine.gp"),
		"MACHINE = 'Made Up (GenuineIntel family 6 model 207 stepping 2), L1D 48 KiB, class vm'\n"
		"L1D_KIB = 48\nFLOOR = 0.001\n"
		"array LT_LINES_LEFT[2] = [2, 3]\narray LT_COST[2] = [2, 3]\n"
		"array LT_LATENCY[1] = [2]\n");
}

static void scripts(void **state)
{
	struct tb_series series[TB_PLOTS];

	export(*state, json, series);
	assert_string_equal(content(*state, "common.gp"), tb_embedded_common);
	assert_string_equal(content(*state, "lines-left.gp"), tb_embedded_lines_left);
	assert_string_equal(content(*state, "cost.gp"), tb_embedded_cost);
	assert_string_equal(content(*state, "latency.gp"), tb_embedded_latency);
}

static void nothing_to_plot(void **state)
{
	struct tb_series series[TB_PLOTS];

	export(*state, "{}", series);
	for (int i = 0; i < TB_PLOTS; i++)
		assert_int_equal(series[i].n, 0);
	assert_string_equal(content(*state, "lines-left.dat"), "");
	/* gnuplot stops at an array of no elements. */
	assert_null(strstr(content(*state, "machine.gp"), "array"));
}

/* What lies there already stays as it is, and no link is followed. */
static void replaces_nothing(void **state)
{
	const struct folder *folder = *state;
	struct tb_record record = { .json = json_quoted(json) };
	struct tb_series series[TB_PLOTS];
	struct stat st;

	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(symlinkat("victim", folder->dir, files[i]), 0);
		assert_int_equal(tb_plot_export(&record, folder->dir, series), -EEXIST);
		assert_int_equal(fstatat(folder->dir, "victim", &st, 0), -1);
		for (size_t k = 0; k < 8; k++)
			unlinkat(folder->dir, files[k], 0);
	}
	assert_int_equal(tb_plot_export(&record, folder->dir, series), 0);
	assert_int_equal(tb_plot_export(&record, folder->dir, series), -EEXIST);
	assert_int_equal(tb_plot_export(&record, -1, series), -EBADF);
	json_decref(record.json);
}

#define HOSTILE                                                                                  \
	RECORD("\\u0027.system(\\u0027touch pwned\\u0027).\\u0027`touch pwned`\\nset term \\\\", \
	       ROW("x\\u0022\\n!touch pwned\\n\\u0022`touch pwned`\\u0027#$1\\\\", 65536,        \
		   ALL(1, "null", 2, 3)))

static void hostile(void **state)
{
	struct tb_series series[TB_PLOTS];
	char *text, *line;

	export(*state, HOSTILE, series);
	text = content(*state, "machine.gp");
	assert_memory_equal(text, "MACHINE = '?.system(?touch pwned?).??touch pwned??set term ? (",
			    61);
	line = strchr(text, '\n');
	assert_true(line[-1] == '\'');
	assert_memory_equal(line, "\nL1D_KIB = ", 11);
	assert_int_equal(strcspn(text + 11, "'\n"), (size_t)(line - 1 - text) - 11);
	for (int i = 0; i < TB_PLOTS; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s.dat", tb_plots[i].name);
		text = content(*state, name);
		assert_memory_equal(text,
				    "\"x?"
				    "?!touch pwned???touch pwned????1?\"\n",
				    37);
		assert_int_equal(strspn(strchr(text, '\n'), "0123456789.\n "),
				 strlen(strchr(text, '\n')));
	}
}

static void renders(const char *text, int plots)
{
	struct tb_record record = { .json = json_quoted(text) };
	struct tb_complaint why = { "" };
	struct tb_render render;
	int drawn = 0, err = tb_render_open(&record, &render);

	assert_int_equal(err, 0);
	for (int i = 0; i < TB_PLOTS && !err; i++) {
		unsigned char *svg;
		char name[64];
		size_t n;

		if (!render.series[i].n)
			continue;
		err = tb_render_plot(&render, tb_plots[i].name, &why);
		snprintf(name, sizeof(name), "%s.svg", tb_plots[i].name);
		svg = tb_render_file(&render, name, &n);
		drawn += svg && strstr((char *)svg, "</svg>");
		free(svg);
	}
	if (!err && !faccessat(render.dir, "pwned", F_OK, AT_SYMLINK_NOFOLLOW))
		why = (struct tb_complaint){ "the record's text was run" };
	tb_render_close(&render);
	json_decref(record.json);
	if (err == -ENOENT)
		skip();
	if (why.text[0])
		fail_msg("%s", why.text);
	assert_int_equal(drawn, plots);
	assert_int_equal(access(render.folder, F_OK), -1);
}

static void gnuplot_draws(void **state)
{
	(void)state;
	renders(json, 3);
	/* A record in which only some figures have data, as of the literal loop in a guest. */
	renders(RECORD("Made Up", ROW("seed", 65536, LATENCY(TEN "," TEN))), 1);
	renders(RECORD("Made Up", ROW("seed", 49152, LINES(1, "null") "," COST(9, 9))), 2);
	renders("{'benchmarks': []}", 0);
	/* A machine whose caches nobody knows. */
	renders("{'benchmarks': [" ROW("seed", 49152, LINES(1, "null") "," COST(9, 9)) "]}", 2);
}

/* What would be run leaves a file. */
static void gnuplot_runs_nothing(void **state)
{
	(void)state;
	renders(HOSTILE, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(blocks, setup, teardown),
		cmocka_unit_test_setup_teardown(percentiles, setup, teardown),
		cmocka_unit_test_setup_teardown(line_types, setup, teardown),
		cmocka_unit_test_setup_teardown(scripts, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_to_plot, setup, teardown),
		cmocka_unit_test_setup_teardown(replaces_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile, setup, teardown),
		cmocka_unit_test(gnuplot_draws),
		cmocka_unit_test(gnuplot_runs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
