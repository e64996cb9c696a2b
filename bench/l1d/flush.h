/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the flush benchmarks that does not depend on the realm. */
#ifndef TB_L1D_FLUSH_H
#define TB_L1D_FLUSH_H

#include "l1d/l1d.h"

extern const struct tb_metric l1d_flush_metrics[];

enum { L1D_ROUNDS = 32 * 32 }; /* 32 blocks */

typedef int (*l1d_realm_open)(struct tb_trial *trial, struct l1d_realm *realm);

/* 0 if caches and memory have room for this variant, or -errno after tb_probe_unavailable(). */
int l1d_flush_fits(struct tb_probe *probe);
/* setup with a realm, and the other functions of a benchmark. */
int l1d_flush_begin(struct tb_trial *trial, l1d_realm_open open);
int l1d_flush_sample(struct tb_trial *trial, double *value);
int l1d_flush_verify(struct tb_trial *trial);
void l1d_flush_teardown(struct tb_trial *trial);
int l1d_flush_device(const struct tb_trial *trial); /* fd of the module, or -1 */

#endif
