/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TB_WRAP_H
#define TB_WRAP_H

#include <stddef.h>
#include <stdio.h>

/*
 * Prints the words of a text in lines of at most `width` columns (0: one line). The first line begins at
 * column `used`, which something may fill already; the others are indented by `hanging`.
 * A word that is longer than a line is broken. Ends with a newline.
 */
void tb_wrap(FILE *out, const char *text, size_t used, size_t hanging, size_t width);
/* The same in 80 columns of standard output: indented, all lines but the first by two more. */
void tb_print_wrapped(const char *text, size_t indent);

#endif
