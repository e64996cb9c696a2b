// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables that fit, reasons that are grouped, and colours only where they are wanted. */
#include <math.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "record/format.h"
#include "report/table.h"
#include "report_help.h"
#include "text/grid.h"
#include "text/reasons.h"
#include "text/wrap.h"

/* Columns of UTF-8 up to the end of the line. */
static size_t columns(const char *line)
{
	size_t n = 0;

	for (; *line && *line != '\n'; line++)
		n += ((unsigned char)*line & 0xc0) != 0x80;
	return n;
}

static size_t widest(const char *text)
{
	size_t most = 0;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		most = columns(text) > most ? columns(text) : most;
	return most;
}

static void short_figures(void **state)
{
	static const struct {
		const char *unit;
		double x, lo, hi;
		const char *want;
	} figures[] = {
		{ "ns", 1330, 1329, 1331.33, "1330 ± 0.1 %" },
		{ "ns", 1000, 900, 1020, "1000 ± 10 %" },
		{ "ns", 100, 91, 102, "100.0 ± 9.0 %" },
		{ "ns", -100, -110, -99, "-100.0 ± 10 %" },
		{ "ns", 0, 0, 36, "0 ± 36.00" },
		{ "ratio", 0.25, 0.20, 0.28, "25.00 ± 5.00" },
		{ "lines", 4, 3, 6, "4.00 ± 2.00" },
		{ "ns", 5, NAN, NAN, "5.00" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < COUNT(figures); i++) {
		tb_short_figure(figures[i].unit, figures[i].x, figures[i].lo, figures[i].hi, out,
				sizeof(out));
		assert_string_equal(out, figures[i].want);
	}
	tb_short_modes("ns", 865.4, 1102, 0.91, out, sizeof(out));
	assert_string_equal(out, "865.4 | 1102 (91 %)");
}

static char *wrapped(const char *text, size_t used, size_t width)
{
	char *got = NULL;
	size_t bytes;
	FILE *out = open_memstream(&got, &bytes);

	tb_wrap(out, text, used, 2, width);
	fclose(out);
	return got;
}

static void wraps(void **state)
{
	static const struct {
		const char *text;
		size_t used, width;
		const char *want;
	} texts[] = {
		{ "a bb ccc", 0, 8, "a bb ccc\n" },	  { "a bb ccc", 0, 7, "a bb\n  ccc\n" },
		{ "a bb ccc", 4, 6, "a\n  bb\n  ccc\n" }, { "abcdefgh", 0, 5, "abcde\n  fgh\n" },
		{ "a bb ccc", 0, 0, "a bb ccc\n" },	  { "", 0, 8, "\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		char *got = wrapped(texts[i].text, texts[i].used, texts[i].width);

		assert_string_equal(got, texts[i].want);
		free(got);
	}
}

static void put(struct tb_grid *grid, const char *const *cells)
{
	for (; *cells; cells++)
		tb_grid_put_own(grid, *cells);
}

static char *gridded(bool words, size_t width)
{
	static const char *const head[] = { "loop", "time ns", "lines", "verdict", NULL };
	static const char *const one[] = { "page-interleaved", "1330 ± 0.1 %", "-", "no", NULL };
	static const char *const two[] = { "kvm", "12", "-", "no: it is not so", NULL };
	struct tb_grid grid = { .words = words };
	char *got = NULL;
	size_t bytes;
	FILE *out = open_memstream(&got, &bytes);

	put(&grid, head);
	tb_grid_head(&grid, 1);
	put(&grid, one);
	put(&grid, two);
	tb_grid_print(&grid, false, width, out);
	tb_grid_free(&grid);
	fclose(out);
	return got;
}

/* A column without a figure is left out; bytes of UTF-8 do not count as columns. */
static void grids(void **state)
{
	char *got = gridded(false, 0);

	(void)state;
	assert_string_equal(got, "  loop                   time ns           verdict\n"
				 "  page-interleaved  1330 ± 0.1 %                no\n"
				 "  kvm                         12  no: it is not so\n");
	free(got);
	got = gridded(false, 45);
	assert_string_equal(got, "  loop              time ns           verdict\n"
				 "  page-inte..  1330 ± 0.1 %                no\n"
				 "  kvm                    12  no: it is not so\n");
	free(got);
}

static void words_are_wrapped(void **state)
{
	static const char long_text[] = "inconclusive: more launches would tell these two apart";
	struct tb_grid grid = { .words = true };
	char *got = NULL;
	size_t bytes;
	FILE *out = open_memstream(&got, &bytes);

	(void)state;
	tb_grid_put(&grid, "a");
	tb_grid_put(&grid, "verdict");
	tb_grid_head(&grid, 1);
	tb_grid_put(&grid, "1");
	tb_grid_put(&grid, long_text);
	tb_grid_print(&grid, false, 40, out);
	fclose(out);
	assert_string_equal(got, "  a  verdict\n"
				 "  1  inconclusive: more launches would\n"
				 "     tell these two apart\n");
	free(got);
	tb_grid_free(&grid);
}

static void reasons_are_grouped(void **state)
{
	json_t *kinds = json_array();
	char *got = NULL;
	size_t bytes;
	FILE *out = open_memstream(&got, &bytes);

	(void)state;
	tb_reasons_add(kinds, "skipped", "buy one", "no module", "a/one", "a/one x=1");
	tb_reasons_add(kinds, "skipped", "move", "no L3", "a/one", "a/one x=2");
	for (int i = 0; i < 3; i++)
		tb_reasons_add(kinds, "skipped", "move", "no L2", i ? "a/two" : "a/one", "");
	tb_reasons_add(kinds, "unstable", "wait", "reaches 8.1 % at most", "b/x", "b/x 1");
	tb_reasons_add(kinds, "unstable", "wait", "reaches 54 % at most", "b/y", "b/y 1");
	tb_reasons_add(kinds, "failed", NULL, "it crashed", "b/x", "b/x 7");
	tb_reasons_write(out, kinds, 100);
	fclose(out);
	assert_string_equal(
		got, "unstable: reaches 8.1 to 54 % at most: 2 variants of b/x and b/y; wait\n"
		     "failed: it crashed: b/x 7\n"
		     "skipped: no L2: 3 variants of 2 benchmarks\n"
		     "skipped: no L3: 1 variant of a/one\n"
		     "    remedy: move\n"
		     "skipped: no module: 1 variant of a/one; buy one\n");
	free(got);
	json_decref(kinds);
}

#define CI "'ci': {'lo': 990, 'hi': 1020}, 'ungated': {'estimate': 1001}"
#define METRIC(name, more)                                                                    \
	"{'name': '" name "', 'unit': 'ns', 'shown': true, 'summary': {'estimate': 1000, " CI \
	"}" more "}"
#define NULL_METRIC(name, more) \
	"{'name': '" name "', 'unit': 'ns', 'shown': true, 'summary': null" more "}"
#define WIDE_METRIC(letter) METRIC("part-with-quite-a-long-name-" letter, "")
#define ROW(way, status, metrics)                                              \
	"{'name': 'fake/one', 'status': '" status "', 'params': {'way': '" way \
	"', 'size': 65536},"                                                   \
	"'metrics': [" metrics "]}"
#define RECORD(rows) "{'complete': true, 'benchmarks': [" rows "]}"
#define METRICS                                                                      \
	METRIC("rate", "")                                                           \
	"," METRIC("latency", ", 'headline': true, 'reference': 'idle'") "," METRIC( \
		"idle", "") "," NULL_METRIC("lost", ", 'reason': 'the TSC is coarse'")

static void first_screen(void **state)
{
	char *got = printed(tb_table_print,
			    RECORD(ROW("quick", "ok", METRICS) "," ROW("slow", "ok", METRICS)));

	(void)state;
	assert_non_null(strstr(got,
			       "\nfake/one size=64K\n"
			       "  way      latency ns       rate ns\n"
			       "  quick  1000 ± 2.0 %  1000 ± 2.0 %\n"
			       "  slow   1000 ± 2.0 %  1000 ± 2.0 %\n"
			       "\nnot measured: lost: the TSC is coarse: 2 variants of fake/one\n"
			       "--wide adds"));
	free(got);
	got = printed(tb_table_print_wide, RECORD(ROW("quick", "ok", METRICS)));
	assert_non_null(strstr(got, "rate ns [95 %]"));
	assert_non_null(strstr(got, "idle ns [95 %]"));
	assert_non_null(strstr(got, "ungated"));
	assert_non_null(strstr(got, "1000 [990.0, 1020]"));
	assert_non_null(strstr(got, " null "));
	free(got);
}

static void statuses(void **state)
{
	char *got = printed(tb_table_print,
			    RECORD(ROW("quick", "ok", METRICS) "," ROW("slow", "noisy", METRICS)));

	(void)state;
	assert_non_null(strstr(got, "  noisy\n"));
	free(got);
	got = printed(tb_table_print,
		      RECORD(ROW("quick", "noisy", METRICS) "," ROW("slow", "noisy", METRICS)));
	assert_non_null(strstr(got, "fake/one size=64K, status: noisy\n"));
	free(got);
	got = printed(tb_table_print, RECORD(ROW("quick", "ok", METRICS)));
	assert_non_null(strstr(got, "\nfake/one way=quick size=64K: latency ns 1000 ± 2.0 %, "
				    "rate ns 1000 ± 2.0 %\n"));
	free(got);
}

static void table_fits_the_width(void **state)
{
	static const char many[] = METRICS
		"," WIDE_METRIC("a") "," WIDE_METRIC("b") "," WIDE_METRIC("c");
	char json[8192], way[300], *got;

	(void)state;
	memset(way, 'w', sizeof(way) - 1);
	way[sizeof(way) - 1] = '\0';
	snprintf(json, sizeof(json), RECORD(ROW("%s", "ok", "%s") "," ROW("x", "noisy", "%s")), way,
		 many, many);
	got = printed(tb_table_print, json);
	assert_true(widest(got) <= 100);
	assert_non_null(strstr(got, "part-with-quite-a-long-name-c of"));
	free(got);
	snprintf(json, sizeof(json), RECORD(ROW("%s", "ok", "%s")), way, many);
	got = printed(tb_table_print, json);
	assert_true(widest(got) <= 100);
	free(got);
}

/* What a terminal gets of a failed row. */
static bool coloured(const char *term, const char *no_color)
{
	int master, slave;
	char text[256];
	ssize_t n;
	FILE *out;

	setenv("TERM", term, 1);
	if (no_color)
		setenv("NO_COLOR", no_color, 1);
	else
		unsetenv("NO_COLOR");
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	out = fdopen(slave, "w");
	fputs(tb_colour_wanted(out) ? tb_style_begin(tb_style_of("failed")) : "plain", out);
	fflush(out);
	n = read(master, text, sizeof(text) - 1);
	fclose(out);
	close(master);
	text[n > 0 ? n : 0] = '\0';
	return strchr(text, '\033');
}

static void colours(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	assert_true(coloured("xterm", NULL));
	assert_true(coloured("xterm", ""));
	assert_false(coloured("xterm", "1"));
	assert_false(coloured("dumb", NULL));
	assert_false(coloured("", NULL));
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	assert_false(tb_colour_wanted(file));
	fclose(file);
	assert_string_equal(tb_style_begin(tb_style_of("ok")), "");
	assert_int_equal(tb_style_of("faster"), TB_GREEN);
	assert_int_equal(tb_style_of("slower"), TB_RED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_figures),
		cmocka_unit_test(wraps),
		cmocka_unit_test(grids),
		cmocka_unit_test(words_are_wrapped),
		cmocka_unit_test(reasons_are_grouped),
		cmocka_unit_test(first_screen),
		cmocka_unit_test(statuses),
		cmocka_unit_test(table_fits_the_width),
		cmocka_unit_test(colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
