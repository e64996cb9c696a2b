/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A played KVM: guests run on guest_cpu.h. Their memory faults for real and is resolved by the real
 * handler. Async page faults are signalled by KVM's rules. A test can plant faults of KVM.
 */
#ifndef TB_TEST_KVM_WORLD_H
#define TB_TEST_KVM_WORLD_H

#include "kvm_model.h"

static inline int kvm_new_file(void)
{
	return (int)real_call(SYS_openat, AT_FDCWD, (long)"/dev/null", O_RDWR | O_CLOEXEC, 0, 0, 0);
}

static inline bool deliverable(const struct kvm_vcpu *v)
{
	return v->enabled & VMM_ASYNC_ENABLED && v->enabled & VMM_ASYNC_AS_INTERRUPT &&
	       (!v->kernel || v->enabled & VMM_ASYNC_SEND_ALWAYS);
}

static inline void *fetch_page(void *arg)
{
	struct kvm_fault *f = arg;

	if (f->number == kvm.refetched)
		atomic_store(&kvm.fetching[0], (int)real_call(SYS_gettid, 0, 0, 0, 0, 0, 0));
	(void)*(const volatile uint64_t *)f->host;
	pthread_mutex_lock(&kvm.lock);
	trace_point(TRACE_COMPLETED, (uint32_t)real_call(SYS_gettid, 0, 0, 0, 0, 0, 0), f->number);
	f->fetched = true;
	if (!f->halts)
		f->vcpu->done[f->vcpu->last++ % KVM_FAULTS] = f->token;
	pthread_cond_broadcast(&kvm.changed);
	pthread_mutex_unlock(&kvm.lock);
	return NULL;
}

static inline void *fetch_again(void *arg)
{
	const struct kvm_fault *f = arg;

	atomic_store(&kvm.fetching[1], (int)real_call(SYS_gettid, 0, 0, 0, 0, 0, 0));
	(void)*(const volatile uint64_t *)f->host;
	return NULL;
}

/* A worker fetches the page. */
static inline struct kvm_fault *queue_fault(struct kvm_vcpu *v, const char *host, bool halts)
{
	struct kvm_fault *f = &v->fault[v->faults++ % KVM_FAULTS];

	*f = (struct kvm_fault){ .vcpu = v, .host = host, .number = v->faults, .halts = halts };
	f->token = v->faults << 12 | (uint32_t)(v - kvm.vcpu);
	f->tid = (uint32_t)real_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
	if (f->number != kvm.untraced)
		trace_point(TRACE_ABSENT, f->tid, f->number);
	assert_int_equal(pthread_create(&f->worker, NULL, fetch_page, f), 0);
	if (f->number == kvm.refetched)
		assert_int_equal(pthread_create(&f->second, NULL, fetch_again, f), 0);
	return f;
}

static inline bool is_kicked(const struct kvm_vcpu *v)
{
	return __atomic_load_n(&v->run->immediate_exit, __ATOMIC_RELAXED);
}

/* Sleeps until a page is there, or this one: false after a kick, or in vain. */
static inline bool wait_for_page(struct kvm_vcpu *v, const struct kvm_fault *f)
{
	bool there = false;

	pthread_mutex_lock(&kvm.lock);
	for (int ms = 0; ms < (kvm.bound_ms ? kvm.bound_ms : KVM_BOUND_MS); ms++) {
		struct timespec until;

		there = f ? f->fetched : v->first != v->last;
		if (there || is_kicked(v))
			break;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&kvm.changed, &kvm.lock, &until);
	}
	pthread_mutex_unlock(&kvm.lock);
	return there;
}

static inline uint32_t take_done(struct kvm_vcpu *v)
{
	uint32_t token;

	pthread_mutex_lock(&kvm.lock);
	token = v->done[v->first++ % KVM_FAULTS];
	pthread_mutex_unlock(&kvm.lock);
	return token;
}

static inline void trace_ready(uint32_t tid, unsigned int number)
{
	if (!trace_is_on())
		return;
	for (; kvm.ready_more >= 0; kvm.ready_more--) {
		trace_point(TRACE_READY, tid, number);
		if (!kvm.ready_more)
			return;
	}
	kvm.ready_more = 0;
}

/* KVM halts the vCPU: it sleeps until the worker is done, and touches again. */
static inline bool halt_in_fault(struct kvm_vcpu *v, const char *host)
{
	struct kvm_fault *f = queue_fault(v, host, true);

	if (!wait_for_page(v, f))
		return false;
	trace_ready(f->tid, f->number);
	kvm_sleeps++;
	return true;
}

static SHARED void tell_absent(struct kvm_vcpu *v, const char *host)
{
	static const uint64_t error = 4;
	const struct kvm_fault *f = queue_fault(v, host, false);

	guest_area(v->cpu.block)->flags = 1;
	v->cr2 = f->token;
	guest_cpu_raise(&v->cpu, 14, v->kernel, &error);
}

static inline bool is_there(const char *host)
{
	unsigned char resident = 0;

	mincore((void *)((uintptr_t)host & ~4095ull), 4096, &resident);
	return resident & 1;
}

/* A touch that is about to be made has been stamped before, and not after. */
static SHARED void look_at_stamps(const struct kvm_vcpu *v)
{
	const struct guest_touch *t = (const struct guest_touch *)v->cpu.guest[REG_RSI];

	atomic_fetch_add(&kvm.misplaced, !t->before || t->after);
}

/* KVM's rule: bench/apf/contract.c. false: the guest stays where it is for ever. */
static inline bool touch(struct kvm_vcpu *v)
{
	uint64_t offset = v->cpu.address - GUEST_DATA;
	const char *host = kvm.data + offset;
	bool there, own = !kvm.irqchip || !v->interrupts || (kvm.hlt_in_guest && !deliverable(v));

	if (offset >= GUEST_DATA_MAX)
		return false;
	there = is_there(host);
	look_at_stamps(v);
	if (!there && !own && v->faults + 1 != kvm.synchronous) {
		if (deliverable(v) && v->faults + 1 != kvm.untold) {
			tell_absent(v, host);
			return true;
		}
		if (!halt_in_fault(v, host))
			return false;
	} else if (!there && !own) {
		v->faults++;
	}
	v->cpu.guest[REG_RCX] = *(const volatile greg_t *)host; /* of the own thread where absent */
	if (kvm.lost_word && !--kvm.lost_word)
		v->cpu.guest[REG_RCX] ^= 1;
	v->cpu.guest[REG_RIP] += 3;
	return true;
}

static inline void raise_ready(struct kvm_vcpu *v)
{
	guest_cpu_raise(&v->cpu, (unsigned int)v->vector, v->kernel, NULL);
}

/* In a halt: the next token, and its interrupt. */
static SHARED bool tell_ready(struct kvm_vcpu *v)
{
	struct guest_area *area = guest_area(v->cpu.block);
	uint32_t token;

	if (kvm.spurious) {
		kvm.spurious = false;
		raise_ready(v);
		return true;
	}
	if (kvm.broadcast) {
		kvm.broadcast = --kvm.broadcasts;
		area->token = ~0u;
		v->pending = true;
		raise_ready(v);
		return true;
	}
	if (v->pending || !wait_for_page(v, NULL))
		return false;
	token = take_done(v);
	kvm_sleeps++;
	trace_ready(v->fault[(token >> 12) - 1].tid, token >> 12);
	if (token >> 12 == kvm.unready) /* lost: nobody is told */
		return tell_ready(v);
	area->token = token >> 12 == kvm.unknown ? token + (1000 << 12) : token;
	if (token >> 12 == kvm.unknown || token >> 12 == kvm.twice) { /* and once more */
		pthread_mutex_lock(&kvm.lock);
		kvm.unknown = kvm.twice = 0;
		v->done[--v->first % KVM_FAULTS] = token;
		pthread_mutex_unlock(&kvm.lock);
	}
	v->pending = true;
	raise_ready(v);
	return true;
}

static inline void write_msr(struct kvm_vcpu *v)
{
	uint32_t msr = (uint32_t)v->cpu.guest[REG_RCX];

	v->cpu.guest[REG_RIP] += 2;
	if (msr == MSR_ACK && v->cpu.guest[REG_RAX] & 1) {
		v->pending = false;
		v->acks++;
	}
	v->eois += msr == 0x80b;
}

static inline void read_cr2(struct kvm_vcpu *v)
{
	bool rdx = ((const uint8_t *)v->cpu.guest[REG_RIP])[2] == 0xd2;

	v->cpu.guest[rdx ? REG_RDX : REG_RAX] = (greg_t)v->cr2;
	v->cpu.guest[REG_RIP] += 3;
}

/* At an STI in front of HLT an interrupt may come between the two. */
static inline bool enable_interrupts(struct kvm_vcpu *v)
{
	v->cpu.guest[REG_RIP]++;
	return !kvm.early || tell_ready(v);
}

static inline bool halt(struct kvm_vcpu *v)
{
	v->cpu.guest[REG_RIP]++;
	return tell_ready(v);
}

static inline bool waits_for_token(const struct kvm_vcpu *v)
{
	const struct guest_shared_page *shared = guest_shared_page(v->cpu.block);

	return shared->parked && shared->head == shared->tail;
}

/* true: the guest goes on. */
static inline bool handle_trap(struct kvm_vcpu *v, enum guest_trap trap)
{
	switch (trap) {
	case TRAP_TOUCH:
		return touch(v);
	case TRAP_UD2:
		if (kvm.late && guest_cpu_in_payload(&v->cpu) && waits_for_token(v))
			return tell_ready(v);
		guest_cpu_raise(&v->cpu, 6, v->kernel, NULL);
		return true;
	case TRAP_HLT:
		return halt(v);
	case TRAP_STI:
		return enable_interrupts(v);
	case TRAP_CLI:
		v->cpu.guest[REG_RIP]++;
		return true;
	case TRAP_WRMSR:
		write_msr(v);
		return true;
	case TRAP_CR2:
		read_cr2(v);
		return true;
	case TRAP_STEP:
		return kvm.at_step(v);
	default:
		return false;
	}
}

static inline void join_workers(struct kvm_vcpu *v)
{
	for (; v->joined < v->faults; v->joined++) {
		const struct kvm_fault *f = &v->fault[v->joined % KVM_FAULTS];

		if (f->worker)
			pthread_join(f->worker, NULL);
		if (f->second)
			pthread_join(f->second, NULL);
	}
	memset(v->fault, 0, sizeof(v->fault));
	v->faults = v->joined = 0;
}

static inline void adapt(struct kvm_vcpu *v)
{
	const uint64_t *frame = (const uint64_t *)(v->cpu.block + GUEST_FRAME);

	if (v->adapted)
		return;
	v->adapted = true;
	v->kernel = !(frame[1] & 3);
	v->interrupts = frame[2] >> 9 & 1;
	mprotect(v->cpu.block, GUEST_BLOCK, PROT_READ | PROT_WRITE | PROT_EXEC);
	guest_cpu_adapt(&v->cpu);
}

static inline int play_run(struct kvm_vcpu *v)
{
	enum guest_trap trap;

	adapt(v);
	do
		trap = guest_cpu_run(&v->cpu);
	while (handle_trap(v, trap));
	if (is_kicked(v)) {
		errno = EINTR;
		return -1;
	}
	v->run->exit_reason = trap == TRAP_OUT ? KVM_EXIT_IO : KVM_EXIT_SHUTDOWN;
	v->run->io.port = (uint16_t)v->cpu.port;
	v->cpu.guest[REG_RIP] += 2;
	if (trap == TRAP_OUT)
		join_workers(v);
	v->runs++;
	if (trap == TRAP_OUT && kvm.at_exit)
		kvm.at_exit(v, (unsigned int)(v - kvm.vcpu));
	return 0;
}

#endif
