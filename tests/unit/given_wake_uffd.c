// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apf/wake-uffd by given stamps: the results of a fault's time stamps, and the checks that must
 * fail.
 */
#include "uffd_world.h"

#include "planted.h"
#include "skip.h"
#include "uffd_skip.h"

int ioctl(int fd, unsigned long request, ...)
{
	long word[6];

	PLAYED_WORDS(word, request, 1);
	if (request == UFFDIO_COPY)
		return supply(fd, (struct uffdio_copy *)word[0]);
	return (int)real_call(SYS_ioctl, fd, (long)request, word[0], 0, 0, 0);
}

ssize_t read(int fd, void *at, size_t bytes)
{
	ssize_t n = real_call(SYS_read, fd, (long)at, (long)bytes, 0, 0, 0);

	return bytes % sizeof(struct uffd_msg) || !in_main_thread() ? n : note_read(bytes, n);
}

long syscall(long number, ...)
{
	long word[6];

	PLAYED_WORDS(word, number, PLAYED_ARGUMENTS(number));
	if (number == SYS_futex && (word[1] & FUTEX_CMD_MASK) == FUTEX_WAIT && !in_main_thread())
		spin();
	return real_call(number, word[0], word[1], word[2], word[3], word[4], word[5]);
}

/* Another CPU than the handler's, by its number: the handler is not bound by the benchmark. */
static int elsewhere(struct tb_trial *trial, const char *params)
{
	int cpu = sched_getcpu(), other = second_cpu();

	if (other < 0)
		other = cpu;
	open_world(trial, params, other);
	trial->shm->job.cpu[0] = other + 1;
	((struct wake_uffd *)trial->priv)->steps = false;
	return other;
}

static void assert_in_place(void)
{
	assert_int_equal(atomic_load(&world.misplaced), 0);
	assert_false(world.seen_awake);
}

static void figures_of_a_fault(void **state)
{
	static const char *const ways[] = { "way=copy", "way=sigbus" };
	const double latency = MEDIAN(LATENCY_CYCLES, LATENCY_GROWS);
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 2; i++) {
		elsewhere(&trial, ways[i]);
		for (int round = 0; round < 3; round++) {
			assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
			assert_in_place();
			assert_true(value[LATENCY] == latency / 2);
			assert_true(value[FAULT_TO_READ] == MEDIAN(READ_AFTER, READ_GROWS) / 2);
			assert_true(value[IOCTL] == MEDIAN(IOCTL_CYCLES, IOCTL_GROWS) / 2);
			assert_true(value[IOCTL_TO_RUN] == MEDIAN(360, 3) / 2);
			assert_true(value[HANDLER_SHARE] ==
				    MEDIAN(OWN_CYCLES, OWN_GROWS) / latency);
			/* 32 faults from the first touch to the end of the last. */
			assert_true(value[RATE] ==
				    32 * 1e9 / ((31 * PITCH + LATENCY_CYCLES + 31 * 10) / 2.));
			assert_true(isnan(value[PARTS]) && isnan(value[PART_FAULT]));
		}
		assert_string_not_equal(trial.shm->unavailable[PARTS], "");
		given_close(&trial);
	}
}

/* A thread that preempts its waker runs before the ioctl returns. */
static void a_part_may_be_negative(void **state)
{
	const struct fault_event event = { .returned = 500 };
	const struct faulter faulter = { .after = { 400 } };

	(void)state;
	assert_true(part_of(&event, &faulter, 0, 0, TO_RUN) == -100);
	assert_true(between(400, 500) == 100);
}

/* Of several threads: from the first touch of any to the last end of any. */
static void figures_of_several_threads(void **state)
{
	double value[TB_METRICS_MAX], span = 31 * PITCH + 3 * 5 + LATENCY_CYCLES;
	struct tb_trial trial;

	(void)state;
	elsewhere(&trial, "threads=4 batch=16");
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_false(world.seen_awake);
	assert_true(value[RATE] == 4 * 32 * 1e9 / (span / 2));
	assert_true(value[LATENCY] == LATENCY_CYCLES / 2.);
	assert_int_equal(world.read_bytes, 16 * sizeof(struct uffd_msg));
	given_close(&trial);
}

/* An event of a batch waits for the one before it: its own time begins when that is done. */
static void own_time_of_a_batch(void **state)
{
	const struct fault_event event = { .read = 100, .entered = 190 };
	const struct faulter none = { .touches = 0 };

	(void)state;
	assert_true(part_of(&event, &none, 0, 170, OWN) == 20);
	assert_true(part_of(&event, &none, 0, 60, OWN) == 90);
}

/* The first page is touched last: an event is of the page that faulted. */
static void events_belong_to_their_pages(void **state)
{
	static struct rounds rounds;

	(void)state;
	rounds.threads = 1;
	rounds.uffd.page = 4096;
	rounds.uffd.region = (char *)0x10000;
	for (unsigned int i = 0; i < FAULT_ROUND_PAGES; i++) {
		unsigned int page = (i + 1) % FAULT_ROUND_PAGES;

		rounds.event[i] = (struct fault_event){ .page = 0x10000 + page * 4096,
							.read = before_page(page) + 70 };
		rounds.faulter[0].before[i] = before_page(i);
	}
	assert_true(median_of(&rounds, TO_READ) == 70);
}

/* Each is on its CPU, and rests there before a round begins. */
static void threads_are_placed_and_rest(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;
	int cpu;

	(void)state;
	if (second_cpu() < 0)
		skip_because("needs two CPUs");
	cpu = elsewhere(&trial, "threads=4");
	assert_int_equal(threads_on(cpu), 4);
	world.first = atomic_load(&((struct wake_uffd *)trial.priv)->rounds.faulter[0].tid);
	atomic_store(&world.slow, true);
	for (int i = 0; i < 3; i++)
		assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	atomic_store(&world.slow, false);
	assert_false(world.seen_awake);
	given_close(&trial);
}

static void only_same_cpu_has_parts(void **state)
{
	struct tb_trial trial;
	struct wake_uffd *w;

	(void)state;
	memset(&world, 0, sizeof(world));
	for (int other = 0; other < 2; other++) {
		given_open(&trial, &apf_wake_uffd, NULL);
		trial.shm->job.cpu[0] += other;
		assert_int_equal(apf_wake_uffd.setup(&trial), 0);
		w = trial.priv;
		assert_true(other ? !w->steps : w->steps || trial.shm->unavailable[PARTS][0]);
		assert_true(!other ||
			    strstr(trial.shm->unavailable[PARTS], "on the handler's CPU"));
		given_close(&trial);
	}
}

/* Before setup. */
static void make_world(struct tb_trial *trial)
{
	memset(&world, 0, sizeof(world));
	world.alike = true;
	trial->shm->job.cpu[0]++; /* the handler's: nothing is taken apart */
}

static void one_touch_fewer(struct tb_trial *trial)
{
	((struct wake_uffd *)trial->priv)->rounds.faulter[0].touches--;
}

static void one_event_more(struct tb_trial *trial)
{
	((struct wake_uffd *)trial->priv)->rounds.events++;
}

static void one_wake_fewer(struct tb_trial *trial)
{
	((struct wake_uffd *)trial->priv)->rounds.resolved--;
}

/* The last page of the second thread, in the second round. */
static void wrong_page(struct tb_trial *trial)
{
	(void)trial;
	world.wrong_at = 3;
}

/* Present pages do not fault: the handler gets no event and would wait forever. */
static void page_of_second_thread(struct tb_trial *trial)
{
	struct wake_uffd *w = trial->priv;

	*(uint64_t *)(w->rounds.uffd.contents + (FAULT_ROUND_PAGES + 7) * 4096) = 0;
	((uint64_t *)(w->rounds.uffd.contents + (FAULT_ROUND_PAGES + 7) * 4096))[1] = 1;
}

static void wrong_after_copy(struct tb_trial *trial)
{
	struct wake_uffd *w = trial->priv;

	/* The copied content no longer matches the expected one. */
	w->rounds.wrong_pages = 0;
	w->rounds.uffd.contents[(FAULT_ROUND_PAGES + 7) * 4096 + 999] ^= 1;
	fault_rounds_check_pages(&w->rounds);
}

static void checks_fail(void **state)
{
	static const struct planted table[] = {
		{ .check = NULL, .params = "way=copy" },
		{ .check = NULL, .params = "threads=2 batch=4", .before = page_of_second_thread },
		{ .check = NULL, .params = "way=sigbus" },
		{ .check = NULL, .params = "way=zeropage" },
		{ .check = NULL, .params = "way=continue" },
		{ .check = NULL, .params = "way=wp" },
		{ .check = "touches", .after = one_touch_fewer },
		{ .check = "events", .after = one_event_more },
		{ .check = "wakes", .after = one_wake_fewer },
		{ .check = "wrong-pages", .params = "way=copy", .before = wrong_page },
		{ .check = "wrong-pages",
		  .params = "threads=2",

		  .after = wrong_after_copy },
	};

	(void)state;
	plant_each(&apf_wake_uffd, table, sizeof(table) / sizeof(table[0]), 2, make_world);
}

/* Pages are dropped before each round. Pages that stay do not fault. */
static void each_round_faults_anew(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;
	struct wake_uffd *w;

	(void)state;
	elsewhere(&trial, "way=copy");
	w = trial.priv;
	for (int round = 1; round <= 3; round++) {
		assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
		assert_int_equal(world.ioctls, 32 * round);
		assert_int_equal(w->rounds.expected, 32 * round);
		assert_int_equal(w->rounds.events, 32 * round);
		assert_int_equal(w->rounds.resolved, 32 * round);
		assert_int_equal(w->rounds.faulter[0].touches, 32 * round);
	}
	given_close(&trial);
}

/* A fault that could not be resolved is not counted, and the round is no sample. */
static void a_failed_ioctl_is_no_sample(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;
	struct wake_uffd *w;

	(void)state;
	elsewhere(&trial, "way=copy");
	w = trial.priv;
	world.fails_at = 32;
	assert_int_equal(given_sample(&trial, TB_GATED, value), -EIO);
	assert_string_equal(trial.shm->why, "the handler could not resolve a fault");
	assert_int_equal(w->rounds.resolved, 31);
	given_close(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_of_a_fault),
		cmocka_unit_test(a_part_may_be_negative),
		cmocka_unit_test(figures_of_several_threads),
		cmocka_unit_test(own_time_of_a_batch),
		cmocka_unit_test(events_belong_to_their_pages),
		cmocka_unit_test(threads_are_placed_and_rest),
		cmocka_unit_test(only_same_cpu_has_parts),
		cmocka_unit_test(checks_fail),
		cmocka_unit_test(each_round_faults_anew),
		cmocka_unit_test(a_failed_ioctl_is_no_sample),
	};

	if (uffd_is_refused(UFFD_USERS))
		return 77;
	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
