/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One-line error messages, returned beside an errno. */
#ifndef TB_ERROR_H
#define TB_ERROR_H

#include <stddef.h>

/* Initialise as { "" }. The text is safe for a terminal and for a JSON string. */
struct tb_error {
	char text[1024];
};

/*
 * Formats an error message into *why and returns err, for `return tb_error(why, -EINVAL, ...)`.
 * The message is truncated to the buffer and made inert. A text that is not empty is kept: the
 * first error wins. why may be NULL.
 */
int tb_error(struct tb_error *why, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Replaces control characters (C0, DEL, C1 in UTF-8) and bidirectional ones by '?', in place. */
void tb_make_inert(char *text);

/* Copies text to out, inert and truncated to `bytes`. Returns out. */
const char *tb_inert(const char *text, char *out, size_t bytes);

#endif
