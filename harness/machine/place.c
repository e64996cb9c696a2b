// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/place.h"

#include <errno.h>
#include <hwloc.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "machine/affinity.h"
#include "machine/sysfs_cpu.h"

struct tb_place {
	hwloc_topology_t topology;
	hwloc_bitmap_t allowed;
};

static const struct {
	const char *name;
	const char *none; /* the topology has none */
} placements[TB_PLACEMENT_COUNT] = {
	[TB_SAME_CPU] = { "same-cpu", "" },
	[TB_SMT_SIBLING] = { "smt-sibling", "the core has no second thread" },
	[TB_SAME_L2] = { "same-l2", "no other core shares the L2 cache" },
	[TB_SAME_L3] = { "same-l3", "no other core shares the L3 cache" },
	[TB_CROSS_L3] = { "cross-l3", "the package has no other L3 cache" },
	[TB_CROSS_PACKAGE] = { "cross-package", "the machine has one package only" },
};

const char *tb_placement_name(unsigned int placement)
{
	return placement < TB_PLACEMENT_COUNT ? placements[placement].name : NULL;
}

int tb_placement_parse(const char *name, enum tb_placement *placement)
{
	for (int i = 0; i < TB_PLACEMENT_COUNT; i++) {
		if (strcmp(name, placements[i].name) != 0)
			continue;
		*placement = (enum tb_placement)i;
		return 0;
	}
	return -EINVAL;
}

const char *tb_place_variable(void)
{
	/* hwloc(7) describes them. Those that only print or concern devices are left out. */
	static const char *const variables[] = {
		"HWLOC_SYNTHETIC",
		"HWLOC_XMLFILE",
		"HWLOC_FSROOT",
		"HWLOC_CPUID_PATH",
		"HWLOC_THISSYSTEM",
		"HWLOC_THISSYSTEM_ALLOWED_RESOURCES",
		"HWLOC_ALLOW",
		"HWLOC_COMPONENTS",
		"HWLOC_DUMPED_HWDATA_DIR",
		"HWLOC_CPUKINDS_MAXFREQ",
		"HWLOC_CPUKINDS_RANKING",
		"HWLOC_CPUKINDS_HOMOGENEOUS",
		"HWLOC_NO_HARDWIRED_TOPOLOGY",
		"HWLOC_KNL_HDH_FALLBACK",
		"HWLOC_KNL_MSCACHE_L3",
	};

	/* An empty value counts: HWLOC_THISSYSTEM= means 0. */
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		if (getenv(variables[i]))
			return variables[i];
	return NULL;
}

bool tb_place_is_here(const struct tb_place *place)
{
	return hwloc_topology_is_thissystem(place->topology);
}

/* hwloc answers -1 with errno, which some of its paths leave at 0. */
static int failed(void)
{
	return errno ? -errno : -EIO;
}

static int choose_source(hwloc_topology_t topology, const char *source)
{
	size_t len = source ? strlen(source) : 0;

	if (!source)
		return 0;
	if (strchr(source, '/') || (len > 4 && !strcmp(source + len - 4, ".xml")))
		return hwloc_topology_set_xml(topology, source);
	return hwloc_topology_set_synthetic(topology, source);
}

static int load(struct tb_place *place, const char *source)
{
	/* The forbidden ones too: "not allowed" is another answer than "not there". */
	unsigned long flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED;
	size_t n;
	int *mine, err;

	errno = 0;
	if (choose_source(place->topology, source) ||
	    hwloc_topology_set_flags(place->topology, flags) ||
	    hwloc_topology_set_icache_types_filter(place->topology, HWLOC_TYPE_FILTER_KEEP_ALL) ||
	    hwloc_topology_load(place->topology))
		return failed();
	place->allowed = hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(place->topology));
	if (!place->allowed)
		return -ENOMEM;
	if (!hwloc_topology_is_thissystem(place->topology))
		return 0;
	err = tb_affinity_get(&mine, &n);
	if (err)
		return err;
	hwloc_bitmap_zero(place->allowed);
	for (size_t i = 0; i < n; i++)
		hwloc_bitmap_set(place->allowed, (unsigned int)mine[i]);
	free(mine);
	return 0;
}

int tb_place_open(const char *xml_or_synthetic, struct tb_place **place)
{
	struct tb_place *new = calloc(1, sizeof(*new));
	int err;

	*place = NULL;
	if (!new)
		return -ENOMEM;
	if (hwloc_topology_init(&new->topology)) {
		free(new);
		return -ENOMEM;
	}
	err = load(new, xml_or_synthetic);
	if (err)
		tb_place_close(new);
	else
		*place = new;
	return err;
}

void tb_place_close(struct tb_place *place)
{
	if (!place)
		return;
	hwloc_bitmap_free(place->allowed);
	hwloc_topology_destroy(place->topology);
	free(place);
}

int tb_place_restrict(struct tb_place *place, const int *cpus, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!tb_place_allowed(place, cpus[i]))
			return -EINVAL;
	hwloc_bitmap_zero(place->allowed);
	for (size_t i = 0; i < n; i++)
		hwloc_bitmap_set(place->allowed, (unsigned int)cpus[i]);
	return n ? 0 : -EINVAL;
}

bool tb_place_allowed(const struct tb_place *place, int cpu)
{
	return cpu >= 0 && hwloc_bitmap_isset(place->allowed, (unsigned int)cpu);
}

/* The number of the kind, higher is faster; -1 where hwloc cannot rank them. */
static int kind_of(const struct tb_place *place, int cpu)
{
	hwloc_bitmap_t only = hwloc_bitmap_alloc();
	int kind = -1, efficiency = -1;

	if (only && !hwloc_bitmap_only(only, (unsigned int)cpu))
		kind = hwloc_cpukinds_get_by_cpuset(place->topology, only, 0);
	hwloc_bitmap_free(only);
	if (kind < 0 || hwloc_cpukinds_get_info(place->topology, (unsigned int)kind, NULL,
						&efficiency, NULL, NULL, 0))
		return -1;
	return efficiency < 0 ? -1 : kind;
}

int tb_place_default_cpu(const struct tb_place *place)
{
	int best = -ENOENT, best_kind = INT_MIN;

	for (int cpu = hwloc_bitmap_first(place->allowed); cpu >= 0;
	     cpu = hwloc_bitmap_next(place->allowed, cpu)) {
		int kind = kind_of(place, cpu);

		if (kind < best_kind)
			continue;
		best = cpu;
		best_kind = kind;
	}
	return best;
}

static bool share(const struct tb_place *place, hwloc_obj_t a, hwloc_obj_t b, hwloc_obj_type_t type)
{
	hwloc_obj_t above = hwloc_get_ancestor_obj_by_type(place->topology, type, a);

	return above && above == hwloc_get_ancestor_obj_by_type(place->topology, type, b);
}

static bool below_any(const struct tb_place *place, hwloc_obj_t a, hwloc_obj_type_t type)
{
	return hwloc_get_ancestor_obj_by_type(place->topology, type, a);
}

/* The L1D decides: some kernels call cores "thread siblings" that share less, as AMD's 15h. */
static bool on_one_core(const struct tb_place *place, hwloc_obj_t a, hwloc_obj_t b)
{
	hwloc_obj_type_t type = HWLOC_OBJ_L1CACHE;

	if (!below_any(place, a, type) || !below_any(place, b, type))
		type = HWLOC_OBJ_CORE;
	return share(place, a, b, type);
}

/* TB_PLACEMENT_COUNT: none of them, as for two cores of which no L3 is known. */
static enum tb_placement relation(const struct tb_place *place, hwloc_obj_t a, hwloc_obj_t b)
{
	if (a == b)
		return TB_SAME_CPU;
	if (on_one_core(place, a, b))
		return TB_SMT_SIBLING;
	if (share(place, a, b, HWLOC_OBJ_L2CACHE))
		return TB_SAME_L2;
	if (share(place, a, b, HWLOC_OBJ_L3CACHE))
		return TB_SAME_L3;
	/* Some virtual machines show no packages at all: then there is one. */
	if (!share(place, a, b, HWLOC_OBJ_PACKAGE) &&
	    (below_any(place, a, HWLOC_OBJ_PACKAGE) || below_any(place, b, HWLOC_OBJ_PACKAGE)))
		return TB_CROSS_PACKAGE;
	if (below_any(place, a, HWLOC_OBJ_L3CACHE) || below_any(place, b, HWLOC_OBJ_L3CACHE))
		return TB_CROSS_L3;
	return TB_PLACEMENT_COUNT;
}

int tb_place_neighbour(const struct tb_place *place, int cpu, enum tb_placement placement,
		       int *other, const char **why)
{
	hwloc_obj_t self, pu = NULL;
	bool forbidden = false, best_same = false;
	int best = -1;

	if (!tb_place_allowed(place, cpu)) {
		if (why)
			*why = "this process may not run on the first CPU";
		return -EINVAL;
	}
	self = hwloc_get_pu_obj_by_os_index(place->topology, (unsigned int)cpu);
	if (!self) {
		*other = cpu;
		if (why && placement != TB_SAME_CPU)
			*why = "sysfs does not list the first CPU as online: its neighbours are unknown";
		return placement == TB_SAME_CPU ? 0 : -ENOENT;
	}
	while ((pu = hwloc_get_next_obj_by_type(place->topology, HWLOC_OBJ_PU, pu))) {
		int candidate = (int)pu->os_index;
		bool same;

		if (relation(place, self, pu) != placement)
			continue;
		if (!tb_place_allowed(place, candidate)) {
			forbidden = true;
			continue;
		}
		same = kind_of(place, candidate) == kind_of(place, cpu);
		if (best >= 0 && (same < best_same || (same == best_same && candidate < best)))
			continue;
		best = candidate;
		best_same = same;
	}
	if (best >= 0) {
		*other = best;
		return 0;
	}
	if (why)
		*why = forbidden ? "there is such a CPU, but this process may not run on it"
				 : placements[placement].none;
	return -ENOENT;
}

int tb_place_siblings(const struct tb_place *place, int cpu, int **cpus, size_t *count)
{
	hwloc_obj_t self = hwloc_get_pu_obj_by_os_index(place->topology, (unsigned int)cpu);
	hwloc_obj_t pu = NULL;
	int all = hwloc_get_nbobjs_by_type(place->topology, HWLOC_OBJ_PU);

	*cpus = NULL;
	*count = 0;
	if (!self || all <= 0)
		return -ENOENT;
	*cpus = calloc((size_t)all, sizeof(**cpus));
	if (!*cpus)
		return -ENOMEM;
	while ((pu = hwloc_get_next_obj_by_type(place->topology, HWLOC_OBJ_PU, pu)))
		if (pu == self || on_one_core(place, self, pu))
			(*cpus)[(*count)++] = (int)pu->os_index;
	return 0;
}

/* Of a CPU that hwloc lacks. */
static int cache_of_sysfs(int cpu, unsigned int level, bool instruction,
			  struct tb_place_cache *cache)
{
	struct tb_sysroot root;
	int err = tb_sysroot_open(NULL, &root);

	if (!err)
		err = tb_sysfs_cache(&root, cpu, level, instruction, cache, NULL);
	tb_sysroot_close(&root);
	return err;
}

int tb_place_cache(const struct tb_place *place, int cpu, unsigned int level, bool instruction,
		   struct tb_place_cache *cache)
{
	const struct hwloc_cache_attr_s *attr;
	hwloc_obj_type_t type;
	hwloc_obj_t pu, object;
	uint64_t set_bytes;

	memset(cache, 0, sizeof(*cache));
	if (cpu < 0 || !level || level > (instruction ? 3 : 5))
		return -EINVAL;
	type = (hwloc_obj_type_t)((instruction ? HWLOC_OBJ_L1ICACHE : HWLOC_OBJ_L1CACHE) + level -
				  1);
	pu = hwloc_get_pu_obj_by_os_index(place->topology, (unsigned int)cpu);
	if (!pu)
		return tb_place_allowed(place, cpu) ? cache_of_sysfs(cpu, level, instruction, cache)
						    : -EINVAL;
	object = hwloc_get_ancestor_obj_by_type(place->topology, type, pu);
	if (!object)
		return -ENOENT;
	attr = &object->attr->cache;
	cache->size_bytes = attr->size;
	cache->line_bytes = attr->linesize;
	/* -1 is "fully associative", 0 "unknown": neither counts ways. */
	cache->ways = attr->associativity > 0 ? (unsigned int)attr->associativity : 0;
	set_bytes = (uint64_t)cache->ways * cache->line_bytes;
	if (set_bytes && cache->size_bytes && !(cache->size_bytes % set_bytes) &&
	    cache->size_bytes / set_bytes <= UINT_MAX) {
		cache->sets = (unsigned int)(cache->size_bytes / set_bytes);
		cache->known = true;
	}
	return 0;
}
