// SPDX-License-Identifier: GPL-2.0-or-later
/* The doctor with various permissions, in an empty root, and in a hostile one. */
#include "doctor_help.h"

/* Who has the capability needs no limit. */
static void test_capabilities(void **state)
{
	static const char low[] = "Max locked memory         65536      65536 bytes\n"
				  "Max realtime priority     0          0\n";
	static const struct {
		const char *capabilities;
		size_t findings;
	} of[] = {
		{ "0000000000000000", 3 }, /* realtime, memlock, paranoid */
		{ "0000000000800000", 2 }, /* CAP_SYS_NICE */
		{ "0000000000004000", 2 }, /* CAP_IPC_LOCK */
		{ "0000004000000000", 2 }, /* CAP_PERFMON */
		{ "0000000000200000", 2 }, /* CAP_SYS_ADMIN */
		{ "000001ffffffffff", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		struct tb_finding finding[TB_FINDINGS_MAX];
		struct fakeroot fake;
		char status[64];
		size_t n;

		fakeroot_open(&fake);
		put_healthy(&fake);
		snprintf(status, sizeof(status), "CapEff:\t%s\n", of[i].capabilities);
		fakeroot_text(&fake, "proc/self/status", status);
		fakeroot_text(&fake, "proc/self/limits", low);
		fakeroot_text(&fake, "proc/sys/kernel/perf_event_paranoid", "2");
		n = visit(&fake, NULL, finding);
		if (n != of[i].findings) {
			say_all(of[i].capabilities, finding, n);
			fail_msg("%zu findings, not %zu", n, of[i].findings);
		}
		fakeroot_close(&fake);
	}
}

/* Root without the capability runs in a container, where it may set no sysctl. */
static void test_paranoid_in_a_container(void **state)
{
	struct tb_finding finding[TB_FINDINGS_MAX];
	struct fakeroot fake;
	size_t n;

	(void)state;
	fakeroot_open(&fake);
	put_healthy(&fake);
	fakeroot_text(&fake, "proc/self/status", "Uid:\t0\t0\t0\t0\nCapEff:\t0\n");
	fakeroot_text(&fake, "proc/sys/kernel/perf_event_paranoid", "2");
	n = visit(&fake, NULL, finding);
	assert_int_equal(n, 1);
	assert_string_equal(finding[0].id, "perf-paranoid");
	assert_non_null(strstr(finding[0].remedy, "--cap-add PERFMON"));
	fakeroot_close(&fake);
}

/* Nothing to be read is nothing found, but for what is known without reading. */
static void test_nothing(void **state)
{
	struct tb_finding finding[TB_FINDINGS_MAX];
	struct tb_snapshot snapshot = { .cpu = 3, .cpus = 2, .free_bytes = -1 };
	struct fakeroot fake;
	size_t n, looked;

	(void)state;
	fakeroot_open(&fake);
	snapshot.root = &fake.root;
	n = tb_doctor(&snapshot, finding, &looked);
	assert_int_equal(looked, tb_rule_count);
	for (size_t i = 0; i < n; i++)
		if (strcmp(finding[i].id, "class-unknown") && strcmp(finding[i].id, "no-gnuplot"))
			fail_msg("%s: %s", finding[i].id, finding[i].seen);
	assert_int_equal(n, 2);
	fakeroot_close(&fake);
}

/* Files of a hostile root: what is seen goes to a terminal. */
static void test_hostile(void **state)
{
	static const char evil[] = "\x1b]0;x\x07\n\xc2\x9b"
				   "31m@@@ 0-99999999999 \xe2\x80\xae";
	static const char *const ids[] = { "tsc-unstable", "governor", "class-unknown", "microcode",
					   "deep-idle" };
	struct tb_finding finding[TB_FINDINGS_MAX];
	struct fakeroot fake;
	size_t n;

	(void)state;
	fakeroot_open(&fake);
	for (size_t i = 0; i < sizeof(healthy) / sizeof(healthy[0]); i++)
		fakeroot_text(&fake, healthy[i].path, evil);
	assert_int_equal(fchmodat(fake.root.fd, "usr/bin/gnuplot", 0755, 0), 0);
	fakeroot_text(&fake, CPUS "cpu3/cpuidle/state0/latency",
		      "0"); /* else no state is looked at */
	fakeroot_text(&fake, CPUS "cpu3/cpuidle/state1/latency", "999");
	fakeroot_text(&fake, CPUS "cpu3/cpuidle/state1/disable", "0");
	fakeroot_text(&fake, CPUS "cpu3/cpuidle/state1/name", evil);
	n = visit(&fake, NULL, finding);
	say_all("hostile", finding, n);
	assert_int_equal(n, sizeof(ids) / sizeof(ids[0]));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(finding[i].id, ids[i]);
		for (const char *c = finding[i].seen; *c; c++)
			assert_true(*c != '\n' && *c != 0x1b && *c != 7 &&
				    (unsigned char)*c != 0x9b);
	}
	fakeroot_close(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_paranoid_in_a_container),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
