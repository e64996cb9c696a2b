// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/shadow-map with a played map_shadow_stack(). */
#include "shadow_map_world.h"

#include <math.h>

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
static void missing_refusals_fail(void **state)
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
static void errors_of_the_kernel_are_reported(void **state)
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
		cmocka_unit_test(missing_refusals_fail),
		cmocka_unit_test(errors_of_the_kernel_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
