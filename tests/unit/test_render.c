// SPDX-License-Identifier: GPL-2.0-or-later
/* gnuplot draws each plot without a message, and replaces no file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plot_help.h"
#include "report/render.h"
#include "skip.h"

static void renders(const char *const *json, size_t n, size_t plots)
{
	struct tb_error why = { "" };
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
			tb_error(&why, -EIO, "gnuplot says of %s: %s", name, (char *)log);
		free(log);
		drawn += svg && strstr((char *)svg, "</svg>") && strstr((char *)svg, "class vm");
		free(svg);
	}
	if (!err && !faccessat(render.dir, "pwned", F_OK, AT_SYMLINK_NOFOLLOW))
		why = (struct tb_error){ "the record's text was run" };
	tb_render_close(&render);
	unplot(&p, n);
	if (err == -ENOENT)
		skip_because("gnuplot is not installed");
	if (why.text[0])
		fail_msg("%s", why.text);
	assert_int_equal(drawn, plots);
	assert_int_equal(access(render.folder, F_OK), -1);
}

/* One record, a record with itself, and all records: without a message of gnuplot. */
static void draws_in_locale(const char *locale)
{
	static const char *const one[] = {
		flush,
		RECORD("Made Up", ROW("seed", 49152, LINES(1, "null"))),
		"{'class': 'vm', 'benchmarks': []}",
		/* A machine with unknown caches. */
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

/* Existing files are not changed, and no link is followed. */
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
		cmocka_unit_test(gnuplot_draws),
		cmocka_unit_test(replaces_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
