/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tollbooth module and its users say to each other through
 * /dev/tollbooth.
 *
 * Every operation takes one structure whose first field is its size, filled in
 * by the caller. A longer one than the module knows is taken when the rest is
 * zero (else E2BIG), a shorter one is refused (EINVAL). Reserved fields and
 * unknown flags must be zero. Nothing here names code, an address or an MSR.
 *
 * Errors of all: EFAULT, EINVAL, E2BIG, EINTR, ENOMEM; ENOTTY for what is no
 * operation. Others stand beside the operation.
 */
#ifndef TB_UAPI_TOLLBOOTH_H
#define TB_UAPI_TOLLBOOTH_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define TB_DEVICE "/dev/tollbooth"

enum { TB_ABI = 1 }; /* raised when a structure changes its meaning; longer ones do not raise it */

#define TB_IOC_INFO	   _IO(0xb7, 0) /* struct tb_info */
#define TB_IOC_FLUSH_SETUP _IO(0xb7, 1) /* struct tb_flush_setup */
#define TB_IOC_FLUSH_SHOT  _IO(0xb7, 2) /* struct tb_shot */
#define TB_IOC_PMU_SETUP   _IO(0xb7, 3) /* struct tb_pmu_setup */
#define TB_IOC_APF_WAIT	   _IO(0xb7, 4) /* struct tb_apf_wait */
#define TB_IOC_APF_WAKE	   _IO(0xb7, 5) /* struct tb_apf_wake */
#define TB_IOC_APF_STAT	   _IO(0xb7, 6) /* struct tb_apf_stat */

/* What this kernel and CPU offer. */
enum {
	TB_CAP_HYPERVISOR = 1 << 0, /* CPUID.1:ECX[31] */
	TB_CAP_SMI_COUNT = 1 << 1,  /* SMIs can be counted */
	TB_CAP_RDPMC = 1 << 2,	    /* a counter can be read from ring 0 */
	TB_CAP_APF = 1 << 3,	    /* the wait table runs here: not on PREEMPT_RT */
};

struct tb_info {
	__u32 size;
	__u32 abi;
	__u32 caps;
	__u32 loops; /* a bit for each enum tb_loop_id that can run */
	__u32 tsc_khz;
	__u32 reserved[3];
};

/* The loops of flush_loops.h in their order, and what only ring 0 has. */
enum tb_loop_id {
	TB_LOOP_MSR = 10, /* IA32_FLUSH_CMD, where CPUID.(7,0):EDX[28] says so */
	TB_LOOP_WBINVD,	  /* with the module's parameter wbinvd=1 only */
	TB_LOOP_IDS
};

enum l1d_victim { L1D_FULL, L1D_ONE_PAGE, L1D_DIRTY, L1D_REUSED, L1D_VICTIM_KINDS };
enum l1d_buffer { L1D_IN_L2, L1D_IN_L3, L1D_IN_DRAM, L1D_BUFFER_KINDS };

/* Upper bounds, bytes: they bound how long interrupts are off, and the memory of an open file. */
enum { TB_L1D_MAX = 256 << 10, TB_L2_MAX = 16 << 20, TB_FLUSH_MAX = 1 << 20 };

/*
 * The apparatus of this open file; replaces the one before. Sizes are multiples
 * of 4096. EOPNOTSUPP: this loop does not run here.
 */
struct tb_flush_setup {
	__u32 size;
	__u32 loop;   /* enum tb_loop_id */
	__u32 victim; /* enum l1d_victim */
	__u32 buffer; /* enum l1d_buffer */
	__u32 l1d_bytes;
	__u32 l2_bytes; /* for buffer L1D_IN_L3; else 0 will do */
	__u32 flush_bytes;
	__u32 reserved;
	__u64 seed; /* of the orders of lines */
};

/* What is done to the prepared victim before it is looked at. */
enum l1d_arrange {
	L1D_DO_NOTHING,
	L1D_DO_FLUSH,	   /* in a timed window, a null window before it */
	L1D_DO_REFERENCE,  /* the flush and a disjoint pass on top: nothing survives */
	L1D_DO_BY_ADDRESS, /* evicted by address, fetched back to L2 */
	L1D_DO_ZERO_PAGE,  /* flushed with a buffer that is one page behind every address */
	L1D_DO_HOT,	   /* as the reference, then `hot` lines touched */
	L1D_ARRANGEMENTS
};

/* Of the page the dependent chain, of a working set a walk: chained over 3 sets, then linear. */
enum { L1D_LOOK_PAGE, L1D_LOOK_WALK, L1D_LOOKS };
enum { L1D_WALK_SETS = 3, L1D_WALKS = 2 * L1D_WALK_SETS };

enum {
	TB_SHOT_NEW_PAGE = 1 << 0, /* another page of the victim and a new order of its lines */
	TB_SHOT_COUNT = 1 << 1,	   /* read the counters of TB_IOC_PMU_SETUP around the flush */
};

enum { TB_PMU_EVENTS = 4 };
#define TB_SMI_UNKNOWN 0xffffffffu

/*
 * One sample, interrupts off: arrange, look. ENODATA: nothing is set up; ENXIO:
 * the caller does not run on `cpu` (pin it); EBUSY: a counter is not on the PMU.
 */
struct tb_shot {
	__u32 size;
	__u32 cpu;
	__u32 flags;
	__u32 arrange; /* enum l1d_arrange */
	__u32 look;
	__u32 hot;  /* lines, of L1D_DO_HOT */
	__u32 walk; /* of L1D_LOOK_WALK */
	__u32 smis; /* out: counted meanwhile, or TB_SMI_UNKNOWN */
	/* Out, TSC cycles. */
	__u64 null;    /* a window over nothing, of L1D_DO_FLUSH */
	__u64 latency; /* of the flush */
	__u64 probe;   /* of the look */
	__u64 chain;   /* of 1800 core cycles, a moment later */
	__u64 count[TB_PMU_EVENTS];
	__u64 reserved;
};

enum { TB_PMU_NOT_USER = 1 << 0, TB_PMU_NOT_KERNEL = 1 << 1, TB_PMU_NOT_HYPERVISOR = 1 << 2 };

struct tb_pmu_event {
	__u32 type; /* PERF_TYPE_HARDWARE, _HW_CACHE or _RAW */
	__u32 exclude;
	__u64 config, config1, config2;
};

/*
 * Counters for shots and wakes on `cpu`; replaces those before, n = 0 closes
 * them. Pinned, and read once to see: EBUSY when the PMU has no room. ENOENT,
 * EOPNOTSUPP: no such event here; ENXIO: no such CPU, or it is off.
 */
struct tb_pmu_setup {
	__u32 size;
	__u32 cpu;
	__u32 n;
	__u32 reserved;
	struct tb_pmu_event event[TB_PMU_EVENTS];
	__u64 null[TB_PMU_EVENTS]; /* out: counted in a window over nothing */
};

enum { TB_APF_WAITERS = 64, TB_APF_DUMMIES = 1024, TB_APF_WIDEN_MAX = 50 };
#define TB_APF_NO_TOKEN 0xffffffffu /* never a token */

enum {
	TB_APF_UNFENCED = 1 << 0, /* of wait: leave as the literal code does, see apf.c */
};

/*
 * Waits for the token's wake, killably; at once when it came first. EEXIST: the
 * token waits already; ENOSPC: TB_APF_WAITERS do; EOPNOTSUPP: no TB_CAP_APF.
 */
struct tb_apf_wait {
	__u32 size;
	__u32 flags;
	__u32 token;
	__u32 widen_us;	    /* a test's: between queueing and sleeping, at most TB_APF_WIDEN_MAX */
	__u32 early;	    /* out: 1 when the wake was there first */
	__u32 cpu;	    /* out: where it was queued */
	__u64 entered, ran; /* out, TSC: before queueing, and first thing after the sleep */
	__u64 reserved;
};

enum {
	TB_APF_ALL = 1 << 0,	  /* all that were queued on the caller's CPU, as the guest does */
	TB_APF_ALL_CPUS = 1 << 1, /* all */
	TB_APF_COUNT = 1 << 2,	  /* read the counters of TB_IOC_PMU_SETUP around the wake */
};

/*
 * Wakes a token, or leaves a dummy for it. EALREADY: it has one; ENOSPC:
 * TB_APF_DUMMIES of them are there. Of TB_APF_COUNT, before anything is woken:
 * ENODATA: no counters are set up; EBUSY: one is not on the PMU of this CPU.
 */
struct tb_apf_wake {
	__u32 size;
	__u32 flags;
	__u32 token;		 /* TB_APF_NO_TOKEN with TB_APF_ALL and TB_APF_ALL_CPUS */
	__u32 widen_us;		 /* a test's: between unlinking a waiter and waking it */
	__u32 woken;		 /* out: waiters */
	__u32 dummies;		 /* out: left by this call, or dropped by a wake of all */
	__u64 entered, returned; /* out, TSC */
	__u64 count[TB_PMU_EVENTS];
	__u64 reserved;
};

struct tb_apf_stat {
	__u32 size;
	__u32 waiting; /* in the table */
	__u32 dummies;
	__u32 reserved;
	/* Wakers that touched a waiter's node after the waiter had left: 0 but with TB_APF_UNFENCED. */
	__u64 stale;
};

#endif
