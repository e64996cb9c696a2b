// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's command line without possible secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "machine/cmdline.h"

static void redaction(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ " \t ", "" },
		{ "quiet ro  rw", "quiet ro rw" },
		{ "mitigations=off token=abc", "mitigations=off token=***" },
		{ "hunter2", "***" },
		{ "token=", "token=***" },
		{ "=abc", "***" },
		{ "ssh:key=abc", "***" },
		{ "kvm-intel.nested=1 kvm.halt_poll_ns=0",
		  "kvm-intel.nested=1 kvm.halt_poll_ns=0" },
		{ "tsx=off tsx_async_abort=full", "tsx=off tsx_async_abort=full" },
		{ "hugepages=4 hugepagesz=1G", "hugepages=4 hugepagesz=1G" },
		{ "intel_idle.max_cstate=1 processor.max_cstate=1",
		  "intel_idle.max_cstate=1 processor.max_cstate=1" },
		{ "l1d_flush=on clearcpuid=arch_capabilities",
		  "l1d_flush=on clearcpuid=arch_capabilities" },
		{ "quietly=1 notquiet", "quietly=*** ***" },
		{ "a=\"x quiet y\" ro", "a=*** ro" },
		{ "a=\"never closed quiet", "a=***" },
		{ "\"quiet\"", "***" },
		{ "isolcpus=\"1, 2\"", "isolcpus=\"1, 2\"" },
		{ "ro -- quiet mitigations=off", "ro -- *** ***" },
		{ "quiet\x01=\xff", "***" },
	};
	char wide[3001];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *json = tb_cmdline_redact(cases[i].text, strlen(cases[i].text));

		assert_string_equal(json_string_value(json), cases[i].want);
		json_decref(json);
	}
	/* The shortest words need the most room. */
	for (size_t i = 0; i < sizeof(wide) - 1; i++)
		wide[i] = i % 2 ? ' ' : 'x';
	wide[sizeof(wide) - 1] = '\0';
	json_decref(tb_cmdline_redact(wide, sizeof(wide) - 1));
	memset(wide, 'x', sizeof(wide) - 1);
	wide[2000] = '=';
	json_decref(tb_cmdline_redact(wide, sizeof(wide) - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(redaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
