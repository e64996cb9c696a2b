// SPDX-License-Identifier: GPL-2.0-or-later
/* Each row of the derivation table: cores with the feature, and names that it refutes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "machine/identity.h"
#include "machine/uarch_cores.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
