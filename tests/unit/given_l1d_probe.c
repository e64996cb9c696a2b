// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether the flush benchmarks run: by CPUID, caches, memory and features of the module. */
#include "given.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "benches.h"
#include "fake_flush.h"
#include "l1d/l1d.h"
#include "run/value.h"
#include "run/variant.h"

enum { MIB = 1 << 20 };

static struct tb_machine machine;

static int setup(void **state)
{
	machine = (struct tb_machine){ .cache = { 0, 48 << 10, 2 * MIB, 32 * MIB },
				       .memory = (size_t)1024 * MIB };
	return fresh(state);
}

static int teardown(void **state)
{
	(void)state;
	given_cpuid(NULL, 0, 0);
	return 0;
}

static void set(struct tb_variant *v, const char *name, const char *text, size_t n)
{
	int i = tb_bench_param(v->bench, name, strlen(name));
	struct tb_error why = { "" };

	assert_true(i >= 0);
	if (tb_value_read(&v->bench->params[i], text, n, 48 << 10, v->value[i], &why))
		fail_msg("%s", why.text);
}

/* The code of what it lacks; empty: it runs. */
static const char *probed(const struct tb_bench *bench, const char *loop, const char *size,
			  const char *buffer)
{
	static struct tb_variant v;

	v = (struct tb_variant){ .bench = bench };
	for (const struct tb_param *p = bench->params; p->name; p++)
		set(&v, p->name, p->fallback, strlen(p->fallback));
	set(&v, "loop", loop, strlen(loop));
	set(&v, "size", size, strlen(size));
	set(&v, "buffer", buffer, strlen(buffer));
	tb_variant_probe(&v, &machine);
	/* What is missing, and what to do about it. */
	if (v.code[0])
		assert_true(v.reason[0] && v.remedy[0]);
	return v.code;
}

static void room(void **state)
{
	static const struct {
		size_t cache[4], memory;
		const char *size, *buffer, *code;
	} cases[] = {
		{ { 0, 48 << 10, 2 * MIB, 32 * MIB }, 0, "64K", "l2", "" },
		{ { 0, 0, 2 * MIB, 32 * MIB }, 0, "64K", "l2", "no-topology" },
		/* L2 may be unknown where nothing has to lie in it, or below it. */
		{ { 0, 48 << 10, 0, 0 }, 0, "64K", "l2", "" },
		{ { 0, 48 << 10, 0, 0 }, 0, "64K", "dram", "" },
		{ { 0, 48 << 10, 0, 32 * MIB }, 0, "64K", "l3", "no-cache-level" },
		{ { 0, 48 << 10, 2 * MIB, 0 }, 0, "64K", "l3", "no-cache-level" },
		/* As large as L2, and a page more. */
		{ { 0, 48 << 10, MIB, 32 * MIB }, 0, "1M", "l2", "" },
		{ { 0, 48 << 10, MIB - 4096, 32 * MIB }, 0, "1M", "l2", "too-large" },
		{ { 0, 48 << 10, MIB - 4096, 32 * MIB }, 0, "1M", "dram", "" },
		/* Half of L3. */
		{ { 0, 48 << 10, MIB, 2 * MIB }, 0, "1M", "l3", "" },
		{ { 0, 48 << 10, MIB, 2 * MIB - 4096 }, 0, "1M", "l3", "too-large" },
		/* An eighth of the memory. */
		{ { 0, 48 << 10, MIB, 4 * MIB }, 8 * MIB, "1M", "dram", "" },
		{ { 0, 48 << 10, MIB, 4 * MIB }, 8 * MIB - 4096, "1M", "dram", "no-memory" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tb_bench *both[] = { &l1d_flush_user, &l1d_flush_kernel };

		memcpy(machine.cache, cases[i].cache, sizeof(machine.cache));
		machine.memory = cases[i].memory;
		for (int b = 0; b < 2; b++)
			if (strcmp(probed(both[b], "kvm-lfence", cases[i].size, cases[i].buffer),
				   cases[i].code) != 0)
				fail_msg("%s, case %zu: not %s", both[b]->name, i, cases[i].code);
	}
}

/* Bounds of the module. */
static void bounds(void **state)
{
	(void)state;
	machine.cache[1] = TB_L1D_MAX;
	machine.cache[2] = TB_L2_MAX;
	assert_string_equal(probed(&l1d_flush_kernel, "unroll8", "64K", "l2"), "");
	machine.cache[1]++;
	assert_string_equal(probed(&l1d_flush_kernel, "unroll8", "64K", "l2"), "too-large");
	assert_string_equal(probed(&l1d_flush_user, "unroll8", "64K", "l2"), "");
	machine.cache[1]--;
	machine.cache[2]++;
	assert_string_equal(probed(&l1d_flush_kernel, "unroll8", "64K", "l2"), "too-large");
}

/* AVX-512 needs the core's bit, OSXSAVE, and five of XCR0; every other loop one bit or none. */
static void features(void **state)
{
	enum { OSXSAVE = 1 << 27, AVX512F = 1 << 16, CLFLUSHOPT = 1 << 23, SERIALIZE = 1 << 14 };
	static const struct {
		unsigned int c1, b7, d7, xcr0;
		bool avx512, clflushopt, serialize;
	} cases[] = {
		{ OSXSAVE, AVX512F, 0, 0xe6, true, false, false },
		{ OSXSAVE, AVX512F, 0, 0xff, true, false, false },
		{ 0, AVX512F, 0, 0xe6, false, false, false },
		{ OSXSAVE, ~(unsigned int)AVX512F, ~(unsigned int)SERIALIZE, 0xe6, false, true,
		  false },
		{ OSXSAVE, AVX512F, 0, 0xe4, false, false, false },
		{ OSXSAVE, AVX512F, 0, 0xe2, false, false, false },
		{ OSXSAVE, AVX512F, 0, 0xc6, false, false, false },
		{ OSXSAVE, AVX512F, 0, 0xa6, false, false, false },
		{ OSXSAVE, AVX512F, 0, 0x66, false, false, false },
		{ 0, CLFLUSHOPT, 0, 0, false, true, false },
		{ 0, ~(unsigned int)CLFLUSHOPT, SERIALIZE, 0, false, false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct given_cpuid leaves[] = {
			{ .leaf = 1, .c = cases[i].c1 },
			{ .leaf = 7, .b = cases[i].b7, .d = cases[i].d7 }
		};
		const struct {
			const char *loop;
			bool runs;
		} loops[] = { { "avx512", cases[i].avx512 },
			      { "clflushopt", cases[i].clflushopt },
			      { "kvm-serialize", cases[i].serialize },
			      { "kvm", true },
			      { "kvm-lfence", true },
			      { "unroll8", true },
			      { "prefetcht0", true },
			      { "page-interleaved", true },
			      { "chase", true },
			      { "store", true } };

		given_cpuid(leaves, 2, cases[i].xcr0);
		for (size_t k = 0; k < sizeof(loops) / sizeof(loops[0]); k++) {
			const char *want = loops[k].runs ? "" : "no-cpu-feature";

			if (strcmp(probed(&l1d_flush_user, loops[k].loop, "64K", "l2"), want) ||
			    strcmp(probed(&l1d_flush_kernel, loops[k].loop, "64K", "l2"), want))
				fail_msg("case %zu, %s: not '%s'", i, loops[k].loop, want);
		}
	}
	/* A CPU without leaf 7 lacks what it would show. */
	given_cpuid((const struct given_cpuid[]){ { .leaf = 1, .c = ~0u } }, 1, ~0u);
	assert_string_equal(probed(&l1d_flush_user, "avx512", "64K", "l2"), "no-cpu-feature");
	assert_string_equal(probed(&l1d_flush_user, "clflushopt", "64K", "l2"), "no-cpu-feature");
}

/* What only ring 0 has: by the module's word, and the reason that a user can act on. */
static void ring0(void **state)
{
	static const struct {
		const char *loop;
		unsigned int caps, loops;
		const char *code;
	} cases[] = {
		{ "msr", 0, 1u << TB_LOOP_MSR, "" },
		{ "msr", ~0u, ~(1u << TB_LOOP_MSR), "no-cpu-feature" },
		{ "wbinvd", TB_CAP_APF, 1u << TB_LOOP_WBINVD, "" },
		{ "wbinvd", TB_CAP_APF, ~(1u << TB_LOOP_WBINVD), "not-allowed" },
		{ "wbinvd", ~TB_CAP_APF & ~TB_CAP_CONFIDENTIAL, ~0u, "not-allowed" },
		{ "wbinvd", TB_CAP_APF | TB_CAP_CONFIDENTIAL, ~0u, "not-allowed" },
		/* Loops that are none of ring 0's own need none of it. */
		{ "unroll8", TB_CAP_CONFIDENTIAL, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		module.info.caps = cases[i].caps;
		module.info.loops = cases[i].loops;
		if (strcmp(probed(&l1d_flush_kernel, cases[i].loop, "64K", "l2"), cases[i].code))
			fail_msg("case %zu, %s: not '%s'", i, cases[i].loop, cases[i].code);
	}
	/* Another interface. */
	module.info.abi = TB_ABI + 1;
	assert_string_equal(probed(&l1d_flush_kernel, "unroll8", "64K", "l2"), "module-mismatch");
	/* From user space there is neither. */
	assert_int_equal(l1d_loop("msr") == NULL, 1);
	assert_int_equal(l1d_loop("wbinvd") == NULL, 1);
	for (int need = TB_NEED_FLUSH_CMD; need <= TB_NEED_WBINVD; need++) {
		const struct tb_flush_loop loop = { .need = (enum tb_loop_need)need };
		const char *missing = NULL;

		assert_false(l1d_loop_runs(&loop, &missing));
		assert_string_equal(missing, "ring 0");
	}
}

static void vendors(void **state)
{
	static const struct {
		unsigned int b0, c1;
		bool amd, guest;
	} cases[] = {
		{ 0x68747541, 0, true, false },		   /* Auth enti cAMD */
		{ 0x756e6547, 1u << 31, false, true },	   /* Genu */
		{ 0x6f677948, ~(1u << 31), false, false }, /* Hygo */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct given_cpuid leaves[] = { { .leaf = 0, .b = cases[i].b0 },
						      { .leaf = 1, .c = cases[i].c1 } };

		given_cpuid(leaves, 2, 0);
		assert_int_equal(l1d_is_amd(), cases[i].amd);
		assert_int_equal(l1d_hypervised(), cases[i].guest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(room, setup, teardown),
		cmocka_unit_test_setup_teardown(bounds, setup, teardown),
		cmocka_unit_test_setup_teardown(features, setup, teardown),
		cmocka_unit_test_setup_teardown(ring0, setup, teardown),
		cmocka_unit_test_setup_teardown(vendors, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
