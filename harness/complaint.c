// SPDX-License-Identifier: GPL-2.0-or-later
#include "complaint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Texts quote files that others wrote: an ESC, or a CSI as U+009B, would command the terminal. */
static void make_inert(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++) {
		if (*p < 0x20 || *p == 0x7f) {
			*p = '?';
		} else if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) {
			*p++ = '?';
			*p = '?';
		}
	}
}

/* Half a UTF-8 sequence at the cut would make jansson refuse the text. */
static void drop_cut_character(char *text)
{
	size_t len = strlen(text);

	while (len && (text[len - 1] & 0xc0) == 0x80)
		len--;
	if (len && (text[len - 1] & 0x80))
		text[len - 1] = '\0';
}

int tb_complain(struct tb_complaint *why, int err, const char *fmt, ...)
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
	make_inert(why->text);
	return err;
}
