// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <string.h>

#include "record/uarch_cores.h"

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
