// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each population has a process of its own. glibc keeps up to 40 MiB of ended threads'
 * stacks for new ones, so only a process without earlier threads has none of them.
 */
#include "thread/population.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "thread/shadow_model.h"
#include "thread/thread.h"

enum { PAGE = 4096, WARM_STACK = 64 << 10 };

/* Bytes of the stack that a raw thread may use. */
struct live {
	struct thread_child child;
	pthread_t pthread;
	char stack[176];
};

_Static_assert(sizeof(struct live) % 16 == 0, "stacks are aligned");

/* State in the process of the threads. */
struct members {
	const struct population *population;
	struct live *at;
	unsigned long made;
	pthread_attr_t attr;
	char *warm_stack;
};

enum thread_method population_method(const char *name)
{
	static const char *const names[] = { "clone3", "clone", "pthread" };
	unsigned int i = 0;

	while (i < THREAD_METHODS && strcmp(names[i], name))
		i++;
	return i;
}

/* clone() gets no stack size: the kernel uses RLIMIT_STACK for the shadow stack. */
static int clone_limited(struct live *live, size_t bytes)
{
	struct rlimit before, now;
	int err;

	getrlimit(RLIMIT_STACK, &before);
	now = before;
	now.rlim_cur = bytes;
	if (setrlimit(RLIMIT_STACK, &now))
		return -errno;
	err = thread_clone(&live->child, live->stack, sizeof(live->stack));
	setrlimit(RLIMIT_STACK, &before);
	return err;
}

static void *run(void *child)
{
	thread_run(child);
	return NULL;
}

static int make(const struct members *m, struct live *live)
{
	size_t bytes = m->population->stack;

	switch (m->population->method) {
	case THREAD_CLONE3: /* the size is the shadow stack's; only the top of the stack is mapped */
		return thread_clone3(&live->child, live->stack + sizeof(live->stack) - bytes,
				     bytes);
	case THREAD_CLONE:
		return clone_limited(live, bytes);
	default:
		return -pthread_create(&live->pthread, &m->attr, run, &live->child);
	}
}

static int add(struct members *m)
{
	struct live *live = &m->at[m->made];
	int err;

	live->child.hold = THREAD_STOP;
	live->child.map_bytes = m->population->stack;
	if (m->population->model) {
		live->child.map = thread_model_map(NULL, m->population->stack);
		if (!live->child.map)
			return -ENOMEM;
	}
	err = make(m, live);
	if (err && live->child.map)
		munmap(live->child.map, m->population->stack);
	if (!err)
		m->made++;
	return err;
}

/* Waits until so many threads live and have touched their memory. */
static int grow(struct members *m, unsigned long live)
{
	int err = 0;

	while (m->made < live && !err)
		err = add(m);
	for (unsigned long i = 0; i < m->made; i++)
		thread_await(&m->at[i].child);
	return err;
}

/* A thread that has reported its end may still be exiting. */
static long tasks_left(long before)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	long left = thread_census().threads - before;

	for (int i = 0; i < 1000 && left > 0; i++) {
		nanosleep(&pause, NULL);
		left = thread_census().threads - before;
	}
	return left;
}

static void end_all(const struct members *m)
{
	for (unsigned long i = 0; i < m->made; i++)
		thread_release(&m->at[i].child);
	for (unsigned long i = 0; i < m->made; i++)
		if (m->population->method == THREAD_PTHREAD)
			pthread_join(m->at[i].pthread, NULL);
		else
			thread_join(&m->at[i].child);
}

/* Finds the cause while the created threads still live. Returns err. */
static int explained(int err, const char *call, struct population_report *report)
{
	if (err)
		tb_refusal_of(NULL, call, err, &report->refusal);
	return err;
}

/*
 * Triggers one-time costs early: paging in code and data of libc. glibc does not keep
 * this thread's stack.
 */
static int warm_up(struct members *m, struct population_report *report)
{
	struct thread_space space;
	pthread_attr_t attr;
	pthread_t thread;
	int err = 0;

	if (m->population->method == THREAD_PTHREAD) {
		pthread_attr_init(&attr);
		pthread_attr_setstack(&attr, m->warm_stack, WARM_STACK);
		err = explained(-pthread_create(&thread, &attr, run, &m->at[0].child),
				"pthread_create", report);
		if (!err)
			pthread_join(thread, NULL);
		pthread_attr_destroy(&attr);
	}
	thread_census();
	return err ? err : thread_space(&space);
}

static int tell(struct members *m, struct population_report *report)
{
	static const char *const calls[] = { [THREAD_CLONE3] = "clone3",
					     [THREAD_CLONE] = "clone",
					     [THREAD_PTHREAD] = "pthread_create" };
	const char *call = calls[m->population->method];
	int err = warm_up(m, report), last;
	long tasks = thread_census().threads;

	if (!err)
		err = thread_space(&report->none);
	if (!err)
		err = explained(grow(m, m->population->live / 2), call, report);
	if (!err)
		err = thread_space(&report->half);
	if (!err)
		err = explained(grow(m, m->population->live), call, report);
	if (!err)
		err = thread_space(&report->all);
	report->tasks = thread_census().threads - tasks;
	report->made = m->made;
	end_all(m);
	report->tasks_left = tasks_left(tasks);
	last = thread_space(&report->left);
	return err ? err : last;
}

static void *map_pages(size_t bytes)
{
	void *map = mmap(NULL, (bytes + PAGE - 1) / PAGE * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return map == MAP_FAILED ? NULL : map;
}

static _Noreturn void live_and_tell(const struct population *population,
				    struct population_report *report)
{
	struct members m = { .population = population };

	/* Otherwise the waiting threads would survive a killed worker. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	m.at = map_pages(population->live * sizeof(*m.at));
	m.warm_stack = map_pages(WARM_STACK);
	pthread_attr_init(&m.attr);
	pthread_attr_setstacksize(&m.attr, population->stack);
	report->err = m.at && m.warm_stack ? tell(&m, report) : explained(-ENOMEM, "mmap", report);
	_exit(0);
}

int population_run(const struct population *population, struct population_report *report)
{
	int status;
	pid_t pid;

	memset(report, 0, sizeof(*report));
	pid = fork();
	if (!pid)
		live_and_tell(population, report);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? 0 : -ECHILD;
}
