// SPDX-License-Identifier: GPL-2.0-or-later
/* The populations of thread/footprint: real threads, times of measurement, limits. */
#include "given.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "thread/population.h"
#include "thread/shadow_model.h"
#include "thread/thread.h"
#include "sanitized.h"

enum { LIVE = 6, STACK = 256 << 10, LOOKS = 5 };
enum { WARM, NONE, HALF, ALL, LEFT };
enum { FIRST = 3 }; /* of a census: the first thread, and the entries . and .. */

__typeof__(thread_space) __wrap_thread_space, __real_thread_space;
__typeof__(thread_model_map) __wrap_thread_model_map, __real_thread_model_map;
__typeof__(thread_census) __wrap_thread_census, __real_thread_census;
__typeof__(thread_clone3) __wrap_thread_clone3, __real_thread_clone3;
__typeof__(thread_clone) __wrap_thread_clone, __real_thread_clone;
__typeof__(thread_run) __wrap_thread_run, __real_thread_run;
__typeof__(pthread_create) __wrap_pthread_create, __real_pthread_create;
__typeof__(nanosleep) __wrap_nanosleep, __real_nanosleep;

/* Shared with the process of the population. */
static struct world {
	/* what a test sets */
	int fail_look, fail_thread; /* the n-th of them, from 1 */
	bool killed, one_stays, hangs;
	/* what was seen */
	int looks;
	long tasks[LOOKS]; /* beside the first, at each look */
	uint64_t limit[LOOKS], clone_limit, stack;
	int attempts, pthreads;
	atomic_int begun; /* children in C that have started */
	int begun_at[LOOKS];
	char *map; /* the latest model, and whether it is there */
	size_t map_bytes;
	bool mapped[LOOKS];
} * world;

static uint64_t limit_of_stacks(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_STACK, &limit);
	return limit.rlim_cur;
}

static bool mapped(void *at)
{
	unsigned char in[1];

	return !mincore(at, 1, in);
}

char *__wrap_thread_model_map(void *wanted, size_t bytes)
{
	world->map = __real_thread_model_map(wanted, bytes);
	world->map_bytes = bytes;
	return world->map;
}

int __wrap_thread_space(struct thread_space *space)
{
	int i = world->looks++;

	/* The thread that warmed up may be on its way out yet. */
	for (int k = 0; i == WARM && k < 1000; k++) {
		if (__real_thread_census().threads <= FIRST + 2 * SANITIZED)
			break;
		usleep(1000);
	}
	if (i < LOOKS) {
		world->tasks[i] = __real_thread_census().threads - FIRST;
		world->limit[i] = limit_of_stacks();
		world->begun_at[i] = atomic_load(&world->begun);
		world->mapped[i] = world->map && mapped(world->map);
	}
	if (world->killed && i == ALL)
		kill(getpid(), SIGKILL);
	if (world->hangs && i == ALL)
		sleep(GIVEN_SECONDS / 2); /* a limit, in case it is not ended */
	memset(space, 0, sizeof(*space));
	space->of[THREAD_VMAS] = (uint64_t)i;
	return world->looks == world->fail_look ? -EIO : 0;
}

/* A thread that does not go, once the others have. */
struct thread_census __wrap_thread_census(void)
{
	struct thread_census census = __real_thread_census();

	census.threads += world->one_stays && world->looks > ALL &&
			  census.threads < FIRST + world->tasks[NONE] + 2;
	return census;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	return world->one_stays ? 0 : __real_nanosleep(time, left);
}

int __wrap_thread_clone3(struct thread_child *child, void *stack, size_t bytes)
{
	world->stack = bytes;
	if (++world->attempts == world->fail_thread)
		return -EAGAIN;
	return __real_thread_clone3(child, stack, bytes);
}

int __wrap_thread_clone(struct thread_child *child, void *stack, size_t bytes)
{
	world->clone_limit = limit_of_stacks();
	if (++world->attempts == world->fail_thread)
		return -EAGAIN;
	return __real_thread_clone(child, stack, bytes);
}

void __wrap_thread_run(struct thread_child *child)
{
	usleep(3000);
	atomic_fetch_add(&world->begun, 1);
	__real_thread_run(child);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg)
{
	size_t stack = 0;

	world->pthreads++;
	pthread_attr_getstacksize(attr, &stack);
	world->stack = stack;
	if (world->pthreads == world->fail_thread)
		return EAGAIN;
	return __real_pthread_create(thread, attr, run, arg);
}

static struct population_report *told;

static struct population reset(enum thread_method method)
{
	const struct population population = {
		.method = method, .model = method != THREAD_PTHREAD, .live = LIVE, .stack = STACK
	};

	alarm(GIVEN_SECONDS);
	memset(world, 0, sizeof(*world));
	return population;
}

static void assert_looks(int live)
{
	const long tasks[LOOKS] = { 0, 0, live / 2, live, 0 };
	long before = world->tasks[NONE]; /* a sanitizer's */

	assert_in_range(before, 0, 2 * SANITIZED);
	assert_int_equal(world->looks, LOOKS);
	for (int i = NONE; i <= LEFT; i++) {
		assert_int_equal(world->tasks[i] - before, tasks[i]);
		assert_int_equal(world->limit[i], limit_of_stacks());
	}
	assert_int_equal(told->none.of[THREAD_VMAS], NONE);
	assert_int_equal(told->half.of[THREAD_VMAS], HALF);
	assert_int_equal(told->all.of[THREAD_VMAS], ALL);
	assert_int_equal(told->left.of[THREAD_VMAS], LEFT);
}

static void each_method(void **state)
{
	(void)state;
	for (enum thread_method m = THREAD_CLONE3; m < THREAD_METHODS; m++) {
		struct population population = reset(m);

		assert_int_equal(population_run(&population, told), 0);
		assert_int_equal(told->err, 0);
		assert_null(told->refusal.code);
		assert_looks(LIVE);
		assert_int_equal(told->made, LIVE);
		assert_int_equal(told->tasks, LIVE);
		assert_int_equal(told->tasks_left, 0);
		assert_int_equal(world->pthreads, m == THREAD_PTHREAD ? LIVE + 1 : 0);
		assert_int_equal(world->attempts, m == THREAD_PTHREAD ? 0 : LIVE);
		if (population.model) {
			assert_int_equal(world->map_bytes, STACK);
			assert_true(world->mapped[ALL]);
			assert_false(world->mapped[LEFT]);
		}
		if (m == THREAD_CLONE)
			assert_int_equal(world->clone_limit, STACK);
		else
			assert_int_equal(world->stack, STACK);
	}
}

/* The first thread warmed up libc and ended. At each measurement all threads run. */
static void slow_threads_are_waited_for(void **state)
{
	struct population population = reset(THREAD_PTHREAD);

	(void)state;
	assert_int_equal(population_run(&population, told), 0);
	assert_int_equal(world->begun_at[NONE], 1);
	assert_int_equal(world->begun_at[HALF], 1 + LIVE / 2);
	assert_int_equal(world->begun_at[ALL], 1 + LIVE);
}

static void failing_creations_are_reported(void **state)
{
	(void)state;
	for (enum thread_method m = THREAD_CLONE3; m < THREAD_METHODS; m++) {
		struct population population = reset(m);

		world->fail_thread = 5;
		assert_int_equal(population_run(&population, told), 0);
		assert_int_equal(told->err, -EAGAIN);
		assert_non_null(told->refusal.code);
		assert_int_equal(told->made, m == THREAD_PTHREAD ? 3 : 4); /* it warmed up */
		assert_int_equal(told->tasks, told->made);
		assert_int_equal(told->tasks_left, 0);
		assert_int_equal(world->limit[WARM], limit_of_stacks());
		assert_false(world->mapped[world->looks - 1]);
	}
	/* The one that warms up. */
	struct population population = reset(THREAD_PTHREAD);

	world->fail_thread = 1;
	assert_int_equal(population_run(&population, told), 0);
	assert_int_equal(told->err, -EAGAIN);
	assert_int_equal(told->made, 0);
}

/* A failure of any measurement is reported. */
static void failing_measurements_are_reported(void **state)
{
	(void)state;
	for (int look = WARM; look <= LEFT; look++) {
		struct population population = reset(THREAD_CLONE3);

		world->fail_look = look + 1;
		assert_int_equal(population_run(&population, told), 0);
		assert_int_equal(told->err, -EIO);
		assert_null(told->refusal.code);
		assert_int_equal(told->tasks_left, 0);
	}
}

static void a_thread_that_stays(void **state)
{
	struct population population = reset(THREAD_CLONE3);

	(void)state;
	world->one_stays = true;
	assert_int_equal(population_run(&population, told), 0);
	assert_int_equal(told->err, 0);
	assert_int_equal(told->tasks, LIVE);
	assert_int_equal(told->tasks_left, 1);
}

static void a_population_that_is_killed(void **state)
{
	struct population population = reset(THREAD_CLONE3);

	(void)state;
	world->killed = true;
	assert_int_equal(population_run(&population, told), -ECHILD);
}

/* The write end of a pipe is open as long as any process of the population lives. */
static void a_worker_that_is_killed(void **state)
{
	struct population population = reset(THREAD_CLONE3);
	struct pollfd end = { 0 };
	int ends[2], status;
	pid_t pid;

	(void)state;
	world->hangs = true;
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		population_run(&population, told);
		_exit(0);
	}
	close(ends[1]);
	while (*(volatile int *)&world->looks <= ALL)
		usleep(1000);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	end.fd = ends[0];
	assert_int_equal(poll(&end, 1, 5000), 1);
	close(ends[0]);
}

static void names_of_methods(void **state)
{
	(void)state;
	assert_int_equal(population_method("clone3"), THREAD_CLONE3);
	assert_int_equal(population_method("clone"), THREAD_CLONE);
	assert_int_equal(population_method("pthread"), THREAD_PTHREAD);
	assert_int_equal(population_method("fork"), THREAD_METHODS);
}

static void *share(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_method),
		cmocka_unit_test(slow_threads_are_waited_for),
		cmocka_unit_test(failing_creations_are_reported),
		cmocka_unit_test(failing_measurements_are_reported),
		cmocka_unit_test(a_thread_that_stays),
		cmocka_unit_test(a_population_that_is_killed),
		cmocka_unit_test(a_worker_that_is_killed),
		cmocka_unit_test(names_of_methods),
	};

	world = share(sizeof(*world));
	told = share(sizeof(*told));
	return world && told ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
