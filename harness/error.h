/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of text about what is wrong, beside an errno that cannot tell. */
#ifndef TB_ERROR_H
#define TB_ERROR_H

#include <stddef.h>

/* Starts out as { "" }; safe to print to a terminal and to put into a JSON string. */
struct tb_error {
	char text[1024];
};

/*
 * Formats a error into *why, cut to its room, and returns err, so that a
 * caller can write `return tb_error(why, -EINVAL, ...)`. The first error
 * stays: a text that is not empty is left alone. The text is made inert. why
 * may be NULL.
 */
int tb_error(struct tb_error *why, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* In place: control characters (C0, DEL, and C1 in UTF-8) and those that turn text around become '?'. */
void tb_make_inert(char *text);

/* A copy of text, safe for a terminal and cut to the room: control characters become '?'. Returns out. */
const char *tb_inert(const char *text, char *out, size_t bytes);

#endif
