// SPDX-License-Identifier: GPL-2.0-or-later
/* Hostile calls to the module. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "apf.h"
#include "pmu.h"

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Half of the fields pass a first check. */
static uint32_t field(uint64_t *x)
{
	static const uint32_t likely[] = { 0,  0,    0,	   1,	  2,	 3,	   4,	      8,
					   11, 4096, 8192, 32768, 65536, 1u << 20, 0xffffffff };
	uint64_t r = next(x);

	return r & 1 ? (uint32_t)(r >> 32)
		     : likely[(r >> 8) % (sizeof(likely) / sizeof(likely[0]))];
}

struct fuzzer {
	int fd;
	uint64_t seed, calls, refused, unexpected;
	int last;
	pthread_t thread;
};

static void fuzz_once(struct fuzzer *f)
{
	const struct operation *op = &operations[next(&f->seed) % OPERATIONS];
	/* As large as a number can say: the module writes zeros into the rest. */
	static _Thread_local uint32_t words[4096];
	uint32_t bytes = next(&f->seed) % 16 ? op->bytes : field(&f->seed) % sizeof(words);
	uint32_t *token = &words[op->number == TB_IOC_APF_WAKE ? 1 : 0];
	int err;

	memset(words, 0, sizeof(words));
	for (uint32_t i = 0; i < op->bytes / 4; i++)
		words[i] = next(&f->seed) % 4 ? 0 : field(&f->seed);
	/* Few tokens, so that waits and wakes meet. */
	if ((op->number == TB_IOC_APF_WAIT || op->number == TB_IOC_APF_WAKE) && next(&f->seed) % 8)
		*token = (uint32_t)(next(&f->seed) % 8);
	err = call(f->fd, resized(op, bytes), words);
	f->calls++;
	f->refused += err < 0;
	if (!documented(err)) {
		f->unexpected++;
		f->last = err;
	}
}

static atomic_int quit;

static void *fuzz(void *arg)
{
	struct fuzzer *f = arg;
	uint64_t calls = 10000ull * effort();

	pin((int)(f->seed % (unsigned int)cpus()));
	while (f->calls < calls) {
		fuzz_once(f);
		alive("fuzzed calls", f->calls);
	}
	return NULL;
}

static void *wake_for_ever(void *arg)
{
	const struct timespec pause = { .tv_nsec = 200000 };

	while (!atomic_load(&quit)) {
		apf_wake(*(int *)arg, TB_APF_NO_TOKEN, TB_APF_ALL_CPUS, NULL);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void fuzzed(void)
{
	struct fuzzer f[2] = { { .seed = 0x9e3779b97f4a7c15 }, { .seed = 0xd1b54a32d192ed03 } };
	pthread_t waker;
	int fd = device();

	atomic_store(&quit, 0);
	pthread_create(&waker, NULL, wake_for_ever, &fd);
	for (int i = 0; i < 2; i++) {
		f[i].fd = fd;
		pthread_create(&f[i].thread, NULL, fuzz, &f[i]);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(f[i].thread, NULL);
		expect(!f[i].unexpected, "%llu undocumented errors, as %d",
		       (unsigned long long)f[i].unexpected, f[i].last);
		say("%llu calls, %llu refused", (unsigned long long)f[i].calls,
		    (unsigned long long)f[i].refused);
		expect(f[i].refused < f[i].calls, "all calls were refused");
	}
	atomic_store(&quit, 1);
	pthread_join(waker, NULL);
	apf_wake(fd, TB_APF_NO_TOKEN, TB_APF_ALL_CPUS, NULL);
	expect_empty(fd);
	close(fd);
}

/* Closed by others while somebody waits: the wait holds the file; so does it hold the module. */
static void closed_and_unloaded(void)
{
	struct waiter w = { 0 };
	int fd = device(), kept = dup(fd);

	waiter_start(&w, fd, 5, -1);
	await_waiting(kept, 1);
	close(fd);
	expect(syscall(SYS_delete_module, "tollbooth", O_NONBLOCK) && errno == EWOULDBLOCK,
	       "the module could be unloaded: %s", strerror(errno));
	expect(!apf_wake(kept, 5, 0, NULL), "wake after the close");
	waiter_join(&w, 0);
	expect_empty(kept);
	close(kept);
}

static bool online(int cpu, bool on)
{
	char path[64];
	int fd;
	bool done;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	fd = open(path, O_WRONLY);
	done = fd >= 0 && write(fd, on ? "1" : "0", 1) == 1;
	if (fd >= 0)
		close(fd);
	return done;
}

static void *flush_on_1(void *arg)
{
	struct fuzzer *f = arg;
	struct tb_flush_sample sample;

	while (!atomic_load(&quit)) {
		cpu_set_t set;
		int err;

		CPU_ZERO(&set);
		CPU_SET(1, &set);
		sched_setaffinity(0, sizeof(set), &set);
		sample = (struct tb_flush_sample){ .cpu = 1, .setup = L1D_DO_FLUSH };
		err = call(f->fd, TB_IOC_FLUSH_SAMPLE, &sample);
		f->calls += !err;
		f->refused += err == -ENXIO;
		f->unexpected += err && err != -ENXIO;
	}
	return NULL;
}

/* Counters of a CPU that is off. */
static void expect_off(int fd)
{
	struct tb_pmu_setup pmu = pmu_setup(1, 1);

	if (!pmu_load())
		return;
	expect_call(fd, TB_IOC_PMU_SETUP, &pmu, -ENXIO, "counters of a CPU that is off");
	pmu_unload();
}

static void hotplug(void)
{
	struct tb_flush_setup setup = { .l1d_bytes = 32 << 10, .flush_bytes = 64 << 10, .loop = 1 };
	struct fuzzer f = { .fd = device() };
	struct waiter w = { 0 };
	struct tb_apf_wake wake;
	bool table = has_table();

	pin(0);
	if (cpus() < 2 || !online(1, false) || !online(1, true)) {
		skip_test("CPU 1 can't be taken away");
		close(f.fd);
		return;
	}
	expect_call(f.fd, TB_IOC_FLUSH_SETUP, &setup, 0, "setup");
	/* A sleeper whose CPU goes away is missed by a wake of this CPU's, and found by one of all. */
	if (table) {
		waiter_start(&w, f.fd, 9, 1);
		await_waiting(f.fd, 1);
	}
	atomic_store(&quit, 0);
	pthread_create(&f.thread, NULL, flush_on_1, &f);
	for (unsigned int i = 0; i < 5 * effort(); i++) {
		alive("CPU off and on", i);
		expect(online(1, false), "CPU 1 stays");
		expect(online(1, true), "CPU 1 is gone");
	}
	expect(online(1, false), "CPU 1 stays");
	expect_off(f.fd);
	if (table) {
		expect(!apf_wake(f.fd, TB_APF_NO_TOKEN, TB_APF_ALL_CPUS, &wake) && wake.woken == 1,
		       "the sleeper of CPU 1 is lost");
		waiter_join(&w, 0);
	}
	expect(online(1, true), "CPU 1 is gone");
	/* On a busy host the thread may have had no turn yet. */
	for (int i = 0; i < 2000 && !__atomic_load_n(&f.calls, __ATOMIC_RELAXED); i++)
		usleep(10000);
	atomic_store(&quit, 1);
	pthread_join(f.thread, NULL);
	expect(!f.unexpected, "%llu other errors", (unsigned long long)f.unexpected);
	expect(f.calls, "no flush on CPU 1");
	expect_empty(f.fd);
	close(f.fd);
}

/* Waits and wakes without a pause: no wake is lost, no waiter is left. */
static void *wait_often(void *arg)
{
	struct fuzzer *f = arg;
	uint32_t me = (uint32_t)f->last;

	for (uint64_t i = 0; i < 2500ull * effort(); i++) {
		struct tb_apf_wait wait = { .token = me };
		int err = call(f->fd, TB_IOC_APF_WAIT, &wait);

		f->calls += !err;
		f->unexpected += err != 0;
	}
	return NULL;
}

static void many_waits(void)
{
	enum { THREADS = 8 };
	struct fuzzer f[THREADS] = { 0 };
	uint64_t done = 0, waits = 2500ull * effort();
	pthread_t waker;
	int fd = device();

	atomic_store(&quit, 0);
	for (int i = 0; i < THREADS; i++) {
		f[i].fd = fd;
		f[i].last = i;
		pthread_create(&f[i].thread, NULL, wait_often, &f[i]);
	}
	pthread_create(&waker, NULL, wake_for_ever, &fd);
	/* Tokens in turn: woken, or early, or already early. */
	for (uint32_t i = 0; done < THREADS * waits; i++) {
		int err = apf_wake(fd, i % THREADS, 0, NULL);

		expect(!err || err == -EALREADY, "a wake says %d", err);
		alive("waits", done);
		done = 0;
		for (int t = 0; t < THREADS; t++)
			done += __atomic_load_n(&f[t].calls, __ATOMIC_RELAXED) + f[t].unexpected;
	}
	atomic_store(&quit, 1);
	pthread_join(waker, NULL);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(f[i].thread, NULL);
		expect(f[i].calls == waits && !f[i].unexpected, "thread %d: %llu waits", i,
		       (unsigned long long)f[i].calls);
	}
	apf_wake(fd, TB_APF_NO_TOKEN, TB_APF_ALL_CPUS, NULL);
	expect_empty(fd);
	close(fd);
}

const struct test waits_tests[] = { { "closed and unloaded while waiting", closed_and_unloaded },
				    { "many waits", many_waits },
				    { 0 } };

const struct test adversary_tests[] = { { "fuzzed calls", fuzzed },
					{ "CPU off and on", hotplug },
					{ 0 } };
