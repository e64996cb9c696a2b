// SPDX-License-Identifier: GPL-2.0-or-later
/* Which of several module files is loaded, and the reasons against the others. */
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): nftw
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "ko_file.h"
#include "module/module.h"
#include "module/source.h"
#include "skip.h"
#include "version.h"

#define RELEASE	  "6.1.0-56-amd64"
#define VERMAGIC  RELEASE " SMP preempt mod_unload modversions "
#define INSTALLED "lib/modules/" RELEASE "/updates/dkms/tollbooth.ko"

static struct fakeroot fake;
static struct tb_module_search search;
static struct tb_module_facts facts;

static int begin(void **state)
{
	(void)state;
	fakeroot_open(&fake);
	search = (struct tb_module_search){ .user = getuid() };
	snprintf(search.cache, sizeof(search.cache), "%s/home/module", fake.path);
	snprintf(search.sudo_cache, sizeof(search.sudo_cache), "%s/user/module", fake.path);
	snprintf(search.source, sizeof(search.source), "%s/source", fake.path);
	fakeroot_text(&fake, "source/main.c", "int main;\n");
	fakeroot_text(&fake, "source/uapi/a.h", "int a;\n");
	fakeroot_text(&fake, "source/Kbuild", "obj-m := a.o\n");
	fakeroot_put(&fake, "home/module/", "", 0);
	fakeroot_put(&fake, "user/module/", "", 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	fakeroot_close(&fake);
	return 0;
}

static void put(const char *path, const char *version, const char *srcversion, const char *vermagic)
{
	struct ko_file ko = ko_file(version, srcversion, vermagic);

	fakeroot_put(&fake, path, ko.bytes, ko.len);
}

static void installed(const char *version, const char *srcversion)
{
	char command[256];

	put(INSTALLED, version, srcversion, VERMAGIC);
	snprintf(command, sizeof(command),
		 "PATH=$PATH:/usr/sbin:/sbin; depmod -b %s " RELEASE " 2>%s/depmod.log", fake.path,
		 fake.path);
	if (system(command)) // NOLINT(cert-env33-c): depmod is in another folder on each system
		skip_because("depmod is missing; see packages.txt (kmod)");
}

/* Fills facts and returns the path below the root of the file that loads; "": none. */
static const char *chosen(void)
{
	const struct tb_module_file *file;

	tb_module_look(&fake.root, RELEASE, &facts);
	assert_int_equal(tb_module_find(&fake.root, &search, &facts), 0);
	file = tb_module_chosen(&facts);
	return file ? file->path + strlen(fake.path) + 1 : "";
}

static const struct tb_module_file *found(enum tb_module_place place)
{
	for (size_t i = 0; i < facts.files; i++)
		if (facts.file[i].place == place)
			return &facts.file[i];
	fail_msg("no file of place %d", (int)place);
	return NULL;
}

static void refused(enum tb_module_place place, const char *says)
{
	const struct tb_module_file *file = found(place);

	if (!strstr(file->refused, says))
		fail_msg("no '%s' in: '%s'", says, file->refused);
}

static void none(void **state)
{
	(void)state;
	assert_string_equal(chosen(), "");
	assert_int_equal(facts.files, 0);
	assert_false(tb_module_files_differ(&facts));
}

static void texts(void **state)
{
	const struct tb_module_file *file;

	(void)state;
	put("home/module/tollbooth.ko", TB_VERSION, "AAAA", VERMAGIC);
	assert_string_equal(chosen(), "home/module/tollbooth.ko");
	file = found(TB_MODULE_CACHE);
	assert_string_equal(file->version, TB_VERSION);
	assert_string_equal(file->srcversion, "AAAA");
	assert_string_equal(file->vermagic, VERMAGIC);
	assert_string_equal(file->signer, "");
	assert_false(file->is_signed || file->current);
}

/* At the same version the installed file is before the user's, and that before sudo's caller's. */
static void by_place(void **state)
{
	(void)state;
	put("user/module/tollbooth.ko", TB_VERSION, "CCCC", VERMAGIC);
	assert_string_equal(chosen(), "user/module/tollbooth.ko");
	put("home/module/tollbooth.ko", TB_VERSION, "BBBB", VERMAGIC);
	assert_string_equal(chosen(), "home/module/tollbooth.ko");
	installed(TB_VERSION, "AAAA");
	assert_string_equal(chosen(), INSTALLED);
	assert_int_equal(facts.files, 3);
	assert_true(tb_module_files_differ(&facts));
}

/* Appends a signature of a key made for it. */
static void sign(const char *path)
{
	static const char script[] =
		"cd %s && openssl req -new -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=a test key' "
		"-keyout key.pem -out cert.pem 2>log && openssl cms -sign -binary -noattr -nocerts "
		"-outform DER -md sha256 -signer cert.pem -inkey key.pem -in %s -out sig && "
		"n=$(wc -c <sig) && { cat sig; printf '\\0\\0\\2\\0\\0\\0\\0\\0\\0\\0'; "
		"printf \"\\\\$(printf %%o $((n / 256)))\\\\$(printf %%o $((n %% 256)))\"; "
		"echo '~Module signature appended~'; } >>%s";
	char command[1024];

	snprintf(command, sizeof(command), script, fake.path, path, path);
	if (system(command)) // NOLINT(cert-env33-c): openssl is where PATH says
		skip_because("openssl is missing; see packages.txt");
}

/* Where the kernel demands signatures, a signed file is before an unsigned one. */
static void by_signature(void **state)
{
	(void)state;
	put("home/module/tollbooth.ko", TB_VERSION, "AAAA", VERMAGIC);
	put("user/module/tollbooth.ko", TB_VERSION, "AAAA", VERMAGIC);
	sign("user/module/tollbooth.ko");
	assert_string_equal(chosen(), "home/module/tollbooth.ko");
	assert_true(found(TB_MODULE_SUDO_CACHE)->is_signed);
	assert_string_equal(found(TB_MODULE_SUDO_CACHE)->signer, "a test key");
	assert_false(found(TB_MODULE_CACHE)->is_signed);
	fakeroot_text(&fake, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_string_equal(chosen(), "user/module/tollbooth.ko");
	fakeroot_text(&fake, "sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	assert_string_equal(chosen(), "home/module/tollbooth.ko");
	fakeroot_text(&fake, "sys/module/module/parameters/sig_enforce", "Y\n");
	assert_string_equal(chosen(), "user/module/tollbooth.ko");
}

static void other_version(void **state)
{
	(void)state;
	installed("0.0.9", "AAAA");
	put("home/module/tollbooth.ko", TB_VERSION, "BBBB", VERMAGIC);
	assert_string_equal(chosen(), "home/module/tollbooth.ko");
	refused(TB_MODULE_INSTALLED, "version is 0.0.9, this program is " TB_VERSION);
	/* The one that is not loaded does not count as different. */
	assert_false(tb_module_files_differ(&facts));
	put("home/module/tollbooth.ko", "9.0", "BBBB", VERMAGIC);
	assert_string_equal(chosen(), "");
	put("home/module/tollbooth.ko", NULL, NULL, VERMAGIC);
	assert_string_equal(chosen(), "");
	refused(TB_MODULE_CACHE, "states no version");
}

static void other_kernel(void **state)
{
	static const char *const vermagic[] = { "6.1.0-5-amd64 SMP ", "6.1.0-56-amd64x SMP ",
						"5.10.0 SMP ", NULL };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		put("home/module/tollbooth.ko", TB_VERSION, "AAAA", vermagic[i]);
		assert_string_equal(chosen(), "");
		refused(TB_MODULE_CACHE, "was built for");
		refused(TB_MODULE_CACHE, RELEASE);
	}
}

static void no_module(void **state)
{
	struct ko_file ko = ko_file(TB_VERSION, "AAAA", VERMAGIC);

	(void)state;
	for (size_t len = 0; len < ko.len; len += 50) {
		fakeroot_put(&fake, "home/module/tollbooth.ko", ko.bytes, len);
		assert_string_equal(chosen(), "");
	}
	fakeroot_text(&fake, "home/module/tollbooth.ko", "text");
	assert_string_equal(chosen(), "");
	refused(TB_MODULE_CACHE, "only a part of one");
	unlinkat(fake.root.fd, "home/module/tollbooth.ko", 0);
	assert_int_equal(mkfifoat(fake.root.fd, "home/module/tollbooth.ko", 0600), 0);
	assert_string_equal(chosen(), "");
	refused(TB_MODULE_CACHE, "no regular file");
}

/* By the note of module build, files of the present source come first. */
static void by_source(void **state)
{
	char digest[TB_SOURCE_DIGEST];

	(void)state;
	installed(TB_VERSION, "AAAA");
	put("home/module/tollbooth.ko", TB_VERSION, "BBBB", VERMAGIC);
	assert_int_equal(tb_module_source_digest(search.source, digest), 0);
	assert_int_equal(tb_module_note_write(search.cache, "BBBB", digest), 0);
	assert_string_equal(chosen(), "home/module/tollbooth.ko");
	assert_true(found(TB_MODULE_CACHE)->current);
	assert_false(found(TB_MODULE_INSTALLED)->current);
	assert_true(tb_module_files_differ(&facts));

	/* Of the same source the installed one is signed by DKMS. */
	installed(TB_VERSION, "BBBB");
	assert_string_equal(chosen(), INSTALLED);
	assert_true(found(TB_MODULE_INSTALLED)->current);
	assert_false(tb_module_files_differ(&facts));

	/* A file that came there in another way is not what the note is about. */
	installed(TB_VERSION, "AAAA");
	put("home/module/tollbooth.ko", TB_VERSION, "CCCC", VERMAGIC);
	assert_string_equal(chosen(), INSTALLED);

	/* Nor is the note about a source that has changed since. */
	put("home/module/tollbooth.ko", TB_VERSION, "BBBB", VERMAGIC);
	fakeroot_text(&fake, "source/uapi/a.h", "int b;\n");
	assert_string_equal(chosen(), INSTALLED);
	assert_false(found(TB_MODULE_CACHE)->current);
}

/* What a build leaves in a checkout does not change the source. */
static void digest_of_source(void **state)
{
	static const char *const left[] = { "source/main.o", "source/tollbooth.mod.c",
					    "source/.main.o.cmd", "source/README.md",
					    "source/Module.symvers" };
	char before[TB_SOURCE_DIGEST], after[TB_SOURCE_DIGEST];

	(void)state;
	assert_int_equal(tb_module_source_digest(search.source, before), 0);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		fakeroot_text(&fake, left[i], "x");
	assert_int_equal(tb_module_source_digest(search.source, after), 0);
	assert_string_equal(before, after);
	fakeroot_text(&fake, "source/flush.c", "");
	assert_int_equal(tb_module_source_digest(search.source, after), 0);
	assert_string_not_equal(before, after);
	assert_int_equal(tb_module_source_digest("/nonexistent", after), -ENOENT);
}

static void writable_by_others(void **state)
{
	static const char *const paths[] = { "home/module/tollbooth.ko", "home/module", "home" };

	(void)state;
	put("home/module/tollbooth.ko", TB_VERSION, "AAAA", VERMAGIC);
	for (size_t i = 0; i < 3; i++) {
		struct stat st;

		assert_int_equal(fstatat(fake.root.fd, paths[i], &st, 0), 0);
		for (unsigned int bit = S_IWOTH; bit <= S_IWGRP; bit *= S_IWGRP / S_IWOTH) {
			fchmodat(fake.root.fd, paths[i], (st.st_mode & 07777) | bit, 0);
			assert_string_equal(chosen(), "");
			refused(TB_MODULE_CACHE, paths[i]);
			refused(TB_MODULE_CACHE, "chmod go-w");
			/* Nothing of it is read. */
			assert_string_equal(found(TB_MODULE_CACHE)->version, "");
		}
		fchmodat(fake.root.fd, paths[i], st.st_mode & 07777, 0);
	}
	assert_string_equal(chosen(), "home/module/tollbooth.ko");
}

static void of_another_user(void **state)
{
	(void)state;
	if (getuid())
		skip_because("only root gives files away");
	put("home/module/tollbooth.ko", TB_VERSION, "AAAA", VERMAGIC);
	assert_int_equal(fchownat(fake.root.fd, "home/module/tollbooth.ko", 1234, 0, 0), 0);
	assert_string_equal(chosen(), "");
	refused(TB_MODULE_CACHE, "user 1234");
	/* The user who called sudo may have root load a file. */
	search.user = 1234;
	assert_string_equal(chosen(), "home/module/tollbooth.ko");
	search.user = 1235;
	assert_string_equal(chosen(), "");
	/* A folder above it is as good as the file. */
	assert_int_equal(fchownat(fake.root.fd, "home/module/tollbooth.ko", 0, 0, 0), 0);
	assert_string_equal(chosen(), "home/module/tollbooth.ko");
	assert_int_equal(fchownat(fake.root.fd, "home", 1234, 0, 0), 0);
	assert_string_equal(chosen(), "");
}

/* A link is safe where it cannot be bent, and where what it leads to is. */
static void links(void **state)
{
	(void)state;
	put("elsewhere/file", TB_VERSION, "AAAA", VERMAGIC);
	assert_int_equal(
		symlinkat("../../elsewhere/./file", fake.root.fd, "home/module/tollbooth.ko"), 0);
	assert_string_equal(chosen(), "home/module/tollbooth.ko");
	fchmodat(fake.root.fd, "elsewhere", 0777, 0);
	assert_string_equal(chosen(), "");
	refused(TB_MODULE_CACHE, "elsewhere; chmod");
	fchmodat(fake.root.fd, "elsewhere", 01777, 0);
	assert_string_equal(chosen(), "home/module/tollbooth.ko");
	if (!getuid()) {
		fchownat(fake.root.fd, "home/module/tollbooth.ko", 1234, 0, AT_SYMLINK_NOFOLLOW);
		assert_string_equal(chosen(), "");
	}
	unlinkat(fake.root.fd, "home/module/tollbooth.ko", 0);
	assert_int_equal(symlinkat("tollbooth.ko", fake.root.fd, "home/module/tollbooth.ko"), 0);
	assert_string_equal(chosen(), "");
}

/* Both caches may be one folder. */
static void same_folder(void **state)
{
	(void)state;
	put("home/module/tollbooth.ko", TB_VERSION, "AAAA", VERMAGIC);
	memcpy(search.sudo_cache, search.cache, sizeof(search.cache));
	assert_string_equal(chosen(), "home/module/tollbooth.ko");
	assert_int_equal(facts.files, 1);
}

static void loaded(void **state)
{
	char how[320];

	(void)state;
	put("home/module/tollbooth.ko", TB_VERSION, "AAAA", VERMAGIC);
	fakeroot_text(&fake, "sys/module/tollbooth/version", TB_VERSION "\n");
	fakeroot_text(&fake, "sys/module/tollbooth/srcversion", "AAAA\n");
	chosen();
	assert_string_equal(facts.srcversion, "AAAA");
	assert_false(tb_module_loaded_differs(&facts, how, sizeof(how)));
	fakeroot_text(&fake, "sys/module/tollbooth/srcversion", "BBBB\n");
	chosen();
	assert_true(tb_module_loaded_differs(&facts, how, sizeof(how)));
	assert_non_null(strstr(how, "srcversion is BBBB"));
	fakeroot_text(&fake, "sys/module/tollbooth/version", "0.0.9\n");
	chosen();
	assert_true(tb_module_loaded_differs(&facts, how, sizeof(how)));
	assert_non_null(strstr(how, "version is 0.0.9, this program is " TB_VERSION));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(none),
		TEST(texts),
		TEST(by_place),
		TEST(by_signature),
		TEST(other_version),
		TEST(other_kernel),
		TEST(no_module),
		TEST(by_source),
		TEST(digest_of_source),
		TEST(writable_by_others),
		TEST(of_another_user),
		TEST(links),
		TEST(same_folder),
		TEST(loaded),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
