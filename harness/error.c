// SPDX-License-Identifier: GPL-2.0-or-later
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * The length of the control character at p, 0: none. These are C0, DEL, C1 as UTF-8 (U+009B is a
 * CSI), and the bidirectional controls U+202A..202E and U+2066..2069.
 */
static size_t command_length(const unsigned char *p)
{
	if (*p < 0x20 || *p == 0x7f)
		return 1;
	if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
		return 2;
	if (*p == 0xe2 && ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
			   (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)))
		return 3;
	return 0;
}

/* Error texts quote files that other users wrote. */
void tb_make_inert(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p;) {
		size_t n = command_length(p);

		memset(p, '?', n);
		p += n ? n : 1;
	}
}

/* Jansson rejects a text that ends in half a UTF-8 sequence. */
static void drop_cut_character(char *text)
{
	size_t len = strlen(text);

	while (len && (text[len - 1] & 0xc0) == 0x80)
		len--;
	if (len && (text[len - 1] & 0x80))
		text[len - 1] = '\0';
}

int tb_error(struct tb_error *why, int err, const char *fmt, ...)
{
	va_list args;
	int len;

	if (!why || why->text[0])
		return err;
	va_start(args, fmt);
	len = vsnprintf(why->text, sizeof(why->text), fmt, args);
	va_end(args);
	if (len < 0)
		why->text[0] = '\0';
	else if ((size_t)len >= sizeof(why->text))
		drop_cut_character(why->text);
	tb_make_inert(why->text);
	return err;
}

const char *tb_inert(const char *text, char *out, size_t bytes)
{
	size_t n = 0;

	for (; *text && n + 1 < bytes; text++) {
		unsigned char c = (unsigned char)*text;

		out[n++] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
	}
	out[n] = '\0';
	return out;
}
