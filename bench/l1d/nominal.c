// SPDX-License-Identifier: GPL-2.0-or-later
#include "l1d/nominal.h"

#include <string.h>

#include "record/json.h"

static const char intel[] =
	"Intel 64 and IA-32 Architectures Optimization Reference Manual, cache parameters, peak";
static const char amd[] = "AMD Software Optimization Guide of the family, L2 to L1 data path";

/* Families of cores whose maker states a peak; a core that is not here gets null, not a guess. */
static const struct {
	const char *vendor;
	unsigned int family, from, to; /* models */
	struct l1d_nominal nominal;
} cores[] = {
	{ "GenuineIntel", 6, 0x2a, 0x2a, { 32, intel } }, /* Sandy Bridge */
	{ "GenuineIntel", 6, 0x2d, 0x2d, { 32, intel } },
	{ "GenuineIntel", 6, 0x3a, 0x3a, { 32, intel } }, /* Ivy Bridge */
	{ "GenuineIntel", 6, 0x3e, 0x3e, { 32, intel } }, /* Ivy Bridge-EP */
	{ "GenuineIntel", 6, 0x3c, 0x3d, { 64, intel } }, /* Haswell, Broadwell */
	{ "GenuineIntel", 6, 0x3f, 0x3f, { 64, intel } }, /* Haswell-EP */
	{ "GenuineIntel", 6, 0x45, 0x47, { 64, intel } },
	{ "GenuineIntel", 6, 0x4e, 0x4f, { 64, intel } }, /* Skylake, Broadwell-EP */
	{ "GenuineIntel", 6, 0x55, 0x56, { 64, intel } },
	{ "GenuineIntel", 6, 0x5e, 0x5e, { 64, intel } },
	{ "GenuineIntel", 6, 0x6a, 0x6c, { 64, intel } }, /* Ice Lake-SP */
	{ "GenuineIntel", 6, 0x7d, 0x7e, { 64, intel } },
	{ "GenuineIntel",
	  6,
	  0x8c,
	  0x8f,
	  { 64, intel } }, /* Tiger Lake, Kaby Lake, Sapphire Rapids */
	{ "GenuineIntel", 6, 0x9e, 0x9e, { 64, intel } },
	{ "GenuineIntel", 6, 0xa5, 0xa7, { 64, intel } },
	{ "GenuineIntel", 6, 0xcf, 0xcf, { 64, intel } },  /* Emerald Rapids */
	{ "AuthenticAMD", 0x17, 0x00, 0xff, { 32, amd } }, /* Zen, Zen+, Zen 2 */
	{ "AuthenticAMD", 0x19, 0x00, 0xff, { 32, amd } }, /* Zen 3, Zen 4 */
	{ "AuthenticAMD", 0x1a, 0x00, 0xff, { 64, amd } }, /* Zen 5 */
};

const struct l1d_nominal *l1d_nominal(const json_t *cpu)
{
	const char *vendor = tb_json_text(cpu, "vendor", "");
	double family = tb_json_number(cpu, "family", -1), model = tb_json_number(cpu, "model", -1);

	for (size_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++)
		if (!strcmp(cores[i].vendor, vendor) && cores[i].family == family &&
		    model >= cores[i].from && model <= cores[i].to)
			return &cores[i].nominal;
	return NULL;
}
