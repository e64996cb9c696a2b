// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/events.h"

#include <cpuid.h>
#include <ctype.h>
#include <errno.h>
#include <perfmon/pfmlib_perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "machine/cpuid.h"

/* What a logical name is called: the core's own names, the first that its PMU has. */
static const struct {
	const char *name, *help;
	const char *own[3];
} known[] = {
	{ "cycles", "core clock cycles", { 0 } },
	{ "instructions", "instructions retired", { 0 } },
	{ "ref-cycles", "cycles at the reference clock", { 0 } },
	{ "branch-misses", "mispredicted branches", { 0 } },
	{ "l1d-replacement",
	  "lines brought into the L1D",
	  { "L1D:REPLACEMENT", "L1D:REPL" } }, /* REPL: Nehalem, Westmere */
	{ "l1d-load-misses",
	  "retired loads that missed the L1D",
	  { "MEM_LOAD_RETIRED:L1_MISS", "MEM_LOAD_UOPS_RETIRED:L1_MISS" } },
	{ "l2-lines-in", "lines brought into the L2", { "L2_LINES_IN:ALL", "L2_LINES_IN:ANY" } },
	{ "dtlb-load-walks",
	  "page walks of loads that ended with a translation",
	  { "DTLB_LOAD_MISSES:WALK_COMPLETED", "DTLB_LOAD_MISSES:MISS_CAUSES_A_WALK" } },
	{ "machine-clears", "pipeline flushes of any cause", { "MACHINE_CLEARS:COUNT" } },
	{ "page-faults", "page faults", { 0 } },
	{ "minor-faults", "page faults without I/O", { 0 } },
	{ "major-faults", "page faults with I/O", { 0 } },
	{ "context-switches", "context switches of the thread", { 0 } },
	{ "cpu-migrations", "moves of the thread to another CPU", { 0 } },
};

enum { KNOWN = sizeof(known) / sizeof(known[0]) };

/* CPUs that libpfm4 4.13 lacks, and the one of the same core that it has. */
static const struct {
	unsigned int family, model;
	const char *pmu;
} siblings[] = {
	{ 6, 207,
	  "spr" }, /* Emerald Rapids: Raptor Cove, the core of Sapphire Rapids with larger caches */
};

const char *tb_event_known(size_t i)
{
	return i < KNOWN ? known[i].name : NULL;
}

const char *tb_event_help(size_t i)
{
	return i < KNOWN ? known[i].help : "";
}

/* Every PMU's tables, whatever the CPU: names are checked before hardware is asked. */
static int start_library(void)
{
	if (setenv("LIBPFM_ENCODE_INACTIVE", "1", 1))
		return -errno;
	/* One forced PMU would hide all others, the software events among them. */
	unsetenv("LIBPFM_FORCE_PMU");
	return pfm_initialize() == PFM_SUCCESS ? 0 : -ENOSYS;
}

static void read_cpu(struct tb_core_pmu *pmu)
{
	unsigned int eax = 0, ebx, ecx, edx;
	struct tb_cpu_signature signature;

	__get_cpuid(1, &eax, &ebx, &ecx, &edx);
	signature = tb_cpu_signature_of(eax);
	pmu->family = signature.family;
	pmu->model = signature.model;
}

int tb_core_pmu(struct tb_core_pmu *pmu)
{
	pfm_pmu_info_t info;
	pfm_pmu_t id;
	int err = start_library();

	*pmu = (struct tb_core_pmu){ 0 };
	read_cpu(pmu);
	if (err)
		return err;
	pfm_for_all_pmus(id)
	{
		memset(&info, 0, sizeof(info));
		info.size = sizeof(info);
		if (pfm_get_pmu_info(id, &info) == PFM_SUCCESS && info.is_present &&
		    info.type == PFM_PMU_TYPE_CORE) {
			snprintf(pmu->name, sizeof(pmu->name), "%s", info.name);
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(siblings) / sizeof(siblings[0]); i++)
		if (siblings[i].family == pmu->family && siblings[i].model == pmu->model) {
			snprintf(pmu->name, sizeof(pmu->name), "%s", siblings[i].pmu);
			pmu->borrowed = true;
			return 0;
		}
	return -ENOENT;
}

/* libpfm4's full name without the modifiers that only repeat its defaults. */
static void keep_encoding(struct tb_event *event, const char *full)
{
	const char *end = full + strlen(full);
	const char *modifier = strchr(full, '=');

	if (modifier)
		for (end = modifier; end > full && *end != ':';)
			end--;
	snprintf(event->encoding, sizeof(event->encoding), "%.*s", (int)(end - full), full);
}

static int encode(const char *name, struct tb_event *event)
{
	char *full = NULL;
	pfm_perf_encode_arg_t arg = { .attr = &event->attr, .fstr = &full, .size = sizeof(arg) };

	memset(&event->attr, 0, sizeof(event->attr));
	event->attr.size = sizeof(event->attr);
	if (pfm_get_os_event_encoding(name, PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &arg) !=
	    PFM_SUCCESS)
		return -ENOENT;
	keep_encoding(event, full ? full : name);
	free(full);
	return 0;
}

static int encode_own(const char *name, struct tb_event *event)
{
	struct tb_core_pmu pmu;
	char full[128];

	if (tb_core_pmu(&pmu))
		return -ENOENT;
	snprintf(full, sizeof(full), "%s::%s", pmu.name, name);
	return encode(full, event);
}

/* 1: it is a logical name, with the event found or `why` said. */
static int encode_logical(struct tb_event *event)
{
	for (size_t i = 0; i < KNOWN; i++) {
		if (strcmp(known[i].name, event->name) != 0 || !known[i].own[0])
			continue;
		for (size_t k = 0; k < 3 && known[i].own[k]; k++)
			if (!encode_own(known[i].own[k], event))
				return 1;
		snprintf(event->why, sizeof(event->why),
			 "libpfm4 has no such event for this CPU's core");
		return 1;
	}
	return 0;
}

int tb_event_find(const char *name, struct tb_event *event, struct tb_error *why)
{
	int err = start_library();

	*event = (struct tb_event){ 0 };
	if (err)
		return tb_error(why, err, "libpfm4 does not start: no event can be found");
	/* What can't stand in a record as a name is no event's name. */
	if (!*name || strlen(name) + 3 > sizeof(event->name) ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:=-") !=
		    strlen(name))
		return tb_error(why, -EINVAL, "%s is no event's name; see tollbooth list --events",
				*name ? name : "an empty word");
	for (size_t i = 0; name[i]; i++)
		event->name[i] = (char)tolower((unsigned char)name[i]);
	if (encode_logical(event) || !encode(name, event) || !encode_own(name, event))
		return 0;
	return tb_error(
		why, -EINVAL,
		"%s: neither libpfm4 nor tollbooth knows this event; see tollbooth list --events",
		name);
}

static bool has(const struct tb_events *events, const char *name)
{
	for (unsigned int i = 0; i < events->n; i++)
		if (!strcmp(events->at[i].name, name))
			return true;
	return false;
}

int tb_events_read(const char *list, struct tb_events *events, struct tb_error *why)
{
	events->n = 0;
	while (list) {
		struct tb_event event;
		char name[128];
		size_t length = strcspn(list, ",");
		int err;

		if (events->n == TB_EVENTS_MAX)
			return tb_error(why, -E2BIG, "more than %d events: one group holds no more",
					TB_EVENTS_MAX);
		snprintf(name, sizeof(name), "%.*s", (int)length, list);
		err = tb_event_find(name, &event, why);
		if (err)
			return err;
		if (has(events, event.name))
			return tb_error(why, -EEXIST, "event %s is asked for twice", name);
		events->at[events->n++] = event;
		list = list[length] ? list + length + 1 : NULL;
	}
	return 0;
}

/* "spr::L1D:REPLACEMENT"; every Intel CPU has the architectural PMU. */
static bool is_of_core(const struct tb_event *event)
{
	size_t length = strcspn(event->encoding, ":");
	pfm_pmu_info_t info;
	pfm_pmu_t id;

	pfm_for_all_pmus(id)
	{
		memset(&info, 0, sizeof(info));
		info.size = sizeof(info);
		if (pfm_get_pmu_info(id, &info) == PFM_SUCCESS && strlen(info.name) == length &&
		    !strncmp(info.name, event->encoding, length))
			return info.type == PFM_PMU_TYPE_CORE && strcmp(info.name, "ix86arch") != 0;
	}
	return false;
}

void tb_events_distrust(struct tb_events *events, const char *reason)
{
	for (unsigned int i = 0; reason && i < events->n; i++) {
		struct tb_event *event = &events->at[i];

		/* Without an encoding no event of this core was found: the reason is the same. */
		if (!event->encoding[0] || is_of_core(event))
			snprintf(
				event->why, sizeof(event->why),
				"libpfm4 knows the core by family and model, which are not its own: %s",
				reason);
	}
}

static void print_event(const pfm_event_info_t *event, FILE *out)
{
	pfm_event_attr_info_t attr;
	int i, umasks = 0;

	pfm_for_each_event_attr(i, event)
	{
		memset(&attr, 0, sizeof(attr));
		attr.size = sizeof(attr);
		if (pfm_get_event_attr_info(event->idx, i, PFM_OS_PERF_EVENT_EXT, &attr) !=
			    PFM_SUCCESS ||
		    attr.type != PFM_ATTR_UMASK)
			continue;
		fprintf(out, "%s:%s  %s\n", event->name, attr.name, attr.desc);
		umasks++;
	}
	if (!umasks)
		fprintf(out, "%s  %s\n", event->name, event->desc ? event->desc : "");
}

int tb_events_print(const char *pmu, FILE *out)
{
	pfm_event_info_t event;
	pfm_pmu_info_t info;
	pfm_pmu_t id;
	int err = start_library();

	if (err)
		return err;
	pfm_for_all_pmus(id)
	{
		memset(&info, 0, sizeof(info));
		info.size = sizeof(info);
		if (pfm_get_pmu_info(id, &info) != PFM_SUCCESS || strcasecmp(info.name, pmu) != 0)
			continue;
		for (int i = info.first_event; i != -1; i = pfm_get_event_next(i)) {
			memset(&event, 0, sizeof(event));
			event.size = sizeof(event);
			if (pfm_get_event_info(i, PFM_OS_PERF_EVENT_EXT, &event) == PFM_SUCCESS)
				print_event(&event, out);
		}
		return 0;
	}
	return -ENOENT;
}
