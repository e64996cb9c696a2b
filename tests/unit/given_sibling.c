// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/sibling-fault by given stamps: the faults are real, the threads of the storm are given. */
#include "given.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "benches.h"
#include "machine/place.h"
#include "skip.h"
#include "thread/shadow.h"
#include "thread/shadow_model.h"
#include "thread/thread.h"
#include "sanitized.h"
#include "machine/affinity.h"

enum { FAULT, FAULT_P99 };
enum { PAGES = 512, PAGE = 4096, BLOCK = 256, WARM = 16, STACK = 16 << 10, DROPPED = 7777 };
enum { NO_CPU = 1000, FAULTED = 4444 };

__typeof__(thread_clone3) __wrap_thread_clone3;
__typeof__(getrusage) __wrap_getrusage, __real_getrusage;
__typeof__(thread_model_small_pages) __wrap_thread_model_small_pages;
__typeof__(madvise) __wrap_madvise, __real_madvise;
__typeof__(tb_affinity_pin_self) __wrap_tb_affinity_pin_self, __real_tb_affinity_pin_self;

static struct {
	bool idle, foreign; /* a child does not run, or has a shadow stack exactly if not due */
	bool shadowed;
	int err; /* from the 20th on */
	long faults;
	bool counts_faults; /* else one a sample, as it has to be */
	/* what was seen */
	atomic_ulong made;
	void *map;
	size_t map_bytes, stack_bytes;
	const void *small_pages;
	unsigned int dropped, no_huge_pages;
	_Atomic(char *) pinned;
	atomic_int pinned_to;
} world;
static _Thread_local char self;

/* The storm's threads: the first ones take their time. Nobody else looks while one is made. */
int __wrap_thread_clone3(struct thread_child *child, void *stack, size_t stack_bytes)
{
	unsigned long made = atomic_load(&world.made);

	world.map = child->map;
	world.map_bytes = child->map_bytes;
	world.stack_bytes = stack_bytes;
	((volatile char *)stack)[stack_bytes - 16] = 1; /* its top is there */
	if (made < WARM)
		usleep(500);
	if (world.err && made >= WARM + 4)
		return world.err;
	child->ran += !world.idle || made != 3;
	child->ssp = world.shadowed != (world.foreign && made == 3) ? 0x7008 : 0;
	if (child->map)
		munmap(child->map, child->map_bytes);
	atomic_fetch_add(&world.made, 1);
	return 0;
}

int __wrap_getrusage(__rusage_who_t who, struct rusage *use)
{
	int err = __real_getrusage(who, use);

	assert_int_equal(who, RUSAGE_THREAD);
	if (!world.counts_faults)
		use->ru_minflt = world.faults++;
	return err;
}

int __wrap_madvise(void *at, size_t bytes, int advice)
{
	if (bytes == (size_t)PAGES * PAGE && advice == MADV_NOHUGEPAGE)
		world.small_pages = at;
	if (advice == MADV_DONTNEED)
		world.dropped++;
	given_pass(DROPPED);
	return __real_madvise(at, bytes, advice);
}

int __wrap_thread_model_small_pages(struct tb_trial *trial)
{
	(void)trial;
	world.no_huge_pages++;
	return 0;
}

int __wrap_tb_affinity_pin_self(int cpu)
{
	atomic_store(&world.pinned, &self);
	atomic_store(&world.pinned_to, cpu);
	return __real_tb_affinity_pin_self(cpu);
}

/* The first field of what the benchmark works on. */
static const char *region(const struct tb_trial *trial)
{
	return *(char **)trial->priv;
}

static void open_launch(struct tb_trial *trial, const char *params)
{
	given_open(trial, &thread_sibling_fault, params);
	trial->shm->job.tsc_hz = 2e9;
	trial->shm->job.cpu[0] = NO_CPU;
	atomic_store(&world.made, 0);
	atomic_store(&world.pinned, NULL);
	world.dropped = world.no_huge_pages = 0;
	given_steps(0);
	assert_int_equal(trial->bench->setup(trial), 0);
}

/* A permutation of 1..256 as twice the nanoseconds: the windows of a block. */
static void give_block(uint64_t *stamp)
{
	for (uint64_t i = 0; i < BLOCK; i++) {
		stamp[2 * i] = i * 100000;
		stamp[2 * i + 1] = stamp[2 * i] + 2 * (i * 101 % BLOCK + 1);
	}
}

static void take_block(struct tb_trial *trial)
{
	static const uint64_t slow[] = { 0, 1000000 };
	static uint64_t stamp[2 * BLOCK];
	double value[TB_METRICS_MAX];

	give_block(stamp);
	for (uint64_t i = 0; i < BLOCK; i++) {
		if (i % 100 == 0) {
			given_stamps(slow, 2);
			assert_int_equal(given_sample(trial, TB_WARM_UP, value), 0);
			assert_true(value[FAULT] == 500000);
			assert_true(isnan(value[FAULT_P99]));
		}
		given_stamps(stamp + 2 * i, 2);
		assert_int_equal(given_sample(trial, TB_UNGATED, value), 0);
		assert_true(value[FAULT] == (double)(i * 101 % BLOCK + 1));
		assert_true(isnan(value[FAULT_P99]) == (i < BLOCK - 1));
		assert_true(given_window().operations == 1);
		assert_int_equal(given_window().stamps, 2);
		assert_int_equal(given_window().cycles, 0);
	}
	/* Type 7 of 1..256: 1 + 0.99 * 255. */
	assert_float_equal(value[FAULT_P99], 253.45, 0.001);
}

/* Blocks are of 256 samples, without the warm-ups between them. */
static void slowest_of_a_hundred(void **state)
{
	struct tb_trial trial;

	(void)state;
	open_launch(&trial, "storm=none");
	assert_ptr_equal(world.small_pages, region(&trial));
	for (int i = 0; i < 4; i++)
		take_block(&trial);
	assert_int_equal(world.dropped, 2);
	assert_int_equal(atomic_load(&world.made), 0);
	given_close(&trial);
}

static const char *protected;

/* A fault takes its time. */
static void on_fault(int sig)
{
	(void)sig;
	given_pass(FAULTED);
	mprotect((void *)protected, PAGE, PROT_READ | PROT_WRITE);
}

/* The store is what the window holds: reading would not fault here. */
static void a_store_is_timed(void **state)
{
	struct sigaction act = { .sa_handler = on_fault }, before;
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	open_launch(&trial, "storm=none");
	sigaction(SIGSEGV, &act, &before);
	for (int i = 0; i < 3; i++) {
		protected = region(&trial) + (size_t)i * PAGE;
		mprotect((void *)protected, PAGE, PROT_READ);
		assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
		assert_true(value[FAULT] == FAULTED / 2.0);
		assert_int_equal(given_window().cycles, FAULTED);
	}
	sigaction(SIGSEGV, &before, NULL);
	given_close(&trial);
}

static void judge(struct tb_trial *trial, const char *failed)
{
	assert_int_equal(trial->bench->verify(trial), 0);
	given_judged(trial, "shadow-status shadow-pointer faults children-ran pointers-as-due",
		     failed);
}

/* Every sample faults once, as the kernel counts it, also when all pages were dropped. */
static void each_sample_faults(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	if (SANITIZED)
		skip_because("a sanitizer faults, too");
	world.counts_faults = true;
	open_launch(&trial, "storm=none");
	for (int i = 0; i < 2 * PAGES + 3; i++)
		assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
	judge(&trial, "");
	given_close(&trial);
	world.counts_faults = false;
}

static void take(struct tb_trial *trial, int n)
{
	double value[TB_METRICS_MAX];

	for (int i = 0; i < n; i++)
		assert_int_equal(given_sample(trial, TB_UNGATED, value), 0);
}

static void missing_faults_fail(void **state)
{
	struct tb_trial trial;

	(void)state;
	open_launch(&trial, "storm=none");
	take(&trial, 3);
	trial.taken++;
	judge(&trial, "faults");
	given_close(&trial);
}

/* It has begun before setup ends, runs where it is placed, and ends with verify. */
static void storm(const char *params, const char *failed)
{
	struct tb_trial trial;
	unsigned long made;

	open_launch(&trial, params);
	assert_true(atomic_load(&world.made) >= WARM);
	assert_true(atomic_load(&world.pinned) && atomic_load(&world.pinned) != &self);
	assert_int_equal(atomic_load(&world.pinned_to), tb_trial_cpu(&trial, 1));
	take(&trial, 3);
	judge(&trial, failed);
	made = atomic_load(&world.made);
	assert_true(given_control(&trial, "creations") == (double)made);
	usleep(1000);
	assert_int_equal(atomic_load(&world.made), made);
	given_close(&trial);
}

static void faults_of_a_storm_fail(void **state)
{
	(void)state;
	storm("storm=threads", "");
	assert_null(world.map);
	assert_int_equal(world.no_huge_pages, 0);
	assert_int_equal(world.stack_bytes, STACK);
	world.idle = true;
	storm("storm=threads", "children-ran");
	world.idle = false;
	world.foreign = true;
	storm("storm=threads", "pointers-as-due");
	world.foreign = false;
}

static void a_model_for_each_child(void **state)
{
	(void)state;
	storm("storm=threads shadow=model stack=4M", "");
	assert_non_null(world.map);
	assert_int_equal(world.map_bytes, 4 << 20);
	assert_int_equal(world.no_huge_pages, 1);
	assert_int_equal(world.stack_bytes, STACK);
}

/* clone3 is told the size of the shadow stack. */
static void a_shadow_stack_for_each_child(void **state)
{
	(void)state;
	world.shadowed = true;
	given_shadow(0x7000, THREAD_SHSTK);
	storm("storm=threads shadow=on stack=4M", "");
	assert_null(world.map);
	assert_int_equal(world.stack_bytes, 4 << 20);
	world.foreign = true;
	given_shadow(0x7000, THREAD_SHSTK);
	storm("storm=threads shadow=on stack=4M", "pointers-as-due");
	world.foreign = world.shadowed = false;
}

/* The storm ends; the launch fails at once, and the model that nobody unmaps is gone. */
static void a_creation_that_fails(void **state)
{
	double value[TB_METRICS_MAX];
	unsigned char in[1];
	struct tb_trial trial;

	(void)state;
	world.err = -EAGAIN;
	open_launch(&trial, "storm=threads shadow=model");
	while (atomic_load(&world.made) < WARM + 4)
		usleep(100);
	usleep(2000);
	assert_int_equal(trial.bench->verify(&trial), -EAGAIN);
	assert_int_equal(given_sample(&trial, TB_UNGATED, value), -EAGAIN);
	assert_int_equal(mincore(world.map, 1, in), -1);
	given_close(&trial);
	world.err = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slowest_of_a_hundred),
		cmocka_unit_test(a_store_is_timed),
		cmocka_unit_test(each_sample_faults),
		cmocka_unit_test(missing_faults_fail),
		cmocka_unit_test(faults_of_a_storm_fail),
		cmocka_unit_test(a_model_for_each_child),
		cmocka_unit_test(a_shadow_stack_for_each_child),
		cmocka_unit_test(a_creation_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
