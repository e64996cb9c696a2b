// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/create: the thread without a shadow stack in a process where all others have one. */
#include <errno.h>

#include "thread/create/create.h"

static void help(struct create_helper *helper)
{
	struct create *c = helper->c;

	if (helper->task == HELP_LOOK) {
		thread_await(c->child);
		helper->err = thread_shadows(0, c->child->ssp, &helper->seen);
		thread_release(c->child);
		return;
	}
	/* While this thread creates, the creator has no shadow stack. */
	c->shadowed = false;
	helper->err = create_parts(c, helper->model, &helper->parts);
	c->shadowed = true;
}

static void *help_until_quit(void *arg)
{
	struct create_helper *helper = arg;

	/* From here on no return is checked, so returns through older frames work, too. */
	helper->plain = !thread_arch_prctl(THREAD_SHSTK_DISABLE, THREAD_SHSTK) && !thread_ssp();
	for (;;) {
		sem_post(&helper->answered);
		while (sem_wait(&helper->asked) && errno == EINTR)
			;
		if (helper->task == HELP_QUIT)
			return NULL;
		help(helper);
	}
}

int create_thread(struct tb_trial *trial, void *stack, pthread_t *thread, void *(*run)(void *),
		  void *arg)
{
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stack, CREATE_THREAD_STACK);
	err = -pthread_create(thread, &attr, run, arg);
	pthread_attr_destroy(&attr);
	return err ? tb_trial_refused(trial, err, "pthread_create", "no second thread") : 0;
}

int create_helper_start(struct tb_trial *trial, struct create_helper *helper, struct create *c)
{
	void *stack = tb_trial_alloc(trial, CREATE_THREAD_STACK);
	int err;

	if (!stack)
		return -ENOMEM;
	helper->c = c;
	helper->model = c->method->shadow == CREATE_OWN;
	sem_init(&helper->asked, 0, 0);
	sem_init(&helper->answered, 0, 0);
	err = create_thread(trial, stack, &helper->thread, help_until_quit, helper);
	if (err)
		return err;
	helper->runs = true;
	return create_helper_await(helper);
}

void create_helper_ask(struct create_helper *helper, int task)
{
	helper->task = task;
	sem_post(&helper->asked);
}

int create_helper_await(struct create_helper *helper)
{
	while (sem_wait(&helper->answered) && errno == EINTR)
		;
	return helper->err;
}

void create_helper_stop(struct create_helper *helper)
{
	if (!helper->runs)
		return;
	create_helper_ask(helper, HELP_QUIT);
	pthread_join(helper->thread, NULL);
}
