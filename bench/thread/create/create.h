/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internals of thread/create: how children are made, the other threads, and the checks. */
#ifndef TB_CREATE_H
#define TB_CREATE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "bench.h"
#include "thread/shadow.h"
#include "thread/thread.h"

extern const struct tb_explanation thread_create_explanation;

struct create;

/* Whose shadow stack a child uses, in a process that has one. */
enum create_shadow { CREATE_OWN, CREATE_COPIED, CREATE_SHARED, CREATE_FOREIGN };

/* A method to make a child that runs at once and ends. */
struct create_method {
	int (*make)(struct create *c); /* 0 or -errno */
	void (*join)(struct create *c);
	enum create_shadow shadow; /* CREATE_OWN: a thread of this process */
	bool stamps;		   /* the child can stamp its start */
	const char *call;	   /* name of the call, for tb_trial_refused() */
};

/* The values of the parameter method, NULL after the last; and the lookup of one. */
const char *create_method_name(unsigned int i);
const struct create_method *create_method(const char *name);

/* The state of one creating thread. */
struct create {
	struct thread_child *child; /* in memory shared with child processes, too */
	const struct create_method *method;
	char *stack;	    /* of the children */
	size_t stack_bytes; /* also clone3's stack_size */
	pthread_attr_t attr;
	pthread_t thread;
	pid_t pid;
	bool shadowed;		    /* the creator has a shadow stack, and so have its children */
	size_t map_bytes;	    /* bytes of a shadow stack, real or modelled; 0: shadow=off */
	bool model;		    /* a creation includes the model's mapping */
	bool huge;		    /* the model requests huge pages */
	struct thread_shadows main; /* the first thread's shadow stack */
	uint64_t made, fit;	    /* children; those with the expected shadow stack */
};

/* TSC cycles since right before the creation. */
struct create_times {
	double returned, started, ended;
};

/* One creation, with or without the model's mapping. 0 or -errno. */
int create_cycle(struct create *c, bool map, struct create_times *times);

/* The same creation without a shadow stack, with the model's mapping, and that mapping alone. */
struct create_parts {
	double off, model, map;
};

/* model: also measures the creation with the model. Unmeasured parts are NAN. 0 or -errno. */
int create_parts(struct create *c, bool model, struct create_parts *parts);

/* Whose shadow stack the last child used, and the expected one. "none": it has none. */
const char *create_pointer(const struct create *c);
const char *create_pointer_due(const struct create *c);

/*
 * A thread without a shadow stack in a process where the others have one. It measures the
 * parts, and inspects a child of vfork, whose parent cannot run meanwhile.
 */
struct create_helper {
	pthread_t thread;
	sem_t asked, answered;
	enum { HELP_PARTS, HELP_LOOK, HELP_QUIT } task;
	struct create *c;
	bool runs, plain; /* plain: without a shadow stack; glibc may have locked it */
	bool model;
	struct create_parts parts;
	struct thread_shadows seen; /* while the child was stopped */
	int err;
};

/* A thread on a given stack, since glibc keeps some of its own mapped. 0, or -errno after tb_trial_fail(). */
enum { CREATE_THREAD_STACK = 64 << 10 };
int create_thread(struct tb_trial *trial, void *stack, pthread_t *thread, void *(*run)(void *),
		  void *arg);
int create_helper_start(struct tb_trial *trial, struct create_helper *helper, struct create *c);
void create_helper_stop(struct create_helper *helper);
/* Ask, then wait for the answer: 0 or -errno. */
void create_helper_ask(struct create_helper *helper, int task);
int create_helper_await(struct create_helper *helper);

enum { CREATE_OTHERS_MAX = 7 };

/* Another creating thread. */
struct create_other {
	struct create_background *background;
	struct create c;
	pthread_t thread;
};

/* The other threads: idle ones, and further creators. */
struct create_background {
	pthread_t *live;
	char *live_stacks;
	sem_t ready;	/* posted by each of them */
	sem_t go, quit; /* to the other creators: begin, and end */
	sem_t leave;	/* to the idle threads: end */
	bool going;
	bool model; /* the idle threads have the model's mapping */
	unsigned int n_live, n_others;
	struct create_other other[CREATE_OTHERS_MAX];
	atomic_bool enough;
	atomic_int err; /* of any of them */
};

void create_background_init(struct create_background *background);
int create_live_start(struct tb_trial *trial, struct create_background *background, unsigned int n);
void create_live_stop(struct create_background *background);
/* Each other creator makes one child, then waits for `go`. Halted ones stay until they are stopped. */
int create_others_start(struct tb_trial *trial, struct create_background *background,
			const struct create *c, unsigned int n);
void create_others_go(struct create_background *background);
void create_others_halt(struct create_background *background);
void create_others_stop(struct create_background *background);

enum { CREATE_STACK = 64 << 10 }; /* bytes of its stack that a child may touch */
/* Allocates a child and its stack for c, whose method, stack_bytes and attr are set. */
int create_prepare(struct tb_trial *trial, struct create *c);

/*
 * A creation outside the samples, whose child is stopped and inspected: the address and
 * the size of its shadow stack, and whether it is gone afterwards. The names of its checks
 * begin with `when`.
 */
int create_prove(struct tb_trial *trial, struct create *c, struct create_helper *helper,
		 const char *when);

#endif
