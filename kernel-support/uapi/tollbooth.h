/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
/*
 * The interface of /dev/tollbooth.
 *
 * Every operation reads and writes one structure, whose size is part of the operation's
 * number. The module accepts a structure longer than its own if the rest is zero
 * (otherwise E2BIG), and refuses a shorter one (EINVAL). New fields go to the end.
 * Reserved fields and unknown flags must be zero. No field holds code, an address or an
 * MSR number.
 *
 * Errors of all operations: EFAULT, EINVAL, E2BIG, EINTR, ENOMEM; ENOTTY for an unknown
 * number. Further errors are listed at each operation.
 */
#ifndef TB_UAPI_TOLLBOOTH_H
#define TB_UAPI_TOLLBOOTH_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define TB_DEVICE "/dev/tollbooth"

/* Incremented when a field changes its meaning; a longer structure does not count. */
enum { TB_ABI = 3 };

/* Unused in Linux's Documentation/userspace-api/ioctl/ioctl-number.rst. */
enum { TB_IOC_LETTER = 0xd7 };

#define TB_IOC_INFO	    _IOR(TB_IOC_LETTER, 0, struct tb_info)
#define TB_IOC_FLUSH_SETUP  _IOW(TB_IOC_LETTER, 1, struct tb_flush_setup)
#define TB_IOC_FLUSH_SAMPLE _IOWR(TB_IOC_LETTER, 2, struct tb_flush_sample)
#define TB_IOC_PMU_SETUP    _IOWR(TB_IOC_LETTER, 3, struct tb_pmu_setup)
#define TB_IOC_APF_WAIT	    _IOWR(TB_IOC_LETTER, 4, struct tb_apf_wait)
#define TB_IOC_APF_WAKE	    _IOWR(TB_IOC_LETTER, 5, struct tb_apf_wake)
#define TB_IOC_APF_STAT	    _IOR(TB_IOC_LETTER, 6, struct tb_apf_stat)

/* Capabilities of this kernel and CPU. */
enum {
	TB_CAP_HYPERVISOR = 1 << 0,   /* CPUID.1:ECX[31] */
	TB_CAP_SMI_COUNT = 1 << 1,    /* SMIs can be counted */
	TB_CAP_RDPMC = 1 << 2,	      /* a counter can be read from ring 0 */
	TB_CAP_APF = 1 << 3,	      /* the wait table is available: not on PREEMPT_RT */
	TB_CAP_CONFIDENTIAL = 1 << 4, /* a guest with encrypted memory: SEV or TDX */
};

struct tb_info {
	__u32 abi;
	__u32 caps;
	__u32 loops; /* a bit for each enum tb_loop_id that can run */
	__u32 tsc_khz;
};

/*
 * From 0: the loops of flush_loops.h in their order, which new ones continue. The ring-0 loops
 * have the last numbers, so that a new loop changes none.
 */
enum tb_loop_id {
	TB_LOOP_MSR = 30, /* IA32_FLUSH_CMD, if CPUID.(7,0):EDX[28] is set */
	/* Needs the parameter wbinvd=1; never in a confidential guest or on PREEMPT_RT. */
	TB_LOOP_WBINVD = 31,
	TB_LOOP_IDS = 32 /* one bit of tb_info.loops each */
};

enum l1d_victim { L1D_FULL, L1D_ONE_PAGE, L1D_DIRTY, L1D_REUSED, L1D_VICTIM_KINDS };
enum l1d_buffer { L1D_IN_L2, L1D_IN_L3, L1D_IN_DRAM, L1D_BUFFER_KINDS };

/*
 * Upper limits, bytes. They limit the time with interrupts off and the memory of an open
 * file. That is at most 72 MiB, for buffer L1D_IN_L3 with the largest L2 and flushes of
 * 4 KiB. The memory is charged to the caller's cgroup.
 */
enum { TB_L1D_MAX = 256 << 10, TB_L2_MAX = 16 << 20, TB_FLUSH_MAX = 1 << 20 };

/*
 * The longest time that a sample may keep interrupts off, microseconds; a longer one
 * fails. TB_APF_WAITERS and TB_APF_DUMMIES limit waits and wakes.
 */
enum { TB_IRQS_OFF_MAX_US = 100000 };

/*
 * Sets up the flush rig of this open file and replaces the previous one. Sizes are
 * multiples of 4096. EOPNOTSUPP: this machine cannot run the loop. EIO: the CPU or the
 * hypervisor refuses the write of IA32_FLUSH_CMD although CPUID reports it.
 */
struct tb_flush_setup {
	__u32 loop;   /* enum tb_loop_id */
	__u32 victim; /* enum l1d_victim */
	__u32 buffer; /* enum l1d_buffer */
	__u32 l1d_bytes;
	__u32 l2_bytes; /* for buffer L1D_IN_L3; otherwise may be 0 */
	__u32 flush_bytes;
	__aligned_u64 seed; /* for the orders of lines */
};

/* The operation on the prepared victim before the probe. */
enum l1d_setup {
	L1D_DO_NOTHING,
	L1D_DO_FLUSH,	   /* a flush in a timed window, with a null window before it */
	L1D_DO_REFERENCE,  /* the flush and a pass over other memory: no line survives */
	L1D_DO_BY_ADDRESS, /* evicted by address, fetched back to L2 */
	L1D_DO_ZERO_PAGE,  /* a flush over a buffer that maps one page at every address */
	L1D_DO_HOT,	   /* as the reference, then `hot` lines are touched */
	L1D_SETUPS
};

/* PAGE: the dependent chain of a page. WALK: a working set; 3 sets chained, then 3 linear. */
enum { L1D_PROBE_PAGE, L1D_PROBE_WALK, L1D_PROBE_KINDS };
enum { L1D_WALK_SETS = 3, L1D_WALKS = 2 * L1D_WALK_SETS };

enum {
	TB_SAMPLE_NEW_PAGE = 1 << 0, /* new victim page and order of lines */
	TB_SAMPLE_COUNT = 1 << 1,    /* read the counters of TB_IOC_PMU_SETUP around the flush */
};

enum { TB_PMU_EVENTS = 4 };
#define TB_SMI_UNKNOWN 0xffffffffu

/*
 * Takes one sample with interrupts off: setup, then probe. ENODATA: no rig is set up;
 * ENXIO: the caller does not run on `cpu` (pin it); EBUSY: a counter is not on the PMU;
 * EIO: the write of IA32_FLUSH_CMD raised #GP; ETIME: interrupts were off for longer
 * than TB_IRQS_OFF_MAX_US, and the rig was removed.
 */
struct tb_flush_sample {
	__u32 cpu;
	__u32 flags;
	__u32 setup;	  /* enum l1d_setup */
	__u32 probe_kind; /* L1D_PROBE_PAGE or L1D_PROBE_WALK */
	__u32 hot;	  /* lines, for L1D_DO_HOT */
	__u32 walk;	  /* index, for L1D_PROBE_WALK */
	__u32 reserved;
	__u32 smis; /* out: SMIs during the sample, or TB_SMI_UNKNOWN */
	/* Out, TSC cycles. */
	__aligned_u64 null;	/* the empty window of L1D_DO_FLUSH */
	__aligned_u64 latency;	/* the flush */
	__aligned_u64 probe;	/* the probe */
	__aligned_u64 chain;	/* 1800 core cycles, right after the probe */
	__aligned_u64 irqs_off; /* time with interrupts off */
	__aligned_u64 count[TB_PMU_EVENTS];
};

enum { TB_PMU_NOT_USER = 1 << 0, TB_PMU_NOT_KERNEL = 1 << 1, TB_PMU_NOT_HYPERVISOR = 1 << 2 };

struct tb_pmu_event {
	__u32 type; /* PERF_TYPE_HARDWARE, _HW_CACHE or _RAW */
	__u32 exclude;
	__aligned_u64 config, config1, config2;
};

/*
 * Opens counters for samples and wakes on `cpu` and replaces the previous ones; n = 0
 * closes them. They are pinned and read once. EBUSY: the PMU has no free counter; EDOM:
 * RDPMC of an event yields no count (Intel's topdown metrics are shares, read by one
 * RDPMC); ENOENT, EOPNOTSUPP: no such event; ENXIO: no such CPU, or it is offline.
 */
struct tb_pmu_setup {
	__u32 cpu;
	__u32 n;
	struct tb_pmu_event event[TB_PMU_EVENTS];
	__aligned_u64 null[TB_PMU_EVENTS]; /* out: counts of an empty window */
};

enum { TB_APF_WAITERS = 64, TB_APF_DUMMIES = 1024 };
#define TB_APF_NO_TOKEN 0xffffffffu /* never a token */

/*
 * Waits for the token's wake; returns at once if it came first. A signal ends the wait
 * (EINTR, or the call is restarted), and so does the freezer before a suspend. EEXIST:
 * the token waits already; ENOSPC: TB_APF_WAITERS tasks wait; EOPNOTSUPP: no
 * TB_CAP_APF.
 */
struct tb_apf_wait {
	__u32 token;
	__u32 early; /* out: 1 if the wake came first */
	__u32 cpu;   /* out: CPU on which it was queued */
	__u32 reserved;
	__aligned_u64 entered, ran; /* out, TSC: before queueing; right after the sleep */
	__aligned_u64 irqs_off;	    /* out, TSC cycles: longest time with interrupts off */
};

enum {
	TB_APF_ALL = 1 << 0,	  /* all tasks queued on the caller's CPU, as the guest does */
	TB_APF_ALL_CPUS = 1 << 1, /* all tasks */
	TB_APF_COUNT = 1 << 2,	  /* read the counters of TB_IOC_PMU_SETUP around the wake */
};

/*
 * Wakes a token, or leaves a dummy for it. EALREADY: it has a dummy; ENOSPC: there are
 * TB_APF_DUMMIES already. With TB_APF_COUNT, before any wake: ENODATA: no counters are
 * set up; EBUSY: one is not on the PMU of this CPU.
 */
struct tb_apf_wake {
	__u32 flags;
	__u32 token;   /* TB_APF_NO_TOKEN with TB_APF_ALL and TB_APF_ALL_CPUS */
	__u32 woken;   /* out: number of woken waiters */
	__u32 dummies; /* out: dummies left by this call, or dropped by a wake of all */
	__aligned_u64 entered, returned; /* out, TSC */
	__aligned_u64 irqs_off;		 /* out, TSC cycles */
	__aligned_u64 count[TB_PMU_EVENTS];
};

struct tb_apf_stat {
	__u32 waiting; /* tasks in the table */
	__u32 dummies;
	/* Wakers that touched a node after its waiter had left; must be 0. */
	__aligned_u64 stale;
};

#endif
