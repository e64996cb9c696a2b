// SPDX-License-Identifier: GPL-2.0-or-later
/* Variants whose scheduling class or idle states this machine refuses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "measure/sched.h"

static int idle_errno; /* 0: the CPUs may be kept from idling deeply */

static bool given_idle(void)
{
	errno = idle_errno;
	return !idle_errno;
}

#define tb_idle_allowed() given_idle()
#include "run/variant.c"

static const struct tb_param params[] = {
	{ .name = TB_POLICY_PARAM, .values = TB_POLICIES, .fallback = "fifo", .help = "" },
	{ .name = TB_IDLE_PARAM, .values = TB_IDLES, .fallback = "default", .help = "" },
	{ 0 }
};
static const struct tb_bench bench = { .name = "fake/one", .params = params };

static struct tb_variant probed(const char *policy, const char *idle, int realtime)
{
	struct tb_variant v = { .bench = &bench };
	struct tb_machine stage = { .realtime = realtime };

	snprintf(v.value[0], TB_VALUE, "%s", policy);
	snprintf(v.value[1], TB_VALUE, "%s", idle);
	tb_variant_probe(&v, &stage);
	return v;
}

/* policy=fifo where it is granted only, policy=other everywhere. */
static void policies(void **state)
{
	struct tb_variant v;

	(void)state;
	idle_errno = EACCES;
	assert_string_equal(probed("fifo", "default", 0).code, "");
	assert_string_equal(probed("other", "default", 0).code, "");
	assert_string_equal(probed("other", "default", -EPERM).code, "");
	v = probed("fifo", "default", -EPERM);
	assert_true(v.code[0] && v.reason[0] && v.remedy[0]);
}

static void idles(void **state)
{
	struct tb_variant v;

	(void)state;
	idle_errno = 0;
	assert_string_equal(probed("other", "shallow", 0).code, "");
	idle_errno = ENOENT;
	assert_string_equal(probed("other", "default", 0).code, "");
	v = probed("other", "shallow", 0);
	assert_string_equal(v.code, "no-permission");
	assert_non_null(strstr(v.reason, "there is no /dev/cpu_dma_latency"));
	idle_errno = EACCES;
	v = probed("other", "shallow", 0);
	assert_non_null(strstr(v.reason, "/dev/cpu_dma_latency cannot be written"));
}

/* The default is the class that the machine permits. */
static void defaults(void **state)
{
	static const char *const suite[] = { "", NULL };
	struct tb_machine stage = { .realtime = 0 };
	struct tb_variants variants = { 0 };
	struct tb_error why = { "" };

	(void)state;
	assert_int_equal(tb_variants_add(&variants, &bench, suite, NULL, 0, &stage, &why), 0);
	assert_string_equal(variants.at[0].value[0], "fifo");
	tb_variants_free(&variants);
	stage.realtime = -EPERM;
	assert_int_equal(tb_variants_add(&variants, &bench, suite, NULL, 0, &stage, &why), 0);
	assert_string_equal(variants.at[0].value[0], "other");
	assert_string_equal(variants.at[0].value[1], "default");
	tb_variants_free(&variants);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies),
		cmocka_unit_test(idles),
		cmocka_unit_test(defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
