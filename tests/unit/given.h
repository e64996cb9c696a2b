/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of benchmarks with chosen inputs. A test chooses the time stamps that a benchmark reads,
 * runs a launch inside its own process, and compares the result with the value that follows from
 * the stamps.
 *
 * Words in names and comments of these tests:
 *   given    chosen by the test: a given stamp replaces the TSC. given_*.c are such test programs.
 *   played   replaced by a function of the test: a played ioctl() answers as the kernel would
 *            (played.h).
 *   planted  a fault that a test causes, so that one check must fail (planted.h).
 *   world    the replaced environment of one benchmark, a header X_world.h: its system calls, its
 *            children, its guests.
 *
 * The benchmarks are compiled with TB_GIVEN_CLOCK. The harness is the same as in the program.
 */
#ifndef TB_GIVEN_H
#define TB_GIVEN_H

#include "measure/clock.h"
#include "flush_lines.h"
#include "run/trial.h"

/* One TSC cycle is one nanosecond and, unless given_chain() changes it, one core cycle. */
enum { GIVEN_TSC_HZ = 1000000000 };

/* Sets the next n stamps of all threads, in reading order. Reading one more fails the test. */
void given_stamps(const uint64_t *stamp, size_t n);
/* From now on each stamp is `step` cycles after the previous one. The default step is 1000. */
void given_steps(uint64_t step);
/* From now on each stamp comes from this function, in the thread that reads it. NULL ends that. */
void given_stamps_by(uint64_t (*stamp)(void));
/* The number of stamps that were read since the last call of a function above. */
size_t given_stamps_read(void);
/* Adds the duration of a played call to later stamps. Has an effect with given_steps() only. */
void given_pass(uint64_t cycles);
/* From now on stamps come from this machine's TSC, until given_steps(). */
void given_real(void);
/* Sets how many TSC cycles 1800 core cycles take. The default is 1800: both cycles are equal. */
void given_chain(uint64_t tsc);
/* From now on every n-th chain takes tsc cycles, as if it was interrupted. 0: none, the default. */
void given_long_chain(unsigned int every, uint64_t tsc);
/* Sets the granularity of the TSC in cycles. The default is 1. */
void given_tsc_step(uint64_t step);

/* Subleaf 0 of a CPUID leaf. */
struct given_cpuid {
	unsigned int leaf, a, b, c, d;
};
/* From now on CPUID and XCR0 return these. n = 0: those of this CPU (the default). */
void given_cpuid(const struct given_cpuid *leaves, size_t n, unsigned int xcr0);

/* A simulated core: it handles each access to a cache line and supplies the stamps. */
struct given_core {
	uint64_t (*stamp)(void);
	void (*run)(void (*run)(void *, unsigned long), void *at, unsigned long bytes);
	void (*access)(enum tb_given_access how, void *at);
	void *(*follow)(void *line, unsigned int times);
	void (*fence)(void);
};
/* From now on benchmarks run on this core. NULL: on the real one (the default). */
void given_core(const struct given_core *core);

/*
 * Benchmarks of thread/ see a shadow stack in every thread: its pointer is ssp, its features are
 * these (THREAD_SHSTK). The CPU needs no shadow stacks. 0, 0 is the default: no shadow stack.
 */
void given_shadow(uint64_t ssp, uint64_t features);
/* From now on an arch_prctl() that would change the features returns this error. */
void given_shadow_locked(long err);

/* The time limit of a launch in seconds. A launch that hangs is then ended by SIGALRM. */
enum { GIVEN_SECONDS = 20 };
/*
 * Begins a launch of the benchmark with the parameters of a row ("loop=kvm size=64K"; others have
 * their defaults). Every role runs on given_cpu(). The caches are 48 KiB, 2 MiB and 32 MiB.
 */
void given_open(struct tb_trial *trial, const struct tb_bench *bench, const char *params);
int given_cpu(void);			  /* the first that this thread may run on */
void given_close(struct tb_trial *trial); /* teardown, as the worker does it */
/* Takes one sample of a column. Metrics without a value are NAN. Returns 0 or -errno. */
int given_sample(struct tb_trial *trial, enum tb_column column, double *value);
/* The counting window of the latest sample. */
struct given_window {
	uint64_t cycles; /* the sum of given_pass() inside it */
	size_t stamps;	 /* how many were read inside it */
	unsigned int begins, ends;
	double operations;
};

struct given_window given_window(void);
/* A check of verify(), or NULL. */
const struct tb_check *given_check(const struct tb_trial *trial, const char *name);
/* The value of a control of verify(). A missing control fails the test. */
double given_control(const struct tb_trial *trial, const char *name);
/*
 * Asserts that the launch made exactly the checks named in `checks`, and that exactly those named
 * in `failed` failed. Names are separated by spaces.
 */
void given_judged(const struct tb_trial *trial, const char *checks, const char *failed);

#endif
