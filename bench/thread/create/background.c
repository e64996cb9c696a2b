// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/create: the other threads of the process, idle or creating. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "thread/create/create.h"
#include "thread/shadow_model.h"

/* At least PTHREAD_STACK_MIN, plus the static TLS. */
enum { LIVE_BYTES = 32 << 10 };

static void await(sem_t *sem)
{
	while (sem_wait(sem) && errno == EINTR)
		;
}

void create_background_init(struct create_background *background)
{
	sem_init(&background->ready, 0, 0);
	sem_init(&background->go, 0, 0);
	sem_init(&background->quit, 0, 0);
	sem_init(&background->leave, 0, 0);
}

static void *map_live(void)
{
	char *map = thread_model_map(NULL, LIVE_BYTES);

	if (map)
		*(volatile uint64_t *)(map + LIVE_BYTES - 8) = 1;
	return map;
}

static void *live(void *arg)
{
	struct create_background *background = arg;
	void *map = background->model ? map_live() : NULL;

	if (background->model && !map)
		atomic_store(&background->err, -ENOMEM);
	sem_post(&background->ready);
	await(&background->leave);
	if (map)
		munmap(map, LIVE_BYTES);
	return NULL;
}

static int start_live(struct create_background *background, unsigned int n)
{
	pthread_attr_t attr;
	int err = 0;

	pthread_attr_init(&attr);
	while (background->n_live < n && !err) {
		char *stack = background->live_stacks + (size_t)background->n_live * LIVE_BYTES;

		err = -pthread_attr_setstack(&attr, stack, LIVE_BYTES);
		if (!err)
			err = -pthread_create(&background->live[background->n_live], &attr, live,
					      background);
		if (err)
			break;
		background->n_live++;
		await(&background->ready);
		err = atomic_load(&background->err);
	}
	pthread_attr_destroy(&attr);
	return err;
}

int create_live_start(struct tb_trial *trial, struct create_background *background, unsigned int n)
{
	int err;

	if (!n)
		return 0;
	background->live = calloc(n, sizeof(*background->live));
	background->live_stacks = mmap(NULL, (size_t)n * LIVE_BYTES, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!background->live || background->live_stacks == MAP_FAILED)
		return tb_trial_fail(trial, -ENOMEM, "no memory for the live threads' stacks");
	madvise(background->live_stacks, (size_t)n * LIVE_BYTES, MADV_NOHUGEPAGE);
	err = start_live(background, n);
	return err ? tb_trial_refused(trial, err, "pthread_create",
				      "the live threads could not be created")
		   : 0;
}

void create_live_stop(struct create_background *background)
{
	for (unsigned int i = 0; i < background->n_live; i++)
		sem_post(&background->leave);
	for (unsigned int i = 0; i < background->n_live; i++)
		pthread_join(background->live[i], NULL);
	free(background->live);
}

static void *create_until_enough(void *arg)
{
	struct create_other *other = arg;
	struct create_background *background = other->background;
	struct create_times times;
	int err = create_cycle(&other->c, other->c.model, &times);

	sem_post(&background->ready);
	await(&background->go);
	while (!atomic_load(&background->enough) && !err)
		err = create_cycle(&other->c, other->c.model, &times);
	if (err)
		atomic_store(&background->err, err);
	sem_post(&background->ready);
	/* Not `go`: a thread that is done at once would take the post of one that has not begun. */
	await(&background->quit);
	return NULL;
}

static int start_other(struct tb_trial *trial, struct create_other *other)
{
	void *stack = tb_trial_alloc(trial, CREATE_THREAD_STACK);
	int err = stack ? create_prepare(trial, &other->c) : -ENOMEM;

	return err ? err : create_thread(trial, stack, &other->thread, create_until_enough, other);
}

int create_others_start(struct tb_trial *trial, struct create_background *background,
			const struct create *c, unsigned int n)
{
	while (background->n_others < n) {
		struct create_other *other = &background->other[background->n_others];
		int err;

		other->background = background;
		other->c = *c;
		pthread_attr_init(&other->c.attr);
		err = start_other(trial, other);
		if (err)
			return err;
		background->n_others++;
		await(&background->ready);
	}
	return 0;
}

void create_others_go(struct create_background *background)
{
	background->going = true;
	for (unsigned int i = 0; i < background->n_others; i++)
		sem_post(&background->go);
}

void create_others_halt(struct create_background *background)
{
	if (atomic_exchange(&background->enough, true))
		return;
	if (!background->going)
		create_others_go(background);
	for (unsigned int i = 0; i < background->n_others; i++)
		await(&background->ready);
}

void create_others_stop(struct create_background *background)
{
	for (unsigned int i = 0; i < background->n_others; i++)
		sem_post(&background->quit);
	while (background->n_others)
		pthread_join(background->other[--background->n_others].thread, NULL);
}
