// SPDX-License-Identifier: GPL-2.0-or-later
/* The contents of an address space, and a population of threads in it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "in_range.h"
#include "skip.h"
#include "thread/population.h"
#include "thread/shadow_model.h"
#include "thread/space.h"
#include "sanitized.h"

enum { PAGE = 4096, STACK = 1 << 20, LIVE = 32 };

static void test_vma_next(void **state)
{
	char text[] = "7f0000000000-7f0000800000 rw-p 00000000 00:00 0 \n"
		      "Size:               8192 kB\n"
		      "Rss:                  12 kB\n"
		      "Anonymous:             8 kB\n"
		      "AnonHugePages:         4 kB\n"
		      "VmFlags: rd wr mr mw me ac ss \n"
		      "7f0000801000-7f0000802000 r-xp 00000000 fe:00 31  /tmp/Anonymous: 9\n"
		      "Anonymous:             0 kB\n"
		      "VmFlags: rd ex mr mw me sd \n"
		      "7f0000802000-7f0000803000 rw-p 00000000 00:00 0 \n"
		      "Anonymous:             4 kB\n";
	FILE *smaps = fmemopen(text, strlen(text), "r");
	struct thread_vma vma;

	(void)state;
	assert_true(thread_vma_next(smaps, &vma));
	assert_int_equal(vma.from, 0x7f0000000000);
	assert_int_equal(vma.to, 0x7f0000800000);
	assert_int_equal(vma.anonymous, 8192);
	assert_int_equal(vma.huge, 4096);
	assert_true(vma.accountable && vma.shadow);
	assert_true(thread_vma_next(smaps, &vma));
	assert_int_equal(vma.from, 0x7f0000801000);
	assert_int_equal(vma.anonymous, 0);
	assert_false(vma.accountable || vma.shadow);
	/* Cut short, and a kernel without VmFlags: no VMA rather than half of one. */
	assert_false(thread_vma_next(smaps, &vma));
	fclose(smaps);
}

static long long grown(const struct thread_space *a, const struct thread_space *b,
		       enum thread_resource r)
{
	return (long long)(b->of[r] - a->of[r]);
}

/* A mapping between gaps, so that it is a VMA of its own. */
static char *map_alone(int flags)
{
	char *map = mmap(NULL, STACK + 2 * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	assert_ptr_not_equal(map, MAP_FAILED);
	munmap(map, PAGE);
	munmap(map + PAGE + STACK, PAGE);
	return map + PAGE;
}

/* A sanitizer's own memory changes between two measurements. */
static void skip_sanitized(void)
{
	if (SANITIZED)
		skip_because("a sanitizer's own memory would be counted");
}

static void test_space(void **state)
{
	struct thread_space a, b;
	struct thread_vma vma;
	char *map;

	(void)state;
	skip_sanitized();
	assert_int_equal(thread_space(&a), 0); /* its own allocation happens once */
	assert_int_equal(thread_space(&a), 0);
	map = map_alone(0);
	madvise(map, STACK, MADV_NOHUGEPAGE);
	map[0] = map[STACK - 1] = 1;
	assert_int_equal(thread_space(&b), 0);
	assert_int_equal(grown(&a, &b, THREAD_VMAS), 1);
	assert_int_equal(grown(&a, &b, THREAD_MAPPED), STACK);
	assert_int_equal(grown(&a, &b, THREAD_COMMITTED), STACK);
	assert_int_equal(grown(&a, &b, THREAD_RESIDENT), 2 * PAGE);
	assert_int_equal(grown(&a, &b, THREAD_HUGE), 0);
	assert_true(grown(&a, &b, THREAD_PAGE_TABLES) <= 4 * PAGE);
	assert_true(thread_vma_at((uintptr_t)map + STACK - 1, &vma));
	assert_int_equal(vma.from, (uintptr_t)map);
	assert_int_equal(vma.to, (uintptr_t)map + STACK);
	munmap(map, STACK);
	assert_false(thread_vma_at((uintptr_t)map, &vma));
}

/* Each page of theirs is in a table of its own. */
static void test_page_tables(void **state)
{
	enum { TABLES = 16, APART = 2 << 20 };
	struct thread_space a, b;
	char *map;

	(void)state;
	skip_sanitized();
	map = mmap(NULL, (size_t)TABLES * APART, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	madvise(map, (size_t)TABLES * APART, MADV_NOHUGEPAGE);
	assert_int_equal(thread_space(&a), 0);
	for (int i = 0; i < TABLES; i++)
		map[(size_t)i * APART] = 1;
	assert_int_equal(thread_space(&b), 0);
	assert_int_equal(grown(&a, &b, THREAD_RESIDENT), TABLES * PAGE);
	assert_within(grown(&a, &b, THREAD_PAGE_TABLES), (TABLES - 1) * PAGE, (TABLES + 2) * PAGE);
	munmap(map, (size_t)TABLES * APART);
}

/* One of this size that begins there, charged in full: as a shadow stack is. */
static void assert_model(const char *map, size_t bytes)
{
	struct thread_vma vma;

	assert_non_null(map);
	assert_true(thread_vma_at((uintptr_t)map + bytes - 1, &vma));
	assert_int_equal(vma.from, (uintptr_t)map);
	assert_int_equal(vma.to, (uintptr_t)map + bytes);
	assert_true(vma.accountable);
	assert_false(vma.shadow);
}

/* Mapped one after the other, as two creators do, and beside ordinary memory. */
static void test_model(void **state)
{
	enum { MODELS = 4 };
	char *model[MODELS], *ordinary[MODELS], *at;

	(void)state;
	for (int i = 0; i < MODELS; i++) {
		model[i] = thread_model_map(NULL, STACK);
		ordinary[i] = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				   -1, 0);
	}
	for (int i = 0; i < MODELS; i++)
		assert_model(model[i], STACK);
	at = model[1];
	munmap(model[1], STACK);
	assert_model(model[0], STACK);
	assert_model(model[2], STACK);
	model[1] = thread_model_map(at, STACK);
	assert_ptr_equal(model[1], at);
	assert_model(model[1], STACK);
	errno = 0;
	assert_null(thread_model_map(at, STACK));
	assert_int_equal(errno, EEXIST);
	for (int i = 0; i < MODELS; i++) {
		munmap(model[i], STACK);
		munmap(ordinary[i], STACK);
	}
}

/* -1: the kernel does not say. */
static int huge_pages_enabled(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	int enabled = -1;

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "THP_enabled: %d", &enabled) == 1)
			break;
	if (status)
		fclose(status);
	return enabled;
}

/* By one call for the process; a child of its own, since the mode stays. */
static void test_small_pages(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	if (huge_pages_enabled() != 1)
		skip_because("the kernel does not tell or has no transparent huge pages");
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(thread_model_small_pages(NULL) ? 2 : huge_pages_enabled());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static struct population_report *new_told(void)
{
	struct population_report *told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
					      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(told, MAP_FAILED);
	return told;
}

static void test_population(void **state)
{
	struct population population = { .model = true, .live = LIVE, .stack = STACK };
	struct population_report *told = new_told();

	(void)state;
	skip_sanitized();
	for (population.method = THREAD_CLONE3; population.method <= THREAD_CLONE;
	     population.method++) {
		assert_int_equal(population_run(&population, told), 0);
		assert_int_equal(told->err, 0);
		assert_int_equal(told->made, LIVE);
		assert_int_equal(told->tasks, LIVE);
		assert_int_equal(told->tasks_left, 0);
		assert_int_equal(grown(&told->none, &told->half, THREAD_VMAS), LIVE / 2);
		assert_int_equal(grown(&told->none, &told->all, THREAD_VMAS), LIVE);
		assert_int_equal(grown(&told->none, &told->all, THREAD_COMMITTED), LIVE * STACK);
		assert_int_equal(grown(&told->none, &told->left, THREAD_VMAS), 0);
		assert_int_equal(grown(&told->none, &told->left, THREAD_COMMITTED), 0);
	}
	munmap(told, sizeof(*told));
}

/* A limit ends it after as many as fit, and nothing of them is left. */
static void test_population_limited(void **state)
{
	const struct population population = { .model = true, .live = 4 * LIVE, .stack = STACK };
	struct population_report *told = new_told();
	struct rlimit before, now;
	struct thread_space space;

	(void)state;
	skip_sanitized();
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	assert_int_equal(thread_space(&space), 0);
	now = before;
	now.rlim_cur = space.of[THREAD_MAPPED] + (uint64_t)LIVE * STACK;
	assert_int_equal(setrlimit(RLIMIT_AS, &now), 0);
	assert_int_equal(population_run(&population, told), 0);
	setrlimit(RLIMIT_AS, &before);
	assert_int_equal(told->err, -ENOMEM);
	assert_within(told->made, LIVE - 2, LIVE);
	assert_int_equal(told->tasks_left, 0);
	assert_int_equal(grown(&told->none, &told->left, THREAD_VMAS), 0);
	assert_int_equal(grown(&told->none, &told->left, THREAD_COMMITTED), 0);
	munmap(told, sizeof(*told));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vma_next),	   cmocka_unit_test(test_space),
		cmocka_unit_test(test_page_tables),	   cmocka_unit_test(test_model),
		cmocka_unit_test(test_small_pages),	   cmocka_unit_test(test_population),
		cmocka_unit_test(test_population_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
