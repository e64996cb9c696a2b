/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world for thread/shadow-map: a played map_shadow_stack() that follows the kernel's rules, and
 * faults that a test plants in it. Include it once in a program.
 */
#ifndef TB_TEST_SHADOW_MAP_WORLD_H
#define TB_TEST_SHADOW_MAP_WORLD_H

#include "given.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "benches.h"
#include "thread/shadow.h"
#include "thread/shadow_map.h"
#include "thread/shadow_model.h"
#include "thread/space.h"

enum { LATENCY, CORE_CYCLES, MAP, UNMAP };
enum { PAGE = 4096, BIG = 2 << 20, SSP = 0x7000, REFUSALS = 8 };
enum { MAPS = 600, UNMAPS = 80000 }; /* cycles that each takes */

__typeof__(syscall) __wrap_syscall, __real_syscall;
__typeof__(munmap) __wrap_munmap, __real_munmap;
__typeof__(thread_model_map) __wrap_thread_model_map, __real_thread_model_map;
__typeof__(thread_vma_at) __wrap_thread_vma_at, __real_thread_vma_at;

static struct {
	int accepts;	    /* 1..8: takes what this rule refuses */
	int64_t token_more; /* the kernel's token is off by this */
	bool elsewhere;	    /* not where it was asked for */
	int err;
	/* of the VMA that is found */
	bool other_flag, stays;
	int64_t from_more, to_more;
	uint64_t wanted; /* seen */
} world;

/* Documentation/arch/x86/shstk.rst, map_shadow_stack(2): the rule that refuses it, 0: none. */
static int refuse(uint64_t at, uint64_t size, uint64_t flags, int *err)
{
	bool token = flags & THREAD_SHADOW_TOKEN;
	const struct {
		bool breaks;
		int err;
	} rules[REFUSALS] = {
		{ flags & ~(uint64_t)THREAD_SHADOW_TOKEN, EINVAL },
		{ token && size && size < 8, ENOSPC },
		{ token && size >= 8 && size % 8, EINVAL },
		{ at && at < 1ULL << 32 && at % PAGE == 0, ERANGE },
		{ !size, EINVAL },
		{ size > UINT64_MAX - PAGE, EOVERFLOW },
		{ at % PAGE, EINVAL },
		{ at >= 1ULL << 32 && __real_thread_vma_at(at, &(struct thread_vma){ 0 }), EEXIST },
	};

	for (int i = 0; i < REFUSALS; i++)
		if (rules[i].breaks) {
			*err = rules[i].err;
			return i + 1;
		}
	return 0;
}

/* Where it is wanted, or anywhere but there. */
static char *map_at(void *wanted, size_t size)
{
	char *map = __real_thread_model_map(world.elsewhere ? NULL : wanted, size), *other;

	if (!world.elsewhere || map != wanted)
		return map;
	other = __real_thread_model_map(NULL, size);
	__real_munmap(map, size);
	return other;
}

static long map_shadow_stack(uint64_t at, uint64_t size, uint64_t flags)
{
	int err = world.err, rule = err ? 0 : refuse(at, size, flags, &err);
	char *map;

	if (rule && rule == world.accepts) {
		err = 0;
		at = 0;
		size = size && size < BIG ? size : PAGE;
		flags = 0;
	}
	errno = err;
	if (err)
		return -1;
	map = map_at((void *)at, size);
	assert_non_null(map);
	if (flags & THREAD_SHADOW_TOKEN)
		*(uint64_t *)(map + size - 8) =
			((uint64_t)(map + size) | 1) + (uint64_t)world.token_more;
	return (long)map;
}

long __wrap_syscall(long number, ...)
{
	uint64_t a[3];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 3; i++)
		a[i] = va_arg(args, uint64_t);
	va_end(args);
	assert_int_equal(number, THREAD_SYS_MAP_SHADOW_STACK);
	given_pass(MAPS);
	world.wanted = a[0];
	return map_shadow_stack(a[0], a[1], a[2]);
}

int __wrap_munmap(void *at, size_t bytes)
{
	given_pass(UNMAPS);
	return bytes == UINT64_MAX || !bytes ? 0 : __real_munmap(at, bytes);
}

char *__wrap_thread_model_map(void *wanted, size_t bytes)
{
	given_pass(MAPS);
	world.wanted = (uint64_t)wanted;
	return map_at(wanted, bytes);
}

/* A map_shadow_stack() of this world is no real one. */
bool __wrap_thread_vma_at(uint64_t address, struct thread_vma *vma)
{
	bool found = __real_thread_vma_at(address, vma) || world.stays;

	vma->shadow = (tb_given_ssp() != 0) != world.other_flag;
	vma->from += (uint64_t)world.from_more;
	vma->to += (uint64_t)world.to_more + (uint64_t)world.from_more;
	vma->huge = 12345;
	return found;
}

static void open_launch(struct tb_trial *trial, const char *params)
{
	memset(&world, 0, sizeof(world));
	if (!strstr(params, "shadow=model"))
		given_shadow(SSP, THREAD_SHSTK);
	given_open(trial, &thread_shadow_map, params);
	trial->shm->job.tsc_hz = 2e9;
	given_steps(0);
	given_chain(2 * TB_CLOCK_CHAIN_CYCLES);
}

static void start(struct tb_trial *trial, const char *params)
{
	open_launch(trial, params);
	assert_int_equal(trial->bench->setup(trial), 0);
}

#endif
