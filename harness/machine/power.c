// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/power.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CPUS	      "sys/devices/system/cpu/"
#define COUNT(fields) (sizeof(fields) / sizeof(*(fields)))

json_t *tb_power_frequency(struct tb_facts *gather, int cpu)
{
	static const struct tb_facts_field fields[] = {
		{ "driver", "scaling_driver", tb_facts_string },
		{ "governor", "scaling_governor", tb_facts_string },
		{ "epp", "energy_performance_preference", tb_facts_string },
		{ "min_khz", "scaling_min_freq", tb_facts_positive },
		{ "max_khz", "scaling_max_freq", tb_facts_positive },
	};
	/* intel_pstate's own switch says the opposite of everybody else's. */
	static const struct tb_facts_field no_turbo = { "turbo", "intel_pstate/no_turbo",
							tb_facts_not };
	static const struct tb_facts_field boost = { "turbo", "cpufreq/boost", tb_facts_switch };
	bool pstate = tb_sysroot_has(gather->root, CPUS "intel_pstate/no_turbo");
	json_t *frequency = json_object();
	char prefix[64];

	snprintf(prefix, sizeof(prefix), CPUS "cpu%d/cpufreq/", cpu);
	tb_facts_files(gather, frequency, "frequency", prefix, fields, COUNT(fields));
	tb_facts_file(gather, frequency, "frequency", CPUS, pstate ? &no_turbo : &boost);
	return frequency;
}

static void put_idle_states(struct tb_facts *gather, json_t *idle, int cpu)
{
	static const struct tb_facts_field fields[] = {
		{ "name", "name", tb_facts_string },
		{ "latency_us", "latency", tb_facts_integer },
		{ "residency_us", "residency", tb_facts_integer },
		{ "disabled", "disable", tb_facts_switch },
	};
	json_t *states = json_array();
	int i;

	for (i = 0; tb_sysroot_has(gather->root, CPUS "cpu%d/cpuidle/state%d", cpu, i); i++) {
		json_t *state = json_object();
		char prefix[80], section[32];

		snprintf(section, sizeof(section), "idle.states.%d", i);
		snprintf(prefix, sizeof(prefix), CPUS "cpu%d/cpuidle/state%d/", cpu, i);
		tb_facts_files(gather, state, section, prefix, fields, COUNT(fields));
		if (json_array_append_new(states, state))
			gather->short_of_memory = true;
	}
	if (i) {
		tb_facts_put(gather, idle, "states", states);
		return;
	}
	json_decref(states);
	tb_facts_null(gather, idle, "idle", "states", "%scpu%d/cpuidle/state0: %s", CPUS, cpu,
		      strerror(ENOENT));
}

json_t *tb_power_idle(struct tb_facts *gather, int cpu)
{
	static const struct tb_facts_field driver = { "driver", "current_driver", tb_facts_string };
	static const struct tb_facts_field governor = { "governor", "current_governor",
							tb_facts_string };
	/* Its name until Linux 5.8, unless cpuidle_sysfs_switch was given. */
	static const struct tb_facts_field governor_ro = { "governor", "current_governor_ro",
							   tb_facts_string };
	bool old = !tb_sysroot_has(gather->root, CPUS "cpuidle/current_governor") &&
		   tb_sysroot_has(gather->root, CPUS "cpuidle/current_governor_ro");
	json_t *idle = json_object();

	tb_facts_file(gather, idle, "idle", CPUS "cpuidle/", &driver);
	tb_facts_file(gather, idle, "idle", CPUS "cpuidle/", old ? &governor_ro : &governor);
	put_idle_states(gather, idle, cpu);
	return idle;
}
