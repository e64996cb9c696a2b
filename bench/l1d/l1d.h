/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the benchmarks of the l1d family share: which loops run here, and the
 * apparatus of flush_rig.h in one of two realms, this process or the kernel.
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
/* Values of parameters, NULL after the last; of loops those of flush_loops.h. */
const char *l1d_loop_name(unsigned int i);
const char *l1d_victim_name(unsigned int i);
const char *l1d_buffer_name(unsigned int i);
/* Whether this CPU can run the loop; otherwise *lacks names what is missing. */
bool l1d_loop_runs(const struct tb_flush_loop *loop, const char **missing);
/* CPUID leaf 1, ECX[31]: whether CPUID itself leaves the machine. */
bool l1d_hypervised(void);
bool l1d_is_amd(void);

struct l1d_realm {
	/* Where the module has the areas, only what the parameters say: l1d, loop, victim, buffer, size. */
	struct l1d_rig rig;
	struct tb_trial *trial;
	int device; /* of the module, or -1 */
	int err;    /* of the first sample that failed; none is taken after it */
	uint64_t smis;
	uint64_t irqs_off; /* TSC cycles, in the module: of the longest sample */
};

/* The message of EIO. */
#define L1D_WRITE_REFUSED                                                                       \
	"CPUID shows IA32_FLUSH_CMD, but its write raises #GP: the hypervisor refuses it; use " \
	"another loop"

/* The areas and their contents. 0, or -errno after tb_trial_fail(). Torn down in any case. */
int l1d_realm_here(struct tb_trial *trial, struct l1d_realm *realm);
/* The same in the kernel; the loop is one of flush_loops.h or of ring 0's own. */
int l1d_realm_kernel(struct tb_trial *trial, struct l1d_realm *realm,
		     const struct tb_flush_loop *loop);
void l1d_realm_teardown(struct l1d_realm *realm);

/* Takes the sample; after a failure its times are 0 and realm->err tells. */
void l1d_sample(struct l1d_realm *realm, struct tb_flush_sample *sample);

/* TSC cycles -> core cycles, by a core-clock chain of the same round. */
double l1d_core_cycles(double tsc, double chain);

#endif
