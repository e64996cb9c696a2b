// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/create: who else is there while one creates. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "thread/create.h"
#include "thread/shadow_model.h"

/* At least PTHREAD_STACK_MIN, with room for static TLS. */
enum { LIVE_BYTES = 32 << 10 };

static void await(sem_t *sem)
{
	while (sem_wait(sem) && errno == EINTR)
		;
}

void create_company_init(struct create_company *company)
{
	sem_init(&company->ready, 0, 0);
	sem_init(&company->go, 0, 0);
	sem_init(&company->quit, 0, 0);
	sem_init(&company->leave, 0, 0);
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
	struct create_company *company = arg;
	void *map = company->model ? map_live() : NULL;

	if (company->model && !map)
		atomic_store(&company->err, -ENOMEM);
	sem_post(&company->ready);
	await(&company->leave);
	if (map)
		munmap(map, LIVE_BYTES);
	return NULL;
}

static int start_live(struct create_company *company, unsigned int n)
{
	pthread_attr_t attr;
	int err = 0;

	pthread_attr_init(&attr);
	while (company->n_live < n && !err) {
		char *stack = company->live_stacks + (size_t)company->n_live * LIVE_BYTES;

		err = -pthread_attr_setstack(&attr, stack, LIVE_BYTES);
		if (!err)
			err = -pthread_create(&company->live[company->n_live], &attr, live,
					      company);
		if (err)
			break;
		company->n_live++;
		await(&company->ready);
		err = atomic_load(&company->err);
	}
	pthread_attr_destroy(&attr);
	return err;
}

int create_live_start(struct tb_trial *trial, struct create_company *company, unsigned int n)
{
	int err;

	if (!n)
		return 0;
	company->live = calloc(n, sizeof(*company->live));
	company->live_stacks = mmap(NULL, (size_t)n * LIVE_BYTES, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!company->live || company->live_stacks == MAP_FAILED)
		return tb_trial_fail(trial, -ENOMEM, "no memory for the live threads' stacks");
	madvise(company->live_stacks, (size_t)n * LIVE_BYTES, MADV_NOHUGEPAGE);
	err = start_live(company, n);
	return err ? tb_trial_refused(trial, err, "pthread_create", "not as many live threads") : 0;
}

void create_live_stop(struct create_company *company)
{
	for (unsigned int i = 0; i < company->n_live; i++)
		sem_post(&company->leave);
	for (unsigned int i = 0; i < company->n_live; i++)
		pthread_join(company->live[i], NULL);
	free(company->live);
}

static void *create_until_enough(void *arg)
{
	struct create_other *other = arg;
	struct create_company *company = other->company;
	struct create_times times;
	int err = create_cycle(&other->c, other->c.model, &times);

	sem_post(&company->ready);
	await(&company->go);
	while (!atomic_load(&company->enough) && !err)
		err = create_cycle(&other->c, other->c.model, &times);
	if (err)
		atomic_store(&company->err, err);
	sem_post(&company->ready);
	/* Not `go`: who is done at once would take it from one that has not begun. */
	await(&company->quit);
	return NULL;
}

static int start_other(struct tb_trial *trial, struct create_other *other)
{
	void *stack = tb_trial_alloc(trial, CREATE_THREAD_STACK);
	int err = stack ? create_prepare(trial, &other->c) : -ENOMEM;

	return err ? err : create_thread(trial, stack, &other->thread, create_until_enough, other);
}

int create_others_start(struct tb_trial *trial, struct create_company *company,
			const struct create *c, unsigned int n)
{
	while (company->n_others < n) {
		struct create_other *other = &company->other[company->n_others];
		int err;

		other->company = company;
		other->c = *c;
		pthread_attr_init(&other->c.attr);
		err = start_other(trial, other);
		if (err)
			return err;
		company->n_others++;
		await(&company->ready);
	}
	return 0;
}

void create_others_go(struct create_company *company)
{
	company->going = true;
	for (unsigned int i = 0; i < company->n_others; i++)
		sem_post(&company->go);
}

void create_others_halt(struct create_company *company)
{
	if (atomic_exchange(&company->enough, true))
		return;
	if (!company->going)
		create_others_go(company);
	for (unsigned int i = 0; i < company->n_others; i++)
		await(&company->ready);
}

void create_others_stop(struct create_company *company)
{
	for (unsigned int i = 0; i < company->n_others; i++)
		sem_post(&company->quit);
	while (company->n_others)
		pthread_join(company->other[--company->n_others].thread, NULL);
}
