// SPDX-License-Identifier: GPL-2.0-or-later
/* Records as text: readable numbers, and no escape of a record reaches the terminal. */
#include <math.h>
#include <stdio.h>

#include "report/notes.h"
#include "report/table.h"
#include "report_help.h"

static void prints(print how, const char *json, const char *const *parts)
{
	char *text = printed(how, json);

	for (; *parts; parts++)
		if (!strstr(text, *parts))
			fail_msg("no '%s' in:\n%s", *parts, text);
	free(text);
}

static void inert(void **state)
{
	static const struct {
		const char *text, *want;
	} texts[] = {
		{ "", "" },
		{ "plain ~", "plain ~" },
		{ "\x1b[2J\a\b\t\n\r", "?[2J?????" },
		{ "\x7f\x9b\xff", "???" },
		{ "\xc2\x9b", "??" },
		{ "\xe2\x80\xae", "???" },
		{ "much longer than room", "much longer tha" },
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		memset(out, 'x', sizeof(out));
		assert_ptr_equal(tb_inert(texts[i].text, out, sizeof(out)), out);
		assert_string_equal(out, texts[i].want);
	}
	assert_string_equal(tb_inert("x", out, 1), "");
}

static void figures(void **state)
{
	static const struct {
		double x;
		const char *want;
	} figures_of[] = {
		{ 0, "0" },
		{ -0.0, "-0" },
		{ 1035.4, "1035" },
		{ 1000, "1000" },
		{ 123456789.6, "123456790" },
		{ 999.94, "999.9" },
		{ 100, "100.0" },
		{ 99.994, "99.99" },
		{ 12.4, "12.40" },
		{ 1, "1.00" },
		{ 0.031, "0.0310" },
		{ 0.0005, "0.0005" },
		{ 0.00049, "0.000490" },
		{ 0.0000004, "0.000000" },
		{ -12.4, "-12.40" },
		{ -1035.4, "-1035" },
		{ NAN, "-" },
		{ INFINITY, "-" },
		{ -INFINITY, "-" },
	};
	char out[32], small[4];

	(void)state;
	for (size_t i = 0; i < COUNT(figures_of); i++) {
		tb_figure("ns", figures_of[i].x, out, sizeof(out));
		assert_string_equal(out, figures_of[i].want);
	}
	tb_figure("ns", 1e300, small, sizeof(small));
	assert_int_equal(strlen(small), 3);
	tb_figure("ratio", 1, out, sizeof(out));
	assert_string_equal(out, "100.0");
	tb_figure(NULL, 1, out, sizeof(out));
	assert_string_equal(out, "1.00");
}

#define SUMMARY(estimate, ci, rest)                              \
	"{'n_launches': 11, 'estimate': " estimate ", 'ci': " ci \
	", 'ungated': {'estimate': 2000.4}, 'excess': null, 'modes': null" rest "}"
#define METRIC(name, unit, summary)                                                  \
	"{'name': '" name "', 'unit': '" unit "', 'shown': true, 'headline': false," \
	"'reason': null, 'summary': " summary "}"
#define HEADLINE(summary)                                               \
	"{'name': 'core-cycles', 'unit': 'core-cycles', 'shown': true," \
	"'headline': true, 'reason': null, 'summary': " summary "}"
#define ROW(loop, rest, metrics)                                                    \
	"{'name': 'l1d/flush-user', 'params': {'loop': '" loop "', 'size': 65536}," \
	"'status': 'ok', 'reason': null, 'quiet_share': 0.876, 'checks': []," rest  \
	"'launches': [], 'metrics': [" metrics "]}"
#define RECORD(rows)                                                                                                                            \
	"{'complete': true, 'exit_reason': 'done', 'class': 'vm', 'environment':"                                                               \
	"{'virtualization': {'hypervisor': 'kvm'}}, 'host': {'cpu': {'derived': {'uarch': 'Zen 4', 'named': 'Zen 4', 'evidence': ['AVX512F']}," \
	"'vendor': 'AuthenticAMD', 'family': 25, 'model': 17, 'stepping': 1,"                                                                   \
	"'microcode': '0xa101148', 'caches': [{'level': 1, 'type': 'Instruction',"                                                              \
	"'size_bytes': 1024}, {'level': 1, 'type': 'Data', 'size_bytes': 32768},"                                                               \
	"{'level': 2, 'type': 'Unified', 'size_bytes': 1048576}]}},"                                                                            \
	"'benchmarks': [" rows "]}"
#define CI "{'lo': 1000.2, 'hi': 1070.9}"

#define SHARE(summary) "," METRIC("left-any", "ratio", summary) "," METRIC("lines", "lines", "null")

static void tables(void **state)
{
	static const char json[] = RECORD(ROW(
		"kvm", "",
		HEADLINE(SUMMARY("1035.4", CI, "")) SHARE(SUMMARY(
			"0.031", "{'lo': 0.03, 'hi': 0.04}",
			", 'excess': {'empty': true}"))) "," ROW("few", "",
								 HEADLINE(SUMMARY("12.4", "null", "")) SHARE(
									 "null")) "," ROW("two", "",
											  HEADLINE(SUMMARY(
												  "150",
												  CI,
												  ", 'modes': {'low': 100, 'high': 200, 'share_high': 0.25}"))
												  SHARE("null")));
	static const char *const parts[] = {
		"Zen 4 (derived: CPUID 19_11, AVX512F), AuthenticAMD family 25 model 17 stepping 1, microcode 0xa101148, L1D 32 KiB, "
		"class vm (kvm); tollbooth ?",
		"\nl1d/flush-user\n",
		"  loop  size ",
		"core-cycles [95 %]",
		"left-any % [95 %]",
		"  lines [95 %]",
		"1035 [1000, 1071]",
		" 2000 ",
		"3.10 [3.00, 4.00]",
		" null ",
		" 88 % ",
		"  kvm   64K ",
		"12.40 [n < 6]",
		"100.0 in 75 %, 200.0 in 25 %",
		" yes ",
		" 11 ",
		NULL,
	};

	(void)state;
	prints(tb_table_print_wide, json, parts);
}

/* Two modes of a share are shares. */
static void modes_of_a_share(void **state)
{
	static const char *const parts[] = { "10.00 in 50 %, 90.00 in 50 %", NULL };

	(void)state;
	prints(tb_table_print_wide,
	       RECORD(ROW("a", "",
			  METRIC("share", "ratio",
				 SUMMARY("0.5", CI,
					 ", 'modes': {'low': 0.1, 'high': 0.9,"
					 "'share_high': 0.5}")))),
	       parts);
}

static const char *verdict(const char *excess)
{
	static const char *const verdicts[] = { " yes ", " no ", " n too small ", "empty" };
	const char *found = "";
	char json[2048], *text;

	snprintf(json, sizeof(json),
		 RECORD(ROW("a", "",
			    METRIC("left-any", "ratio", SUMMARY("0.5", CI, ", 'excess': %s")))),
		 excess);
	text = printed(tb_table_print_wide, json);
	for (size_t i = COUNT(verdicts); i-- > 0;)
		if (strstr(text, verdicts[i]))
			found = verdicts[i];
	free(text);
	return found;
}

static void verdicts(void **state)
{
	(void)state;
	assert_string_equal(verdict("{'empty': true}"), " yes ");
	assert_string_equal(verdict("{'empty': false}"), " no ");
	assert_string_equal(verdict("{'empty': null}"), " n too small ");
	/* A benchmark without an effect has no such column. */
	assert_string_equal(verdict("null"), "");
}

static void partial(void **state)
{
	static const char *const parts[] = { "partial: the run ended early (killed)", NULL };
	char *text = printed(tb_table_print, RECORD(""));

	(void)state;
	assert_null(strstr(text, "partial"));
	free(text);
	prints(tb_table_print, "{'complete': false, 'exit_reason': 'killed', 'benchmarks': []}",
	       parts);
}

static void unknown_values(void **state)
{
	static const char *const parts[] = { "unknown CPU, ?", ", class ?", NULL };

	(void)state;
	prints(tb_table_print, "{}", parts);
}

static void notes(void **state)
{
	static const char json[] = RECORD(ROW(
		"a", "'reason': 'CPUID exits', 'status': 'failed', 'remedy': 'buy one',",
		METRIC("latency", "ns",
		       "null")) "," ROW("b",
					"'reason': 'CPUID exits', 'status': 'failed', 'remedy': 'buy one',",
					"") "," ROW("c",
						    "'checks': [{'name': 'slope', 'want': '1', 'got': '3 of 9', 'pass': false},"
						    "{'name': 'fine', 'want': '1', 'got': '9 of 9', 'pass': true}],",
						    "{'name': 'refill', 'reason': 'no such loop'}"));
	static const char *const parts[] = {
		"failed", "l1d/flush-user loop=a size=64K", "CPUID exits", "buy one",	   "slope",
		"3 of 9", "l1d/flush-user loop=c size=64K", "refill",	   "no such loop", NULL,
	};
	char *text = printed(tb_notes_print, json);

	(void)state;
	assert_null(strstr(text, "fine"));
	free(text);
	prints(tb_notes_print, json, parts);
	text = printed(tb_notes_print, RECORD(ROW("a", "", METRIC("latency", "ns", "null"))));
	assert_string_equal(text, "");
	free(text);
}

/* Whatever a record says, a terminal shows it and obeys nothing. */
static void hostile_text(void **state)
{
	static const print all[] = { tb_table_print, tb_table_print_wide, tb_notes_print };

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		char *text = printed(all[i], hostile);

		assert_non_null(strstr(text, "onerror"));
		for (const char *c = text; *c; c++)
			if (*c != '\n' && (*c < 0x20 || *c > 0x7e))
				fail_msg("byte %#x at ...%.40s", (unsigned char)*c, c);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inert),	  cmocka_unit_test(figures),
		cmocka_unit_test(tables),	  cmocka_unit_test(modes_of_a_share),
		cmocka_unit_test(verdicts),	  cmocka_unit_test(partial),
		cmocka_unit_test(unknown_values), cmocka_unit_test(notes),
		cmocka_unit_test(hostile_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
