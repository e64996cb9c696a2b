/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members taken out of JSON text before it is parsed. */
#ifndef TB_JSON_STRIP_H
#define TB_JSON_STRIP_H

#include <stddef.h>

/*
 * What becomes of a key's member: it goes; of its array only the first element
 * stays; or it stays as it is, whatever is called alike inside.
 */
enum tb_strip_how { TB_STRIP_MEMBER, TB_STRIP_TO_FIRST, TB_STRIP_NOTHING };

struct tb_strip_rule {
	const char *key;
	enum tb_strip_how how;
};

/*
 * Applies the rules, which end with a null key, in place and at any depth. text is
 * len bytes and a NUL. Returns the new length. Nobody judges what was cut; what is
 * left is no JSON where it was none before. A key that is written with an escape is
 * not found.
 */
size_t tb_json_strip(char *text, size_t len, const struct tb_strip_rule *rules);

#endif
