/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paragraphs on standard output. */
#ifndef TB_WRAP_H
#define TB_WRAP_H

/* The words of a text in lines of at most 80 columns, indented; all but the first by two more. */
void tb_print_wrapped(const char *text, int indent);

#endif
