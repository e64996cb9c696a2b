// SPDX-License-Identifier: GPL-2.0-or-later
/* Why the kernel module is unavailable: from errno and files to a code and a remedy. */
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): nftw
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "module/module.h"
#include "version.h"

static const char release[] = "6.1.0-56-amd64";

static void reasons(void **state)
{
	static const struct {
		int err;
		struct tb_module_facts facts;
		const char *says[2];
	} cases[] = {
		{ -EPERM, { .root = false }, { "root", "run it as root" } },
		{ -EPERM,
		  { .root = true, .lockdown = "integrity" },
		  { "lockdown (integrity", "mokutil" } },
		{ -EPERM,
		  { .root = true, .lockdown = "integrity" },
		  { "docs/secure-boot.md", "Secure Boot" } },
		{ -EPERM, { .root = true, .lockdown = "none" }, { "does not permit", "CAP_SYS" } },
		{ -EPERM, { .root = true, .disabled = true }, { "modules_disabled", "boot" } },
		{ -ENOKEY, { .root = true }, { "signature", "mokutil" } },
		{ -EKEYREJECTED, { .root = true }, { "signature", "mokutil" } },
		{ -EBADMSG, { .root = true }, { "signature", "docs/secure-boot.md" } },
		{ -ENOEXEC,
		  { .release = "6.1.0-56-amd64",
		    .files = 1,
		    .file[0] = { .vermagic = "6.1.0-5-amd64 SMP", .path = "/t.ko" } },
		  { "/t.ko was built for 6.1.0-5-amd64", "module build" } },
		{ -ENOEXEC,
		  { .release = "6.1.0-5", .files = 1, .file[0] = { .vermagic = "6.1.0-56 SMP" } },
		  { "was built for", "module build" } },
		{ -ENOEXEC,
		  { .release = "6.1.0-5", .files = 1, .file[0] = { .vermagic = "6.1.0-5 SMP" } },
		  { "format", "dmesg" } },
		{ -EINVAL, { .root = true }, { "symbols", "module build" } },
		{ -ENOENT, { .root = true }, { "symbol", "module build" } },
		{ -EEXIST, { .version = TB_VERSION, .loaded = true }, { TB_VERSION, "unload" } },
		{ -EEXIST,
		  { .version = "0.0.9", .loaded = true },
		  { "0.0.9, this program is", "unload" } },
		{ -ENOSYS, { .root = true }, { "without modules", "" } },
		{ -ENOMEM, { .root = true }, { "Cannot allocate", "dmesg" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tb_error why = { "" };

		assert_int_equal(tb_module_why_not_loaded(&cases[i].facts, cases[i].err, &why),
				 cases[i].err);
		for (int k = 0; k < 2; k++)
			if (!strstr(why.text, cases[i].says[k]))
				fail_msg("%zu: no '%s' in: %s", i, cases[i].says[k], why.text);
	}
}

static void unloading(void **state)
{
	const struct tb_module_facts facts = { .root = false };
	static const struct {
		int err;
		const char *says;
	} cases[] = { { -ENOENT, "not loaded" },
		      { -EAGAIN, "in use" },
		      { -EBUSY, "fuser" },
		      { -EPERM, "as root" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tb_error why = { "" };

		tb_module_why_not_unloaded(&facts, cases[i].err, &why);
		if (!strstr(why.text, cases[i].says))
			fail_msg("no '%s' in: %s", cases[i].says, why.text);
	}
}

static void nothing_is_installed(void **state)
{
	struct tb_module_facts facts;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	tb_module_look(&fake.root, release, &facts);
	assert_string_equal(facts.release, release);
	assert_false(facts.loaded || facts.device || facts.headers || facts.signed_only ||
		     facts.disabled);
	assert_string_equal(facts.lockdown, "");
	assert_string_equal(facts.version, "");
	fakeroot_close(&fake);
}

static void all_there(void **state)
{
	struct tb_module_facts facts;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	fakeroot_text(&fake, "sys/module/tollbooth/version", "0.1.0\n");
	fakeroot_text(&fake, "sys/module/tollbooth/srcversion", "0123456789ABCDEF0123456\n");
	fakeroot_text(&fake, "sys/module/module/parameters/sig_enforce", "Y\n");
	fakeroot_text(&fake, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	fakeroot_text(&fake, "proc/sys/kernel/modules_disabled", "1\n");
	fakeroot_text(&fake, "lib/modules/6.1.0-56-amd64/build/Makefile", "");
	fakeroot_text(&fake, "dev/tollbooth", "");
	tb_module_look(&fake.root, release, &facts);
	assert_true(facts.loaded && facts.device && facts.headers && facts.signed_only &&
		    facts.disabled);
	assert_string_equal(facts.lockdown, "integrity");
	assert_string_equal(facts.version, "0.1.0");
	assert_string_equal(facts.srcversion, "0123456789ABCDEF0123456");
	assert_string_equal(facts.kdir, "/lib/modules/6.1.0-56-amd64/build");
	/* Headers of another kernel are not used. */
	tb_module_look(&fake.root, "6.1.0-57-amd64", &facts);
	assert_false(facts.headers);
	fakeroot_close(&fake);
}

static void hostile_lockdown(void **state)
{
	static const char *const texts[] = {
		"[", "]", "][", "[]", "none", "", "[0123456789012345678901234567890123456789]"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct tb_module_facts facts;
		struct fakeroot fake;

		fakeroot_open(&fake);
		fakeroot_text(&fake, "sys/kernel/security/lockdown", texts[i]);
		tb_module_look(&fake.root, release, &facts);
		assert_true(strlen(facts.lockdown) < sizeof(facts.lockdown));
		fakeroot_close(&fake);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reasons), cmocka_unit_test(unloading),
					    cmocka_unit_test(nothing_is_installed),
					    cmocka_unit_test(all_there),
					    cmocka_unit_test(hostile_lockdown) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
