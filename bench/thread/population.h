/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many threads alive at once, in a process of their own. */
#ifndef TB_POPULATION_H
#define TB_POPULATION_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/refusal.h"
#include "thread/space.h"

enum thread_method { THREAD_CLONE3, THREAD_CLONE, THREAD_PTHREAD, THREAD_METHODS };

/* Finds a method by its name; THREAD_METHODS: it makes no threads. */
enum thread_method population_method(const char *name);

struct population {
	enum thread_method method;
	bool model; /* each thread has a model of a shadow stack's mapping */
	unsigned long live;
	size_t stack; /* bytes of glibc's stacks and of shadow stacks, modelled or real */
};

/* The results of the process. */
struct population_report {
	struct thread_space none, half, all, left;
	long tasks, tasks_left; /* tasks beside the first: with all alive, and at the end */
	unsigned long made;
	int err;		   /* 0, or why not all were made */
	struct tb_refusal refusal; /* code NULL: no thread was refused */
};

/*
 * Forks, makes the threads, reads the address space with none, half and all of them
 * alive, ends them and reads it again. 0, or -errno if there is no report. `told` is
 * shared memory.
 */
int population_run(const struct population *population, struct population_report *told);

#endif
