// SPDX-License-Identifier: GPL-2.0-or-later
/* The progress line: it fits the current width of the terminal and is erased completely. */
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "measure/clock.h"
#include "run/progress.h"

static const char name[] =
	"loop=kvm-lfence size=65536 victim=page buffer=l2 placement=same-cpu idle=default thp=none live=0 creators=1";

struct screen {
	bool open;
	int master, slave, stderr_was;
	char text[1024]; /* the output of the last call */
};

static void open_screen(struct screen *s, unsigned short columns)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };

	assert_int_equal(openpty(&s->master, &s->slave, NULL, NULL, &size), 0);
	s->open = true;
	s->stderr_was = dup(STDERR_FILENO);
	dup2(s->slave, STDERR_FILENO);
	setenv("TERM", "xterm", 1);
	unsetenv("COLUMNS");
}

static int new_screen(void **state)
{
	*state = calloc(1, sizeof(struct screen));
	return *state ? 0 : -1;
}

/* In a teardown: stderr is the terminal's no more, also after an assertion that fails. */
static int free_screen(void **state)
{
	struct screen *s = *state;

	if (s->open) {
		dup2(s->stderr_was, STDERR_FILENO);
		close(s->stderr_was);
		close(s->slave);
		close(s->master);
	}
	free(s);
	return 0;
}

/* Whether something was written within this time. */
static bool is_written(const struct screen *s, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = s->master, .events = POLLIN };

	return poll(&poll_fd, 1, timeout_ms) == 1;
}

static void resize(const struct screen *s, unsigned short columns)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };

	assert_int_equal(ioctl(s->slave, TIOCSWINSZ, &size), 0);
}

/* The drawn line: it follows the erasing of the last one and leaves the cursor at its begin. */
static const char *drawn(struct screen *s, char erase)
{
	const char before[] = { '\r', '\033', '[', erase, '\033', '[', '?', '7', 'l', '\0' };
	static const char after[] = "\033[?7h\r";
	char *line = s->text + strlen(before), *end;
	size_t length = 0;

	/* A pseudoterminal may deliver output in pieces. */
	do {
		ssize_t n;

		assert_true(is_written(s, 10000));
		n = read(s->master, s->text + length, sizeof(s->text) - 1 - length);
		assert_true(n > 0);
		length += (size_t)n;
		s->text[length] = '\0';
	} while (!strstr(s->text, after));
	assert_false(is_written(s, 0));
	assert_ptr_equal(strstr(s->text, before), s->text);
	end = strstr(line, after);
	assert_non_null(end);
	assert_string_equal(end, after);
	*end = '\0';
	assert_null(strpbrk(line, "\r\n\033"));
	return line;
}

static void fits_the_window(void **state)
{
	static const unsigned short columns[] = { 119, 105, 80, 40, 20, 9, 6 };
	struct tb_progress progress, phase;
	struct screen *s = *state;

	open_screen(s, 80);
	tb_progress_begin(&progress, false, 0);
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		char erase = progress.drawn >= columns[i] ? 'J' : 'K';
		size_t width;

		resize(s, columns[i]);
		tb_progress_show(&progress, 137, 320, name);
		/* The line for the wider window now takes two lines. */
		width = strlen(drawn(s, erase));
		assert_true(width < columns[i]);
		/* Not less than the window has room for, either. */
		assert_true(width >= 5 || columns[i] < 6);
		tb_progress_phase(&phase, false, "reading records");
		assert_true(strlen(drawn(s, 'K')) < columns[i]);
		tb_progress_step(&phase, 3, 4);
		assert_true(strlen(drawn(s, 'K')) < columns[i]);
		tb_progress_end(&phase);
		assert_string_equal(drawn(s, 'K'), "");
		tb_progress_show(&progress, 137, 320, name);
		assert_int_equal(strlen(drawn(s, 'K')), width);
	}
	resize(s, 80);
	tb_progress_phase(&phase, false, "reading records");
	drawn(s, 'K');
	phase.begin_ns -= 30000000000;
	tb_progress_step(&phase, 3, 4);
	assert_string_equal(drawn(s, 'K'), "reading records   75 %  about 10 s left");
	tb_progress_show(&progress, 137, 320, name);
	assert_int_equal(strlen(drawn(s, 'K')), 79);
	resize(s, 40);
	tb_progress_show(&progress, 137, 320, "");
	assert_ptr_equal(strstr(drawn(s, 'J'), " 42 %  about "), s->text + 9);
	tb_progress_end(&progress);
	assert_string_equal(drawn(s, 'K'), "");
}

/* A terminal that does not know its width, as a serial line. */
static void width_of_a_serial_line(void **state)
{
	static const struct {
		const char *text;
		size_t width;
	} columns[] = { { NULL, 79 }, { "60", 59 },   { "0", 79 },
			{ "-3", 79 }, { "wide", 79 }, { "99999999999999999999", 79 } };
	struct tb_progress progress;
	struct screen *s = *state;

	open_screen(s, 0);
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		tb_progress_begin(&progress, false, 0);
		if (columns[i].text)
			setenv("COLUMNS", columns[i].text, 1);
		tb_progress_show(&progress, 1, 2, name);
		assert_int_equal(strlen(drawn(s, 'K')), columns[i].width);
	}
}

/* The output to a stderr that is not a terminal, `age_s` seconds after the last line. */
static void show_to_file(bool quiet, unsigned int age_s, char *text, size_t bytes)
{
	struct tb_progress progress, phase;
	int was = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	size_t n;

	dup2(fileno(file), STDERR_FILENO);
	tb_progress_begin(&progress, quiet, 0);
	progress.shown_ns -= age_s * 1000000000ULL;
	tb_progress_phase(&phase, quiet, "reading records");
	tb_progress_show(&progress, 137, 320, "size=64K");
	tb_progress_show(&progress, 138, 320, "size=64K");
	tb_progress_end(&progress);
	dup2(was, STDERR_FILENO);
	close(was);
	rewind(file);
	n = fread(text, 1, bytes - 1, file);
	text[n] = '\0';
	fclose(file);
}

static void now_and_then_elsewhere(void **state)
{
	char text[512];

	(void)state;
	show_to_file(false, 0, text, sizeof(text));
	assert_string_equal(text, "");
	show_to_file(false, TB_PROGRESS_S, text, sizeof(text));
	assert_ptr_equal(strstr(text, "tollbooth: 42 %  about "), text);
	assert_non_null(strstr(text, " s left  137 of 320 launches  size=64K\n"));
	assert_int_equal(strcspn(text, "\n") + 1, strlen(text)); /* of two launches one */
	show_to_file(true, TB_PROGRESS_S, text, sizeof(text));
	assert_string_equal(text, "");
}

static void no_terminal_by_name(void **state)
{
	static const char *const terms[] = { "dumb", "", NULL };
	struct tb_progress progress;
	struct screen *s = *state;

	open_screen(s, 80);
	for (size_t i = 0; i < sizeof(terms) / sizeof(*terms); i++) {
		if (terms[i])
			setenv("TERM", terms[i], 1);
		else
			unsetenv("TERM");
		tb_progress_begin(&progress, false, 0);
		assert_false(progress.terminal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fits_the_window, new_screen, free_screen),
		cmocka_unit_test_setup_teardown(width_of_a_serial_line, new_screen, free_screen),
		cmocka_unit_test(now_and_then_elsewhere),
		cmocka_unit_test_setup_teardown(no_terminal_by_name, new_screen, free_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
