/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hardware breakpoints (debug registers) as events: whether this machine delivers them. */
#ifndef TB_BREAKPOINT_H
#define TB_BREAKPOINT_H

#include <linux/perf_event.h>
#include <stdbool.h>

/* An event that counts this thread's stores to 8 bytes at `at`, in user space only. */
struct perf_event_attr tb_breakpoint_attr(const volatile void *at);

/*
 * Counts known stores. false: the event opens and misses them, as under a hypervisor
 * that does not pass the debug registers on. true also where no event can be opened:
 * opening the caller's own then gives the reason.
 */
bool tb_breakpoint_fires(void);

#endif
