// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "measure/clock.h"
#include "text/terminal.h"

enum { LINE_ROOM = 256, NAME_MIN = 8 };

void tb_progress_begin(struct tb_progress *progress, bool quiet, double budget_s)
{
	*progress = (struct tb_progress){
		.quiet = quiet,
		.terminal = tb_terminal_able(STDERR_FILENO),
		.budget_s = budget_s,
		.begin_ns = tb_clock_ns(),
	};
	progress->shown_ns = progress->begin_ns;
}

/* Read each time: the size of the window may have changed. */
static size_t columns(void)
{
	return tb_terminal_columns(STDERR_FILENO);
}

/*
 * The cursor stays at the begin of the line. If a narrower window has wrapped the line since, an
 * erase to the end of the screen removes both parts. (Exception: at the top of the screen tmux keeps the
 * erased text in its history.) Wrapping is off while the line is drawn.
 */
static void draw(struct tb_progress *progress, const char *line)
{
	bool broken = progress->drawn >= columns();

	fprintf(stderr, "\r\033[%c\033[?7l%s\033[?7h\r", broken ? 'J' : 'K', line);
	progress->drawn = strlen(line);
}

/* Leave the last column free: after a full line some terminals begin the next one. */
static size_t room(void)
{
	size_t width = columns() - 1;

	return width < LINE_ROOM ? width : LINE_ROOM - 1;
}

/* Appends the part if all of it fits. */
static void add_part(char *line, size_t width, const char *part)
{
	size_t used = strlen(line);

	if (used + strlen(part) <= width)
		snprintf(line + used, LINE_ROOM - used, "%s", part);
}

static double seconds_left(const struct tb_progress *progress, size_t done, size_t total)
{
	double spent = (double)(tb_clock_ns() - progress->begin_ns) / 1e9;
	double left = spent / (double)done * (double)(total - done);

	if (progress->budget_s > 0 && left > progress->budget_s - spent)
		return progress->budget_s > spent ? progress->budget_s - spent : 0;
	return left;
}

/* The most important parts come first. */
static void compose(const struct tb_progress *progress, size_t done, size_t total, size_t width,
		    char *line)
{
	char part[64];

	snprintf(part, sizeof(part), "%3zu %%", total ? 100 * done / total : 100);
	add_part(line, width, part);
	if (done) {
		snprintf(part, sizeof(part), "  about %.0f s left",
			 seconds_left(progress, done, total));
		add_part(line, width, part);
		snprintf(part, sizeof(part), "  %zu of %zu launches", done, total);
	} else {
		snprintf(part, sizeof(part), "  %zu launches to make", total);
	}
	add_part(line, width, part);
}

void tb_progress_show(struct tb_progress *progress, size_t done, size_t total, const char *next)
{
	char line[LINE_ROOM] = "";
	uint64_t now = tb_clock_ns();
	size_t width = progress->terminal ? room() : LINE_ROOM - 1, used;

	if (progress->quiet)
		return;
	compose(progress, done, total, width, line);
	used = strlen(line);
	if (used + 2 + NAME_MIN <= width)
		snprintf(line + used, width - used + 1, "  %s", next);
	if (progress->terminal) {
		draw(progress, line);
	} else if (now - progress->shown_ns >= TB_PROGRESS_S * 1000000000ULL) {
		fprintf(stderr, "tollbooth: %s\n", line + strspn(line, " "));
		progress->shown_ns = now;
	}
}

void tb_progress_phase(struct tb_progress *progress, bool quiet, const char *text)
{
	char line[LINE_ROOM] = "";

	tb_progress_begin(progress, quiet, 0);
	progress->phase = text;
	if (progress->quiet || !progress->terminal)
		return;
	snprintf(line, room() + 1, "%s", text);
	draw(progress, line);
}

void tb_progress_step(struct tb_progress *progress, size_t done, size_t total)
{
	char line[LINE_ROOM] = "", part[64];
	size_t width = room();

	if (progress->quiet || !progress->terminal || !total)
		return;
	snprintf(line, width + 1, "%s", progress->phase);
	snprintf(part, sizeof(part), "  %3zu %%", 100 * done / total);
	add_part(line, width, part);
	if (done) {
		snprintf(part, sizeof(part), "  about %.0f s left",
			 seconds_left(progress, done, total));
		add_part(line, width, part);
	}
	draw(progress, line);
}

static void show_step(void *progress, size_t done, size_t total)
{
	tb_progress_step(progress, done, total);
}

struct tb_steps tb_progress_steps(struct tb_progress *progress)
{
	return (struct tb_steps){ show_step, progress };
}

void tb_progress_end(struct tb_progress *progress)
{
	if (!progress->quiet && progress->terminal && progress->drawn)
		draw(progress, "");
}
