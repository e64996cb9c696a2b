/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set-associative cache of lines of 64 bytes, by physical address. */
#ifndef TB_TEST_SIM_CACHE_H
#define TB_TEST_SIM_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { SIM_LINE = 64, SIM_SETS_MAX = 1024, SIM_WAYS_MAX = 16 };

enum sim_policy {
	SIM_LRU,
	SIM_RANDOM /* a generator of fixed seed chooses the victim */
};

struct sim_cache {
	unsigned int sets, ways;
	enum sim_policy policy;
	uint64_t now, random;
	struct {
		uint64_t line, used; /* line 0: empty */
	} way[SIM_SETS_MAX][SIM_WAYS_MAX];
};

static inline void sim_cache_reset(struct sim_cache *cache, size_t bytes, unsigned int ways,
				   enum sim_policy policy)
{
	memset(cache, 0, sizeof(*cache));
	cache->sets = (unsigned int)(bytes / SIM_LINE / ways);
	cache->ways = ways;
	cache->policy = policy;
	cache->random = 88172645463325252u;
}

/* The way that holds the line, or -1. */
static inline int sim_cache_way(const struct sim_cache *cache, uint64_t line)
{
	unsigned int set = (unsigned int)(line % cache->sets);

	for (unsigned int w = 0; w < cache->ways; w++)
		if (cache->way[set][w].line == line)
			return (int)w;
	return -1;
}

static inline unsigned int sim_cache_victim(struct sim_cache *cache, unsigned int set)
{
	unsigned int oldest = 0;

	for (unsigned int w = 0; w < cache->ways; w++) {
		if (!cache->way[set][w].line)
			return w;
		if (cache->way[set][w].used < cache->way[set][oldest].used)
			oldest = w;
	}
	if (cache->policy == SIM_LRU)
		return oldest;
	cache->random ^= cache->random << 13;
	cache->random ^= cache->random >> 7;
	cache->random ^= cache->random << 17;
	return (unsigned int)(cache->random >> 32) % cache->ways;
}

/* Uses the line and fetches it if it is not there. Whether it was there. */
static inline bool sim_cache_use(struct sim_cache *cache, uint64_t line)
{
	unsigned int set = (unsigned int)(line % cache->sets);
	int way = sim_cache_way(cache, line);
	bool there = way >= 0;

	if (!there)
		way = (int)sim_cache_victim(cache, set);
	cache->way[set][way].line = line;
	cache->way[set][way].used = ++cache->now;
	return there;
}

static inline void sim_cache_evict(struct sim_cache *cache, uint64_t line)
{
	int way = sim_cache_way(cache, line);

	if (way >= 0)
		cache->way[line % cache->sets][way].line = 0;
}

#endif
