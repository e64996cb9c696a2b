// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/identity.h"

#include <limits.h>
#include <string.h>

#include "machine/uarch_cores.h"

/* Linux, arch/x86/include/asm/intel-family.h; the hybrid ones by the name of the whole. */
static const struct tb_uarch intel[] = {
	{ 6, 0x0f, 0x0f, 0, 0, MRM, "Merom" },
	{ 6, 0x16, 0x16, 0, 0, MRM, "Merom" },
	{ 6, 0x17, 0x17, 0, 0, PNR, "Penryn" },
	{ 6, 0x1d, 0x1d, 0, 0, PNR, "Penryn" },
	{ 6, 0x1a, 0x1a, 0, 0, NHM, "Nehalem" },
	{ 6, 0x1e, 0x1f, 0, 0, NHM, "Nehalem" },
	{ 6, 0x2e, 0x2e, 0, 0, NHM, "Nehalem" },
	{ 6, 0x25, 0x25, 0, 0, WSM, "Westmere" },
	{ 6, 0x2c, 0x2c, 0, 0, WSM, "Westmere" },
	{ 6, 0x2f, 0x2f, 0, 0, WSM, "Westmere" },
	{ 6, 0x2a, 0x2a, 0, 0, SNB, "Sandy Bridge" },
	{ 6, 0x2d, 0x2d, 0, 0, SNB, "Sandy Bridge-EP" },
	{ 6, 0x3a, 0x3a, 0, 0, IVB, "Ivy Bridge" },
	{ 6, 0x3e, 0x3e, 0, 0, IVB, "Ivy Bridge-EP" },
	{ 6, 0x3c, 0x3c, 0, 0, HSW, "Haswell" },
	{ 6, 0x45, 0x46, 0, 0, HSW, "Haswell" },
	{ 6, 0x3f, 0x3f, 0, 0, HSW, "Haswell-EP" },
	{ 6, 0x3d, 0x3d, 0, 0, BDW, "Broadwell" },
	{ 6, 0x47, 0x47, 0, 0, BDW, "Broadwell" },
	{ 6, 0x4f, 0x4f, 0, 0, BDW, "Broadwell-EP" },
	{ 6, 0x56, 0x56, 0, 0, BDW, "Broadwell-DE" },
	{ 6, 0x4e, 0x4e, 0, 0, SKL, "Skylake" },
	{ 6, 0x5e, 0x5e, 0, 0, SKL, "Skylake" },
	{ 6, 0x55, 0x55, 1, 4, SKX, "Skylake-SP" },
	{ 6, 0x55, 0x55, 5, 7, CLX, "Cascade Lake" },
	{ 6, 0x55, 0x55, 10, 11, CPX, "Cooper Lake" },
	{ 6, 0x55, 0x55, 0, 0, CPX, "Skylake-SP family" },
	{ 6, 0x8e, 0x8e, 10, 12, SKL, "Coffee Lake family" }, /* Whiskey, Amber, Comet Lake too */
	{ 6, 0x8e, 0x8e, 0, 0, SKL, "Kaby Lake" },
	{ 6, 0x9e, 0x9e, 10, 13, SKL, "Coffee Lake" },
	{ 6, 0x9e, 0x9e, 0, 0, SKL, "Kaby Lake" },
	{ 6, 0xa5, 0xa6, 0, 0, SKL, "Comet Lake" },
	{ 6, 0x66, 0x66, 0, 0, CNL, "Cannon Lake" },
	{ 6, 0x6a, 0x6a, 0, 0, ICX, "Ice Lake-SP" },
	{ 6, 0x6c, 0x6c, 0, 0, ICX, "Ice Lake-SP" }, /* sold as Ice Lake-D: the same core */
	{ 6, 0x9d, 0x9d, 0, 0, ICL, "Ice Lake" },    /* NNP-I */
	{ 6, 0x7d, 0x7e, 0, 0, ICL, "Ice Lake" },
	{ 6, 0x8a, 0x8a, 0, 0, NO, "Lakefield" }, /* two lines in one */
	{ 6, 0x8c, 0x8d, 0, 0, TGL, "Tiger Lake" },
	{ 6, 0xa7, 0xa7, 0, 0, ICL, "Rocket Lake" },
	{ 6, 0x8f, 0x8f, 0, 0, SPR, "Sapphire Rapids" },
	{ 6, 0xcf, 0xcf, 0, 0, SPR, "Emerald Rapids" },
	{ 6, 0xad, 0xae, 0, 0, GNR, "Granite Rapids" },
	{ 6, 0x97, 0x97, 0, 0, ADL, "Alder Lake" },
	{ 6, 0x9a, 0x9a, 0, 0, ADL, "Alder Lake" },
	{ 6, 0xbe, 0xbe, 0, 0, GRT, "Gracemont" }, /* Alder Lake-N: E cores alone */
	{ 6, 0xb7, 0xb7, 0, 0, ADL, "Raptor Lake" },
	{ 6, 0xba, 0xba, 0, 0, ADL, "Raptor Lake" },
	{ 6, 0xbf, 0xbf, 0, 0, ADL, "Raptor Lake" },
	{ 6, 0xd7, 0xd7, 0, 0, ADL, "Bartlett Lake" },
	{ 6, 0xaa, 0xaa, 0, 0, MTL, "Meteor Lake" },
	{ 6, 0xac, 0xac, 0, 0, MTL, "Meteor Lake" },
	{ 6, 0xb5, 0xb5, 0, 0, ARL, "Arrow Lake" },
	{ 6, 0xc5, 0xc6, 0, 0, ARL, "Arrow Lake" },
	{ 6, 0xbd, 0xbd, 0, 0, ARL, "Lunar Lake" },
	{ 6, 0xcc, 0xcc, 0, 0, PTL, "Panther Lake" },
	{ 6, 0xe5, 0xe5, 0, 0, PTL, "Panther Lake" },
	{ 6, 0xd5, 0xd5, 0, 0, PTL, "Wildcat Lake" },
	{ 6, 0xaf, 0xaf, 0, 0, SRF, "Sierra Forest" },
	{ 6, 0xb6, 0xb6, 0, 0, SRF, "Grand Ridge" },
	{ 6, 0xdd, 0xdd, 0, 0, CWF, "Clearwater Forest" },
	{ 6, 0x1c, 0x1c, 0, 0, BNL, "Bonnell" },
	{ 6, 0x26, 0x26, 0, 0, BNL, "Bonnell" },
	{ 6, 0x27, 0x27, 0, 0, BNL, "Saltwell" },
	{ 6, 0x35, 0x36, 0, 0, BNL, "Saltwell" },
	{ 6, 0x37, 0x37, 0, 0, SLM, "Silvermont" },
	{ 6, 0x4a, 0x4a, 0, 0, SLM, "Silvermont" },
	{ 6, 0x4d, 0x4d, 0, 0, SLM, "Silvermont" },
	{ 6, 0x4c, 0x4c, 0, 0, SLM, "Airmont" },
	{ 6, 0x5a, 0x5a, 0, 0, SLM, "Silvermont" },
	{ 6, 0x75, 0x75, 0, 0, SLM, "Airmont" },
	{ 6, 0x5c, 0x5c, 0, 0, GLM, "Goldmont" },
	{ 6, 0x5f, 0x5f, 0, 0, GLM, "Goldmont" },
	{ 6, 0x7a, 0x7a, 0, 0, GLM, "Goldmont Plus" },
	{ 6, 0x86, 0x86, 0, 0, TNT, "Tremont" },
	{ 6, 0x86, 0x86, 0, 0, ICX, "Ice Lake-SP" }, /* QEMU, Icelake-Server v1 to v3 */
	{ 6, 0x96, 0x96, 0, 0, TNT, "Tremont" },
	{ 6, 0x9c, 0x9c, 0, 0, TNT, "Tremont" },
	{ 6, 0x57, 0x57, 0, 0, KNL, "Knights Landing" },
	{ 6, 0x85, 0x85, 0, 0, KNM, "Knights Mill" },
	/* Those with 64 bits. Stepping 1 of model 6 is QEMU's kvm64. */
	{ 15, 0x03, 0x04, 0, 0, NB, "NetBurst" },
	{ 15, 0x06, 0x06, 2, 8, NB, "NetBurst" },
	{ 18, 0x01, 0x01, 0, 0, NVL, "Nova Lake" },
	{ 18, 0x03, 0x03, 0, 0, NVL, "Nova Lake" },
	{ 19, 0x01, 0x01, 0, 0, DMR, "Diamond Rapids" },
};

/* From family 17h: Linux, arch/x86/kernel/cpu/amd.c, bsp_init_amd(). */
static const struct tb_uarch amd[] = {
	{ 0x0f, 0, SHRT_MAX, 0, 0, K8, "K8" },	       { 0x10, 0, SHRT_MAX, 0, 0, K10, "K10" },
	{ 0x11, 0, SHRT_MAX, 0, 0, K8, "K8" },	       { 0x12, 0, SHRT_MAX, 0, 0, K10, "K10" },
	{ 0x14, 0, SHRT_MAX, 0, 0, BC, "Bobcat" },     { 0x15, 0x00, 0x01, 0, 0, BD, "Bulldozer" },
	{ 0x15, 0x02, 0x02, 0, 0, PD, "Piledriver" },  { 0x15, 0x10, 0x1f, 0, 0, PD, "Piledriver" },
	{ 0x15, 0x30, 0x3f, 0, 0, SR, "Steamroller" }, { 0x15, 0x60, 0x7f, 0, 0, XV, "Excavator" },
	{ 0x16, 0x00, 0x0f, 0, 0, JG, "Jaguar" },      { 0x16, 0x30, 0x3f, 0, 0, PM, "Puma" },
	{ 0x17, 0x08, 0x08, 0, 0, Z1, "Zen+" },	       { 0x17, 0x18, 0x18, 0, 0, Z1, "Zen+" },
	{ 0x17, 0x00, 0x2f, 0, 0, Z1, "Zen" },	       { 0x17, 0x50, 0x5f, 0, 0, Z1, "Zen" },
	{ 0x17, 0x30, 0x4f, 0, 0, Z2, "Zen 2" },       { 0x17, 0x60, 0x7f, 0, 0, Z2, "Zen 2" },
	{ 0x17, 0x84, 0x87, 0, 0, Z2, "Zen 2" },       { 0x17, 0x90, 0x9f, 0, 0, Z2, "Zen 2" },
	{ 0x17, 0xa0, 0xaf, 0, 0, Z2, "Zen 2" },       { 0x19, 0x00, 0x0f, 0, 0, Z3, "Zen 3" },
	{ 0x19, 0x20, 0x5f, 0, 0, Z3, "Zen 3" },       { 0x19, 0x10, 0x1f, 0, 0, Z4, "Zen 4" },
	{ 0x19, 0x60, 0xaf, 0, 0, Z4, "Zen 4" },       { 0x1a, 0x00, 0x2f, 0, 0, Z5, "Zen 5" },
	{ 0x1a, 0x40, 0x4f, 0, 0, Z5, "Zen 5" },       { 0x1a, 0x60, 0x7f, 0, 0, Z5, "Zen 5" },
	{ 0x1a, 0x50, 0x5f, 0, 0, Z6, "Zen 6" },       { 0x1a, 0x80, 0xaf, 0, 0, Z6, "Zen 6" },
	{ 0x1a, 0xc0, 0xef, 0, 0, Z6, "Zen 6" },
};

/* Later models of family 18h are cores of their own: no source names them. */
static const struct tb_uarch hygon[] = {
	{ 0x18, 0, 3, 0, 0, Z1, "Dhyana" },
};

/*
 * VIA and Zhaoxin, which show each other's vendor. libcpuid, recog_centaur.c; Linux,
 * drivers of Zhaoxin's uncore (KX-7000).
 */
static const struct tb_uarch centaur[] = {
	{ 6, 0x0f, 0x0f, 2, 13, NO, "Isaiah" },	   { 6, 0x0f, 0x0f, 14, 14, NO, "Zhangjiang" },
	{ 6, 0x19, 0x19, 0, 0, NO, "Zhangjiang" }, { 6, 0x1f, 0x1f, 0, 0, NO, "Zhangjiang" },
	{ 7, 0x1b, 0x1b, 0, 0, NO, "Wudaokou" },   { 7, 0x3b, 0x3b, 0, 0, NO, "Lujiazui" },
	{ 7, 0x5b, 0x5b, 0, 0, NO, "Yongfeng" },   { 7, 0x6b, 0x6b, 0, 0, NO, "KX-7000" },
};

static const struct {
	const char *vendor;
	const struct tb_uarch *names;
	size_t count;
} vendors[] = {
	{ "GenuineIntel", intel, sizeof(intel) / sizeof(*intel) },
	{ "AuthenticAMD", amd, sizeof(amd) / sizeof(*amd) },
	{ "HygonGenuine", hygon, sizeof(hygon) / sizeof(*hygon) },
	{ "CentaurHauls", centaur, sizeof(centaur) / sizeof(*centaur) },
	{ "Shanghai", centaur, sizeof(centaur) / sizeof(*centaur) },
};

/* CPUID pads a vendor to twelve characters: "  Shanghai  ". */
static bool same_vendor(const char *shown, const char *vendor)
{
	size_t n = strlen(vendor);

	shown += strspn(shown, " ");
	return !strncmp(shown, vendor, n) && !shown[n + strspn(shown + n, " ")];
}

static bool matches(const struct tb_uarch *name, long family, long model, long stepping)
{
	return name->family == family && model >= name->model && model <= name->model_last &&
	       (!name->stepping_last ||
		(stepping >= name->stepping && stepping <= name->stepping_last));
}

/* The narrower line stands first. */
const struct tb_uarch *tb_uarch_name(const char *vendor, long family, long model, long stepping,
				     size_t nth)
{
	for (size_t v = 0; vendor && v < sizeof(vendors) / sizeof(*vendors); v++) {
		if (!same_vendor(vendor, vendors[v].vendor))
			continue;
		for (size_t i = 0; i < vendors[v].count; i++)
			if (matches(&vendors[v].names[i], family, model, stepping) && !nth--)
				return &vendors[v].names[i];
	}
	return NULL;
}

/*
 * The derivation table: which core is the first of its line with a feature. Hypervisors
 * hide features and choose the numbers of family and model. One that shows a feature which
 * the silicon lacks would break its guests, so a shown feature is a lower bound.
 */

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
