// SPDX-License-Identifier: GPL-2.0-or-later
/* Which CPU is this? Each row of the derivation table, and names that are not the silicon's. */
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): sched_getcpu
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
#include "record/cpuid.h"
#include "record/identity.h"
#include "record/uarch_cores.h"

/* The oldest cores of each row, by Intel's and AMD's columns; NULL: none has the feature. */
static const struct {
	const char *feature, *intel, *amd;
} oldest[] = {
	{ "apx_f", "Nova Lake or Diamond Rapids", NULL },
	{ "avx10.1", "Granite Rapids", NULL },
	{ "avx10.2", "Nova Lake or Diamond Rapids", NULL },
	{ "prefetchi", "Panther Lake or Granite Rapids or Clearwater Forest", "Zen 5" },
	{ "amx_complex", "Granite Rapids", NULL },
	{ "amx_fp16", "Granite Rapids", NULL },
	{ "avx10", "Nova Lake or Granite Rapids", NULL },
	{ "fred", "Panther Lake or Diamond Rapids or Clearwater Forest", "Zen 6" },
	{ "avx_vnni_int8", "Arrow Lake or Diamond Rapids or Sierra Forest", "Zen 6" },
	{ "avx_ne_convert", "Arrow Lake or Diamond Rapids or Sierra Forest", "Zen 6" },
	{ "avx_ifma", "Arrow Lake or Diamond Rapids or Sierra Forest", "Zen 6" },
	{ "lam", "Arrow Lake or Sapphire Rapids or Sierra Forest", "Zen 6" },
	{ "amx_tile", "Sapphire Rapids", NULL },
	{ "amx_int8", "Sapphire Rapids", NULL },
	{ "amx_bf16", "Sapphire Rapids", NULL },
	{ "avx512_fp16", "Alder Lake or Sapphire Rapids", "Zen 6" },
	{ "tsxldtrk", "Sapphire Rapids", NULL },
	{ "serialize", "Alder Lake or Sapphire Rapids or Gracemont", NULL },
	{ "avx512_vp2intersect", "Tiger Lake or Diamond Rapids", "Zen 5" },
	{ "avx_vnni", "Alder Lake or Sapphire Rapids or Gracemont", "Zen 5" },
	{ "movdiri", "Tiger Lake or Sapphire Rapids or Tremont", "Zen 5" },
	{ "movdir64b", "Tiger Lake or Sapphire Rapids or Tremont", "Zen 5" },
	{ "avx512_bf16", "Alder Lake or Cooper Lake", "Zen 4" },
	{ "avx512_vbmi2", "Ice Lake or Ice Lake-SP", "Zen 4" },
	{ "avx512_bitalg", "Ice Lake or Ice Lake-SP", "Zen 4" },
	{ "avx512_vpopcntdq", "Ice Lake or Ice Lake-SP", "Zen 4" },
	{ "gfni", "Ice Lake or Ice Lake-SP or Tremont", "Zen 4" },
	{ "vaes", "Ice Lake or Ice Lake-SP or Gracemont", "Zen 3" },
	{ "vpclmulqdq", "Ice Lake or Ice Lake-SP or Gracemont", "Zen 3" },
	{ "fsrm", "Ice Lake or Ice Lake-SP or Gracemont", "Zen 3" },
	{ "avx512ifma", "Cannon Lake or Ice Lake-SP", "Zen 4" },
	{ "avx512vbmi", "Cannon Lake or Ice Lake-SP", "Zen 4" },
	{ "sha_ni", "Cannon Lake or Ice Lake-SP or Goldmont", "Zen" },
	{ "avx512_vnni", "Ice Lake or Cascade Lake", "Zen 4" },
	{ "avx512er", "Knights Landing", NULL },
	{ "avx512pf", "Knights Landing", NULL },
	{ "avx512f", "Cannon Lake or Skylake-SP", "Zen 4" },
	{ "avx512dq", "Cannon Lake or Skylake-SP", "Zen 4" },
	{ "avx512bw", "Cannon Lake or Skylake-SP", "Zen 4" },
	{ "avx512vl", "Cannon Lake or Skylake-SP", "Zen 4" },
	{ "rdpru", NULL, "Zen 2" },
	{ "wbnoinvd", NULL, "Zen 2" },
	{ "clwb", "Tiger Lake or Skylake-SP or Tremont", "Zen 2" },
	{ "clzero", NULL, "Zen" },
	{ "clflushopt", "Skylake or Skylake-SP or Goldmont", "Zen" },
	{ "adx", "Broadwell or Gracemont", "Zen" },
	{ "rdseed", "Broadwell or Goldmont", "Zen" },
	{ "smap", "Broadwell or Goldmont", "Zen" },
	{ "avx2", "Haswell or Gracemont", "Excavator" },
	{ "bmi2", "Haswell or Gracemont", "Excavator" },
	{ "fma", "Haswell or Gracemont", "Piledriver" },
	{ "tbm", NULL, "Piledriver" },
	{ "f16c", "Ivy Bridge or Gracemont", "Piledriver or Jaguar" },
	{ "rdrand", "Ivy Bridge or Silvermont", "Excavator or Puma" },
	{ "fsgsbase", "Ivy Bridge or Goldmont", "Steamroller" },
	{ "xop", NULL, "Bulldozer" },
	{ "fma4", NULL, "Bulldozer" },
	{ "avx", "Sandy Bridge or Gracemont", "Bulldozer or Jaguar" },
	{ "aes", "Westmere or Silvermont", "Bulldozer or Jaguar" },
	{ "pclmulqdq", "Westmere or Silvermont", "Bulldozer or Jaguar" },
	{ "sse4_2", "Nehalem or Silvermont", "Bulldozer or Jaguar" },
	{ "sse4_1", "Penryn or Silvermont", "Bulldozer or Jaguar" },
	{ "ssse3", "Merom or Bonnell", "Bulldozer or Bobcat" },
	{ "abm", "Haswell or Gracemont", "K10 or Bobcat" },
	{ "sse4a", NULL, "K10 or Bobcat" },
	{ "cpuid level 24H with avx512f", "Nova Lake or Granite Rapids", "Zen 4" },
	{ "cpuid level 23H", "Meteor Lake or Granite Rapids or Sierra Forest", NULL },
	{ "cpuid level 20H", "Alder Lake or Sapphire Rapids or Gracemont", NULL },
	{ "L1I 64K/16", "Meteor Lake or Granite Rapids or Clearwater Forest", NULL },
	{ "L2 2M/16 with avx512f", "Alder Lake or Sapphire Rapids", "Zen 4" },
	{ "L1D 48K/12", "Ice Lake or Ice Lake-SP", "Zen 5" },
};

static void add_leaf(json_t *cpu, const uint32_t row[6])
{
	json_t *leaf = json_array();

	for (size_t i = 0; i < 6; i++)
		json_array_append_new(leaf, json_integer(row[i]));
	json_array_append_new(json_object_get(cpu, "cpuid"), leaf);
}

/* A CPU that shows one row of the table; by the flag of cpuinfo where it has one and `flag` is set. */
static json_t *showing(const struct tb_bound *row, const char *vendor, long family, long model,
		       bool flag)
{
	bool avx512 = row->kind == TB_BY_LEVEL_512 || row->kind == TB_BY_CACHE_512;
	json_t *cpu = json_pack("{s:s,s:i,s:i,s:i,s:[],s:[],s:[],s:i}", "vendor", vendor, "family",
				(int)family, "model", (int)model, "stepping", 9, "flags", "cpuid",
				"caches", "cpuid_level", 1);
	uint32_t leaf[6] = { row->at[0], row->at[1] };

	if (avx512)
		json_array_append_new(json_object_get(cpu, "flags"), json_string("avx512f"));
	if (row->kind == TB_BY_FLAG && flag) {
		json_array_append_new(json_object_get(cpu, "flags"), json_string(row->feature));
	} else if (row->kind == TB_BY_FLAG || row->kind == TB_BY_BIT) {
		leaf[2 + row->at[2]] = UINT32_C(1) << row->at[3];
		add_leaf(cpu, leaf);
	} else if (row->kind == TB_BY_AVX10) {
		add_leaf(cpu, (const uint32_t[]){ 7, 1, 0, 0, 0, 1 << 19 });
		add_leaf(cpu, (const uint32_t[]){ 0x24, 0, 0, 0x70000 | row->at[0], 0, 0 });
	} else if (row->kind == TB_BY_LEVEL || row->kind == TB_BY_LEVEL_512) {
		json_object_set_new(cpu, "cpuid_level", json_integer(row->at[0]));
	} else {
		json_array_append_new(json_object_get(cpu, "caches"),
				      json_pack("{s:i,s:s,s:i,s:i}", "level", (int)row->at[0],
						"type", row->at[1] ? "Instruction" : "Data",
						"size_bytes", (int)(row->at[2] << 10), "ways",
						(int)row->at[3]));
	}
	return cpu;
}

static const char *at_least(const json_t *derived)
{
	const char *text = json_string_value(json_object_get(derived, "at_least"));

	/* With an upper bound beside the lower one the core is settled. */
	return text ? text : json_string_value(json_object_get(derived, "uarch"));
}

/* Of numbers that no source names. */
static void check_oldest(const struct tb_bound *row, const char *vendor, const char *want)
{
	for (int flag = 0; flag < 2; flag++) {
		json_t *cpu = showing(row, vendor, 6, 0xfe, flag);
		json_t *derived = tb_identity(cpu, false);
		const char *found = at_least(derived);

		print_message("{ \"%s\", \"%s\" },\n", row->feature, found ? found : "-");
		assert_string_equal(found ? found : "-", want ? want : "-");
		json_decref(derived);
		json_decref(cpu);
	}
}

/* The line's first core, which is older than any feature but SSSE3, is refuted by the row. */
static void check_refuted(const struct tb_bound *row, const char *vendor, long family, long model,
			  bool refuted)
{
	json_t *cpu = showing(row, vendor, family, model, true), *derived = tb_identity(cpu, false);

	assert_int_equal(json_array_size(json_object_get(derived, "contradictions")) > 0, refuted);
	assert_int_equal(
		json_equal(json_object_get(derived, "uarch"), json_object_get(derived, "named")),
		!refuted);
	json_decref(derived);
	json_decref(cpu);
}

static void every_row(void **state)
{
	size_t n;
	const struct tb_bound *row = tb_bounds(&n);

	(void)state;
	assert_int_equal(n, sizeof(oldest) / sizeof(*oldest));
	for (size_t i = 0; i < n; i++) {
		bool silent = !oldest[i].amd && row[i].core[AMD] == ANY;

		assert_string_equal(row[i].feature, oldest[i].feature);
		assert_true(row[i].source && *row[i].source);
		check_oldest(&row[i], "GenuineIntel", oldest[i].intel);
		check_oldest(&row[i], "AuthenticAMD", oldest[i].amd);
		check_refuted(&row[i], "GenuineIntel", 6, 15,
			      strcmp(row[i].feature, "ssse3") &&
				      strcmp(row[i].feature, "wbnoinvd"));
		check_refuted(&row[i], "AuthenticAMD", 15, 5, !silent);
	}
}

static void numbers(void **state)
{
	static const struct {
		const char *vendor;
		long family, model, stepping;
		const char *name;
	} cases[] = {
		{ "GenuineIntel", 6, 207, 2, "Emerald Rapids" },
		{ "GenuineIntel", 6, 143, 8, "Sapphire Rapids" },
		{ "GenuineIntel", 6, 106, 6, "Ice Lake-SP" },
		{ "GenuineIntel", 6, 108, 1, "Ice Lake-SP" },
		{ "GenuineIntel", 6, 85, 4, "Skylake-SP" },
		{ "GenuineIntel", 6, 85, 5, "Cascade Lake" },
		{ "GenuineIntel", 6, 85, 7, "Cascade Lake" },
		{ "GenuineIntel", 6, 85, 10, "Cooper Lake" },
		{ "GenuineIntel", 6, 85, 11, "Cooper Lake" },
		{ "GenuineIntel", 6, 85, 9, "Skylake-SP family" },
		{ "GenuineIntel", 6, 85, -1, "Skylake-SP family" },
		{ "GenuineIntel", 6, 173, 1, "Granite Rapids" },
		{ "GenuineIntel", 6, 175, 3, "Sierra Forest" },
		{ "GenuineIntel", 6, 94, 3, "Skylake" },
		{ "GenuineIntel", 6, 158, 9, "Kaby Lake" },
		{ "GenuineIntel", 6, 158, 13, "Coffee Lake" },
		{ "GenuineIntel", 6, 140, 1, "Tiger Lake" },
		{ "GenuineIntel", 6, 154, 3, "Alder Lake" },
		{ "GenuineIntel", 6, 183, 1, "Raptor Lake" },
		{ "GenuineIntel", 6, 170, 4, "Meteor Lake" },
		{ "GenuineIntel", 6, 198, 2, "Arrow Lake" },
		{ "GenuineIntel", 6, 189, 1, "Lunar Lake" },
		{ "GenuineIntel", 19, 1, 0, "Diamond Rapids" },
		{ "GenuineIntel", 6, 0xfe, 0, NULL },
		{ "GenuineIntel", 6, 0x9d, 0, "Ice Lake" },
		{ "GenuineIntel", 6, 0xe5, 0, "Panther Lake" },
		{ "GenuineIntel", 6, 0x86, 0, "Tremont" },
		{ "GenuineIntel", 15, 3, 4, "NetBurst" },
		{ "GenuineIntel", 15, 6, 8, "NetBurst" },
		{ "GenuineIntel", 15, 6, 1, NULL }, /* QEMU's kvm64 */
		{ "GenuineIntel", 15, 2, 5, NULL },
		{ "AuthenticAMD", 0x17, 0x01, 2, "Zen" },
		{ "AuthenticAMD", 0x17, 0x08, 2, "Zen+" },
		{ "AuthenticAMD", 0x17, 0x31, 0, "Zen 2" },
		{ "AuthenticAMD", 0x17, 0x71, 0, "Zen 2" },
		{ "AuthenticAMD", 0x17, 0x84, 0, "Zen 2" },
		{ "AuthenticAMD", 0x17, 0x98, 0, "Zen 2" },
		{ "AuthenticAMD", 0x19, 0x01, 1, "Zen 3" },
		{ "AuthenticAMD", 0x19, 0x21, 0, "Zen 3" },
		{ "AuthenticAMD", 0x19, 0x11, 1, "Zen 4" },
		{ "AuthenticAMD", 0x19, 0x61, 2, "Zen 4" },
		{ "AuthenticAMD", 0x19, 0xa0, 2, "Zen 4" },
		{ "AuthenticAMD", 0x1a, 0x02, 1, "Zen 5" },
		{ "AuthenticAMD", 0x1a, 0x44, 0, "Zen 5" },
		{ "AuthenticAMD", 0x1a, 0xd0, 0, "Zen 6" },
		{ "AuthenticAMD", 0x1a, 0xe0, 0, "Zen 6" },
		{ "AuthenticAMD", 0x1a, 0xff, 0, NULL },
		{ "AuthenticAMD", 6, 207, 2, NULL }, /* Intel's numbers */
		{ "HygonGenuine", 0x18, 1, 1, "Dhyana" },
		{ "HygonGenuine", 0x18, 4, 1, NULL }, /* another core, which no source names */
		{ "CentaurHauls", 6, 15, 1, NULL },
		{ "CentaurHauls", 6, 15, 8, "Isaiah" },
		{ "CentaurHauls", 6, 15, 14, "Zhangjiang" },
		{ "  Shanghai  ", 6, 0x19, 0, "Zhangjiang" },
		{ "CentaurHauls", 7, 0x1b, 0, "Wudaokou" },
		{ "  Shanghai  ", 7, 0x3b, 0, "Lujiazui" },
		{ "CentaurHauls", 7, 0x5b, 3, "Yongfeng" },
		{ "Shanghai", 7, 0x6b, 0, "KX-7000" },
		{ "Shanghai Bank", 7, 0x6b, 0, NULL },
		{ "Genuine", 6, 207, 2, NULL },
		{ NULL, 6, 207, 2, NULL },
		{ "GenuineIntel", -1, -1, -1, NULL },
		{ "GenuineIntel", 6 + 0x10000L, 207, 2, NULL }, /* not cut to 16 bits */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct tb_uarch *found = tb_uarch_name(cases[i].vendor, cases[i].family,
							     cases[i].model, cases[i].stepping, 0);
		const char *name = found ? found->name : NULL;

		print_message("%s %ld %ld %ld\n", cases[i].vendor ? cases[i].vendor : "-",
			      cases[i].family, cases[i].model, cases[i].stepping);
		assert_string_equal(name ? name : "-", cases[i].name ? cases[i].name : "-");
	}
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row), cmocka_unit_test(numbers), cmocka_unit_test(names),
		cmocka_unit_test(hostile),   cmocka_unit_test(leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
