// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The derivation table: which core is the first of its line with a feature. Hypervisors
 * hide features and choose the numbers of family and model. One that shows a feature which
 * the silicon lacks would break its guests, so a shown feature is a lower bound.
 */
#include "record/uarch_cores.h"

enum { EAX, EBX, ECX, EDX };
enum { XI = 0x80000001, X8 = 0x80000008 };

/* Sources. LLVM: llvm/lib/TargetParser/X86TargetParser.cpp, the Features* of each CPU. */
static const char dumps[] = "CPUID dumps of libcpuid and hwloc; LLVM X86TargetParser.cpp";
static const char llvm[] = "LLVM X86TargetParser.cpp, GCC x86 options; no dump";
static const char cache[] = "CPUID leaf 4 in the dumps of libcpuid and hwloc";
static const char level[] = "CPUID leaf 0 in the dumps of libcpuid and hwloc";

/* The strongest evidence of a generation stands first: texts name the first ones alone. */
static const struct tb_bound bounds[] = {
	/* feature, CPUID, { client, server, Atom, Phi, AMD, AMD's small cores } */
	{ "apx_f", TB_BY_BIT, { 7, 1, EDX, 21 }, { NVL, DMR, NO, NO, NO, NO }, llvm },
	/* Version 1 bounds from above, too: later cores have version 2. */
	{ "avx10.1", TB_BY_AVX10, { 1 }, { NO, GNR, NO, NO, NO, NO, [UNTIL] = GNR }, llvm },
	{ "avx10.2", TB_BY_AVX10, { 2 }, { NVL, DMR, NO, NO, NO, NO }, llvm },
	{ "prefetchi", TB_BY_BIT, { 7, 1, EDX, 14 }, { PTL, GNR, CWF, NO, Z5, NO }, llvm },
	{ "amx_complex", TB_BY_BIT, { 7, 1, EDX, 8 }, { NO, GNR, NO, NO, NO, NO }, llvm },
	{ "amx_fp16", TB_BY_BIT, { 7, 1, EAX, 21 }, { NO, GNR, NO, NO, NO, NO }, llvm },
	{ "avx10", TB_BY_BIT, { 7, 1, EDX, 19 }, { NVL, GNR, NO, NO, NO, NO }, llvm },
	{ "fred", TB_BY_FLAG, { 7, 1, EAX, 17 }, { PTL, DMR, CWF, NO, Z6, NO }, llvm },
	{ "avx_vnni_int8", TB_BY_BIT, { 7, 1, EDX, 4 }, { ARL, DMR, SRF, NO, Z6, NO }, dumps },
	{ "avx_ne_convert", TB_BY_BIT, { 7, 1, EDX, 5 }, { ARL, DMR, SRF, NO, Z6, NO }, dumps },
	{ "avx_ifma", TB_BY_BIT, { 7, 1, EAX, 23 }, { ARL, DMR, SRF, NO, Z6, NO }, dumps },
	{ "lam", TB_BY_FLAG, { 7, 1, EAX, 26 }, { ARL, SPR, SRF, NO, Z6, NO }, llvm },
	{ "amx_tile", TB_BY_FLAG, { 7, 0, EDX, 24 }, { NO, SPR, NO, NO, NO, NO }, dumps },
	{ "amx_int8", TB_BY_FLAG, { 7, 0, EDX, 25 }, { NO, SPR, NO, NO, NO, NO }, dumps },
	{ "amx_bf16", TB_BY_FLAG, { 7, 0, EDX, 22 }, { NO, SPR, NO, NO, NO, NO }, dumps },
	/* Alder Lake's first microcode, without E cores, has AVX-512 with FP16 and BF16. */
	{ "avx512_fp16", TB_BY_FLAG, { 7, 0, EDX, 23 }, { ADL, SPR, NO, NO, Z6, NO }, dumps },
	{ "tsxldtrk", TB_BY_FLAG, { 7, 0, EDX, 16 }, { NO, SPR, NO, NO, NO, NO }, dumps },
	{ "serialize", TB_BY_FLAG, { 7, 0, EDX, 14 }, { ADL, SPR, GRT, NO, NO, NO }, dumps },
	{ "avx512_vp2intersect",
	  TB_BY_FLAG,
	  { 7, 0, EDX, 8 },
	  { TGL, DMR, NO, NO, Z5, NO },
	  dumps },
	{ "avx_vnni", TB_BY_FLAG, { 7, 1, EAX, 4 }, { ADL, SPR, GRT, NO, Z5, NO }, dumps },
	{ "movdiri", TB_BY_FLAG, { 7, 0, ECX, 27 }, { TGL, SPR, TNT, NO, Z5, NO }, dumps },
	{ "movdir64b", TB_BY_FLAG, { 7, 0, ECX, 28 }, { TGL, SPR, TNT, NO, Z5, NO }, dumps },
	{ "avx512_bf16",
	  TB_BY_FLAG,
	  { 7, 1, EAX, 5 },
	  { ADL, SPR, NO, NO, Z4, NO, [ALSO] = CPX },
	  dumps },
	{ "avx512_vbmi2", TB_BY_FLAG, { 7, 0, ECX, 6 }, { ICL, ICX, NO, NO, Z4, NO }, dumps },
	{ "avx512_bitalg", TB_BY_FLAG, { 7, 0, ECX, 12 }, { ICL, ICX, NO, NO, Z4, NO }, dumps },
	{ "avx512_vpopcntdq", TB_BY_FLAG, { 7, 0, ECX, 14 }, { ICL, ICX, NO, KNM, Z4, NO }, dumps },
	{ "gfni", TB_BY_FLAG, { 7, 0, ECX, 8 }, { ICL, ICX, TNT, NO, Z4, NO }, dumps },
	{ "vaes", TB_BY_FLAG, { 7, 0, ECX, 9 }, { ICL, ICX, GRT, NO, Z3, NO }, dumps },
	{ "vpclmulqdq", TB_BY_FLAG, { 7, 0, ECX, 10 }, { ICL, ICX, GRT, NO, Z3, NO }, dumps },
	{ "fsrm", TB_BY_FLAG, { 7, 0, EDX, 4 }, { ICL, ICX, GRT, NO, Z3, NO }, dumps },
	{ "avx512ifma", TB_BY_FLAG, { 7, 0, EBX, 21 }, { CNL, ICX, NO, NO, Z4, NO }, dumps },
	{ "avx512vbmi", TB_BY_FLAG, { 7, 0, ECX, 1 }, { CNL, ICX, NO, NO, Z4, NO }, dumps },
	{ "sha_ni", TB_BY_FLAG, { 7, 0, EBX, 29 }, { CNL, ICX, GLM, NO, Z1, NO }, dumps },
	{ "avx512_vnni", TB_BY_FLAG, { 7, 0, ECX, 11 }, { ICL, CLX, NO, NO, Z4, NO }, dumps },
	{ "avx512er", TB_BY_FLAG, { 7, 0, EBX, 27 }, { NO, NO, NO, KNL, NO, NO }, llvm },
	{ "avx512pf", TB_BY_FLAG, { 7, 0, EBX, 26 }, { NO, NO, NO, KNL, NO, NO }, llvm },
	{ "avx512f", TB_BY_FLAG, { 7, 0, EBX, 16 }, { CNL, SKX, NO, KNL, Z4, NO }, dumps },
	{ "avx512dq", TB_BY_FLAG, { 7, 0, EBX, 17 }, { CNL, SKX, NO, NO, Z4, NO }, dumps },
	{ "avx512bw", TB_BY_FLAG, { 7, 0, EBX, 30 }, { CNL, SKX, NO, NO, Z4, NO }, dumps },
	{ "avx512vl", TB_BY_FLAG, { 7, 0, EBX, 31 }, { CNL, SKX, NO, NO, Z4, NO }, dumps },
	{ "rdpru", TB_BY_FLAG, { X8, 0, EBX, 4 }, { NO, NO, NO, NO, Z2, NO }, dumps },
	{ "wbnoinvd", TB_BY_FLAG, { X8, 0, EBX, 9 }, { ANY, ICX, ANY, NO, Z2, NO }, dumps },
	{ "clwb", TB_BY_FLAG, { 7, 0, EBX, 24 }, { TGL, SKX, TNT, NO, Z2, NO }, dumps },
	{ "clzero", TB_BY_FLAG, { X8, 0, EBX, 0 }, { NO, NO, NO, NO, Z1, NO }, dumps },
	{ "clflushopt", TB_BY_FLAG, { 7, 0, EBX, 23 }, { SKL, SKX, GLM, NO, Z1, NO }, dumps },
	{ "adx", TB_BY_FLAG, { 7, 0, EBX, 19 }, { BDW, BDW, GRT, KNL, Z1, NO }, dumps },
	{ "rdseed", TB_BY_FLAG, { 7, 0, EBX, 18 }, { BDW, BDW, GLM, KNL, Z1, NO }, dumps },
	{ "smap", TB_BY_FLAG, { 7, 0, EBX, 20 }, { BDW, BDW, GLM, ANY, Z1, NO }, dumps },
	{ "avx2", TB_BY_FLAG, { 7, 0, EBX, 5 }, { HSW, HSW, GRT, KNL, XV, NO }, dumps },
	{ "bmi2", TB_BY_FLAG, { 7, 0, EBX, 8 }, { HSW, HSW, GRT, KNL, XV, NO }, dumps },
	{ "fma", TB_BY_FLAG, { 1, 0, ECX, 12 }, { HSW, HSW, GRT, KNL, PD, NO }, dumps },
	{ "tbm", TB_BY_FLAG, { XI, 0, ECX, 21 }, { NO, NO, NO, NO, PD, NO, [UNTIL] = XV }, dumps },
	{ "f16c", TB_BY_FLAG, { 1, 0, ECX, 29 }, { IVB, IVB, GRT, KNL, PD, JG }, dumps },
	{ "rdrand", TB_BY_FLAG, { 1, 0, ECX, 30 }, { IVB, IVB, SLM, KNL, XV, PM }, dumps },
	{ "fsgsbase", TB_BY_FLAG, { 7, 0, EBX, 0 }, { IVB, IVB, GLM, KNL, SR, NO }, dumps },
	{ "xop", TB_BY_FLAG, { XI, 0, ECX, 11 }, { NO, NO, NO, NO, BD, NO, [UNTIL] = XV }, dumps },
	{ "fma4", TB_BY_FLAG, { XI, 0, ECX, 16 }, { NO, NO, NO, NO, BD, NO, [UNTIL] = XV }, dumps },
	{ "avx", TB_BY_FLAG, { 1, 0, ECX, 28 }, { SNB, SNB, GRT, KNL, BD, JG }, dumps },
	{ "aes", TB_BY_FLAG, { 1, 0, ECX, 25 }, { WSM, WSM, SLM, KNL, BD, JG }, dumps },
	{ "pclmulqdq", TB_BY_FLAG, { 1, 0, ECX, 1 }, { WSM, WSM, SLM, KNL, BD, JG }, dumps },
	{ "sse4_2", TB_BY_FLAG, { 1, 0, ECX, 20 }, { NHM, NHM, SLM, KNL, BD, JG }, dumps },
	{ "sse4_1", TB_BY_FLAG, { 1, 0, ECX, 19 }, { PNR, PNR, SLM, KNL, BD, JG }, dumps },
	{ "ssse3", TB_BY_FLAG, { 1, 0, ECX, 9 }, { MRM, MRM, BNL, KNL, BD, BC }, dumps },
	{ "abm", TB_BY_FLAG, { XI, 0, ECX, 5 }, { HSW, HSW, GRT, KNL, K10, BC }, dumps },
	{ "sse4a", TB_BY_FLAG, { XI, 0, ECX, 6 }, { NO, NO, NO, NO, K10, BC }, dumps },
	/*
	 * Numbers: a hypervisor could make them up, most pass them through. Lower levels are
	 * no bound, since QEMU raises them up to 1FH for a topology.
	 */
	{ "cpuid level 24H with avx512f",
	  TB_BY_LEVEL_512,
	  { 0x24 },
	  { NVL, GNR, ANY, NO, ANY, ANY },
	  level },
	{ "cpuid level 23H", TB_BY_LEVEL, { 0x23 }, { MTL, GNR, SRF, NO, ANY, ANY }, level },
	{ "cpuid level 20H", TB_BY_LEVEL, { 0x20 }, { ADL, SPR, GRT, NO, ANY, ANY }, level },
	{ "L1I 64K/16", TB_BY_CACHE, { 1, 1, 64, 16 }, { MTL, GNR, CWF, NO, ANY, ANY }, cache },
	{ "L2 2M/16 with avx512f",
	  TB_BY_CACHE_512,
	  { 2, 0, 2048, 16 },
	  { ADL, SPR, ANY, NO, ANY, ANY },
	  cache },
	{ "L1D 48K/12", TB_BY_CACHE, { 1, 0, 48, 12 }, { ICL, ICX, NO, NO, Z5, NO }, cache },
};

const struct tb_bound *tb_bounds(size_t *n)
{
	*n = sizeof(bounds) / sizeof(*bounds);
	return bounds;
}

const char *tb_core_name(enum tb_core core)
{
	static const char *const names[TB_CORES] = {
		[NB] = "NetBurst",
		[MRM] = "Merom",
		[PNR] = "Penryn",
		[NHM] = "Nehalem",
		[WSM] = "Westmere",
		[SNB] = "Sandy Bridge",
		[IVB] = "Ivy Bridge",
		[HSW] = "Haswell",
		[BDW] = "Broadwell",
		[SKL] = "Skylake",
		[CNL] = "Cannon Lake",
		[ICL] = "Ice Lake",
		[TGL] = "Tiger Lake",
		[ADL] = "Alder Lake",
		[MTL] = "Meteor Lake",
		[ARL] = "Arrow Lake",
		[PTL] = "Panther Lake",
		[NVL] = "Nova Lake",
		[SKX] = "Skylake-SP",
		[CLX] = "Cascade Lake",
		[CPX] = "Cooper Lake",
		[ICX] = "Ice Lake-SP",
		[SPR] = "Sapphire Rapids",
		[GNR] = "Granite Rapids",
		[DMR] = "Diamond Rapids",
		[BNL] = "Bonnell",
		[SLM] = "Silvermont",
		[GLM] = "Goldmont",
		[TNT] = "Tremont",
		[GRT] = "Gracemont",
		[SRF] = "Sierra Forest",
		[CWF] = "Clearwater Forest",
		[KNL] = "Knights Landing",
		[KNM] = "Knights Mill",
		[K8] = "K8",
		[K10] = "K10",
		[BD] = "Bulldozer",
		[PD] = "Piledriver",
		[SR] = "Steamroller",
		[XV] = "Excavator",
		[Z1] = "Zen",
		[Z2] = "Zen 2",
		[Z3] = "Zen 3",
		[Z4] = "Zen 4",
		[Z5] = "Zen 5",
		[Z6] = "Zen 6",
		[BC] = "Bobcat",
		[JG] = "Jaguar",
		[PM] = "Puma",
	};

	return names[core] ? names[core] : "?";
}

bool tb_core_is(enum tb_core core, enum tb_line line)
{
	static const struct {
		unsigned char first, last;
	} members[TB_LINES] = {
		[CLIENT] = { NB, NVL }, [SERVER] = { SKX, DMR }, [ATOM] = { BNL, CWF },
		[PHI] = { KNL, KNM },	[AMD] = { K8, Z6 },	 [AMD_SMALL] = { BC, PM },
	};

	return (core >= members[line].first && core <= members[line].last) ||
	       (line == SERVER && core >= NB && core <= BDW);
}

bool tb_core_has(enum tb_core core, enum tb_line line, const struct tb_bound *bound)
{
	if (bound->core[line] == ANY || (bound->core[ALSO] && bound->core[ALSO] == core))
		return true;
	return bound->core[line] != NO && core >= bound->core[line] &&
	       (!bound->core[UNTIL] || core <= bound->core[UNTIL]);
}
