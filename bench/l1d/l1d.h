/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the benchmarks of the l1d family: the loops that this CPU can run, and
 * the rig of flush_rig.h in one of two realms, this process or the kernel.
 */
#ifndef TB_L1D_H
#define TB_L1D_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench.h"
#include "measure/clock.h"
#include "stats/random.h"

static inline uint32_t l1d_below(void *random, uint32_t n)
{
	return (uint32_t)tb_random_below(random, n);
}

#include "flush_rig.h"

const struct tb_flush_loop *l1d_loop(const char *name);
/* Values of the parameters, NULL after the last. Loops are those of flush_loops.h. */
const char *l1d_loop_name(unsigned int i);
const char *l1d_victim_name(unsigned int i);
const char *l1d_buffer_name(unsigned int i);
/* Whether this CPU can run the loop. If not, *lacks names the missing feature. */
bool l1d_loop_runs(const struct tb_flush_loop *loop, const char **missing);
/* CPUID leaf 1, ECX[31]: a hypervisor is present, so CPUID exits to it. */
bool l1d_hypervised(void);
bool l1d_is_amd(void);

struct l1d_realm {
	/* In the kernel the module has the areas; set are only l1d, loop, victim, buffer and size. */
	struct l1d_rig rig;
	struct tb_trial *trial;
	int device; /* fd of the module, or -1 */
	int err;    /* -errno of the first failed sample; no sample is taken after it */
	uint64_t smis;
	uint64_t irqs_off; /* of the longest sample in the module, TSC cycles */
};

/* The message for -EIO. */
#define L1D_WRITE_REFUSED                                                                       \
	"CPUID shows IA32_FLUSH_CMD, but its write raises #GP: the hypervisor refuses it; use " \
	"another loop"

/* Sets up the areas and their contents. 0, or -errno after tb_trial_fail(). Tear down in both cases. */
int l1d_realm_here(struct tb_trial *trial, struct l1d_realm *realm);
/* The same in the kernel; the loop is one of flush_loops.h or of the ring-0 loops, id its enum tb_loop_id. */
int l1d_realm_kernel(struct tb_trial *trial, struct l1d_realm *realm,
		     const struct tb_flush_loop *loop, uint32_t id);
void l1d_realm_teardown(struct l1d_realm *realm);

/* Takes a sample. After a failure its times are 0 and realm->err has the error. */
void l1d_sample(struct l1d_realm *realm, struct tb_flush_sample *sample);

/* Converts TSC cycles to core cycles by a core-clock chain of the same round. */
double l1d_core_cycles(double tsc, double chain);

#endif
