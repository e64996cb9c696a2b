// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): nftw
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "machine/cpuinfo.h"
#include "json.h"

static int open_fake(void **state)
{
	static struct fakeroot fake;

	fakeroot_open(&fake);
	*state = &fake;
	return 0;
}

static int close_fake(void **state)
{
	fakeroot_close(*state);
	return 0;
}

static void text_is_whole_or_an_error(void **state)
{
	struct fakeroot *fake = *state;
	char buf[8];

	fakeroot_text(fake, "a/b", "seven77\n");
	assert_int_equal(tb_sysroot_text(&fake->root, buf, sizeof(buf), "a/%c", 'b'), -EFBIG);
	assert_string_equal(buf, "");
	fakeroot_text(fake, "a/b", "seven7\n");
	assert_int_equal(tb_sysroot_text(&fake->root, buf, sizeof(buf), "a/b"), 6);
	assert_string_equal(buf, "seven7");
	fakeroot_put(fake, "a/b", "x\0\xff\n\n", 5);
	assert_int_equal(tb_sysroot_text(&fake->root, buf, sizeof(buf), "a/b"), 3);
	assert_memory_equal(buf, "x\0\xff", 4);
	fakeroot_text(fake, "a/b", "\n");
	assert_int_equal(tb_sysroot_text(&fake->root, buf, sizeof(buf), "a/b"), 0);
	assert_int_equal(tb_sysroot_text(&fake->root, buf, sizeof(buf), "a/none"), -ENOENT);
	assert_int_equal(tb_sysroot_text(&fake->root, buf, sizeof(buf), "a"), -EISDIR);
	assert_int_equal(tb_sysroot_text(&fake->root, buf, 0, "a/b"), -EINVAL);
	assert_int_equal(tb_sysroot_text(&fake->root, buf, sizeof(buf), "%5000s", ""),
			 -ENAMETOOLONG);
}

static void a_value_ends_at_64_kib(void **state)
{
	struct fakeroot *fake = *state;
	static char big[TB_SYSROOT_TEXT_MAX + 1], buf[2 * TB_SYSROOT_TEXT_MAX];

	memset(big, 'x', sizeof(big));
	fakeroot_put(fake, "big", big, TB_SYSROOT_TEXT_MAX);
	assert_int_equal(tb_sysroot_text(&fake->root, buf, sizeof(buf), "big"),
			 TB_SYSROOT_TEXT_MAX);
	fakeroot_put(fake, "big", big, TB_SYSROOT_TEXT_MAX + 1);
	assert_int_equal(tb_sysroot_text(&fake->root, buf, sizeof(buf), "big"), -EFBIG);
}

static void a_pipe_does_not_block(void **state)
{
	struct fakeroot *fake = *state;
	char buf[8];

	assert_int_equal(mkfifoat(fake->root.fd, "pipe", 0600), 0);
	assert_int_equal(tb_sysroot_text(&fake->root, buf, sizeof(buf), "pipe"), -ENXIO);
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		int unsigned_rc, signed_rc;
		uint64_t value;
	} cases[] = {
		{ "0\n", 0, 0, 0 },
		{ "42", 0, 0, 42 },
		{ "42 \n", 0, 0, 42 },
		{ "-1\n", -EINVAL, 0, (uint64_t)-1 },
		{ "9223372036854775807", 0, 0, INT64_MAX },
		{ "9223372036854775808", 0, -ERANGE, (uint64_t)INT64_MAX + 1 },
		{ "-9223372036854775808", -EINVAL, 0, (uint64_t)INT64_MIN },
		{ "-9223372036854775809", -EINVAL, -ERANGE, 0 },
		{ "18446744073709551615", 0, -ERANGE, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, -ERANGE, 0 },
		{ "99999999999999999999999999", -ERANGE, -ERANGE, 0 },
		{ "", -EINVAL, -EINVAL, 0 },
		{ "-", -EINVAL, -EINVAL, 0 },
		{ "--1", -EINVAL, -EINVAL, 0 },
		{ " 1", -EINVAL, -EINVAL, 0 },
		{ "+1", -EINVAL, -EINVAL, 0 },
		{ "0x10", -EINVAL, -EINVAL, 0 },
		{ "1 2", -EINVAL, -EINVAL, 0 },
		{ "1.5", -EINVAL, -EINVAL, 0 },
	};
	struct fakeroot *fake = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t u = 7;
		int64_t s = 7;
		int u_rc, s_rc;

		fakeroot_text(fake, "n", cases[i].text);
		u_rc = tb_sysroot_u64(&fake->root, &u, "n");
		s_rc = tb_sysroot_i64(&fake->root, &s, "n");
		print_message("%s\n", cases[i].text);
		assert_int_equal(u_rc, cases[i].unsigned_rc);
		assert_int_equal(s_rc, cases[i].signed_rc);
		assert_int_equal(u, u_rc ? 7 : cases[i].value);
		assert_int_equal(s, s_rc ? 7 : (int64_t)cases[i].value);
	}
	fakeroot_put(fake, "n", "1\0002", 3);
	assert_int_equal(tb_sysroot_u64(&fake->root, &(uint64_t){ 0 }, "n"), -EINVAL);
}

static void slurping(void **state)
{
	struct fakeroot *fake = *state;
	char *text;
	size_t len;
	static char big[100000];

	memset(big, 'x', sizeof(big));
	fakeroot_put(fake, "big", big, sizeof(big));
	assert_int_equal(tb_sysroot_slurp(&fake->root, 1 << 20, &text, &len, "big"), 0);
	assert_int_equal(len, sizeof(big));
	assert_int_equal(strlen(text), sizeof(big));
	free(text);
	assert_int_equal(tb_sysroot_slurp(&fake->root, 70000, &text, &len, "big"), 0);
	assert_int_equal(len, 70000);
	free(text);
	assert_int_equal(tb_sysroot_slurp(&fake->root, 70000, &text, &len, "none"), -ENOENT);
	assert_null(text);
	assert_int_equal(len, 0);
}

static void names_are_sorted(void **state)
{
	/* Enough of them that no file system's own order is this one by chance. */
	static const char *const sorted[] = { "a", "b", "c", "d", "e", "f", "g", "mds" };
	static const char made[] = "gcaebfd";
	struct fakeroot *fake = *state;
	char **names, path[8];
	size_t count;

	fakeroot_text(fake, "d/mds", "");
	fakeroot_text(fake, "d/.hidden", "");
	for (const char *name = made; *name; name++) {
		snprintf(path, sizeof(path), "d/%c", *name);
		fakeroot_text(fake, path, "");
	}
	assert_int_equal(tb_sysroot_names(&fake->root, &names, &count, "d"), 0);
	assert_int_equal(count, 8);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(names[i], sorted[i]);
	tb_sysroot_names_free(names, count);
	assert_int_equal(tb_sysroot_names(&fake->root, &names, &count, "d/mds"), -ENOTDIR);
	assert_int_equal(tb_sysroot_names(&fake->root, &names, &count, "e"), -ENOENT);
	assert_int_equal(count, 0);
	assert_true(tb_sysroot_has(&fake->root, "d/mds"));
	assert_true(tb_sysroot_has(&fake->root, "d"));
	assert_false(tb_sysroot_has(&fake->root, "d/taa"));
}

/* A server with more than 4096 processes: /proc has no bound that fits an array. */
static void many_names(void **state)
{
	enum { MANY = 4200 };
	struct fakeroot *fake = *state;
	char **names, path[32];
	size_t count;

	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "proc/%d/", i);
		fakeroot_put(fake, path, "", 0);
	}
	assert_int_equal(tb_sysroot_names(&fake->root, &names, &count, "proc"), 0);
	assert_int_equal(count, MANY);
	assert_string_equal(names[MANY - 1], "999");
	tb_sysroot_names_free(names, count);
	fakeroot_put(fake, "empty/", "", 0);
	assert_int_equal(tb_sysroot_names(&fake->root, &names, &count, "empty"), 0);
	assert_int_equal(count, 0);
	tb_sysroot_names_free(names, count);
}

static void opening(void **state)
{
	struct tb_sysroot root;

	(void)state;
	assert_int_equal(tb_sysroot_open("/nonexistent", &root), -ENOENT);
	assert_int_equal(tb_sysroot_open(NULL, &root), 0);
	assert_true(root.real);
	assert_true(fcntl(root.fd, F_GETFD) & FD_CLOEXEC);
	tb_sysroot_close(&root);
	assert_int_equal(root.fd, -1);
	tb_sysroot_close(&root);
	assert_int_equal(tb_sysroot_open("/tmp", &root), 0);
	assert_false(root.real);
	tb_sysroot_close(&root);
}

static void cpuinfo_is_its_first_paragraph(void **state)
{
	struct fakeroot *fake = *state;
	struct tb_cpuinfo info;
	static const char text[] = "processor\t: 0\nno colon here\n: no key\nmodel\t\t: 1\n"
				   "model name\t: A: B\nempty\t:\nodd \t : x\nflags\t\t: pti ss\n"
				   "\nprocessor\t: 1\nflags\t\t: fred\nlate\t: 1\n";

	fakeroot_text(fake, "proc/cpuinfo", text);
	assert_int_equal(tb_cpuinfo_open(&fake->root, &info), 0);
	assert_string_equal(tb_cpuinfo_get(&info, "processor"), "0");
	assert_string_equal(tb_cpuinfo_get(&info, "model"), "1");
	assert_string_equal(tb_cpuinfo_get(&info, "model name"), "A: B");
	assert_string_equal(tb_cpuinfo_get(&info, "empty"), "");
	assert_string_equal(tb_cpuinfo_get(&info, "odd"), "x");
	assert_null(tb_cpuinfo_get(&info, "late"));
	assert_null(tb_cpuinfo_get(&info, "no colon here"));
	assert_null(tb_cpuinfo_get(&info, "mod"));
	assert_true(tb_cpuinfo_flag(&info, "pti"));
	assert_true(tb_cpuinfo_flag(&info, "ss"));
	assert_false(tb_cpuinfo_flag(&info, "s"));
	assert_false(tb_cpuinfo_flag(&info, "fred"));
	tb_cpuinfo_close(&info);
}

static void cpuinfo_may_be_anything(void **state)
{
	struct fakeroot *fake = *state;
	struct tb_cpuinfo info;
	static char wide[200000];

	assert_int_equal(tb_cpuinfo_open(&fake->root, &info), -ENOENT);
	assert_null(tb_cpuinfo_get(&info, "model"));
	assert_false(tb_cpuinfo_flag(&info, "pti"));
	tb_cpuinfo_close(&info);

	fakeroot_put(fake, "proc/cpuinfo", "a\0b: c\0d\nmodel: 6", 17);
	assert_int_equal(tb_cpuinfo_open(&fake->root, &info), 0);
	assert_string_equal(tb_cpuinfo_get(&info, "a?b"), "c?d");
	assert_string_equal(tb_cpuinfo_get(&info, "model"), "6"); /* no newline at the end */
	tb_cpuinfo_close(&info);

	fakeroot_text(fake, "proc/cpuinfo", "\nmodel: 6\n");
	assert_int_equal(tb_cpuinfo_open(&fake->root, &info), 0);
	assert_null(tb_cpuinfo_get(&info, "model"));
	tb_cpuinfo_close(&info);

	memset(wide, 'x', sizeof(wide));
	snprintf(wide, sizeof(wide), "flags:");
	wide[strlen(wide)] = ' ';
	snprintf(wide + sizeof(wide) - 5, 5, " pti");
	fakeroot_put(fake, "proc/cpuinfo", wide, sizeof(wide) - 1);
	assert_int_equal(tb_cpuinfo_open(&fake->root, &info), 0);
	assert_true(tb_cpuinfo_flag(&info, "pti"));
	tb_cpuinfo_close(&info);
}

static void check_text(const void *bytes, size_t len, const char *want)
{
	json_t *json = tb_text(bytes, len);

	assert_non_null(json);
	assert_string_equal(json_string_value(json), want);
	assert_int_equal(json_string_length(json), len);
	json_decref(json);
}

static void text_is_utf8(void **state)
{
	(void)state;
	check_text("plain\ttext\n", 11, "plain\ttext\n");
	check_text("\x1b[31m\x7f\r\0", 8, "?[31m???");
	check_text("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9,
		   "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	check_text("\xc2\x9b", 2, "??");		/* CSI, a control character */
	check_text("\xc0\xaf\xe0\x80\xaf", 5, "?????"); /* overlong */
	check_text("\xed\xa0\x80", 3, "???");		/* surrogate */
	check_text("\xf4\x90\x80\x80", 4, "????");	/* above 10ffff */
	check_text("\xe2\x82", 2, "??");		/* cut */
	check_text("\xe2\x82x", 3, "??x");
	check_text("", 0, "");
}

/* jansson judges every pair of bytes, before and behind a third. */
static void text_is_accepted_by_jansson(void **state)
{
	(void)state;
	for (unsigned int pair = 0; pair < 0x10000; pair++) {
		char bytes[4] = { (char)(pair >> 8), (char)pair, (char)0x80, (char)0xbf };
		json_t *json = tb_text(bytes, sizeof(bytes));
		json_t *judged = json_stringn(json_string_value(json), json_string_length(json));

		if (!judged)
			fail_msg("%02x %02x", pair >> 8, pair & 0xff);
		json_decref(judged);
		json_decref(json);
	}
}

int main(void)
{
#define FAKE(test) cmocka_unit_test_setup_teardown(test, open_fake, close_fake)
	const struct CMUnitTest tests[] = {
		FAKE(text_is_whole_or_an_error),
		FAKE(a_value_ends_at_64_kib),
		FAKE(a_pipe_does_not_block),
		FAKE(numbers),
		FAKE(slurping),
		FAKE(names_are_sorted),
		FAKE(many_names),
		cmocka_unit_test(opening),
		FAKE(cpuinfo_is_its_first_paragraph),
		FAKE(cpuinfo_may_be_anything),
		cmocka_unit_test(text_is_utf8),
		cmocka_unit_test(text_is_accepted_by_jansson),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
