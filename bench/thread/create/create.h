/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thread/create from the inside: how children are made, who else is there, and what proves it. */
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

/* Whose shadow stack a child runs on, in a process that has one. */
enum create_shadow { CREATE_OWN, CREATE_COPIED, CREATE_SHARED, CREATE_FOREIGN };

/* How to make a child that runs at once and ends. */
struct create_method {
	int (*make)(struct create *c); /* 0 or -errno */
	void (*join)(struct create *c);
	enum create_shadow shadow; /* CREATE_OWN: a thread of this process */
	bool stamps;		   /* the child can tell when it started */
	const char *call;	   /* that makes the child, for tb_trial_refused() */
};

/* The values of the parameter method, NULL after the last; and a method by one of them. */
const char *create_method_name(unsigned int i);
const struct create_method *create_method(const char *name);

/* One thread that creates: what it works on. */
struct create {
	struct thread_child *child; /* in memory shared with child processes too */
	const struct create_method *method;
	char *stack;	    /* of the children */
	size_t stack_bytes; /* and what clone3 is told */
	pthread_attr_t attr;
	pthread_t thread;
	pid_t pid;
	bool shadowed;		    /* the creator, and so its children */
	size_t map_bytes;	    /* of a shadow stack, real or modelled; 0: shadow=off */
	bool model;		    /* a creation has the model's mapping in it */
	bool huge;		    /* the model asks for huge pages */
	struct thread_shadows main; /* where the first thread's shadow stack is */
	uint64_t made, fit; /* children, and those whose shadow stack was whose it had to be */
};

/* TSC cycles from right before the creation. */
struct create_times {
	double returned, started, ended;
};

/* One creation, with the model's mapping in it or without. 0 or -errno. */
int create_cycle(struct create *c, bool map, struct create_times *times);

/* What the same creation costs without a shadow stack, with the model's mapping, and that mapping alone. */
struct create_parts {
	double off, model, map;
};

/* model: also that whole. NAN is what there is not. 0 or -errno. */
int create_parts(struct create *c, bool model, struct create_parts *parts);

/* Whose shadow stack the last child ran on, and whose it has to be. "none": it has none. */
const char *create_pointer(const struct create *c);
const char *create_pointer_due(const struct create *c);

/*
 * A thread without a shadow stack where the others have one: it makes the parts, and
 * looks at a child of vfork while its parent can't.
 */
struct create_helper {
	pthread_t thread;
	sem_t asked, answered;
	enum { HELP_PARTS, HELP_LOOK, HELP_QUIT } task;
	struct create *c;
	bool runs, plain; /* plain: rid of its own shadow stack; glibc may have locked it */
	bool model;
	struct create_parts parts;
	struct thread_shadows seen; /* while the child stood still */
	int err;
};

/* A thread on a stack of ours: of its own ones glibc keeps some mapped. 0, or -errno and said. */
enum { CREATE_THREAD_STACK = 64 << 10 };
int create_thread(struct tb_trial *trial, void *stack, pthread_t *thread, void *(*run)(void *),
		  void *arg);
int create_helper_start(struct tb_trial *trial, struct create_helper *helper, struct create *c);
void create_helper_stop(struct create_helper *helper);
/* ask, and await the answer: 0 or -errno */
void create_helper_ask(struct create_helper *helper, int task);
int create_helper_await(struct create_helper *helper);

enum { CREATE_OTHERS_MAX = 7 };

/* Another thread that creates meanwhile. */
struct create_other {
	struct create_background *background;
	struct create c;
	pthread_t thread;
};

/* Who else is there: threads that live and do nothing, and others that create, too. */
struct create_background {
	pthread_t *live;
	char *live_stacks;
	sem_t ready;	/* posted by each of them */
	sem_t go, quit; /* to the others: begin, and end */
	sem_t leave;	/* to those that live: end */
	bool going;
	bool model; /* the live ones have the model's mapping */
	unsigned int n_live, n_others;
	struct create_other other[CREATE_OTHERS_MAX];
	atomic_bool enough;
	atomic_int err; /* of any of them */
};

void create_background_init(struct create_background *background);
int create_live_start(struct tb_trial *trial, struct create_background *background, unsigned int n);
void create_live_stop(struct create_background *background);
/* The others make one child each, then wait to go; halted, they stay until they are stopped. */
int create_others_start(struct tb_trial *trial, struct create_background *background,
			const struct create *c, unsigned int n);
void create_others_go(struct create_background *background);
void create_others_halt(struct create_background *background);
void create_others_stop(struct create_background *background);

enum { CREATE_STACK = 64 << 10 }; /* bytes that a child may touch of its stack */
/* A child and its stack for c; its method, stack_bytes and attr are set. */
int create_prepare(struct tb_trial *trial, struct create *c);

/*
 * A creation outside the samples, whose child is stopped and looked at: where its
 * shadow stack is, how large, whether it is gone afterwards. The names of its
 * checks begin with `when`.
 */
int create_prove(struct tb_trial *trial, struct create *c, struct create_helper *helper,
		 const char *when);

#endif
