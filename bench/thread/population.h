/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many threads alive at once, in a process of their own. */
#ifndef TB_POPULATION_H
#define TB_POPULATION_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/refusal.h"
#include "thread/space.h"

enum thread_method { THREAD_CLONE3, THREAD_CLONE, THREAD_PTHREAD, THREAD_METHODS };

/* By its name; THREAD_METHODS: it makes no threads. */
enum thread_method population_method(const char *name);

struct population {
	enum thread_method method;
	bool model; /* each with a model of a shadow stack's mapping */
	unsigned long live;
	size_t stack; /* bytes: of glibc's stacks, and of shadow stacks, modelled or real */
};

/* What the process found, and with how many of them. */
struct population_report {
	struct thread_space none, half, all, left;
	long tasks, tasks_left; /* beside the first: while all lived, and at last */
	unsigned long made;
	int err;		   /* why not all of them; 0 */
	struct tb_refusal refusal; /* code NULL: no thread was refused */
};

/*
 * Forks, makes the threads, looks at none, half and all of them alive, ends them,
 * looks again. 0, or -errno where nothing could be told; `told` is shared memory.
 */
int population_run(const struct population *population, struct population_report *told);

#endif
