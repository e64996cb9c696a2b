// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/wrap.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 80 };

void tb_print_wrapped(const char *text, int indent)
{
	int column = printf("%*s", indent, "");
	bool first = true;

	while (*text) {
		int word = (int)strcspn(text, " ");

		if (!first && column + 1 + word > WIDTH) {
			putchar('\n');
			column = printf("%*s", indent + 2, "");
			first = true;
		}
		column += printf("%s%.*s", first ? "" : " ", word, text);
		first = false;
		text += word;
		text += strspn(text, " ");
	}
	putchar('\n');
}
