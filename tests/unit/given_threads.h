/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads of a benchmark seen from outside: their CPUs and whether they sleep. */
#ifndef TB_TEST_GIVEN_THREADS_H
#define TB_TEST_GIVEN_THREADS_H

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

/* How long a test may take before it is ended: a hang is found. */
enum { TEST_SECONDS = 20 };

static inline bool in_main_thread(void)
{
	return syscall(SYS_gettid) == getpid();
}

/* 'S', 'R', ...; 0: there is no such thread. */
static inline char state_of_thread(int tid)
{
	char path[64], text[256], *end;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : 0;
}

/* A CPU other than the first that this thread may run on, or -1. */
static inline int second_cpu(void)
{
	cpu_set_t set;
	int seen = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set) && seen++)
			return cpu;
	return -1;
}

static inline bool runs_only_on(int tid, int cpu)
{
	cpu_set_t set;

	return !sched_getaffinity(tid, sizeof(set), &set) && CPU_COUNT(&set) == 1 &&
	       CPU_ISSET(cpu, &set);
}

static inline void *do_nothing(void *arg)
{
	return arg;
}

/* A sanitizer has a thread of its own from the first one on: before threads are counted. */
static inline void make_first_thread(void)
{
	pthread_t thread;

	if (!pthread_create(&thread, NULL, do_nothing, NULL))
		pthread_join(thread, NULL);
}

static inline int threads_besides(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += atoi(entry->d_name) && atoi(entry->d_name) != getpid();
	closedir(dir);
	return n;
}

/* How many threads besides this one may run on that CPU only. */
static inline int threads_on(int cpu)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		int tid = atoi(entry->d_name);

		n += tid && tid != getpid() && runs_only_on(tid, cpu);
	}
	closedir(dir);
	return n;
}

#endif
