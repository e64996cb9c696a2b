/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A measured fingerprint of one CPU: figures that a hypervisor cannot rename. They let a
 * reader recognise a CPU that shows another one's name.
 */
#ifndef TB_FINGERPRINT_H
#define TB_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

enum tb_fingerprint_field {
	TB_CORE_HZ,	/* of the core's clock, by a chain of multiplies */
	TB_L1D_LATENCY, /* core cycles of a load that depends on the one before */
	TB_L2_LATENCY,
	TB_L2_RATE,	    /* core cycles a line, reading in order from L2 */
	TB_TSC_STEP,	    /* between two readings, TSC ticks; integer from here on */
	TB_XSAVE_BYTES,	    /* of the state that is enabled (CPUID leaf 0DH, EBX) */
	TB_XSAVE_MAX_BYTES, /* of all that the CPU has (ECX) */
	TB_FINGERPRINT_FIELDS
};

/* The parts of a sample, in this order: how long each piece of work took. */
enum tb_fingerprint_window {
	TB_WINDOW_CHAIN, /* TSC ticks, as the others */
	TB_WINDOW_L1D,
	TB_WINDOW_L2,
	TB_WINDOW_SWEEP,
	TB_WINDOW_CHAIN_NS, /* the same chain in ns of CLOCK_MONOTONIC */
	TB_WINDOWS
};

/* The readings, and how much work each sample did. */
struct tb_fingerprint_readings {
	const double (*sample)[TB_WINDOWS];
	size_t samples;
	double chain_cycles; /* core cycles of a chain */
	double loads;	     /* of a chase, in L1D and in L2 */
	double lines;	     /* of a sweep; 0: no L2 was chased or swept, see no_l2 */
	const char *no_l2;
	uint64_t tsc_step;		       /* 0: unknown */
	uint32_t xsave_bytes, xsave_max_bytes; /* 0: unknown */
};

struct tb_fingerprint {
	size_t samples;
	double value[TB_FINGERPRINT_FIELDS];  /* NAN: unknown */
	char why[TB_FINGERPRINT_FIELDS][128]; /* why it is unknown, else "" */
};

/*
 * Measures in a thread bound to this CPU, in less than 200 ms. The caller keeps its affinity. l1d,
 * l2: bytes, 0: unknown. Never fails: each unavailable value has its reason.
 */
void tb_fingerprint_take(int cpu, size_t l1d, size_t l2, struct tb_fingerprint *out);

/* The arithmetic of it: readings to values. */
void tb_fingerprint_of(const struct tb_fingerprint_readings *readings, struct tb_fingerprint *out);
/* Bytes to chase for a load from L2: far more than the L1D, far less than the L2; 0: no room. */
size_t tb_fingerprint_l2_bytes(size_t l1d, size_t l2);

/* "core_hz" */
const char *tb_fingerprint_name(enum tb_fingerprint_field field);

#endif
