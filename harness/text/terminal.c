// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_UNKNOWN = 80, COLUMNS_TYPED_MAX = 256, TABLE_MIN = 40 };

const char tb_style_end[] = "\033[0m";

size_t tb_terminal_columns(int fd)
{
	const char *text = getenv("COLUMNS");
	long typed = text ? strtol(text, NULL, 10) : 0;
	struct winsize size;

	if (!ioctl(fd, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return typed > 0 && typed < COLUMNS_TYPED_MAX ? (size_t)typed : COLUMNS_UNKNOWN;
}

bool tb_terminal_able(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

/* A stream of open_memstream() has no descriptor. */
static bool is_terminal(FILE *out)
{
	int fd = fileno(out);

	return fd >= 0 && isatty(fd);
}

size_t tb_table_columns(FILE *out)
{
	size_t columns = is_terminal(out) ? tb_terminal_columns(fileno(out)) : TB_TABLE_COLUMNS;

	if (columns > TB_TABLE_COLUMNS)
		return TB_TABLE_COLUMNS;
	return columns < TABLE_MIN ? TABLE_MIN : columns;
}

bool tb_colour_wanted(FILE *out)
{
	const char *refused = getenv("NO_COLOR");

	return is_terminal(out) && tb_terminal_able(fileno(out)) && !(refused && *refused);
}

enum tb_style tb_style_of(const char *word)
{
	static const struct {
		const char *word;
		enum tb_style style;
	} styles[] = {
		{ "yes", TB_GREEN },  { "faster", TB_GREEN },  { "better", TB_GREEN },
		{ "no", TB_RED },     { "slower", TB_RED },    { "worse", TB_RED },
		{ "failed", TB_RED }, { "unstable", TB_BOLD }, { "noisy", TB_BOLD },
	};

	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		if (!strcmp(word, styles[i].word))
			return styles[i].style;
	return TB_PLAIN;
}

const char *tb_style_begin(enum tb_style style)
{
	static const char *const begins[] = { [TB_PLAIN] = "",
					      [TB_BOLD] = "\033[1m",
					      [TB_GREEN] = "\033[32m",
					      [TB_RED] = "\033[31m" };

	return begins[style];
}
