// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/guest_exchange.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "measure/clock.h"

/* On a busy machine one of the two often does not run, so exchanges continue for some time. */
enum { EXCHANGES = 1024, LIMIT_TSC = 50000000 };

struct host_side {
	struct guest_rounds *rounds;
	struct guest_shared_page *shared;
	pthread_t thread;
	uint64_t at[EXCHANGES]; /* TSC */
	unsigned int made;
};

static void *answer_guest(void *arg)
{
	struct host_side *h = arg;
	const struct guest_rounds *l = h->rounds;
	uint64_t end = 0;

	while (h->made < h->shared->exchanges) {
		/* A round that has ended exchanges no more. */
		if (atomic_load(&l->done) >= l->vmm.vcpus || atomic_load(&l->quit))
			break;
		if (__atomic_load_n(&h->shared->ping, __ATOMIC_ACQUIRE) != h->made + 1)
			continue;
		if (!h->made)
			end = tb_clock_now() + LIMIT_TSC;
		else if (tb_clock_now() >= end)
			h->shared->exchanges = h->made + 1; /* the last */
		h->at[h->made++] = tb_clock_begin();
		__atomic_store_n(&h->shared->pong, h->made, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* SCHED_OTHER, since the thread spins. false: it cannot run on this CPU. */
static bool start_on(struct host_side *h, int cpu)
{
	const struct sched_param none = { 0 };
	pthread_attr_t attr;
	cpu_set_t set;
	int err;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_OTHER);
	pthread_attr_setschedparam(&attr, &none);
	err = pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	if (!err)
		err = pthread_create(&h->thread, &attr, answer_guest, h);
	pthread_attr_destroy(&attr);
	return !err;
}

/* On the handler's CPU, otherwise on any other, for less than a millisecond. */
static bool start_beside(struct host_side *h, int vcpu_cpu)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	if (h->rounds->handler_cpu != vcpu_cpu && start_on(h, h->rounds->handler_cpu))
		return true;
	for (int cpu = 0; cpu < cpus && cpu < CPU_SETSIZE; cpu++)
		if (cpu != vcpu_cpu && start_on(h, cpu))
			return true;
	return false;
}

static void narrow(struct guest_vcpu *v, const struct host_side *h)
{
	const struct guest_touch *log = guest_log(h->rounds->vmm.vcpu[v->id].block);

	for (unsigned int i = 0; i < h->made; i++) {
		/* The host's stamp lies between the guest's two. */
		const struct guest_exchange exchange = { .host_entered = h->at[i],
							 .host_left = h->at[i],
							 .guest_entered = log[i].after,
							 .guest_left = log[i].before };

		guest_clock_narrow(&v->clock, &exchange);
	}
}

static int exchange_with(struct guest_rounds *l, unsigned int vcpu, const char **why)
{
	struct host_side h = { .rounds = l, .shared = guest_shared_page(l->vmm.vcpu[vcpu].block) };
	int err = 0;

	for (unsigned int i = 0; i < l->vmm.vcpus; i++)
		*guest_shared_page(l->vmm.vcpu[i].block) =
			(struct guest_shared_page){ .threads = 1, .live = 1 };
	atomic_store(&l->done, 0);
	h.shared->exchanges = EXCHANGES;
	if (!start_beside(&h, l->vcpu[vcpu].cpu))
		return 0;
	err = guest_rounds_enter(l, why);
	for (unsigned int i = 0; i < l->vmm.vcpus && !err; i++) {
		err = l->vcpu[i].err;
		*why = l->vcpu[i].why;
	}
	/* The thread ends in any case. */
	if (err)
		atomic_store(&l->quit, true);
	pthread_join(h.thread, NULL);
	if (!err)
		narrow(&l->vcpu[vcpu], &h);
	return err;
}

int guest_rounds_exchange(struct guest_rounds *l, const char **why)
{
	int err = 0;

	for (unsigned int i = 0; i < l->vmm.vcpus && !err; i++)
		err = exchange_with(l, i, why);
	return err;
}
