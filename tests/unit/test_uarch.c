// SPDX-License-Identifier: GPL-2.0-or-later
/* The names of families, models and steppings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "machine/uarch_cores.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
