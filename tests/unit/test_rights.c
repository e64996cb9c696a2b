// SPDX-License-Identifier: GPL-2.0-or-later
/* The rights of this process in /proc/self: each number from its own field. */
#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "machine/rights.h"

static struct fakeroot fake;

static int open_root(void **state)
{
	(void)state;
	fakeroot_open(&fake);
	return 0;
}

static int close_root(void **state)
{
	(void)state;
	fakeroot_close(&fake);
	return 0;
}

static struct tb_rights rights_of(const char *status)
{
	struct tb_rights rights;

	fakeroot_text(&fake, "proc/self/status", status);
	tb_rights_read(&fake.root, &rights);
	return rights;
}

/* Real, effective, saved and file system user: the effective one has root's rights. */
static void users(void **state)
{
	struct tb_rights rights = rights_of("Uid:\t1000\t0\t7\t8\n");

	(void)state;
	assert_true(rights.root);
	assert_int_equal(rights.user, 1000);
	rights = rights_of("Uid:\t0\t1000\t0\t0\n");
	assert_false(rights.root);
	assert_int_equal(rights.user, 0);
}

/* Hexadecimal: bit 23 is CAP_SYS_NICE. */
static void capabilities(void **state)
{
	struct tb_rights rights =
		rights_of("Uid:\t1 1 1 1\nCapPrm:\t1\nCapEff:\t0000000000800000\n");

	(void)state;
	assert_true(tb_rights_capable(&rights, CAP_SYS_NICE));
	assert_false(tb_rights_capable(&rights, CAP_SYS_NICE - 1));
	assert_false(tb_rights_capable(&rights, CAP_SYS_NICE + 1));
	rights = rights_of("Uid:\t0 0 0 0\nCapEff:\t000001ffffffffff\n");
	assert_true(tb_rights_capable(&rights, CAP_CHOWN));
	assert_true(tb_rights_capable(&rights, CAP_CHECKPOINT_RESTORE));
}

/* Strict mode is 1, and no filter. */
static void filters(void **state)
{
	(void)state;
	assert_false(rights_of("Uid:\t1 1\nSeccomp:\t0\n").filtered);
	assert_false(rights_of("Uid:\t1 1\nSeccomp:\t1\n").filtered);
	assert_true(rights_of("Uid:\t1 1\nSeccomp:\t2\n").filtered);
}

/* The effective limit, the soft one, comes first. */
static void limits(void **state)
{
	uint64_t limit = 0;

	(void)state;
	fakeroot_text(
		&fake, "proc/self/limits",
		"Limit                     Soft Limit           Hard Limit           Units\n"
		"Max processes             100                  200                  processes\n"
		"Max locked memory         unlimited            unlimited            bytes\n");
	assert_int_equal(tb_rights_limit(&fake.root, "Max processes", &limit), 0);
	assert_int_equal(limit, 100);
	assert_int_equal(tb_rights_limit(&fake.root, "Max locked memory", &limit), 0);
	assert_true(limit == UINT64_MAX);
	assert_int_equal(tb_rights_limit(&fake.root, "Max something", &limit), -ENOENT);
}

#define rights_test(name) cmocka_unit_test_setup_teardown(name, open_root, close_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		rights_test(users),
		rights_test(capabilities),
		rights_test(filters),
		rights_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
