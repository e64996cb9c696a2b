/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world with known answers: the stamps that a benchmark reads, and a launch of it
 * without a process of its own. The benchmarks are compiled with TB_GIVEN_CLOCK, the
 * harness is the program's own.
 */
#ifndef TB_GIVEN_H
#define TB_GIVEN_H

#include "measure/clock.h"
#include "flush_lines.h"
#include "run/trial.h"

/* TSC cycles are nanoseconds here, and core cycles: see given_chain(). */
enum { GIVEN_TSC_HZ = 1000000000 };

/* The next n stamps, in the order in which they are read, by whichever thread; then one more fails the test. */
void given_stamps(const uint64_t *stamp, size_t n);
/* From now on each stamp is `step` later than the one before: the default, by 1000. */
void given_steps(uint64_t step);
/* From now on each stamp is this function's, called by the thread that reads it; NULL: no more. */
void given_stamps_by(uint64_t (*stamp)(void));
/* How many stamps were read since the last of these calls. */
size_t given_stamps_read(void);
/* Time passes: what stands in for a call says what the call takes. Added to stamps by steps. */
void given_pass(uint64_t cycles);
/* From now on stamps are those of this machine's TSC, until given_steps(). */
void given_real(void);
/* TSC cycles that 1800 core cycles take; the default is 1800: a TSC cycle is a core cycle. */
void given_chain(uint64_t tsc);
/* The step of the TSC; the default is 1. */
void given_tsc_step(uint64_t step);

/* Subleaf 0 of a CPUID leaf, and XCR0, from now on; n = 0: those of this CPU, the default. */
struct given_cpuid {
	unsigned int leaf, a, b, c, d;
};
void given_cpuid(const struct given_cpuid *leaves, size_t n, unsigned int xcr0);

/* A simulated core: each access to a line goes there, and it gives the stamps. NULL: this one's, the default. */
struct given_core {
	uint64_t (*stamp)(void);
	void (*run)(void (*run)(void *, unsigned long), void *at, unsigned long bytes);
	void (*access)(enum tb_given_access how, void *at);
	void *(*follow)(void *line, unsigned int times);
	void (*fence)(void);
};
void given_core(const struct given_core *core);

/*
 * Every thread has a shadow stack that stands at ssp, with these features (THREAD_SHSTK): benchmarks
 * of thread/ see it, the CPU need not have one. 0, 0 is the default: none.
 */
void given_shadow(uint64_t ssp, uint64_t features);
/* From now on arch_prctl() returns this where it would change the features. */
void given_shadow_locked(long err);

/*
 * A launch of the benchmark with the parameters of a row ("loop=kvm size=64K"; the rest by default),
 * every role on the CPU that this thread may run on first. Caches: 48 KiB, 2 MiB, 32 MiB.
 */
enum { GIVEN_SECONDS = 20 }; /* of a launch; then SIGALRM ends the test, and a hang is seen */
void given_open(struct tb_trial *trial, const struct tb_bench *bench, const char *params);
int given_cpu(void);			  /* the first that this thread may run on */
void given_close(struct tb_trial *trial); /* teardown, as the worker does it */
/* One sample of a column; metrics that it does not set are NAN. 0 or -errno. */
int given_sample(struct tb_trial *trial, enum tb_column column, double *value);
/* The window for counters of the latest sample: what passed in it, and which stamps were read. */
struct given_window {
	uint64_t cycles; /* by given_pass() */
	size_t stamps;
	unsigned int begins, ends;
	double operations;
};

struct given_window given_window(void);
/* What verify() left; NULL: no such check. The control fails the test where it is missing. */
const struct tb_check *given_check(const struct tb_trial *trial, const char *name);
double given_control(const struct tb_trial *trial, const char *name);
/*
 * The launch made exactly the checks named in `checks`, and exactly those named in `failed` do not
 * pass. Names are separated by spaces.
 */
void given_judged(const struct tb_trial *trial, const char *checks, const char *failed);

#endif
