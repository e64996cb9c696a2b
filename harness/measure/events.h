/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of events: libpfm4's own, and logical ones that mean the same on every core. */
#ifndef TB_EVENTS_H
#define TB_EVENTS_H

#include <stddef.h>
#include <stdio.h>

#include "error.h"
#include "measure/counters.h"

/* Whom to ask for events of this core: "spr"; borrowed: libpfm4 does not know the CPU, these are its sibling's. */
struct tb_core_pmu {
	char name[32];
	bool borrowed;
	unsigned int family, model;
};

/* 0, or -ENOENT: neither libpfm4 nor we know the CPU's events. */
int tb_core_pmu(struct tb_core_pmu *pmu);

/*
 * Finds an event by libpfm4's name ("spr::L1D:REPLACEMENT", "page-faults"), the
 * core's without its prefix ("L1D:REPLACEMENT"), or a logical name. An event that
 * only this CPU does not support is found, with `why` said. -EINVAL for a name that nobody
 * knows, with the error.
 */
int tb_event_find(const char *name, struct tb_event *event, struct tb_error *why);
/* "a,b,c". As above; -E2BIG for more than TB_EVENTS_MAX, -EEXIST for one twice. */
int tb_events_read(const char *list, struct tb_events *events, struct tb_error *why);

/*
 * Gives each event of a core's own PMU the reason why it cannot be counted: libpfm4 chose
 * the PMU by family and model, which are another core's. Events of the kernel, of the
 * architectural PMU and raw codes ("r0151") stay. A NULL reason does nothing.
 */
void tb_events_distrust(struct tb_events *events, const char *reason);

/* Logical names and the kernel's software events, in order; NULL after the last. */
const char *tb_event_known(size_t i);
/* The meaning of the logical name; "" for libpfm4's own names. */
const char *tb_event_help(size_t i);
/* Prints the names of all of a PMU's events with their umasks, a line each. -ENOENT: no such PMU. */
int tb_events_print(const char *pmu, FILE *out);

#endif
