/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel module's interface for benchmarks. */
#ifndef TB_BENCH_DEVICE_H
#define TB_BENCH_DEVICE_H

#include "bench.h"
#include "measure/counters.h"
#include "uapi/tollbooth.h"

/* Reads the module's capabilities. 0, or -errno after tb_probe_unavailable(). */
int tb_device_probe(struct tb_probe *probe, struct tb_info *info);
/* The same for a benchmark whose threads use the module's table. */
int tb_device_probe_table(struct tb_probe *probe);
/* Opens the device for a launch: fd, or -errno after tb_trial_fail(). The caller closes it. */
int tb_device_open_trial(struct tb_trial *trial);
/* A benchmark's count(): counts in the module's windows on the CPU of role 0. */
int tb_device_count(struct tb_trial *trial, int device, const struct tb_events *events,
		    struct tb_counters *counters);
/* A wait in the module's table, and a wake. 0 or -errno. */
int tb_device_wait(int device, uint32_t token, struct tb_apf_wait *wait);
int tb_device_wake(int device, uint32_t token, uint32_t flags, struct tb_apf_wake *wake);

#endif
