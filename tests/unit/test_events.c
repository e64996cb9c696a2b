// SPDX-License-Identifier: GPL-2.0-or-later
/* Event names become encodings without a PMU: libpfm4 has the tables of all CPUs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "measure/events.h"

static void encodings(void **state)
{
	static const struct {
		const char *name, *encoding;
		uint32_t type;
		uint64_t config;
		bool no_kernel;
	} known[] = {
		{ "spr::L1D:REPLACEMENT", "spr::L1D:REPLACEMENT", 4, 0x151, false },
		{ "icx::l1d.replacement", "icx::L1D:REPLACEMENT", 4, 0x151, false },
		{ "nhm::L1D:REPL", "nhm::L1D:REPL", 4, 0x151, false },
		{ "spr::MEM_LOAD_RETIRED:L1_MISS", "spr::MEM_LOAD_RETIRED:L1_MISS", 4, 0x8d1,
		  false },
		{ "spr::L1D:REPLACEMENT:u", "spr::L1D:REPLACEMENT", 4, 0x151, true },
		{ "spr::L1D:REPLACEMENT:c=1:e:i:u", "spr::L1D:REPLACEMENT", 4, 0x1840151, true },
		{ "amd64_fam19h_zen4::RETIRED_INSTRUCTIONS",
		  "amd64_fam19h_zen4::RETIRED_INSTRUCTIONS", 4, 0xc0, false },
		{ "cycles", "perf::PERF_COUNT_HW_CPU_CYCLES", 0, 0, false },
		{ "Instructions", "perf::PERF_COUNT_HW_INSTRUCTIONS", 0, 1, false },
		{ "page-faults", "perf::PERF_COUNT_SW_PAGE_FAULTS", 1, 2, false },
	};
	struct tb_event event;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(tb_event_find(known[i].name, &event, NULL), 0);
		assert_string_equal(event.encoding, known[i].encoding);
		assert_int_equal(event.attr.type, known[i].type);
		assert_int_equal(event.attr.config, known[i].config);
		assert_int_equal(event.attr.exclude_kernel, known[i].no_kernel);
		assert_string_equal(event.why, "");
	}
}

static void every_known_name_is_found(void **state)
{
	struct tb_event event;

	(void)state;
	assert_non_null(tb_event_known(0));
	for (size_t i = 0; tb_event_known(i); i++) {
		assert_int_equal(tb_event_find(tb_event_known(i), &event, NULL), 0);
		/* On an unknown core a reason replaces the encoding. */
		assert_true(event.encoding[0] || event.why[0]);
		assert_true(tb_event_help(i)[0]);
	}
}

static void unknown_names_are_rejected(void **state)
{
	static const char *const bad[] = {
		"nosuch",	  "",		"spr::nosuch", "a b",	"mem:0x1000/8",
		"\x1b[31mcycles", "l1d'; drop", "::",	       "perf::"
	};
	struct tb_event event;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tb_error why = { "" };

		assert_int_equal(tb_event_find(bad[i], &event, &why), -EINVAL);
		assert_true(why.text[0]);
		assert_null(strchr(why.text, '\x1b'));
	}
}

static void lists(void **state)
{
	struct tb_events events;
	struct tb_error why = { "" };

	(void)state;
	assert_int_equal(tb_events_read(NULL, &events, &why), 0);
	assert_int_equal(events.n, 0);
	assert_int_equal(tb_events_read("cycles,page-faults", &events, &why), 0);
	assert_int_equal(events.n, 2);
	assert_string_equal(events.at[1].name, "page-faults");
	assert_int_equal(tb_events_read("cycles,Cycles", &events, &why), -EEXIST);
	why.text[0] = '\0';
	assert_int_equal(tb_events_read("cycles,", &events, &why), -EINVAL);
	why.text[0] = '\0';
	assert_int_equal(tb_events_read("cycles,instructions,ref-cycles,branch-misses,page-faults,"
					"minor-faults,major-faults,context-switches,cpu-migrations",
					&events, &why),
			 -E2BIG);
}

/* Family and model are another core's: only its own events are not given. */
static void events_of_another_core(void **state)
{
	struct tb_events events;
	struct tb_error why = { "" };

	(void)state;
	assert_int_equal(
		tb_events_read("cycles,spr::L1D:REPLACEMENT,page-faults,r0151", &events, &why), 0);
	tb_events_distrust(&events, NULL);
	for (unsigned int i = 0; i < events.n; i++)
		assert_string_equal(events.at[i].why, "");
	tb_events_distrust(&events, "Rocket Lake has no AMX_TILE");
	for (unsigned int i = 0; i < events.n; i++)
		assert_int_equal(!!strstr(events.at[i].why, "Rocket Lake has no AMX_TILE"), i == 1);
	/* A logical name that needs a core's event has the same reason. */
	assert_int_equal(tb_events_read("l1d-replacement", &events, &why), 0);
	tb_events_distrust(&events, "Rocket Lake has no AMX_TILE");
	assert_non_null(strstr(events.at[0].why, "Rocket Lake has no AMX_TILE"));
}

static void a_pmu_s_events_are_printed(void **state)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	(void)state;
	assert_non_null(out);
	assert_int_equal(tb_events_print("spr", out), 0);
	assert_int_equal(tb_events_print("nosuch", out), -ENOENT);
	fclose(out);
	assert_non_null(strstr(text, "L1D:REPLACEMENT  "));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodings),
		cmocka_unit_test(events_of_another_core),
		cmocka_unit_test(every_known_name_is_found),
		cmocka_unit_test(unknown_names_are_rejected),
		cmocka_unit_test(lists),
		cmocka_unit_test(a_pmu_s_events_are_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
