/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TB_WRAP_H
#define TB_WRAP_H

#include <stddef.h>
#include <stdio.h>

/*
 * Prints the words of a text in lines of at most `width` columns (0: one line), and a newline. The
 * first line continues at column `used`, the others are indented by `hanging`. A word that is
 * longer than a line is broken.
 */
void tb_wrap(FILE *out, const char *text, size_t used, size_t hanging, size_t width);
/* Prints to stdout in 80 columns, indented; all lines but the first by two more. */
void tb_print_wrapped(const char *text, size_t indent);

#endif
