/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members taken out of JSON text before it is parsed. */
#ifndef TB_CUT_H
#define TB_CUT_H

#include <stddef.h>

/*
 * What becomes of a key's member: it goes; of its array only the first element
 * stays; or it stays as it is, whatever is called alike inside.
 */
enum tb_cut_how { TB_CUT_MEMBER, TB_CUT_TO_FIRST, TB_CUT_NOTHING };

struct tb_cut_rule {
	const char *key;
	enum tb_cut_how how;
};

/*
 * Applies the rules, which end with a null key, in place and at any depth. text is
 * len bytes and a NUL. Returns the new length. Nobody judges what was cut; what is
 * left is no JSON where it was none before. A key that is written with an escape is
 * not found.
 */
size_t tb_cut(char *text, size_t len, const struct tb_cut_rule *rules);

#endif
