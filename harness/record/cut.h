/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Large values taken out of JSON text before it is parsed. */
#ifndef TB_CUT_H
#define TB_CUT_H

#include <stdbool.h>
#include <stddef.h>

/* The value of a key becomes null; or, of an array, its first element alone. */
struct tb_cut_rule {
	const char *key;
	bool first;
};

/*
 * Cuts, in place and at any depth, the arrays and objects that stand behind these
 * keys; rules end with a null key. text is len bytes and a NUL. Returns the new
 * length. Judges nothing: text that is no JSON stays text that is no JSON, and a
 * key that is written with an escape is not found.
 */
size_t tb_cut(char *text, size_t len, const struct tb_cut_rule *rules);

#endif
