// SPDX-License-Identifier: GPL-2.0-or-later
/* The identity of a CPU, also under a wrong model name. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "json_path.h"
#include "json_quoted.h"
#include "machine/cpuid.h"
#include "machine/identity.h"

#define INTEL(model, stepping) \
	"'vendor': 'GenuineIntel', 'family': 6, 'model': " #model ", 'stepping': " #stepping
#define AMD15(stepping) \
	"'vendor': 'AuthenticAMD', 'family': 15, 'model': 107, 'stepping': " #stepping
/* Leaf 7 of a CPU with PREFETCHI and AVX10 in subleaf 1, and version 1 in leaf 24H. */
#define AVX10_1 "[7, 1, 0, 0, 0, 540672], [36, 0, 0, 458753, 0, 0]"
#define AMX	"'avx512f', 'avx512_fp16', 'serialize', 'amx_tile', 'amx_int8'"

static void names(void **state)
{
	static const struct {
		const char *cpu, *text, *contradiction; /* a part of the first; NULL: none */
		bool emulated;
	} cases[] = {
		/* The numbers' name agrees with all that is shown. */
		{ "{'vendor': 'AuthenticAMD', 'family': 26, 'model': 2, 'stepping': 1,"
		  "'flags': ['avx512_vp2intersect', 'avx_vnni', 'movdiri', 'sse4_2']}",
		  "Zen 5 (derived: CPUID 1A_02, AVX512_VP2INTERSECT, AVX_VNNI)", NULL, false },
		{ "{" INTEL(207, 2) "}", "Emerald Rapids (derived: CPUID 06_CF)", NULL, false },
		{ "{" INTEL(85, 10) ", 'flags': ['avx512_bf16', 'avx512_vnni']}",
		  "Cooper Lake (derived: CPUID 06_55, AVX512_BF16)", NULL, false },
		/* A hypervisor shows Rocket Lake's numbers. */
		{ "{" INTEL(167, 1) ", 'flags': [" AMX "]}",
		  "at least Sapphire Rapids (derived: AMX_TILE, AMX_INT8; CPUID shows 06_A7)",
		  "Rocket Lake has no AMX_TILE", false },
		{ "{" INTEL(167, 1) ", 'cpuid_level': 36, 'flags': [" AMX "]}",
		  "at least Granite Rapids (derived: cpuid level 24H with avx512f, cpuid level 23H; CPUID shows 06_A7)",
		  "Rocket Lake has no AMX_TILE", false },
		{ "{" INTEL(167, 1) ", 'cpuid_level': 36, 'flags': [" AMX "], 'cpuid': [" AVX10_1
				    "]}",
		  "Granite Rapids (derived: AVX10.1, PREFETCHI; CPUID shows 06_A7)",
		  "Rocket Lake has no AVX10.1", false },
		{ "{" INTEL(85, 4) ", 'flags': ['avx512_bf16', 'gfni']}",
		  "at least Alder Lake or Sapphire Rapids (derived: AVX512_BF16; CPUID shows 06_55)",
		  "Skylake-SP has no AVX512_BF16", false },
		{ "{'vendor': 'AuthenticAMD', 'family': 23, 'model': 1, 'flags': ['xop']}",
		  "at least Bulldozer (derived: XOP; CPUID shows 17_01)", "Zen has no XOP", false },
		{ "{'vendor': 'AuthenticAMD', 'family': 21, 'model': 1, 'flags': ['amx_tile']}",
		  "unknown core (CPUID shows 15_01)", "Bulldozer has no AMX_TILE", false },
		/* Two cores share numbers: the features choose. */
		{ "{" INTEL(134, 0) ", 'flags': ['avx512f', 'vaes']}",
		  "Ice Lake-SP (derived: CPUID 06_86, VAES)", NULL, false },
		{ "{" INTEL(134, 1) ", 'flags': ['gfni']}", "Tremont (derived: CPUID 06_86, GFNI)",
		  NULL, false },
		{ "{" INTEL(134, 0) ", 'flags': ['amx_tile']}",
		  "at least Sapphire Rapids (derived: AMX_TILE; CPUID shows 06_86)",
		  "Tremont has no AMX_TILE", false },
		/* QEMU's generic models. */
		{ "{" AMD15(1) ", 'flags': ['avx2', 'ssse3']}",
		  "at least Excavator (derived: AVX2; CPUID shows 0F_6B)", "K8 has no AVX2",
		  false },
		{ "{" AMD15(1) ", 'flags': ['hypervisor'], 'name': 'QEMU'}",
		  "unknown core (CPUID shows 0F_6B)", "QEMU's generic model", false },
		{ "{" AMD15(1) ", 'flags': []}", "K8 (derived: CPUID 0F_6B)", NULL, false },
		/* Numbers without a name. */
		{ "{'vendor': 'AuthenticAMD', 'family': 26, 'model': 255, 'flags': ['avx_vnni']}",
		  "at least Zen 5 (derived: AVX_VNNI; CPUID shows 1A_FF)", NULL, false },
		{ "{'vendor': 'AuthenticAMD', 'family': 26, 'model': 255, 'flags': [], 'name': 'New'}",
		  "New (CPUID shows 1A_FF)", NULL, false },
		{ "{'vendor': 'HygonGenuine', 'family': 24, 'model': 4, 'flags': ['avx2']}",
		  "unknown CPU (CPUID shows 18_04)", NULL, false },
		{ "{'vendor': 'HygonGenuine', 'family': 24, 'model': 1, 'flags': ['avx512f']}",
		  "unknown core (CPUID shows 18_01)", "Dhyana has no AVX512F", false },
		{ "{'vendor': 'Shanghai', 'family': 7, 'model': 91, 'flags': ['avx2', 'sha_ni']}",
		  "Yongfeng (derived: CPUID 07_5B)", NULL, false },
		{ "{}", "unknown CPU", NULL, false },
		/* A guest that moved: the kernel's numbers are those of the CPU where it started. */
		{ "{" INTEL(106, 6) ", 'flags': ['avx512f'], 'cpuid': [[1, 0, 788210, 0, 0, 0]]}",
		  "at least Cannon Lake or Skylake-SP (derived: AVX512F; CPUID shows 06_6A)",
		  "CPUID leaf 1 shows another family or model", false },
		{ "{" INTEL(106, 6) ", 'flags': [], 'cpuid': [[1, 0, 394918, 0, 0, 0]]}",
		  "Ice Lake-SP (derived: CPUID 06_6A)", NULL, false },
		/* An emulator adds features as it likes. */
		{ "{" INTEL(167, 1) ", 'name': 'TCG', 'flags': [" AMX "]}",
		  "TCG (CPUID shows 06_A7)", NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *cpu = json_quoted(cases[i].cpu);
		const char *why;
		char text[200];

		json_object_set_new(cpu, "derived", tb_identity(cpu, cases[i].emulated));
		why = tb_identity_distrust(cpu);
		print_message("%s\n", cases[i].cpu);
		assert_string_equal(tb_identity_text(cpu, text, sizeof(text)), cases[i].text);
		assert_int_equal(!!why, !!cases[i].contradiction);
		if (why)
			assert_non_null(strstr(why, cases[i].contradiction));
		/* Either a name or the reason why there is none. */
		assert_int_equal(!json_is_null(json_path(cpu, "derived.uarch")),
				 json_is_null(json_path(cpu, "derived.reason")));
		json_decref(cpu);
	}
}

/* A record's text is not ours: any type, any length, any character. */
static void hostile(void **state)
{
	static const char *const cpus[] = {
		"null",
		"[]",
		"{'derived': []}",
		"{'derived': {'evidence': {}, 'contradictions': 3}}",
		"{'derived': {'uarch': 7, 'evidence': [1, null]}, 'family': 1e300, 'model': -1}",
		"{'vendor': 3, 'flags': [1], 'cpuid': [[], 1, [7, 1]], 'caches': [3], 'cpuid_level': 'x'}",
	};
	char text[24], wide[300];

	(void)state;
	for (size_t i = 0; i < sizeof(cpus) / sizeof(*cpus); i++) {
		json_t *cpu = json_quoted(cpus[i]);

		tb_identity_text(cpu, text, sizeof(text));
		tb_identity_distrust(cpu);
		json_decref(tb_identity(cpu, false));
		json_decref(cpu);
	}
	memset(wide, 'x', sizeof(wide));
	snprintf(wide, sizeof(wide), "{'derived': {'uarch': 'a\\n\\u001b%0200d'}}", 1);
	for (size_t bytes = 1; bytes <= sizeof(text); bytes++) {
		json_t *cpu = json_quoted(wide);

		tb_identity_text(cpu, text, bytes);
		assert_true(strlen(text) < bytes);
		assert_null(strchr(text, '\n'));
		json_decref(cpu);
	}
}

static void leaves(void **state)
{
	json_t *all, *missing;
	struct tb_cpuid_leaf leaf, none;

	(void)state;
	assert_int_equal(tb_cpuid_read(sched_getcpu(), &all), 0);
	assert_true(tb_cpuid_find(all, 0, 0, &leaf));
	assert_true(tb_cpuid_find(all, 1, 0, &none));
	assert_true(tb_cpuid_find(all, 0x80000000, 0, &none));
	assert_false(tb_cpuid_find(all, 3, 0, &none)); /* a serial number */
	assert_false(tb_cpuid_find(all, leaf.reg[0] + 1, 0, &none));
	assert_false(tb_cpuid_find(NULL, 0, 0, &none));
	assert_int_equal(tb_cpuid_read(-1, &missing), -EINVAL);
	assert_null(missing);
	assert_int_equal(tb_cpuid_read(1 << 19, &missing), -EINVAL);
	assert_null(missing);
	json_decref(all);
}

/* A cache is a feature by its level, kind, size and ways, all of them. */
static void caches(void **state)
{
	static const struct {
		const char *cache;
		size_t against;
	} cases[] = {
		{ "{'level': 1, 'type': 'Data', 'size_bytes': 49152, 'ways': 12}", 1 },
		{ "{'level': 1, 'type': 'Data', 'size_bytes': 65536, 'ways': 12}", 0 },
		{ "{'level': 1, 'type': 'Data', 'size_bytes': 32768, 'ways': 12}", 0 },
		{ "{'level': 1, 'type': 'Data', 'size_bytes': 49152, 'ways': 8}", 0 },
		{ "{'level': 1, 'type': 'Instruction', 'size_bytes': 49152, 'ways': 12}", 0 },
		{ "{'level': 2, 'type': 'Data', 'size_bytes': 49152, 'ways': 12}", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256];
		json_t *cpu, *identity;

		snprintf(text, sizeof(text), "{" INTEL(85, 4) ", 'flags': [], 'caches': [%s]}",
			 cases[i].cache);
		cpu = json_quoted(text);
		identity = tb_identity(cpu, false);
		assert_int_equal(json_array_size(json_object_get(identity, "contradictions")),
				 cases[i].against);
		json_decref(identity);
		json_decref(cpu);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(caches),
		cmocka_unit_test(hostile),
		cmocka_unit_test(leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
