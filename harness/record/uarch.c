// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/uarch.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

struct core {
	short family;
	short model, model_last;
	short stepping, stepping_last; /* both 0: any */
	const char *name;
};

/* Linux, arch/x86/include/asm/intel-family.h; the hybrid ones by the name of the whole. */
static const struct core intel[] = {
	{ 6, 0x0f, 0x0f, 0, 0, "Merom" },
	{ 6, 0x16, 0x16, 0, 0, "Merom" },
	{ 6, 0x17, 0x17, 0, 0, "Penryn" },
	{ 6, 0x1d, 0x1d, 0, 0, "Penryn" },
	{ 6, 0x1a, 0x1a, 0, 0, "Nehalem" },
	{ 6, 0x1e, 0x1f, 0, 0, "Nehalem" },
	{ 6, 0x2e, 0x2e, 0, 0, "Nehalem" },
	{ 6, 0x25, 0x25, 0, 0, "Westmere" },
	{ 6, 0x2c, 0x2c, 0, 0, "Westmere" },
	{ 6, 0x2f, 0x2f, 0, 0, "Westmere" },
	{ 6, 0x2a, 0x2a, 0, 0, "Sandy Bridge" },
	{ 6, 0x2d, 0x2d, 0, 0, "Sandy Bridge-EP" },
	{ 6, 0x3a, 0x3a, 0, 0, "Ivy Bridge" },
	{ 6, 0x3e, 0x3e, 0, 0, "Ivy Bridge-EP" },
	{ 6, 0x3c, 0x3c, 0, 0, "Haswell" },
	{ 6, 0x45, 0x46, 0, 0, "Haswell" },
	{ 6, 0x3f, 0x3f, 0, 0, "Haswell-EP" },
	{ 6, 0x3d, 0x3d, 0, 0, "Broadwell" },
	{ 6, 0x47, 0x47, 0, 0, "Broadwell" },
	{ 6, 0x4f, 0x4f, 0, 0, "Broadwell-EP" },
	{ 6, 0x56, 0x56, 0, 0, "Broadwell-DE" },
	{ 6, 0x4e, 0x4e, 0, 0, "Skylake" },
	{ 6, 0x5e, 0x5e, 0, 0, "Skylake" },
	{ 6, 0x55, 0x55, 1, 4, "Skylake-SP" },
	{ 6, 0x55, 0x55, 5, 7, "Cascade Lake" },
	{ 6, 0x55, 0x55, 10, 11, "Cooper Lake" },
	{ 6, 0x55, 0x55, 0, 0, "Skylake-SP family" },
	{ 6, 0x8e, 0x8e, 10, 12, "Coffee Lake family" }, /* Whiskey, Amber, Comet Lake too */
	{ 6, 0x8e, 0x8e, 0, 0, "Kaby Lake" },
	{ 6, 0x9e, 0x9e, 10, 13, "Coffee Lake" },
	{ 6, 0x9e, 0x9e, 0, 0, "Kaby Lake" },
	{ 6, 0xa5, 0xa6, 0, 0, "Comet Lake" },
	{ 6, 0x66, 0x66, 0, 0, "Cannon Lake" },
	{ 6, 0x6a, 0x6a, 0, 0, "Ice Lake-SP" },
	{ 6, 0x6c, 0x6c, 0, 0, "Ice Lake-SP" }, /* sold as Ice Lake-D: the same core */
	{ 6, 0x7d, 0x7e, 0, 0, "Ice Lake" },
	{ 6, 0x8a, 0x8a, 0, 0, "Lakefield" },
	{ 6, 0x8c, 0x8d, 0, 0, "Tiger Lake" },
	{ 6, 0xa7, 0xa7, 0, 0, "Rocket Lake" },
	{ 6, 0x8f, 0x8f, 0, 0, "Sapphire Rapids" },
	{ 6, 0xcf, 0xcf, 0, 0, "Emerald Rapids" },
	{ 6, 0xad, 0xae, 0, 0, "Granite Rapids" },
	{ 6, 0x97, 0x97, 0, 0, "Alder Lake" },
	{ 6, 0x9a, 0x9a, 0, 0, "Alder Lake" },
	{ 6, 0xbe, 0xbe, 0, 0, "Gracemont" }, /* Alder Lake-N: E cores alone */
	{ 6, 0xb7, 0xb7, 0, 0, "Raptor Lake" },
	{ 6, 0xba, 0xba, 0, 0, "Raptor Lake" },
	{ 6, 0xbf, 0xbf, 0, 0, "Raptor Lake" },
	{ 6, 0xd7, 0xd7, 0, 0, "Bartlett Lake" },
	{ 6, 0xaa, 0xaa, 0, 0, "Meteor Lake" },
	{ 6, 0xac, 0xac, 0, 0, "Meteor Lake" },
	{ 6, 0xb5, 0xb5, 0, 0, "Arrow Lake" },
	{ 6, 0xc5, 0xc6, 0, 0, "Arrow Lake" },
	{ 6, 0xbd, 0xbd, 0, 0, "Lunar Lake" },
	{ 6, 0xcc, 0xcc, 0, 0, "Panther Lake" },
	{ 6, 0xd5, 0xd5, 0, 0, "Wildcat Lake" },
	{ 6, 0xaf, 0xaf, 0, 0, "Sierra Forest" },
	{ 6, 0xb6, 0xb6, 0, 0, "Grand Ridge" },
	{ 6, 0xdd, 0xdd, 0, 0, "Clearwater Forest" },
	{ 6, 0x1c, 0x1c, 0, 0, "Bonnell" },
	{ 6, 0x26, 0x26, 0, 0, "Bonnell" },
	{ 6, 0x27, 0x27, 0, 0, "Saltwell" },
	{ 6, 0x35, 0x36, 0, 0, "Saltwell" },
	{ 6, 0x37, 0x37, 0, 0, "Silvermont" },
	{ 6, 0x4a, 0x4a, 0, 0, "Silvermont" },
	{ 6, 0x4d, 0x4d, 0, 0, "Silvermont" },
	{ 6, 0x4c, 0x4c, 0, 0, "Airmont" },
	{ 6, 0x5a, 0x5a, 0, 0, "Silvermont" },
	{ 6, 0x75, 0x75, 0, 0, "Airmont" },
	{ 6, 0x5c, 0x5c, 0, 0, "Goldmont" },
	{ 6, 0x5f, 0x5f, 0, 0, "Goldmont" },
	{ 6, 0x7a, 0x7a, 0, 0, "Goldmont Plus" },
	{ 6, 0x86, 0x86, 0, 0, "Tremont" },
	{ 6, 0x96, 0x96, 0, 0, "Tremont" },
	{ 6, 0x9c, 0x9c, 0, 0, "Tremont" },
	{ 6, 0x57, 0x57, 0, 0, "Knights Landing" },
	{ 6, 0x85, 0x85, 0, 0, "Knights Mill" },
	{ 18, 0x01, 0x01, 0, 0, "Nova Lake" },
	{ 18, 0x03, 0x03, 0, 0, "Nova Lake" },
	{ 19, 0x01, 0x01, 0, 0, "Diamond Rapids" },
};

/* From family 17h: Linux, arch/x86/kernel/cpu/amd.c, bsp_init_amd(). */
static const struct core amd[] = {
	{ 0x0f, 0, SHRT_MAX, 0, 0, "K8" },	   { 0x10, 0, SHRT_MAX, 0, 0, "K10" },
	{ 0x11, 0, SHRT_MAX, 0, 0, "K8" },	   { 0x12, 0, SHRT_MAX, 0, 0, "K10" },
	{ 0x14, 0, SHRT_MAX, 0, 0, "Bobcat" },	   { 0x15, 0x00, 0x01, 0, 0, "Bulldozer" },
	{ 0x15, 0x02, 0x02, 0, 0, "Piledriver" },  { 0x15, 0x10, 0x1f, 0, 0, "Piledriver" },
	{ 0x15, 0x30, 0x3f, 0, 0, "Steamroller" }, { 0x15, 0x60, 0x7f, 0, 0, "Excavator" },
	{ 0x16, 0x00, 0x0f, 0, 0, "Jaguar" },	   { 0x16, 0x30, 0x3f, 0, 0, "Puma" },
	{ 0x17, 0x08, 0x08, 0, 0, "Zen+" },	   { 0x17, 0x18, 0x18, 0, 0, "Zen+" },
	{ 0x17, 0x00, 0x2f, 0, 0, "Zen" },	   { 0x17, 0x50, 0x5f, 0, 0, "Zen" },
	{ 0x17, 0x30, 0x4f, 0, 0, "Zen 2" },	   { 0x17, 0x60, 0x7f, 0, 0, "Zen 2" },
	{ 0x17, 0x90, 0x91, 0, 0, "Zen 2" },	   { 0x17, 0xa0, 0xaf, 0, 0, "Zen 2" },
	{ 0x19, 0x00, 0x0f, 0, 0, "Zen 3" },	   { 0x19, 0x20, 0x5f, 0, 0, "Zen 3" },
	{ 0x19, 0x10, 0x1f, 0, 0, "Zen 4" },	   { 0x19, 0x60, 0xaf, 0, 0, "Zen 4" },
	{ 0x1a, 0x00, 0x2f, 0, 0, "Zen 5" },	   { 0x1a, 0x40, 0x4f, 0, 0, "Zen 5" },
	{ 0x1a, 0x60, 0x7f, 0, 0, "Zen 5" },	   { 0x1a, 0x50, 0x5f, 0, 0, "Zen 6" },
	{ 0x1a, 0x80, 0xaf, 0, 0, "Zen 6" },	   { 0x1a, 0xc0, 0xcf, 0, 0, "Zen 6" },
};

static const struct core hygon[] = {
	{ 0x18, 0, SHRT_MAX, 0, 0, "Dhyana" },
};

static const struct {
	const char *vendor;
	const struct core *cores;
	size_t count;
} vendors[] = {
	{ "GenuineIntel", intel, sizeof(intel) / sizeof(*intel) },
	{ "AuthenticAMD", amd, sizeof(amd) / sizeof(*amd) },
	{ "HygonGenuine", hygon, sizeof(hygon) / sizeof(*hygon) },
};

/* The first match counts: the narrower line stands first. */
static const char *find(const struct core *core, size_t count, long family, long model,
			long stepping)
{
	for (const struct core *end = core + count; core < end; core++) {
		if (core->family != family || model < core->model || model > core->model_last)
			continue;
		if (!core->stepping_last ||
		    (stepping >= core->stepping && stepping <= core->stepping_last))
			return core->name;
	}
	return NULL;
}

const char *tb_uarch(const char *vendor, long family, long model, long stepping)
{
	for (size_t i = 0; vendor && i < sizeof(vendors) / sizeof(*vendors); i++)
		if (!strcmp(vendor, vendors[i].vendor))
			return find(vendors[i].cores, vendors[i].count, family, model, stepping);
	return NULL;
}
