/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paragraphs on standard output. */
#ifndef TB_FILLED_H
#define TB_FILLED_H

/* The words of a text in lines of at most 80 columns, indented; all but the first by two more. */
void tb_print_filled(const char *text, int indent);

#endif
