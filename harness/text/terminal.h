/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Properties of the terminal. */
#ifndef TB_TERMINAL_H
#define TB_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TB_TABLE_COLUMNS = 100 }; /* of a table, at most */

enum tb_style { TB_PLAIN, TB_BOLD, TB_GREEN, TB_RED };

/* Current columns of the terminal at fd; if unknown, COLUMNS, or 80. */
size_t tb_terminal_columns(int fd);
/* Whether fd is a terminal that supports escape sequences: TERM is set, and not dumb. */
bool tb_terminal_able(int fd);
/* Columns for a table: TB_TABLE_COLUMNS, or less in a narrower terminal. */
size_t tb_table_columns(FILE *out);
/* Whether colours are wanted: an able terminal, and NO_COLOR is unset or empty. */
bool tb_colour_wanted(FILE *out);

/* The style of a status or verdict: green for good, red for bad, bold for doubtful. */
enum tb_style tb_style_of(const char *word);
/* The escape sequence that starts the style; "" for TB_PLAIN. tb_style_end ends it. */
const char *tb_style_begin(enum tb_style style);
extern const char tb_style_end[];

#endif
