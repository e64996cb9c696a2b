// SPDX-License-Identifier: GPL-2.0-or-later
#include "l1d/nominal.h"

#include <string.h>

#include "json.h"

static const char intel[] =
	"Intel 64 and IA-32 Architectures Optimization Reference Manual, cache parameters, peak";
static const char amd[] = "AMD Software Optimization Guide of the family, L2 to L1 data path";

/* Cores whose vendor states a peak; other cores get null, not a guess. */
static const struct {
	const char *uarch;
	struct l1d_nominal nominal;
} cores[] = {
	{ "Sandy Bridge", { 32, intel } },
	{ "Sandy Bridge-EP", { 32, intel } },
	{ "Ivy Bridge", { 32, intel } },
	{ "Ivy Bridge-EP", { 32, intel } },
	{ "Haswell", { 64, intel } },
	{ "Haswell-EP", { 64, intel } },
	{ "Broadwell", { 64, intel } },
	{ "Broadwell-EP", { 64, intel } },
	{ "Broadwell-DE", { 64, intel } },
	{ "Skylake", { 64, intel } },
	{ "Skylake-SP", { 64, intel } },
	{ "Skylake-SP family", { 64, intel } },
	{ "Cascade Lake", { 64, intel } },
	{ "Cooper Lake", { 64, intel } },
	{ "Kaby Lake", { 64, intel } },
	{ "Coffee Lake", { 64, intel } },
	{ "Coffee Lake family", { 64, intel } },
	{ "Comet Lake", { 64, intel } },
	{ "Ice Lake", { 64, intel } },
	{ "Ice Lake-SP", { 64, intel } },
	{ "Tiger Lake", { 64, intel } },
	{ "Rocket Lake", { 64, intel } },
	{ "Sapphire Rapids", { 64, intel } },
	{ "Emerald Rapids", { 64, intel } },
	{ "Zen", { 32, amd } },
	{ "Zen+", { 32, amd } },
	{ "Zen 2", { 32, amd } },
	{ "Zen 3", { 32, amd } },
	{ "Zen 4", { 32, amd } },
	{ "Zen 5", { 64, amd } },
};

const struct l1d_nominal *l1d_nominal(const json_t *cpu)
{
	const char *uarch = tb_json_text(tb_json_at(cpu, "derived"), "uarch", "");

	for (size_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++)
		if (!strcmp(cores[i].uarch, uarch))
			return &cores[i].nominal;
	return NULL;
}
