/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTML in which no text of a record can become markup. */
#ifndef TB_HTML_H
#define TB_HTML_H

#include <stdio.h>

/* Text with &, <, >, " and ' escaped, and control characters as '?'. */
void tb_html_text(FILE *out, const char *text);
/* printf, then escaped as a whole. */
void tb_html_format(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A data: URI of the bytes. */
void tb_html_data(FILE *out, const char *type, const unsigned char *bytes, size_t n);

#endif
