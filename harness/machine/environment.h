/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record's "environment": what can be set, and bears on the numbers. */
#ifndef TB_ENVIRONMENT_H
#define TB_ENVIRONMENT_H

#include <jansson.h>

#include "machine/sysroot.h"

/*
 * {
 *   "kernel": { "release", "version", "cmdline" (redacted), "config_sha256" (of
 *               proc/config.gz as it is), "tainted", "preempt", "hz" },
 *   "mitigations": { every file of vulnerabilities/: its text } or null,
 *   "virtualization": { "class", "hypervisor", "signature", "container", "evidence",
 *                      "contradictions": [facts that cannot all be true, as text] },
 *   "frequency": { "driver", "governor", "epp", "turbo", "min_khz", "max_khz" },
 *   "idle": { "driver", "governor", "states": [ { "name", "latency_us",
 *             "residency_us", "disabled" } ] },
 *   "kvm": { "module", "halt_poll_ns", "nested", "vmentry_l1d_flush" },
 *   "memory": { "thp", "thp_defrag", "ksm_run", "swappiness" },
 *   "cgroup": { "cpu_quota" (CPUs), "memory_max_bytes", "pids_max" }: the tightest limit of
 *             this process's groups, null without one,
 *   "smt_control", "kpti", "fred", "prefetchers", "aslr", "perf_event_paranoid",
 *   "unprivileged_userfaultfd", "pmu": { "present", "reason" }, "clocksource",
 *   "libc", "compiler",
 *   "nulls": [ { "field": "frequency.governor", "reason": "..." } ]
 * }
 * "preempt" is the mode in force (none, voluntary, full, lazy) where debugfs shows
 * it, else the build's (PREEMPT_DYNAMIC, PREEMPT_RT, PREEMPT_LAZY, PREEMPT, none).
 * Frequency and idle are those of the first online CPU, or of the one that is given. A null means "not
 * knowable", never 0; every null has one entry in "nulls", and no key is ever
 * missing. "class" is never "nested" here: that is for the caller who starts
 * guests of its own. NULL when short of memory.
 */
json_t *tb_environment(const struct tb_sysroot *root);
/* The same of this CPU, the one that is measured on: each CPU has settings of its own. */
json_t *tb_environment_of(const struct tb_sysroot *root, int cpu);

#endif
