/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internals of thread/shadow-map: the mapping, and its checks. */
#ifndef TB_SHADOW_MAP_H
#define TB_SHADOW_MAP_H

#include "bench.h"

enum shadow_map_operation { SHADOW_MAP, SHADOW_WRITE, SHADOW_PIVOT };
enum { SHADOW_WRITES = 64, SHADOW_PIVOTS = 64 }; /* per window */

struct shadow_map {
	bool real, token; /* map_shadow_stack, not the mmap model; with a restore token */
	enum shadow_map_operation operation;
	size_t size;
	uint64_t wanted; /* address to map at, 0: the kernel's choice */
	char *at;	 /* target of writes and pivots; NULL between two samples of map */
	uint64_t misplaced, wrong_tokens;
};

/* Returns NULL with errno if the kernel refuses. */
char *shadow_map(const struct shadow_map *s);
int shadow_map_fail(struct tb_trial *trial); /* by errno */
/* An address of this alignment, and of no greater one, with free space for the mapping; 0: none. */
uint64_t shadow_map_room(uint64_t align, size_t size);
/* The last word of the requested size, and its expected value. */
uint64_t shadow_map_token(const struct shadow_map *s, const char *at);
uint64_t shadow_map_token_due(const struct shadow_map *s, const char *at);

/* Checks of a launch: token, address, VMA, written words, pivots and refusals. 0 or -errno. */
int shadow_map_prove(struct tb_trial *trial, struct shadow_map *s);

#endif
