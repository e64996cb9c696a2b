// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Length of the printable character at text, 0: none (Unicode 15, table 3-7). */
static size_t character(const unsigned char *text, size_t len)
{
	static const struct {
		unsigned char low, high; /* of the first byte */
		unsigned char low2, high2;
		unsigned char len;
	} forms[] = {
		{ ' ', '~', 0, 0, 1 },	       { '\t', '\n', 0, 0, 1 },
		{ 0xc2, 0xc2, 0xa0, 0xbf, 2 }, /* 80..9f are control characters */
		{ 0xc3, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		size_t n = forms[i].len;

		if (text[0] < forms[i].low || text[0] > forms[i].high)
			continue;
		if (n > len || (n > 1 && (text[1] < forms[i].low2 || text[1] > forms[i].high2)))
			return 0;
		for (size_t k = 2; k < n; k++)
			if ((text[k] & 0xc0) != 0x80)
				return 0;
		return n;
	}
	return 0;
}

json_t *tb_text(const char *text, size_t len)
{
	char *copy = malloc(len + 1);
	json_t *json;

	if (!copy)
		return NULL;
	for (size_t i = 0; i < len;) {
		size_t n = character((const unsigned char *)text + i, len - i);

		if (n)
			memcpy(copy + i, text + i, n);
		else
			copy[i] = '?';
		i += n ? n : 1;
	}
	json = json_stringn_nocheck(copy, len);
	free(copy);
	return json;
}
