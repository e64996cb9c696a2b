// SPDX-License-Identifier: GPL-2.0-or-later
/* The replica of the guest's wait table. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apf.h"

struct tb_apf_stat apf_stat(int fd)
{
	struct tb_apf_stat stat = { 0 };

	expect_call(fd, TB_IOC_APF_STAT, &stat, 0, "stat");
	return stat;
}

void expect_empty(int fd)
{
	struct tb_apf_stat stat = { 0 };

	if (has_table())
		stat = apf_stat(fd);
	expect(!stat.waiting && !stat.dummies, "left in the table: %u waiters, %u dummies",
	       stat.waiting, stat.dummies);
}

int apf_wake(int fd, uint32_t token, uint32_t flags, struct tb_apf_wake *out)
{
	struct tb_apf_wake wake = { .token = token, .flags = flags };
	int err = call(fd, TB_IOC_APF_WAKE, &wake);

	if (out)
		*out = wake;
	return err;
}

void await_waiting(int fd, uint32_t n)
{
	for (int i = 0; i < 1000000 && apf_stat(fd).waiting != n; i++)
		sched_yield();
	expect(apf_stat(fd).waiting == n, "%u wait, not %u", apf_stat(fd).waiting, n);
}

static void *wait_in_thread(void *arg)
{
	struct waiter *w = arg;

	if (w->cpu >= 0)
		pin(w->cpu);
	w->err = call(w->fd, TB_IOC_APF_WAIT, &w->wait);
	return NULL;
}

void waiter_start(struct waiter *w, int fd, uint32_t token, int cpu)
{
	w->fd = fd;
	w->cpu = cpu;
	w->wait.token = token;
	w->err = 1;
	if (pthread_create(&w->thread, NULL, wait_in_thread, w))
		expect(false, "no thread");
}

void waiter_join(struct waiter *w, int want)
{
	pthread_join(w->thread, NULL);
	expect(w->err == want, "the wait of token %u says %d, not %d", w->wait.token, w->err, want);
}

static void early(void)
{
	struct tb_apf_wait wait = { .token = 7 };
	struct tb_apf_wake wake;
	int fd = device();

	expect(!apf_wake(fd, 7, 0, &wake) && wake.dummies == 1 && !wake.woken, "no dummy left");
	expect(wake.returned > wake.entered, "the wake took no time");
	expect(wake.irqs_off >= wake.returned - wake.entered,
	       "interrupts were off for less than the wake took");
	expect(apf_stat(fd).dummies == 1, "the dummy is not counted");
	expect(apf_wake(fd, 7, 0, NULL) == -EALREADY, "a second early wake");
	expect_call(fd, TB_IOC_APF_WAIT, &wait, 0, "wait");
	expect(wait.early == 1 && wait.ran > wait.entered, "the wake was not there first");
	expect(wait.irqs_off >= wait.ran - wait.entered,
	       "interrupts were off for less than the wait took");
	expect_empty(fd);
	close(fd);
}

static void hit(void)
{
	int fd = device();

	for (int cpu = 0; cpu < cpus(); cpu++) {
		struct waiter w = { 0 };
		struct tb_apf_wake wake;

		pin(0);
		waiter_start(&w, fd, 40, cpu);
		await_waiting(fd, 1);
		expect(!apf_wake(fd, 40, 0, &wake) && wake.woken == 1, "nobody woken");
		waiter_join(&w, 0);
		expect(!w.wait.early && (int)w.wait.cpu == cpu, "queued on CPU %u", w.wait.cpu);
		expect(w.wait.ran > wake.entered, "it ran before it was woken");
		expect(w.wait.irqs_off && w.wait.irqs_off < w.wait.ran - w.wait.entered,
		       "interrupts were off for as long as it slept");
	}
	expect_empty(fd);
	close(fd);
}

static void token_in_use(void)
{
	struct waiter w = { 0 };
	struct tb_apf_wait again = { .token = 3 };
	int fd = device(), other = device();

	waiter_start(&w, fd, 3, -1);
	await_waiting(fd, 1);
	expect_call(fd, TB_IOC_APF_WAIT, &again, -EEXIST, "the token again");
	/* Another open file has another table. */
	expect(!apf_stat(other).waiting, "tables are shared");
	apf_wake(fd, 3, 0, NULL);
	waiter_join(&w, 0);
	expect_empty(fd);
	close(other);
	close(fd);
}

enum { POPULATION = TB_APF_WAITERS };

static void population_start(struct waiter *w, int fd)
{
	memset(w, 0, POPULATION * sizeof(*w));
	for (uint32_t i = 0; i < POPULATION; i++)
		waiter_start(&w[i], fd, i, (int)(i % (unsigned int)cpus()));
	await_waiting(fd, POPULATION);
}

static void all(void)
{
	static struct waiter w[POPULATION];
	struct tb_apf_wait more = { .token = POPULATION };
	struct tb_apf_wake own, rest;
	int fd = device();

	pin(0);
	population_start(w, fd);
	expect_call(fd, TB_IOC_APF_WAIT, &more, -ENOSPC, "one more than there is room for");
	expect(!apf_wake(fd, TB_APF_NO_TOKEN, TB_APF_ALL, &own), "wake of all");
	expect((int)own.woken == POPULATION / cpus(), "%u woken on this CPU", own.woken);
	expect(!apf_wake(fd, TB_APF_NO_TOKEN, TB_APF_ALL_CPUS, &rest), "wake of all CPUs");
	expect(own.woken + rest.woken == POPULATION, "%u and %u woken", own.woken, rest.woken);
	for (int i = 0; i < POPULATION; i++)
		waiter_join(&w[i], 0);
	expect_empty(fd);
	close(fd);
}

static void dummies(void)
{
	struct tb_apf_wake wake;
	int fd = device();

	for (uint32_t i = 0; i < TB_APF_DUMMIES; i++)
		expect(!apf_wake(fd, i, 0, NULL), "dummy %u", i);
	expect(apf_wake(fd, TB_APF_DUMMIES, 0, NULL) == -ENOSPC, "more than there is room for");
	expect(!apf_wake(fd, TB_APF_NO_TOKEN, TB_APF_ALL_CPUS, &wake), "wake of all");
	expect(wake.dummies == TB_APF_DUMMIES, "%u dropped", wake.dummies);
	expect_empty(fd);
	/* Left behind: the close frees them. */
	for (uint32_t i = 0; i < 100; i++)
		apf_wake(fd, i, 0, NULL);
	close(fd);
}

static void fields(void)
{
	struct tb_apf_wait wait;
	struct tb_apf_wake wake;
	int fd = device();

#define REFUSE(name, operation, ...)                                      \
	do {                                                              \
		name = (struct tb_apf_##name){ __VA_ARGS__ };             \
		expect_call(fd, operation, &name, -EINVAL, #__VA_ARGS__); \
	} while (0)
	REFUSE(wait, TB_IOC_APF_WAIT, .token = TB_APF_NO_TOKEN);
	REFUSE(wait, TB_IOC_APF_WAIT, .reserved = 1);
	REFUSE(wake, TB_IOC_APF_WAKE, .flags = 8);
	REFUSE(wake, TB_IOC_APF_WAKE, .flags = TB_APF_ALL);
	REFUSE(wake, TB_IOC_APF_WAKE, .token = TB_APF_NO_TOKEN);
#undef REFUSE
	expect_empty(fd);
	close(fd);
}

/* Wakes one waiter at once, both windows wide open; returns how often a waker touched a left node. */
static uint64_t hand_off(int fd, unsigned int times, bool until_seen)
{
	uint64_t before = apf_stat(fd).stale;

	for (unsigned int i = 0; i < times; i++) {
		struct waiter w = { 0 };
		struct tb_apf_wake wake = { .token = i };

		waiter_start(&w, fd, i, 1);
		while (!apf_stat(fd).waiting)
			;
		expect_call(fd, TB_IOC_APF_WAKE, &wake, 0, "wake");
		waiter_join(&w, 0);
		alive("hand-offs", i);
		if (until_seen && apf_stat(fd).stale > before)
			break;
	}
	return apf_stat(fd).stale - before;
}

/*
 * The literal code's race: seen without the fence, so that its absence with the
 * fence means something.
 */
static void race(void)
{
	unsigned int times = 300 * effort();
	uint64_t seen, fenced;
	int fd = device();

	if (cpus() < 2) {
		skip_test("one CPU");
		close(fd);
		return;
	}
	pin(0);
	knob("widen_us", 50);
	knob("unfenced", 1);
	seen = hand_off(fd, 40 * times, true);
	knob("unfenced", 0);
	expect(seen, "never seen without the fence: this test proves nothing here");
	fenced = hand_off(fd, times, false);
	knob("widen_us", 0);
	expect(!fenced, "%llu wakers touched a node that its waiter had left",
	       (unsigned long long)fenced);
	say("unfenced: seen; fenced: %llu of %u", (unsigned long long)fenced, times);
	expect_empty(fd);
	close(fd);
}

const struct test apf_tests[] = {
	{ "early wake", early },	  { "hit", hit },
	{ "token in use", token_in_use }, { "wake of all", all },
	{ "dummies", dummies },		  { "fields of wait and wake", fields },
	{ "hand-off race", race },	  { 0 }
};
