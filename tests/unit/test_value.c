// SPDX-License-Identifier: GPL-2.0-or-later
/* Sizes, and values of parameters as users and suites write them. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "run/value.h"
#include "run/variant.h"
#include "size.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { L1D = 48 << 10 };

static void sizes(void **state)
{
	static const struct {
		const char *text;
		unsigned long number;
	} good[] = {
		{ "0", 0 },
		{ "7", 7 },
		{ "007", 7 },
		{ "64K", 64 << 10 },
		{ "64k", 64 << 10 },
		{ "3M", 3 << 20 },
		{ "3m", 3 << 20 },
		{ "1G", 1 << 30 },
		{ "1g", 1 << 30 },
		{ "0G", 0 },
		{ "18446744073709551615", ULONG_MAX },
		{ "18014398509481983K", ULONG_MAX - 1023 },
		{ "17179869183G", ULONG_MAX - (1ul << 30) + 1 },
	};
	unsigned long number;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(tb_size_read(good[i].text, &number), 0);
		assert_int_equal(number, good[i].number);
	}
}

static void sizes_refused(void **state)
{
	static const char *const bad[] = {
		"",    "K",   "-1",  "+1",   " 1",   "1 ",  "1 K", "1T",  "1KB",
		"1KK", "0x1", "1e3", "1.5K", "1K\n", "abc", "1,2", "\t1",
	};
	static const char *const large[] = {
		"18446744073709551616",
		"18014398509481984K",
		"17592186044416M",
		"17179869184G",
		"99999999999999999999999999999999",
	};
	unsigned long number;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (tb_size_read(bad[i], &number) != -EINVAL)
			fail_msg("'%s' is a size", bad[i]);
	for (size_t i = 0; i < COUNT(large); i++)
		if (tb_size_read(large[i], &number) != -ERANGE)
			fail_msg("'%s' fits", large[i]);
}

static void size_texts(void **state)
{
	static const struct {
		unsigned long number;
		const char *text;
	} sizes_of[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ 1023, "1023" },
		{ 1024, "1K" },
		{ 1536, "1536" },
		{ 49152, "48K" },
		{ 1 << 20, "1M" },
		{ 3 << 19, "1536K" },
		{ 1 << 30, "1G" },
		{ 5ul << 40, "5120G" },
		{ (1 << 30) + 1024, "1048577K" },
		{ ULONG_MAX, "18446744073709551615" },
	};
	char text[24];

	(void)state;
	for (size_t i = 0; i < COUNT(sizes_of); i++) {
		unsigned long again = 1;

		tb_size_text(sizes_of[i].number, text, sizeof(text));
		assert_string_equal(text, sizes_of[i].text);
		assert_int_equal(tb_size_read(text, &again), 0);
		assert_int_equal(again, sizes_of[i].number);
	}
	tb_size_text(49152, text, 3);
	assert_string_equal(text, "48");
}

static const struct tb_param size = {
	.name = "size", .values = "4K..1G/4K", .fallback = "64K", .help = ""
};
static const struct tb_param count = {
	.name = "count", .values = "1..10", .fallback = "1", .help = ""
};
static const struct tb_param loop = {
	.name = "loop", .values = "kvm|kvm-lfence|unroll8", .fallback = "kvm", .help = ""
};

static void good_value(const struct tb_param *param, const char *text, const char *want)
{
	char out[TB_VALUE], padded[TB_VALUE];
	struct tb_error why = { "" };
	char longer[128];

	memset(out, 'x', sizeof(out));
	memset(padded, 0, sizeof(padded));
	memcpy(padded, want, strlen(want));
	/* Only length bytes are the value's. */
	snprintf(longer, sizeof(longer), "%s,4096", text);
	if (tb_value_read(param, longer, strlen(text), L1D, out, &why))
		fail_msg("%s=%s: %s", param->name, text, why.text);
	/* Variants are compared as bytes. */
	assert_memory_equal(out, padded, sizeof(out));
	assert_string_equal(why.text, "");
}

static void bad_value(const struct tb_param *param, const char *text, size_t l1d, const char *part)
{
	struct tb_error why = { "" };
	char out[TB_VALUE];

	if (tb_value_read(param, text, strlen(text), l1d, out, &why) != -EINVAL)
		fail_msg("%s=%s is taken as %s", param->name, text, out);
	if (!strstr(why.text, part))
		fail_msg("%s=%s: '%s' lacks '%s'", param->name, text, why.text, part);
}

static void numbers(void **state)
{
	(void)state;
	assert_true(tb_param_is_number(&size));
	assert_true(tb_param_is_number(&count));
	good_value(&size, "4K", "4096");
	good_value(&size, "65536", "65536");
	good_value(&size, "1G", "1073741824");
	good_value(&count, "1", "1");
	good_value(&count, "010", "10");
}

static void numbers_out_of_range(void **state)
{
	(void)state;
	bad_value(&size, "4K..8K", L1D, "not a number");
	bad_value(&size, "4095", L1D, "must be 4K..1G, in steps of 4K");
	bad_value(&size, "0", L1D, "must be 4K..1G");
	bad_value(&size, "5000", L1D, "in steps of 4K");
	bad_value(&size, "1048577K", L1D, "must be 4K..1G");
	bad_value(&size, "17179869184G", L1D, "must be 4K..1G");
	bad_value(&size, "99999999999999999999", L1D, "must be 4K..1G");
	bad_value(&size, "x", L1D, "not a number");
	bad_value(&size, "64KB", L1D, "not a number");
	bad_value(&size, "-4096", L1D, "not a number");
	bad_value(&size, "", L1D, "an empty value");
	bad_value(&count, "0", L1D, "must be 1..10, in steps of 1");
	bad_value(&count, "11", L1D, "must be 1..10");
}

static void relative(void **state)
{
	(void)state;
	good_value(&size, "l1d", "49152");
	good_value(&size, "l1d*2", "98304");
	good_value(&size, "l1d*4/3", "65536");
	/* Up to the next step: 53248 is 13 pages, 56.9 KiB become 15. */
	good_value(&size, "l1d*13/12", "53248");
	good_value(&size, "l1d*7/6", "57344");
	good_value(&size, "l1d*6/5", "61440");
	good_value(&size, "l1d*1/9999", "4096");
}

static void relative_refused(void **state)
{
	static const char *const odd[] = {
		"l1dx",	    "l1d*",    "l1d*x",	 "l1d/",      "l1d/3",	 "l1d/0",     "l1d*2/0",
		"l1d*2/3x", "l1d*2*3", "l1d*/3", "l1d*2/3/4", "l1d*1.5", "l1d*10000",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++)
		bad_value(&size, odd[i], L1D, "not a number");
	/* What sscanf() would take: signs and blanks. */
	bad_value(&size, "l1d*-1", L1D, "not a number");

	bad_value(&size, "l1d*+1", L1D, "not a number");
	bad_value(&size, "l1d* 2", L1D, "not a number");
	bad_value(&size, "l1d*2/ 3", L1D, "not a number");
	bad_value(&size, "l1d*0", L1D, "must be 4K..1G");
	bad_value(&size, "l1d*0/5", L1D, "must be 4K..1G");
	bad_value(&count, "l1d", L1D, "must be 1..10");
	bad_value(&size, "l1d", 0, "the size of this L1D is unknown");
	bad_value(&size, "l1d*2", 0, "the size of this L1D is unknown");
	good_value(&size, "64K", "65536");
}

static void choices(void **state)
{
	(void)state;
	assert_false(tb_param_is_number(&loop));
	good_value(&loop, "kvm", "kvm");
	good_value(&loop, "kvm-lfence", "kvm-lfence");
	good_value(&loop, "unroll8", "unroll8");
	bad_value(&loop, "kvn", L1D, "did you mean 'kvm'?");
	bad_value(&loop, "kvm-lfense", L1D, "did you mean 'kvm-lfence'?");
	bad_value(&loop, "unrol8", L1D, "did you mean 'unroll8'?");
	bad_value(&loop, "kvm|kvm-lfence", L1D, "loop has no value 'kvm|kvm-lfence'");
	bad_value(&loop, "zzzzzz", L1D, "it takes kvm|kvm-lfence|unroll8");
	bad_value(&loop, "", L1D, "an empty value");
	bad_value(&loop, "0123456789012345678901234567890123456789012345678", L1D,
		  "too long a value");
	/* 47 characters and the end fit, 48 do not. */
	bad_value(&loop, "01234567890123456789012345678901234567890123456", L1D,
		  "loop has no value");
	bad_value(&loop, "012345678901234567890123456789012345678901234567", L1D,
		  "too long a value");
}

static void nearest(void **state)
{
	static const char *const names[] = { "page", "pages", "full", "dirty", "l1d/flush-user" };
	char longest[80];

	(void)state;
	assert_string_equal(tb_nearest("page", names, 5), "page");
	assert_string_equal(tb_nearest("pagess", names, 5), "pages");
	assert_string_equal(tb_nearest("fulll", names, 5), "full");
	assert_string_equal(tb_nearest("dirt", names, 5), "dirty");
	assert_string_equal(tb_nearest("l1d/flush-usr", names, 5), "l1d/flush-user");
	/* The first of two equally near. */
	assert_string_equal(tb_nearest("pageX", names, 5), "page");
	/* Half of it may be wrong, no more. */
	assert_string_equal(tb_nearest("fuXX", names, 5), "full");
	assert_null(tb_nearest("fXXX", names, 5));
	assert_null(tb_nearest("", names, 5));
	assert_null(tb_nearest("page", names, 0));
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(tb_nearest(longest, names, 5));
}

static const char *way_name(unsigned int i)
{
	static const char *const names[] = { "copy", "wp", "sigbus" };

	return i < 3 ? names[i] : NULL;
}

/* Values of a table are read, suggested and listed as those of a string. */
static void choices_of_a_table(void **state)
{
	static const struct tb_param way = { .name = "way", .choice = way_name };
	char values[TB_VALUES];
	size_t length;

	(void)state;
	good_value(&way, "copy", "copy");
	good_value(&way, "sigbus", "sigbus");
	bad_value(&way, "sigbux", L1D, "did you mean 'sigbus'?");
	bad_value(&way, "0123456789", L1D, "it takes copy|wp|sigbus");
	bad_value(&way, "", L1D, "it takes copy|wp|sigbus");
	assert_false(tb_param_is_number(&way));
	assert_string_equal(tb_param_values(&way, values), "copy|wp|sigbus");
	assert_string_equal(tb_param_values(&loop, values), loop.values);
	assert_string_equal(tb_param_values(&size, values), size.values);
	assert_null(tb_param_choice(&way, 3, &length));
	assert_null(tb_param_choice(&loop, 3, &length));
	assert_null(tb_param_choice(&size, 0, &length));
	assert_memory_equal(tb_param_choice(&loop, 1, &length), "kvm-lfence|", 11);
	assert_int_equal(length, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(sizes_refused),
		cmocka_unit_test(size_texts),
		cmocka_unit_test(numbers),
		cmocka_unit_test(numbers_out_of_range),
		cmocka_unit_test(relative),
		cmocka_unit_test(relative_refused),
		cmocka_unit_test(choices),
		cmocka_unit_test(choices_of_a_table),
		cmocka_unit_test(nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
