// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/wrap.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { WIDTH = 80 };

void tb_wrap(FILE *out, const char *text, size_t used, size_t hanging, size_t width)
{
	size_t column = used;
	bool first = true; /* first word of the line */

	width = width ? width : SIZE_MAX;
	while (*text) {
		size_t word = strcspn(text, " ");

		if (column + !first + word > width && column > hanging) {
			fprintf(out, "\n%*s", (int)hanging, "");
			column = hanging;
			first = true;
		}
		if (column + word > width)
			word = width > column ? width - column : 1;
		fprintf(out, "%s%.*s", first ? "" : " ", (int)word, text);
		column += !first + word;
		first = false;
		text += word;
		if (*text && *text != ' ') /* the rest of a broken word */
			column = width;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

void tb_print_wrapped(const char *text, size_t indent)
{
	printf("%*s", (int)indent, "");
	tb_wrap(stdout, text, indent, indent + 2, WIDTH);
}
