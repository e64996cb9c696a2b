// SPDX-License-Identifier: GPL-2.0-or-later
/* A CPU's caches and siblings from sysfs, its family and model from CPUID. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "machine/cpuid.h"
#include "machine/topology.h"
#include "machine/sysfs_cpu.h"

static struct fakeroot fake;

static void put_cache(int index, const char *type, const char *level, const char *size,
		      const char *ways, const char *sets)
{
	const struct {
		const char *name, *text;
	} files[] = { { "type", type },		  { "level", level },
		      { "size", size },		  { "ways_of_associativity", ways },
		      { "number_of_sets", sets }, { "coherency_line_size", "64" } };
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu2/cache/index%d/%s", index,
			 files[i].name);
		fakeroot_text(&fake, path, files[i].text);
	}
}

/* The instruction cache is listed before the data cache: sysfs has no fixed order. */
static int open_root(void **state)
{
	(void)state;
	fakeroot_open(&fake);
	put_cache(0, "Instruction", "1", "32K", "8", "64");
	put_cache(1, "Data", "1", "48K", "12", "64");
	put_cache(2, "Unified", "2", "2M", "16", "2048");
	put_cache(3, "Unified", "3", "33M", "11", "49153"); /* they do not agree */
	return 0;
}

static int close_root(void **state)
{
	(void)state;
	fakeroot_close(&fake);
	return 0;
}

static void assert_cache(unsigned int level, bool instruction, int index, uint64_t bytes,
			 unsigned int ways, unsigned int sets, bool known)
{
	struct tb_place_cache cache;
	int found = -1;

	assert_int_equal(tb_sysfs_cache(&fake.root, 2, level, instruction, &cache, &found), 0);
	assert_int_equal(found, index);
	assert_int_equal(cache.size_bytes, bytes);
	assert_int_equal(cache.ways, ways);
	assert_int_equal(cache.sets, sets);
	assert_int_equal(cache.line_bytes, 64);
	assert_int_equal(cache.known, known);
}

static void caches(void **state)
{
	struct tb_place_cache cache;

	(void)state;
	assert_cache(1, false, 1, 48 << 10, 12, 64, true);
	assert_cache(1, true, 0, 32 << 10, 8, 64, true);
	assert_cache(2, false, 2, 2 << 20, 16, 2048, true);
	assert_cache(3, false, 3, 33 << 20, 11, 49153, false);
	assert_int_equal(tb_sysfs_cache(&fake.root, 2, 4, false, &cache, NULL), -ENOENT);
	assert_int_equal(tb_sysfs_cache(&fake.root, 2, 2, true, &cache, NULL), -ENOENT);
	assert_int_equal(cache.size_bytes, 0);
}

/* Extended families are AMD's and the Pentium 4's, extended models begin with family 6. */
static void signatures(void **state)
{
	static const struct {
		uint32_t eax;
		unsigned int family, model;
	} cpus[] = {
		{ 0x000306c3, 6, 0x3c },    /* Haswell */
		{ 0x000c06f2, 6, 0xcf },    /* Emerald Rapids */
		{ 0x00a20f12, 0x19, 0x21 }, /* Zen 3 */
		{ 0x00100f43, 0x10, 4 },    /* K10 */
		{ 0x00000f4a, 15, 4 },	    /* Pentium 4 */
		{ 0x000105d2, 5, 13 },	    /* no extended model yet */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cpus) / sizeof(*cpus); i++) {
		struct tb_cpu_signature s = tb_cpu_signature_of(cpus[i].eax);

		assert_int_equal(s.family, cpus[i].family);
		assert_int_equal(s.model, cpus[i].model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(caches, open_root, close_root),
		cmocka_unit_test(signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
