/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thread/shadow-map from the inside: what is mapped, and what proves it. */
#ifndef TB_SHADOW_MAP_H
#define TB_SHADOW_MAP_H

#include "bench.h"

enum shadow_map_operation { SHADOW_MAP, SHADOW_WRITE, SHADOW_PIVOT };
enum { SHADOW_WRITES = 64, SHADOW_PIVOTS = 64 }; /* of a window */

struct shadow_map {
	bool real, token; /* not a model by mmap; with a restore token */
	enum shadow_map_operation operation;
	size_t size;
	uint64_t wanted; /* address to map at, 0: the kernel's choice */
	char *at;	 /* what is written to and moved to; else none between two samples */
	uint64_t misplaced, wrong_tokens;
};

/* NULL: refused, as errno says. */
char *shadow_map(const struct shadow_map *s);
int shadow_map_fail(struct tb_trial *trial); /* by errno */
/* An address of this alignment, and of no greater one, with room for the mapping; 0: none. */
uint64_t shadow_map_room(uint64_t align, size_t size);
/* The last word of what was asked for, and what it has to be. */
uint64_t shadow_map_token(const struct shadow_map *s, const char *at);
uint64_t shadow_map_token_due(const struct shadow_map *s, const char *at);

/* Checks of a launch: all of the above, what was written, where a move led, what is refused. */
int shadow_map_prove(struct tb_trial *trial, struct shadow_map *s);

#endif
