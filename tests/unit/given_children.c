// SPDX-License-Identifier: GPL-2.0-or-later
/* The children of thread/create, inspected while they are stopped. */
#include "given.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "thread/shadow.h"
#include "thread/shadow_model.h"
#include "thread/thread.h"

enum { STACK = 16 << 10, MAP = 1 << 20, SSP = 0x7000 };

static char stack[STACK] __attribute__((aligned(16)));
static struct thread_child child;

/* A modelled shadow stack for it, and the time before it. */
static uint64_t prepare(uint32_t hold)
{
	alarm(GIVEN_SECONDS);
	given_real();
	child = (struct thread_child){ .hold = hold, .map_bytes = MAP };
	child.map = thread_model_map(NULL, MAP);
	assert_non_null(child.map);
	return __builtin_ia32_rdtsc();
}

static bool mapped(const void *at)
{
	unsigned char in[1];

	return !mincore((void *)at, 1, in);
}

static uint64_t top_word(void)
{
	return *(volatile uint64_t *)((char *)child.map + MAP - 8);
}

/* It stamped, counted once, and touched the top of its map and nothing else. */
static void assert_ran(uint64_t begin)
{
	unsigned char in[MAP / 4096];
	int resident = 0;

	assert_in_range(child.started, begin, __builtin_ia32_rdtsc());
	assert_int_equal(child.ran, 1);
	if (!mapped(child.map))
		return;
	assert_int_equal(mincore(child.map, MAP, in), 0);
	for (int i = 0; i < MAP / 4096; i++)
		resident += in[i] & 1;
	assert_int_equal(resident, 1);
	assert_int_equal(top_word(), 1);
}

static void assert_gone(const void *map)
{
	assert_int_equal(child.ran, 1);
	assert_false(mapped(map));
	alarm(0);
}

/* A thread of this process, as pthread_create makes one: all is shared. */
static void assert_shares_all(void)
{
	static const int parts[] = { KCMP_VM, KCMP_FILES, KCMP_FS, KCMP_SIGHAND, KCMP_SYSVSEM };
	char path[64];

	assert_true(child.tid > 0);
	snprintf(path, sizeof(path), "/proc/self/task/%u", child.tid);
	assert_int_equal(access(path, F_OK), 0);
	for (int i = 0; i < 5; i++) {
		long order = syscall(SYS_kcmp, getpid(), child.tid, parts[i], 0, 0);

		if (order && errno != ENOSYS && errno != EPERM)
			fail_msg("part %d of the thread is its own", parts[i]);
	}
}

static void *release_later(void *arg)
{
	usleep(5000);
	thread_release(&child);
	return arg;
}

/* The join ends with the thread, and not before. */
static void join_released_later(void)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, release_later, NULL), 0);
	thread_join(&child);
	assert_int_equal(__atomic_load_n(&child.tid, __ATOMIC_ACQUIRE), 0);
	assert_int_equal(__atomic_load_n(&child.hold, __ATOMIC_ACQUIRE), THREAD_GO);
	pthread_join(thread, NULL);
}

static void raw_threads(void **state)
{
	static int (*const make[])(struct thread_child *, void *, size_t) = { thread_clone3,
									      thread_clone };

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint64_t begin = prepare(THREAD_STOP);
		void *map = child.map;

		assert_int_equal(make[i](&child, stack, STACK), 0);
		thread_await(&child);
		assert_ran(begin);
		assert_shares_all();
		join_released_later();
		assert_gone(map);
	}
}

static void *run(void *arg)
{
	thread_run(arg);
	return NULL;
}

/* It tells where its shadow stack stands, and its frame. */
static void thread_in_c(void **state)
{
	uint64_t begin;
	pthread_t thread;
	void *map;

	(void)state;
	given_shadow(SSP, THREAD_SHSTK);
	begin = prepare(THREAD_STOP);
	map = child.map;
	assert_int_equal(pthread_create(&thread, NULL, run, &child), 0);
	thread_await(&child);
	assert_ran(begin);
	assert_shares_all();
	assert_int_equal(child.ssp, SSP);
	assert_int_equal(child.status, THREAD_SHSTK);
	assert_true(child.frame);
	usleep(2000);
	assert_true(mapped(map)); /* it waits */
	thread_release(&child);
	pthread_join(thread, NULL);
	assert_gone(map);
	given_shadow(0, 0);
}

/* One that is not to wait does not. */
static void process_of_vfork(void **state)
{
	uint64_t begin;
	void *map;
	pid_t pid;

	(void)state;
	given_shadow(SSP, THREAD_SHSTK);
	begin = prepare(THREAD_GO);
	map = child.map;
	pid = thread_vfork(&child);
	assert_true(pid > 0);
	assert_int_equal(child.parent, SSP);
	assert_in_range(child.started, begin, __builtin_ia32_rdtsc());
	assert_gone(map);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	given_shadow(0, 0);
}

static void failing_creations_are_reported(void **state)
{
	(void)state;
	prepare(THREAD_GO);
	/* A stack of no size, and one beyond the address space. */
	assert_int_equal(thread_clone3(&child, stack, 0), -EINVAL);
	assert_int_equal(thread_clone3(&child, (void *)-4096L, 4096), -EINVAL);
	assert_int_equal(child.ran, 0);
	munmap(child.map, MAP);
	alarm(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_threads),
		cmocka_unit_test(thread_in_c),
		cmocka_unit_test(process_of_vfork),
		cmocka_unit_test(failing_creations_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
