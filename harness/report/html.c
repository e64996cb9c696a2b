// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/html.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "json.h"

/* A copy with '?' for invalid UTF-8, a character cut in half, and terminal control characters. */
static char *inert_copy(const char *text)
{
	json_t *whole = tb_text(text, strlen(text));
	char *copy = whole ? strdup(json_string_value(whole)) : NULL;

	if (copy)
		tb_make_inert(copy);
	json_decref(whole);
	return copy;
}

void tb_html_text(FILE *out, const char *text)
{
	char *copy = inert_copy(text);

	for (const char *c = copy; c && *c; c++) {
		switch (*c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*c, out);
		}
	}
	free(copy);
}

void tb_html_format(FILE *out, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tb_html_text(out, text);
}

void tb_html_data(FILE *out, const char *type, const unsigned char *bytes, size_t n)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	fprintf(out, "data:%s;base64,", type);
	for (size_t i = 0; i < n; i += 3) {
		unsigned int left = n - i < 3 ? (unsigned int)(n - i) : 3;
		unsigned int w = (unsigned int)bytes[i] << 16 |
				 (left > 1 ? (unsigned int)bytes[i + 1] << 8 : 0) |
				 (left > 2 ? bytes[i + 2] : 0);

		fputc(digit[w >> 18 & 63], out);
		fputc(digit[w >> 12 & 63], out);
		fputc(left > 1 ? digit[w >> 6 & 63] : '=', out);
		fputc(left > 2 ? digit[w & 63] : '=', out);
	}
}
