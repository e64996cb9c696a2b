// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth list --events */
#include <jansson.h>
#include <stdio.h>

#include "cli/cli.h"
#include "measure/events.h"
#include "machine/host.h"
#include "machine/identity.h"
#include "json.h"

/* The reason why the core's events cannot be counted by name, a new reference. NULL: they can. */
static json_t *distrust(void)
{
	struct tb_sysroot root;
	json_t *host, *why;

	if (tb_sysroot_open(NULL, &root))
		return NULL;
	host = tb_host(&root);
	why = json_string(tb_identity_distrust(tb_json_at(host, "cpu")));
	json_decref(host);
	tb_sysroot_close(&root);
	return why;
}

static json_t *describe_known(const char *why)
{
	json_t *all = json_array();

	for (size_t i = 0; tb_event_known(i); i++) {
		struct tb_events one = { .n = 1 };

		if (tb_event_find(tb_event_known(i), &one.at[0], NULL))
			continue;
		tb_events_distrust(&one, why);
		tb_counters_probe(&one);
		json_array_append_new(all,
				      json_pack("{s:s,s:s,s:s*,s:s*}", "name", one.at[0].name,
						"help", tb_event_help(i), "encoding",
						one.at[0].encoding[0] ? one.at[0].encoding : NULL,
						"reason", one.at[0].why[0] ? one.at[0].why : NULL));
	}
	return all;
}

static void print_known(const json_t *all, const char *why)
{
	const json_t *event;
	struct tb_core_pmu pmu;
	size_t i;

	json_array_foreach(all, i, event) {
		const char *reason = json_string_value(json_object_get(event, "reason"));

		printf("%-18s %s\n", json_string_value(json_object_get(event, "name")),
		       json_string_value(json_object_get(event, "help")));
		if (reason)
			printf("  unavailable: %s\n", reason);
	}
	if (why)
		printf("\nThis core's events cannot be counted by name, because family and model do not match it: %s.\n"
		       "Raw codes such as r0151 can be counted.\n",
		       why);
	else if (tb_core_pmu(&pmu))
		printf("\nlibpfm4 does not know this CPU (family %u model %u); only the names above can be counted\n",
		       pmu.family, pmu.model);
	else
		printf("\nEvery name of libpfm4 is accepted, too; tollbooth list --events %s prints those of this core%s\n",
		       pmu.name,
		       pmu.borrowed
			       ? " (those of a model with the same core: libpfm4 does not know this one)"
			       : "");
}

enum tb_status tb_list_events(const struct tb_args *args)
{
	json_t *all, *why;

	if (args->names > 1)
		return tb_say(TB_USAGE, "list --events takes one PMU, such as \"perf\" or \"spr\"");
	if (args->names) {
		if (args->value[TB_OPT_JSON])
			return tb_say(TB_USAGE, "list --events PMU does not support --json");
		if (tb_events_print(args->name[0], stdout))
			return tb_say(
				TB_USAGE,
				"libpfm4 has no PMU %s; try perf, or see tollbooth list --events",
				args->name[0]);
		return TB_OK;
	}
	why = distrust();
	all = describe_known(json_string_value(why));
	if (args->value[TB_OPT_JSON]) {
		json_dumpf(all, stdout, JSON_INDENT(1));
		putchar('\n');
	} else {
		print_known(all, json_string_value(why));
	}
	json_decref(all);
	json_decref(why);
	return TB_OK;
}
