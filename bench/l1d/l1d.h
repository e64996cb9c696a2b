/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the benchmarks of the l1d family share: the machine's first-level data
 * cache, a victim in it, a flush buffer, and a probe that counts the victim's
 * lines that are still there.
 */
#ifndef TB_L1D_H
#define TB_L1D_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench.h"
#include "flush_loops.h"

enum {
	L1D_LINE = 64, /* of every x86-64 so far */
	L1D_PAGE =
		4096, /* one line of each set: the index of a VIPT cache lies inside the offset */
	L1D_PAGE_LINES = L1D_PAGE / L1D_LINE,
	L1D_PROBED = L1D_PAGE_LINES - 1, /* one line of the page warms its DTLB entry */
};

const struct tb_flush_loop *l1d_loop(const char *name);
/* Whether this CPU can run the loop; otherwise *lacks names what is missing. */
bool l1d_loop_runs(const struct tb_flush_loop *loop, const char **lacks);
/* CPUID leaf 1, ECX[31]: whether CPUID itself leaves the machine. */
bool l1d_hypervised(void);

/* In the order of the parameters' values. */
enum l1d_victim { L1D_FULL, L1D_ONE_PAGE, L1D_DIRTY, L1D_REUSED };
enum l1d_buffer { L1D_IN_L2, L1D_IN_L3, L1D_IN_DRAM };

struct l1d_rig {
	size_t l1d; /* bytes, from topology */
	const struct tb_flush_loop *loop;
	enum l1d_victim victim;
	enum l1d_buffer buffer;
	size_t size; /* of a flush, bytes */

	char *victims; /* max(l1d, size) bytes */
	size_t victim_bytes;
	char *page;	    /* the victim's page that is probed next */
	void *first;	    /* its chain's first line */
	char *ring;	    /* flush buffers, used in turn */
	size_t ring_length; /* 1, or enough for L2 to have forgotten a buffer when its turn comes */
	size_t turn;
	char *sweep;   /* disjoint, 3 times the L1D: what the reference reads on top */
	char *zero;    /* never written: the kernel's one zero page at every address */
	char *still;   /* one line that points to itself */
	char *sets[3]; /* working sets of the aftermath: a page, half the L1D, the L1D */
	bool flushopt; /* CLFLUSHOPT exists; otherwise CLFLUSH */
	struct tb_random *random;
};

/* The areas and their contents. 0, or -errno after tb_trial_fail(). */
int l1d_rig_setup(struct tb_trial *trial, struct l1d_rig *rig);
void l1d_rig_teardown(struct l1d_rig *rig);

void l1d_new_page(struct l1d_rig *rig);	 /* another page of the victim, a new order of its lines */
void l1d_prepare(struct l1d_rig *rig);	 /* victim and buffer into their states; fenced */
void l1d_flush(struct l1d_rig *rig);	 /* the variant's own flush, untimed */
void l1d_flush_all(struct l1d_rig *rig); /* the reference: the flush and a disjoint pass on top */
uint64_t l1d_flush_timed(struct l1d_rig *rig); /* a window over the flush, TSC cycles */
uint64_t l1d_null_timed(struct l1d_rig *rig);  /* the same window over nothing */
void l1d_evict_lines(struct l1d_rig *rig, char *at,
		     size_t bytes); /* out of all caches, by address */
/* Into L2 and no nearer, and waits until they are there. */
void l1d_fetch_to_l2(char *at, size_t bytes);
void l1d_link(struct l1d_rig *rig, char *at,
	      size_t lines); /* a random cycle through the lines' word 0 */

/* A window over L1D_PROBED dependent loads of the page, TSC cycles. */
uint64_t l1d_chain(struct l1d_rig *rig, void *first);

/* TSC cycles -> core cycles, by a core-clock chain of the same round. */
double l1d_core_cycles(double tsc, double chain);

#endif
