// SPDX-License-Identifier: GPL-2.0-or-later
#include "given.h"

#include <cpuid.h>
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "measure/clock.h"
#include "run/value.h"
#include "thread/shadow.h"

static struct {
	const uint64_t *stamp;
	size_t stamps;
	atomic_size_t read;
	atomic_ullong passed;
	uint64_t step, begin, chain, tsc_step;
	unsigned int chains, long_every; /* chains read; every which of them is long */
	uint64_t long_chain;
	const struct given_core *core;
	const struct given_cpuid *leaves;
	size_t n_leaves;
	unsigned int xcr0;
	bool real;
	uint64_t (*by)(void);
	int fd;
} given = { .step = 1000, .begin = 1000000, .chain = TB_CLOCK_CHAIN_CYCLES, .tsc_step = 1 };

void given_stamps(const uint64_t *stamp, size_t n)
{
	given.stamp = stamp;
	given.stamps = n;
	atomic_store(&given.read, 0);
}

void given_steps(uint64_t step)
{
	given_stamps(NULL, 0);
	given.step = step;
	given.real = false;
	atomic_store(&given.passed, 0);
}

void given_stamps_by(uint64_t (*stamp)(void))
{
	given.by = stamp;
	atomic_store(&given.read, 0);
}

size_t given_stamps_read(void)
{
	return atomic_load(&given.read);
}

void given_pass(uint64_t cycles)
{
	atomic_fetch_add(&given.passed, cycles);
}

void given_real(void)
{
	given.real = true;
}

void given_chain(uint64_t tsc)
{
	given.chain = tsc;
}

void given_long_chain(unsigned int every, uint64_t tsc)
{
	given.chains = 0;
	given.long_every = every;
	given.long_chain = tsc;
}

void given_tsc_step(uint64_t step)
{
	given.tsc_step = step;
}

void given_core(const struct given_core *core)
{
	given.core = core;
}

void given_cpuid(const struct given_cpuid *leaves, size_t n, unsigned int xcr0)
{
	given.leaves = leaves;
	given.n_leaves = n;
	given.xcr0 = xcr0;
}

int tb_given_cpuid(unsigned int leaf, unsigned int *a, unsigned int *b, unsigned int *c,
		   unsigned int *d)
{
	if (!given.n_leaves)
		return __get_cpuid_count(leaf, 0, a, b, c, d);
	for (size_t i = 0; i < given.n_leaves; i++) {
		const struct given_cpuid *at = &given.leaves[i];

		if (at->leaf != leaf)
			continue;
		*a = at->a;
		*b = at->b;
		*c = at->c;
		*d = at->d;
		return 1;
	}
	return 0;
}

unsigned int tb_given_xcr0(void)
{
	unsigned int a = given.xcr0, d;

	if (!given.n_leaves)
		asm volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return a;
}

void tb_given_run(void (*run)(void *at, unsigned long bytes), void *at, unsigned long bytes)
{
	if (given.core)
		given.core->run(run, at, bytes);
	else
		run(at, bytes);
}

void tb_given_fence(void)
{
	if (given.core)
		given.core->fence();
}

/* Without a simulated core these only have to return correct values. They are not timed. */
void tb_given_access(enum tb_given_access how, void *at)
{
	if (given.core)
		given.core->access(how, at);
}

void *tb_given_follow(void *line, unsigned int times)
{
	if (given.core)
		return given.core->follow(line, times);
	while (times--)
		line = *(void **)line;
	return line;
}

unsigned long tb_given_stamp(void)
{
	size_t i = atomic_fetch_add(&given.read, 1);

	if (given.core)
		return given.core->stamp();
	if (given.real)
		return __builtin_ia32_rdtsc();
	if (given.by)
		return given.by();
	if (!given.stamp)
		return given.begin + i * given.step + atomic_load(&given.passed);
	/* It may be read in a thread of the benchmark's, where cmocka cannot fail. */
	if (i >= given.stamps) {
		fprintf(stderr, "stamp %zu is read, and %zu were given\n", i + 1, given.stamps);
		abort();
	}
	return given.stamp[i];
}

unsigned long tb_given_chain(void)
{
	if (given.long_every && !(++given.chains % given.long_every))
		return given.long_chain;
	return given.chain;
}

double tb_given_core_cycles(double tsc)
{
	return tsc * TB_CLOCK_CHAIN_CYCLES / (double)given.chain;
}

/* The real one: benchmarks give up and settle by it, and measure nothing. */
uint64_t tb_given_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct tb_clock_mark tb_given_mark(void)
{
	uint64_t stamp = tb_given_stamp();

	return (struct tb_clock_mark){ stamp, stamp };
}

uint64_t tb_given_step(void)
{
	return given.tsc_step;
}

static struct {
	atomic_ullong ssp, features;
	atomic_long locked;
} shadow;
/* The features that a thread has disabled. */
static _Thread_local uint64_t disabled;

void given_shadow(uint64_t ssp, uint64_t features)
{
	atomic_store(&shadow.ssp, ssp);
	atomic_store(&shadow.features, features);
	atomic_store(&shadow.locked, 0);
	disabled = 0;
}

void given_shadow_locked(long err)
{
	atomic_store(&shadow.locked, err);
}

uint64_t tb_given_ssp(void)
{
	return disabled & THREAD_SHSTK ? 0 : atomic_load(&shadow.ssp);
}

long tb_given_arch_prctl(long option, uint64_t arg)
{
	long err = atomic_load(&shadow.locked);

	if (option == THREAD_SHSTK_STATUS) {
		*(uint64_t *)arg = atomic_load(&shadow.features) & ~disabled;
		return 0;
	}
	if (!err && option == THREAD_SHSTK_ENABLE)
		atomic_fetch_or(&shadow.features, arg);
	if (!err && option == THREAD_SHSTK_DISABLE)
		disabled |= arg;
	return err;
}

static struct given_window window;

__typeof__(tb_trial_count_begin) __wrap_tb_trial_count_begin, __real_tb_trial_count_begin;
__typeof__(tb_trial_count_end) __wrap_tb_trial_count_end, __real_tb_trial_count_end;

void __wrap_tb_trial_count_begin(struct tb_trial *trial)
{
	window.begins++;
	window.cycles = atomic_load(&given.passed);
	window.stamps = given_stamps_read();
	__real_tb_trial_count_begin(trial);
}

void __wrap_tb_trial_count_end(struct tb_trial *trial, double operations)
{
	__real_tb_trial_count_end(trial, operations);
	window.ends++;
	window.cycles = atomic_load(&given.passed) - window.cycles;
	window.stamps = given_stamps_read() - window.stamps;
	window.operations = operations;
}

struct given_window given_window(void)
{
	return window;
}

static void set_value(struct tb_launch_shm *shm, const struct tb_bench *bench, const char *name,
		      size_t length, const char *text)
{
	int i = tb_bench_param(bench, name, length);
	struct tb_error why = { "" };

	if (i < 0)
		fail_msg("%s has no parameter %.*s", bench->name, (int)length, name);
	if (tb_value_read(&bench->params[i], text, strcspn(text, " "), shm->job.cache[1],
			  shm->job.value[i], &why))
		fail_msg("%s", why.text);
}

int given_cpu(void)
{
	cpu_set_t set;
	int cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	return cpu;
}

void given_open(struct tb_trial *trial, const struct tb_bench *bench, const char *params)
{
	static const uint64_t cache[4] = { 0, 48 << 10, 2 << 20, 32 << 20 };
	struct tb_job *job;

	alarm(GIVEN_SECONDS);
	*trial = (struct tb_trial){ .bench = bench };
	assert_int_equal(tb_launch_shm_create(tb_bench_metrics(bench), 8, &given.fd, &trial->shm),
			 0);
	job = &trial->shm->job;
	memcpy(job->cache, cache, sizeof(cache));
	job->tsc_hz = GIVEN_TSC_HZ;
	for (int i = 0; i < TB_CPUS_MAX; i++)
		job->cpu[i] = given_cpu();
	tb_random_seed(&trial->random, 1, 1);
	for (const struct tb_param *param = bench->params; param && param->name; param++)
		set_value(trial->shm, bench, param->name, strlen(param->name), param->fallback);
	while (params && *params) {
		size_t length = strcspn(params, "=");

		set_value(trial->shm, bench, params, length, params + length + 1);
		params += strcspn(params, " ");
		params += strspn(params, " ");
	}
}

void given_close(struct tb_trial *trial)
{
	if (trial->bench->teardown)
		trial->bench->teardown(trial);
	tb_trial_release(trial);
	tb_launch_shm_unmap(trial->shm);
	close(given.fd);
	alarm(0);
	given_steps(1000);
	given_stamps_by(NULL);
	given_chain(TB_CLOCK_CHAIN_CYCLES);
	given_long_chain(0, 0);
	given_tsc_step(1);
	given_core(NULL);
	given_cpuid(NULL, 0, 0);
	given_shadow(0, 0);
}

int given_sample(struct tb_trial *trial, enum tb_column column, double *value)
{
	int err;

	for (int m = 0; m < TB_METRICS_MAX; m++)
		value[m] = NAN;
	trial->column = column;
	trial->disturbed = 0;
	window = (struct given_window){ .operations = NAN };
	err = trial->bench->sample(trial, value);
	trial->taken += !err;
	return err;
}

const struct tb_check *given_check(const struct tb_trial *trial, const char *name)
{
	for (uint32_t i = 0; i < trial->shm->n_checks; i++)
		if (!strcmp(trial->shm->check[i].name, name))
			return &trial->shm->check[i];
	return NULL;
}

double given_control(const struct tb_trial *trial, const char *name)
{
	for (uint32_t i = 0; i < trial->shm->n_controls; i++)
		if (!strcmp(trial->shm->control[i].name, name))
			return trial->shm->control[i].value;
	fail_msg("no control %s", name);
	return NAN;
}

static bool named(const char *names, const char *name)
{
	size_t length = strlen(name);

	for (; *names; names += strcspn(names, " "), names += strspn(names, " "))
		if (strcspn(names, " ") == length && !strncmp(names, name, length))
			return true;
	return false;
}

void given_judged(const struct tb_trial *trial, const char *checks, const char *failed)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < trial->shm->n_checks; i++) {
		const struct tb_check *check = &trial->shm->check[i];

		if (!named(checks, check->name))
			fail_msg("%s: the check %s is in no list", trial->bench->name, check->name);
		if (!check->pass != named(failed, check->name))
			fail_msg("%s: the check %s, wanted %s, got %s, %s", trial->bench->name,
				 check->name, check->want, check->got,
				 check->pass ? "passes" : "fails");
	}
	for (; *checks; checks += strcspn(checks, " "), checks += strspn(checks, " "))
		n++;
	if (n != trial->shm->n_checks)
		fail_msg("%s makes %u checks, not %u", trial->bench->name, trial->shm->n_checks, n);
}
