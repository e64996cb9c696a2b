// SPDX-License-Identifier: GPL-2.0-or-later
/* module build: missing tools are named before it starts; make gets the kernel's compiler. */
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): nftw
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "ko_file.h"
#include "module/module.h"
#include "module/source.h"
#include "module/toolchain.h"
#include "version.h"

#ifndef TB_TEST_DATA
#error "TB_TEST_DATA is the folder tests/data"
#endif

#define RELEASE	 "6.1.0-56-amd64"
#define AUTOCONF "kdir/include/config/auto.conf"

static struct fakeroot fake;
static struct tb_module_facts facts;
static struct tb_module_search search;

/* As kbuild: one word for M=, and what it was told is left beside it. */
static const char kbuild[] =
	"$(if $(word 2,$(M)),$(error building multiple external modules is not supported))\n"
	"modules:\n"
	"\t@echo 'CC=$(CC) LLVM=$(LLVM) TB_TEST=$(TB_TEST)' >'$(M)/../seen'\n"
	"\t@test ! -e '$(M)/stale.o'\n"
	"\t@cp '$(CURDIR)/built' '$(M)/tollbooth.ko'\n";

static void program(const char *path, const char *text)
{
	fakeroot_text(&fake, path, text);
	fchmodat(fake.root.fd, path, 0755, 0);
}

static int begin(void **state)
{
	struct ko_file ko = ko_file(TB_VERSION, "AAAA", RELEASE " SMP ");

	(void)state;
	fakeroot_open(&fake);
	fchmod(fake.root.fd, 0755);
	facts = (struct tb_module_facts){ .release = RELEASE, .headers = true };
	snprintf(facts.kdir, sizeof(facts.kdir), "%s/kdir", fake.path);
	search = (struct tb_module_search){ .user = getuid() };
	snprintf(search.cache, sizeof(search.cache), "%s/my cache/module", fake.path);
	snprintf(search.source, sizeof(search.source), "%s/the source", fake.path);
	fakeroot_text(&fake, AUTOCONF,
		      "CONFIG_CC_VERSION_TEXT=gcc-12 (Debian 12.2.0-14) 12.2.0\n"
		      "CONFIG_CC_IS_GCC=y\nCONFIG_GCC_VERSION=120200\nCONFIG_OBJTOOL=y\n");
	fakeroot_text(&fake, "kdir/Makefile", kbuild);
	fakeroot_put(&fake, "kdir/built", ko.bytes, ko.len);
	program("kdir/scripts/mod/modpost", "#!/bin/sh\n");
	program("kdir/tools/objtool/objtool", "#!/bin/sh\nexit 129\n");
	program("bin/make", "");
	return 0;
}

static int end(void **state)
{
	(void)state;
	fakeroot_close(&fake);
	return 0;
}

static const char *bin(void)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/bin", fake.path);
	return path;
}

static void needs(const char *says)
{
	struct tb_toolchain toolchain;
	struct tb_error why = { "" };

	assert_true(tb_module_toolchain(&facts, bin(), &toolchain, &why) < 0);
	if (!strstr(why.text, says))
		fail_msg("no '%s' in: %s", says, why.text);
}

/* The arguments of make, with spaces between. */
static void takes(const char *wanted)
{
	struct tb_toolchain toolchain;
	struct tb_error why = { "" };
	char got[300] = "";

	if (tb_module_toolchain(&facts, bin(), &toolchain, &why))
		fail_msg("%s", why.text);
	for (size_t i = 0; i < TB_TOOLCHAIN_ARGS; i++)
		if (toolchain.argument[i][0])
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
				 got[0] ? " " : "", toolchain.argument[i]);
	assert_string_equal(got, wanted);
}

static void gcc(void **state)
{
	(void)state;
	needs("built with gcc-12; apt-get install gcc-12");
	program("bin/gcc", "");
	takes("CC=gcc LLVM=");
	program("bin/gcc-12", "");
	takes("CC=gcc-12 LLVM=");
	/* Debian from 6.12 on, and Ubuntu: the name with the machine in front, in quotes in older kernels. */
	fakeroot_text(&fake, AUTOCONF,
		      "CONFIG_CC_VERSION_TEXT=\"x86_64-linux-gnu-gcc-13 (Ubuntu 13.2.0) 13.2.0\"\n"
		      "CONFIG_GCC_VERSION=130200\n");
	takes("CC=gcc LLVM=");
	program("bin/gcc-13", "");
	takes("CC=gcc-13 LLVM=");
	program("bin/x86_64-linux-gnu-gcc-13", "");
	takes("CC=x86_64-linux-gnu-gcc-13 LLVM=");
	/* A command of the shell is no compiler. */
	fakeroot_text(&fake, AUTOCONF, "CONFIG_CC_VERSION_TEXT=$(reboot);gcc 12\n");
	takes("CC=gcc LLVM=");
}

static void clang(void **state)
{
	(void)state;
	program("bin/gcc", "");
	fakeroot_text(&fake, AUTOCONF,
		      "CONFIG_CC_VERSION_TEXT=\"Debian clang version 17.0.6\"\n"
		      "CONFIG_CC_IS_CLANG=y\nCONFIG_CLANG_VERSION=170006\nCONFIG_GCC_VERSION=0\n"
		      "CONFIG_LD_IS_LLD=y\nCONFIG_CFI_CLANG=y\n");
	needs("clang is missing: this kernel was built with clang 17");
	program("bin/clang", "");
	needs("ld.lld is missing");
	needs("apt-get install lld");
	program("bin/ld.lld", "");
	program("bin/llvm-nm", "");
	needs("llvm-objcopy is missing");
	program("bin/llvm-objcopy", "");
	takes("LLVM=1");
	/* The same version is better than another one. */
	program("bin/clang-17", "");
	takes("LLVM=1");
	program("bin/ld.lld-17", "");
	program("bin/llvm-nm-17", "");
	program("bin/llvm-objcopy-17", "");
	takes("LLVM=-17");
	snprintf(facts.release, sizeof(facts.release), "5.15.0-1-amd64");
	takes("LLVM=1");
	/* clang with the linker of GNU. */
	fakeroot_text(&fake, AUTOCONF,
		      "CONFIG_CC_IS_CLANG=y\nCONFIG_CLANG_VERSION=170006\nCONFIG_LD_IS_BFD=y\n");
	takes("CC=clang-17 LLVM=");
}

static void each_by_name(void **state)
{
	(void)state;
	program("bin/gcc-12", "");
	program("kdir/tools/objtool/objtool", "#!/bin/sh\nexit 127\n");
	needs("objtool does not start: a library is missing, most often libelf");
	unlinkat(fake.root.fd, "kdir/tools/objtool/objtool", 0);
	needs("lack");
	needs("tools/objtool/objtool");
	unlinkat(fake.root.fd, "kdir/scripts/mod/modpost", 0);
	needs("scripts/mod/modpost");
	/* Without its configuration no tool is asked for. */
	unlinkat(fake.root.fd, AUTOCONF, 0);
	needs("include/config/auto.conf");
	unlinkat(fake.root.fd, "bin/make", 0);
	needs("make is missing");
}

/* kbuild itself says "multiple external modules", or stops in its own folder. */
static void headers_with_a_space(void **state)
{
	(void)state;
	program("bin/gcc-12", "");
	assert_int_equal(renameat(fake.root.fd, "kdir", fake.root.fd, "k dir"), 0);
	assert_int_equal(symlinkat("k dir", fake.root.fd, "kdir"), 0);
	needs("takes no space");
	needs("k dir");
}

static void copy(const char *name)
{
	char from[600], to[600];
	struct tb_sysroot root;
	size_t len;
	char *text;

	snprintf(from, sizeof(from), TB_TEST_DATA "/../../kernel-support/%s", name);
	snprintf(to, sizeof(to), "the source/%s", name);
	tb_sysroot_open(NULL, &root);
	assert_int_equal(tb_sysroot_slurp(&root, 1 << 20, &text, &len, "%s", from + 1), 0);
	fakeroot_put(&fake, to, text, len);
	fchmodat(fake.root.fd, to, 0444, 0);
	free(text);
	tb_sysroot_close(&root);
}

static void read_only_source(void)
{
	copy("Makefile");
	copy("Kbuild");
	copy("main.c");
	copy("uapi/tollbooth.h");
	fakeroot_text(&fake, "the source/stale.o", "");
	fchmodat(fake.root.fd, "the source/uapi", 0555, 0);
	fchmodat(fake.root.fd, "the source", 0555, 0);
	fakeroot_put(&fake, "my cache/", "", 0);
	fakeroot_put(&fake, "tmp/", "", 0);
	fakeroot_put(&fake, "t m p/", "", 0);
}

/* Where the build ends, so that root's rights hide nothing: nobody's process. */
static void built(const char *tmp, int wanted)
{
	struct tb_error why = { "" };
	char path[128];
	int status;
	pid_t child = fork();

	if (!child) {
		snprintf(path, sizeof(path), "%s/%s", fake.path, tmp);
		setenv("TMPDIR", path, 1);
		setenv("TB_TEST", "y", 1);
		setenv("LLVM", "1", 1);
		umask(0);
		if (!getuid() && (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)))
			_exit(100);
		status = tb_module_build(&facts, &search, &why);
		if (status != wanted)
			fprintf(stderr, "%d: %s\n", status, why.text);
		_exit(status != wanted);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void give(const char *path)
{
	if (!getuid())
		assert_int_equal(fchownat(fake.root.fd, path, 65534, 65534, 0), 0);
}

/* Twice, from a source that cannot be written, into a cache with a space. */
static void builds(void **state)
{
	char seen[128], digest[TB_SOURCE_DIGEST];
	struct stat st;

	(void)state;
	read_only_source();
	give("my cache");
	give("tmp");
	give("t m p");
	built("tmp", 0);
	built("tmp", 0);
	assert_int_equal(fstatat(fake.root.fd, "my cache/module/tollbooth.ko", &st, 0), 0);
	/* Not what umask says: files that others may write are never loaded. */
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(tb_module_source_digest(search.source, digest), 0);
	assert_true(tb_module_note_agrees(search.cache, "AAAA", digest));
	/* The kernel's compiler, and neither the tests' knobs nor LLVM of the environment. */
	assert_true(tb_sysroot_text(&fake.root, seen, sizeof(seen), "tmp/seen") > 0);
	assert_non_null(strstr(seen, "CC=gcc"));
	assert_non_null(strstr(seen, "LLVM= TB_TEST="));
	assert_string_equal(strstr(seen, "TB_TEST="), "TB_TEST=");
	built("t m p", 0);
	fakeroot_text(&fake, "kdir/Makefile", "modules:\n\t@false\n");
	built("tmp", -EPROTO);
	fchmodat(fake.root.fd, "the source", 0755, 0);
	fchmodat(fake.root.fd, "the source/uapi", 0755, 0);
}

static void cache_cannot_be_created(void **state)
{
	struct tb_error why = { "" };

	(void)state;
	read_only_source();
	fchmodat(fake.root.fd, "the source", 0755, 0);
	fchmodat(fake.root.fd, "the source/uapi", 0755, 0);
	fakeroot_text(&fake, "my cache/module", "");
	assert_true(tb_module_build(&facts, &search, &why) < 0);
	assert_non_null(strstr(why.text, "cannot be written to"));
	assert_non_null(strstr(why.text, "XDG_CACHE_HOME"));
	why.text[0] = '\0';
	facts.headers = false;
	assert_true(tb_module_build(&facts, &search, &why) < 0);
	assert_non_null(strstr(why.text, "no kernel headers for " RELEASE));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = { TEST(gcc),		TEST(clang),
					    TEST(each_by_name), TEST(headers_with_a_space),
					    TEST(builds),	TEST(cache_cannot_be_created) };
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
