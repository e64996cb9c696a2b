// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fault split into parts, by given stamps. The scheduler is played: sched_yield() of the handler
 * returns when the faulting thread waits in its fault, and the test gives the records of switches.
 */
#include "uffd_world.h"

#include <linux/perf_event.h>
#include <poll.h>

#include "planted.h"
#include "uffd_skip.h"

/* TSC cycles of a page; the records' clock is the TSC. */
enum { OUT_AFTER = 120, CAME_AFTER = 200, READ_STEP = 60, IOCTL_STEP = 150, GAVE_AFTER = 500 };
enum { IN_AFTER = 700, AFTER = 790, ONE_SWITCH = 80 };
/* What of it grows from page to page: the fault, the read, the ioctl. */
enum { FAULT_GROWS = 1, READ_STEP_GROWS = 2, IOCTL_STEP_GROWS = 4 };
enum { RING_BYTES = 4096 + (1 << 14) };
enum { SAMPLES = 4 };

static struct {
	atomic_bool apart; /* the round in steps is under way */
	unsigned int n;	   /* the handler's stamp in it */
	bool preempted, unrecorded, lost;
	atomic_bool hold;  /* the thread does not fault before the handler has read in vain */
	long switched;	   /* by getrusage, more at each look */
	long switches;	   /* that 8 yields make */
	int trace;	   /* perf's file */
	unsigned int dear; /* times so many costs a switch */
	struct uffd *uffd;
} fault;

static uint64_t grows(unsigned int page, unsigned int step)
{
	return (uint64_t)page * step;
}

/*
 * begin, end of the yields; a mark; came, read, read, entered, returned, gave of each page; a
 * mark.
 */
static uint64_t stamp_apart(void)
{
	unsigned int i = fault.n++, page = (i - 3) / 6;
	uint64_t at = before_page(page);

	if (i < 2)
		return 5000 + i * (uint64_t)ONE_SWITCH * fault.dear * (uint64_t)fault.switches;
	if (i == 2)
		return FIRST - 5000;
	if (page == FAULT_ROUND_PAGES)
		return before_page(FAULT_ROUND_PAGES);
	switch ((i - 3) % 6) {
	case 0:
		return at + CAME_AFTER;
	case 1:
		return at + CAME_AFTER + 10;
	case 2:
		return at + CAME_AFTER + 10 + READ_STEP + grows(page, READ_STEP_GROWS);
	case 3:
		return at + CAME_AFTER + 20;
	case 4:
		return at + CAME_AFTER + 20 + IOCTL_STEP + grows(page, IOCTL_STEP_GROWS);
	default:
		return at + (fault.preempted && page == 9 ? AFTER + 300 : GAVE_AFTER);
	}
}

static uint64_t stamp_of_thread(void)
{
	static _Thread_local unsigned int n;
	unsigned int page = n / 2 % FAULT_ROUND_PAGES;

	if (n++ % 2)
		return before_page(page) + AFTER + grows(page, FAULT_GROWS);
	while (fault.apart && atomic_load(&fault.hold))
		real_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	return before_page(page);
}

static uint64_t stamp(void)
{
	if (!in_main_thread())
		return stamp_of_thread();
	return fault.apart ? stamp_apart() : 1;
}

/* The round in steps begins with the price of a switch, which fault_rounds_run() has not. */
int getrusage(__rusage_who_t who, struct rusage *use)
{
	(void)who;
	*use = (struct rusage){ .ru_nvcsw = fault.switched, .ru_nivcsw = 7 };
	fault.switched += fault.switches;
	if (!fault.apart)
		fault.n = 0;
	fault.apart = true;
	return 0;
}

int sched_yield(void)
{
	struct pollfd event = { .fd = fault.uffd ? fault.uffd->fd : -1, .events = POLLIN };

	if (in_main_thread() && fault.apart && fault.n > 2 && fault.n < 3 + 6 * FAULT_ROUND_PAGES) {
		if (atomic_load(&fault.hold) && fault.n < 6)
			return 0;
		if (atomic_exchange(&fault.hold, false))
			fault.n = 4; /* the read's two stamps, again */
		poll(&event, 1, 1000);
	}
	return (int)real_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

static void add_record(char *data, uint64_t *head, uint16_t misc, uint32_t type, uint64_t ns)
{
	const struct perf_event_header header = { type, misc, 16 };

	memcpy(data + *head % (1 << 14), &header, 8);
	memcpy(data + (*head + 8) % (1 << 14), &ns, 8);
	*head += 16;
}

/* Where the round ends, the kernel has its records. */
static void write_records(void)
{
	char *ring = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fault.trace, 0);
	struct perf_event_mmap_page *page = (struct perf_event_mmap_page *)ring;
	uint64_t head = page->data_head;

	for (unsigned int i = 0; i < FAULT_ROUND_PAGES; i++) {
		uint64_t at = before_page(i);

		if (!(fault.unrecorded && i == 4))
			add_record(ring + 4096, &head, PERF_RECORD_MISC_SWITCH_OUT,
				   PERF_RECORD_SWITCH, at + OUT_AFTER + grows(i, FAULT_GROWS));
		add_record(ring + 4096, &head, 0, PERF_RECORD_SWITCH,
			   at + IN_AFTER + grows(i, FAULT_GROWS));
	}
	if (fault.lost)
		add_record(ring + 4096, &head, 0, PERF_RECORD_LOST, 1);
	page->data_head = head;
	munmap(ring, RING_BYTES);
}

int ioctl(int fd, unsigned long request, ...)
{
	long word[6];

	PLAYED_WORDS(word, request, 1);
	if (request == PERF_EVENT_IOC_DISABLE)
		write_records();
	if (request == PERF_EVENT_IOC_DISABLE || request == PERF_EVENT_IOC_ENABLE)
		return 0;
	if (request == UFFDIO_COPY)
		return supply(fd, (struct uffdio_copy *)word[0]);
	return (int)real_call(SYS_ioctl, fd, (long)request, word[0], 0, 0, 0);
}

long syscall(long number, ...)
{
	long word[6];

	PLAYED_WORDS(word, number, PLAYED_ARGUMENTS(number));
	if (number == SYS_perf_event_open) {
		fault.trace = memfd_create("trace", MFD_CLOEXEC);
		assert_int_equal(ftruncate(fault.trace, RING_BYTES), 0);
		return fault.trace;
	}
	return real_call(number, word[0], word[1], word[2], word[3], word[4], word[5]);
}

static struct wake_uffd *begin(struct tb_trial *trial)
{
	struct wake_uffd *w = open_world(trial, "way=copy", sched_getcpu());

	memset(&fault, 0, sizeof(fault));
	fault.switches = FAULT_ROUND_YIELDS / 2;
	fault.dear = 1;
	fault.uffd = &w->rounds.uffd;
	trial->shm->job.cpu[0] = w->rounds.cpu;
	w->steps = true;
	given_stamps_by(stamp);
	memset(trial->shm->unavailable, 0, sizeof(trial->shm->unavailable));
	return w;
}

static void finish(struct tb_trial *trial)
{
	fault.uffd = NULL;
	fault.apart = false;
	given_close(trial);
}

static int sample(struct tb_trial *trial, enum tb_column column, double *value)
{
	fault.apart = false;
	return given_sample(trial, column, value);
}

/* Cycles of a page, and what grows. */
static const double fault_step = MEDIAN(OUT_AFTER + AFTER - IN_AFTER, 1);
static const double read_step = MEDIAN(READ_STEP, READ_STEP_GROWS);
static const double ioctl_step = MEDIAN(IOCTL_STEP, IOCTL_STEP_GROWS);

static void figures_of_the_steps(void **state)
{
	const double whole = MEDIAN(AFTER, FAULT_GROWS);
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	begin(&trial);
	for (int i = 0; i < 3; i++) {
		/* The second time twice as many switches, each of the same price. */
		fault.switches = (i % 2 + 1) * FAULT_ROUND_YIELDS / 2;
		assert_int_equal(sample(&trial, TB_GATED, value), 0);
		assert_int_equal(fault.n, 3 + 6 * FAULT_ROUND_PAGES + 1);
		assert_true(value[LATENCY] == whole / 2);
		assert_true(fabs(value[PART_FAULT] - fault_step / 2) < 1e-6);
		assert_true(value[PART_SWITCHES] == 2 * ONE_SWITCH / 2);
		assert_true(value[PART_READ] == read_step / 2);
		assert_true(value[PART_IOCTL] == ioctl_step / 2);
		assert_true(fabs(value[PARTS] -
				 (fault_step + 2 * ONE_SWITCH + read_step + ioctl_step) / whole) <
			    1e-9);
	}
	finish(&trial);
}

/* Whether a sample has parts. */
static bool has_parts(struct tb_trial *trial)
{
	double value[TB_METRICS_MAX];

	assert_int_equal(sample(trial, TB_GATED, value), 0);
	assert_true(isnan(value[PARTS]) == isnan(value[PART_FAULT]));
	return !isnan(value[PARTS]);
}

static void unexpected_order_gives_no_parts(void **state)
{
	struct tb_trial trial;
	struct wake_uffd *w;

	(void)state;
	w = begin(&trial);
	assert_true(has_parts(&trial));
	fault.preempted = true; /* the thread ran on before the handler gave the CPU away */
	assert_false(has_parts(&trial));
	fault.preempted = false;
	fault.unrecorded = true;
	assert_false(has_parts(&trial));
	fault.unrecorded = false;
	fault.lost = true;
	assert_false(has_parts(&trial));
	fault.lost = false;
	fault.switches = FAULT_ROUND_YIELDS / 2 - 1; /* the other did not yield in turn */
	assert_false(has_parts(&trial));
	fault.switches = FAULT_ROUND_YIELDS / 2;
	assert_true(has_parts(&trial));
	assert_int_equal(w->stepped, 2);
	finish(&trial);
}

/* The first read comes before its event; the stamps of the second are as good as any. */
static void a_late_event_is_noticed(void **state)
{
	struct tb_trial trial;

	(void)state;
	begin(&trial);
	atomic_store(&fault.hold, true);
	assert_false(has_parts(&trial));
	assert_false(atomic_load(&fault.hold));
	assert_true(has_parts(&trial));
	finish(&trial);
}

/* Of the round in steps, too, every page is looked at. */
static void pages_of_the_steps_are_checked(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;
	struct wake_uffd *w;

	(void)state;
	w = begin(&trial);
	world.wrong_at = FAULT_ROUND_PAGES + 5;
	assert_int_equal(sample(&trial, TB_GATED, value), 0);
	assert_int_equal(w->rounds.wrong_pages, 1);
	assert_int_equal(apf_wake_uffd.verify(&trial), 0);
	assert_false(given_check(&trial, "wrong-pages")->pass);
	finish(&trial);
}

/* Which metrics a launch lacks after so many samples, so many of them unpushed. */
static void close_after(int samples, int unpushed, enum tb_column column, bool parts, bool sum)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	begin(&trial);
	for (int i = 0; i < samples; i++) {
		fault.dear = i < unpushed ? 5 : 1;
		assert_int_equal(sample(&trial, column, value), 0);
	}
	assert_int_equal(apf_wake_uffd.verify(&trial), 0);
	for (unsigned int m = PART_FAULT; m < PARTS; m++)
		assert_int_equal(!trial.shm->unavailable[m][0], parts);
	assert_int_equal(!trial.shm->unavailable[PARTS][0], sum);
	finish(&trial);
}

static void wrong_sum_discards_the_parts(void **state)
{
	(void)state;
	close_after(SAMPLES, 0, TB_GATED, true, true);
	close_after(SAMPLES, SAMPLES / 2, TB_GATED, true, true);
	close_after(SAMPLES, SAMPLES / 2 + 1, TB_GATED, false, true);
	close_after(SAMPLES, 0, TB_WARM_UP, false, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_of_the_steps),
		cmocka_unit_test(unexpected_order_gives_no_parts),
		cmocka_unit_test(a_late_event_is_noticed),
		cmocka_unit_test(pages_of_the_steps_are_checked),
		cmocka_unit_test(wrong_sum_discards_the_parts),
	};

	if (uffd_is_refused(UFFD_USERS))
		return 77;
	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
