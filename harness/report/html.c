// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/html.h"

#include <stdarg.h>

void tb_html_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
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
			fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
		}
	}
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
