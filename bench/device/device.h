/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel module as a benchmark meets it. */
#ifndef TB_BENCH_DEVICE_H
#define TB_BENCH_DEVICE_H

#include "bench.h"
#include "measure/counters.h"
#include "uapi/tollbooth.h"

/* What the module offers. 0, or -errno after tb_probe_unavailable(). */
int tb_device_probe(struct tb_probe *probe, struct tb_info *info);
/* The same for a benchmark whose threads use the module's table. */
int tb_device_probe_table(struct tb_probe *probe);
/* The device for a launch; -errno after tb_trial_fail(). Closed with close(). */
int tb_device_open_trial(struct tb_trial *trial);
/* A benchmark's count(): in the module's windows on role 0's CPU. */
int tb_device_count(struct tb_trial *trial, int device, const struct tb_events *events,
		    struct tb_counters *counters);
/* A wait in the module's table, and a wake: 0 or -errno. */
int tb_device_wait(int device, uint32_t token, struct tb_apf_wait *wait);
int tb_device_wake(int device, uint32_t token, uint32_t flags, struct tb_apf_wake *wake);

#endif
