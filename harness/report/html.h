/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTML output that escapes the texts of records. */
#ifndef TB_HTML_H
#define TB_HTML_H

#include <stdio.h>

/* Text with &, <, >, " and ' escaped, and control characters as '?'. */
void tb_html_text(FILE *out, const char *text);
/* Formats like printf, then escapes the whole text. */
void tb_html_format(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Writes a data: URI of the bytes. */
void tb_html_data(FILE *out, const char *type, const unsigned char *bytes, size_t n);

#endif
