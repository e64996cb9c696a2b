/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * apf/wake-kvm in a world with known answers: guests run for real, their stamps become the given
 * ones.
 */
#ifndef TB_TEST_WAKE_KVM_WORLD_H
#define TB_TEST_WAKE_KVM_WORLD_H

#include "kvm_calls.h"

#include <math.h>

#include "benches.h"
#include "given.h"
#include "given_threads.h"

/* The private structure, with which a fault is planted. */
#define apf_wake_kvm included_wake_kvm
#include "apf/wake_kvm/wake_kvm.c"
#undef apf_wake_kvm

/* TSC cycles: a run of the guest, its entry and its exit, its first touch. */
enum { RUN = 1000000, ENTRY = 50, LEFT = 900000, EXIT = 70, FIRST = 1000, PITCH = 5000 };
/* An exchange: the guest's stamps before and after the host's. */
enum { ASKED = 20, ANSWERED = 30, EXCHANGED = 8 };
/* From before the touch on, and what grows from touch to touch. */
enum { TO_ABSENT = 100, TO_READY = 400, WHOLE = 700 };
enum { TRACED_ABSENT = 80, TRACED_COMPLETED = 150, TRACED_READY = 330 };
enum { PAGES = 16 };
/* The median over touches 0 to 15. */
#define MEDIAN(step, grows) ((step) + 7.5 * (grows))

static struct {
	struct tb_trial *trial;
	unsigned int marks;
	atomic_uint misplaced;
	int64_t shift;	       /* of the guest's clock */
	uint64_t ready_traced; /* TRACED_READY, or later */
	unsigned int vcpu_of_shift;
	bool wrong_page;
	int threads; /* before the guest was made */
} world;

static inline const struct guest_rounds *rounds(void)
{
	return world.trial ? &((const struct wake_kvm *)world.trial->priv)->rounds : NULL;
}

/* Entered, left, of the run that follows or came before. */
static inline uint64_t stamp_of_vcpu(unsigned int id)
{
	static _Thread_local unsigned int n;
	unsigned int run = n / 2;
	bool left = n++ % 2;

	if (kvm.vcpu[id].runs != run + left)
		atomic_fetch_add(&world.misplaced, 1);
	return RUN * (run + 1ull) + (left ? LEFT + EXIT : 0);
}

static inline uint64_t exchange_at(unsigned int i)
{
	return RUN + 10000 + i * 500ull;
}

/* Now, the host's stamp, of each exchange; the time for them is over after some. */
static inline uint64_t stamp_of_answer(void)
{
	static _Thread_local unsigned int n;
	unsigned int i = n / 2;

	if (n++ % 2 == 0)
		return i + 1 < EXCHANGED ? 0 : 60000000;
	for (unsigned int v = 0; v < kvm.vcpus; v++) {
		const struct guest_shared_page *shared = guest_shared_page(kvm.vcpu[v].cpu.block);

		/* Answered before it was stamped. */
		if (shared->exchanges && __atomic_load_n(&shared->pong, __ATOMIC_ACQUIRE) > i)
			atomic_fetch_add(&world.misplaced, 1);
	}
	return exchange_at(i);
}

static inline uint64_t stamp(void)
{
	int tid = (int)real_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
	const struct guest_rounds *l = rounds();

	if (tid == getpid())
		return world.marks++ % 2 ? 1000 * RUN : 0;
	for (unsigned int i = 0; l && i < l->started; i++)
		if (atomic_load(&l->vcpu[i].tid) == tid)
			return stamp_of_vcpu(i);
	return stamp_of_answer();
}

/* The guest's stamps of this run become the given ones. */
static inline void rewrite(struct kvm_vcpu *v, unsigned int id)
{
	struct guest_shared_page *shared = guest_shared_page(v->cpu.block);
	struct guest_touch *log = guest_log(v->cpu.block);
	uint64_t shift = id == world.vcpu_of_shift ? (uint64_t)world.shift : 0,
		 at = RUN * v->runs + shift;

	shared->entered = at + ENTRY;
	shared->left = at + LEFT;
	for (uint64_t i = 0; i < shared->ping; i++) {
		log[i].before = exchange_at((unsigned int)i) - ASKED + shift;
		log[i].after = exchange_at((unsigned int)i) + ANSWERED + shift;
	}
	for (uint64_t i = 0; i < shared->limit; i++) {
		uint64_t before = at + FIRST + i * PITCH + id * 200;

		log[i].absent = log[i].absent ? before + TO_ABSENT + i : 0;
		log[i].ready = log[i].ready ? before + TO_READY + 3 * i : 0;
		log[i].before = before;
		log[i].after = before + WHOLE + 10 * i;
	}
	if (world.wrong_page && shared->limit && id + 1 == kvm.vcpus) /* its last */
		kvm.data[(kvm.vcpus * shared->limit - 1) * 4096 + 16] ^= 1;
}

/* By the clock of the marks, which is the TSC. */
static inline uint64_t trace_ns(int point, unsigned int fault)
{
	uint64_t i = fault - 1, before = RUN * (kvm.vcpu[0].runs + 1) + FIRST + i * PITCH;

	if (point == TRACE_ABSENT)
		return before + TRACED_ABSENT + i;
	if (point == TRACE_COMPLETED)
		return before + TRACED_COMPLETED + 2 * i;
	return before + world.ready_traced + 4 * i;
}

static inline void new_world(struct tb_trial *trial)
{
	memset(&world, 0, sizeof(world));
	world.trial = trial;
	world.threads = threads_besides();
	world.ready_traced = TRACED_READY;
	kvm.untold = kvm.unready = kvm.synchronous = kvm.untraced = 0;
	kvm.unknown = kvm.twice = kvm.lost_word = kvm.broadcasts = 0;
	kvm.broadcast = kvm.spurious = kvm.early = kvm.late = false;
	kvm.ready_more = 0;
	kvm.refetched = 0;
	kvm.fetching[0] = kvm.fetching[1] = 0;
	kvm_calls.both = kvm_calls.both_then = 0;
	kvm.at_exit = rewrite;
	tracer.ns = trace_ns;
	tracer.files = 0;
	kvm_calls.sleeps = 0;
}

/* Before setup. */
static inline void setup(struct tb_trial *trial)
{
	new_world(trial);
	trial->shm->job.tsc_hz = 2e9; /* a cycle is half a nanosecond */
	given_stamps_by(stamp);
}

static inline struct wake_kvm *begin(struct tb_trial *trial, const char *params, int vcpu_cpu)
{
	given_open(trial, &apf_wake_kvm, params);
	trial->shm->job.cpu[1] = vcpu_cpu;
	setup(trial);
	if (apf_wake_kvm.setup(trial))
		fail_msg("%s", trial->shm->why);
	return trial->priv;
}

static inline void close_guest(struct tb_trial *trial)
{
	assert_int_equal(atomic_load(&world.misplaced), 0);
	given_close(trial);
	assert_int_equal(threads_besides(), world.threads);
}

#endif
