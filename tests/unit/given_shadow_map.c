// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/shadow-map with a played map_shadow_stack(). */
#include "given.h"

#include <errno.h>
#include <math.h>
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

/* A core cycle is two TSC cycles, and these are a nanosecond. */
static void map_and_unmap(void **state)
{
	static const char *const params[] = { "shadow=model size=64K", "shadow=on size=64K",
					      "shadow=model token=none size=8" };
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 3; i++) {
		start(&trial, params[i]);
		assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
		assert_true(value[MAP] == MAPS / 2);
		assert_true(value[UNMAP] == UNMAPS / 2);
		assert_true(value[LATENCY] == (MAPS + UNMAPS) / 2);
		assert_true(value[CORE_CYCLES] == (MAPS + UNMAPS) / 2);
		assert_int_equal(given_stamps_read(), 4);
		assert_int_equal(given_window().stamps, 2);
		assert_int_equal(given_window().cycles, MAPS);
		assert_true(given_window().operations == 1);
		given_chain(TB_CLOCK_CHAIN_CYCLES);
		assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
		assert_true(value[CORE_CYCLES] == MAPS + UNMAPS);
		given_close(&trial);
	}
}

static void writes(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	start(&trial, "operation=write shadow=model size=64K");
	given_steps(12800);
	assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
	assert_true(value[LATENCY] == 100);
	assert_true(value[CORE_CYCLES] == 100);
	assert_true(isnan(value[MAP]) && isnan(value[UNMAP]));
	assert_true(trial.shm->unavailable[MAP][0] && trial.shm->unavailable[UNMAP][0]);
	assert_true(given_window().operations == SHADOW_WRITES);
	assert_int_equal(given_window().stamps, 2);
	given_close(&trial);
}

static bool misaligned(uint64_t at, uint64_t align)
{
	return at % align || at % (2 * align) == 0;
}

/* A multiple of the alignment, and of no more, that is free. */
static void alignments(void **state)
{
	static const struct {
		const char *params;
		uint64_t align;
	} alignments[] = { { "shadow=model align=4K", PAGE },
			   { "shadow=model align=2M", BIG },
			   { "shadow=on align=2M", BIG } };
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 3; i++) {
		start(&trial, alignments[i].params);
		assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
		assert_false(misaligned(world.wanted, alignments[i].align));
		given_close(&trial);
	}
	start(&trial, "shadow=model align=any");
	assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
	assert_int_equal(world.wanted, 0);
	given_close(&trial);
}

#define CHECKS \
	"shadow-status shadow-pointer misplaced wrong-tokens token vma vma-bytes vma-flag unmapped"
#define REAL CHECKS " refusals"

static void take_misplaced(struct tb_trial *trial)
{
	double value[TB_METRICS_MAX];

	world.elsewhere = true;
	assert_int_equal(given_sample(trial, TB_UNGATED, value), 0);
	world.elsewhere = false;
}

static void take_wrong_token(struct tb_trial *trial)
{
	double value[TB_METRICS_MAX];

	world.token_more = 8;
	assert_int_equal(given_sample(trial, TB_UNGATED, value), 0);
	world.token_more = 0;
}

static void wrong_token(struct tb_trial *trial)
{
	(void)trial;
	world.token_more = -1;
}

static void from_elsewhere(struct tb_trial *trial)
{
	(void)trial;
	world.from_more = -PAGE;
}

static void larger(struct tb_trial *trial)
{
	(void)trial;
	world.to_more = PAGE;
}

static void other_flag(struct tb_trial *trial)
{
	(void)trial;
	world.other_flag = true;
}

static void stays(struct tb_trial *trial)
{
	(void)trial;
	world.stays = true;
}

static void no_shadow_stack(struct tb_trial *trial)
{
	(void)trial;
	given_shadow(0, 0);
}

static void overwrite(struct tb_trial *trial)
{
	struct shadow_map *s = trial->priv;

	((uint64_t *)s->at)[SHADOW_WRITES - 1]++;
}

static void lock_wrss(struct tb_trial *trial)
{
	(void)trial;
	given_shadow_locked(-EPERM);
}

static void judge(const char *params, void (*plant)(struct tb_trial *), const char *checks,
		  const char *failed)
{
	bool write = strstr(params, "operation=write");
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	start(&trial, params);
	/* WRSSQ is no instruction of this CPU: zeros stand for what the first sample writes. */
	if (write && !strstr(params, "model"))
		trial.taken = 1;
	/* The second sample writes another number than what new memory holds. */
	while (trial.taken < 1u + (write && !strstr(params, "shadow=on")))
		assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
	if (plant)
		plant(&trial);
	assert_int_equal(trial.bench->verify(&trial), 0);
	given_judged(&trial, checks, failed);
	assert_true(given_control(&trial, "huge") == 12345);
	given_close(&trial);
}

static void faults_fail(void **state)
{
	static const char model[] = "shadow=model size=8008", real[] = "shadow=on size=8008";

	(void)state;
	judge(model, NULL, CHECKS, "");
	judge("shadow=model token=none", NULL, CHECKS, "");
	judge("shadow=model align=2M", NULL, CHECKS, "");
	judge("shadow=model align=2M", take_misplaced, CHECKS, "misplaced");
	judge(model, from_elsewhere, CHECKS, "vma");
	judge(model, larger, CHECKS, "vma-bytes");
	judge(model, other_flag, CHECKS, "vma-flag");
	judge(model, stays, CHECKS, "unmapped");
	judge(real, NULL, REAL, "");
	judge("shadow=on token=none", NULL, REAL, "");
	judge("shadow=on align=4K", take_misplaced, REAL, "misplaced");
	judge(real, take_wrong_token, REAL, "wrong-tokens");
	judge(real, wrong_token, REAL, "token");
	judge(real, other_flag, REAL, "vma-flag");
	judge(real, no_shadow_stack, REAL, "shadow-status shadow-pointer vma-flag");
}

static void faults_of_writing_fail(void **state)
{
	static const char model[] = "operation=write shadow=model",
			  real[] = "operation=write shadow=on";

	(void)state;
	judge(model, NULL, CHECKS " words-written", "");
	judge(model, overwrite, CHECKS " words-written", "words-written");
	judge(real, NULL, REAL " words-written wrss-off", "");
	judge(real, overwrite, REAL " words-written wrss-off", "words-written");
	judge(real, lock_wrss, REAL " words-written wrss-off", "wrss-off shadow-status");
}

/* A kernel that takes what it has to refuse, rule by rule. */
static void rules_that_are_broken_fail(void **state)
{
	struct tb_trial trial;

	(void)state;
	for (int rule = 1; rule <= REFUSALS; rule++) {
		start(&trial, "shadow=on");
		world.accepts = rule;
		assert_int_equal(trial.bench->verify(&trial), 0);
		given_judged(&trial, REAL, "refusals");
		given_close(&trial);
	}
}

/* A real one is mapped and refused as errno says; WRSS may be refused alone. */
static void refused(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	start(&trial, "shadow=on");
	world.err = ENOMEM;
	assert_int_equal(given_sample(&trial, TB_UNGATED, value), -ENOMEM);
	assert_int_equal(trial.bench->verify(&trial), -ENOMEM);
	given_close(&trial);
	open_launch(&trial, "shadow=on operation=write");
	given_shadow_locked(-EINVAL);
	assert_int_equal(trial.bench->setup(&trial), -EINVAL);
	given_close(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_and_unmap),
		cmocka_unit_test(writes),
		cmocka_unit_test(alignments),
		cmocka_unit_test(faults_fail),
		cmocka_unit_test(faults_of_writing_fail),
		cmocka_unit_test(rules_that_are_broken_fail),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
