/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a KVM that is played knows: its vCPUs, its faults under way, and what goes wrong with them.
 */
#ifndef TB_TEST_KVM_MODEL_H
#define TB_TEST_KVM_MODEL_H

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "guest/vmm.h"
#include "guest_cpu.h"
#include "kvm_trace_world.h"
#include "played.h"

enum { KVM_VCPUS = 4, KVM_FAULTS = 1024, KVM_RUN_BYTES = 3 * 4096 };
enum { MSR_EN = 0x4b564d02, MSR_INT = 0x4b564d06, MSR_ACK = 0x4b564d07 };
enum { KVM_BOUND_MS = 5000 };

struct kvm_fault {
	struct kvm_vcpu *vcpu;
	pthread_t worker, second;
	const char *host;
	uint32_t token, tid;
	unsigned int number;
	bool halts, fetched; /* the vCPU waits for this one */
};

struct kvm_vcpu {
	int fd;
	struct kvm_run *run;
	struct guest_cpu cpu;
	uint64_t enabled, vector; /* MSRs */
	uint64_t cr2;
	bool adapted, kernel, interrupts, pending; /* pending: told, and not acknowledged */
	unsigned int acks, eois, runs;
	uint32_t done[KVM_FAULTS], first, last; /* tokens whose page is there */
	struct kvm_fault fault[KVM_FAULTS];
	unsigned int faults, joined;
};

/* The guest's memory and KVM's page are shared without locks, as the real ones are. */
#define SHARED __attribute__((noinline, no_sanitize_thread))

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct kvm_vcpu vcpu[KVM_VCPUS];
	unsigned int vcpus;
	char *blocks, *data;
	bool irqchip, halt_poll_off, hlt_in_guest;
	/* What goes wrong: each of these is of one fault, by its number from 1; 0: none. */
	unsigned int untold, unready, synchronous, untraced, unknown, twice, lost_word;
	unsigned int refetched;	  /* by a second worker, too: its page is asked for twice */
	atomic_int fetching[2];	  /* those two threads */
	int ready_more;		  /* records of "ready", once: so many more or fewer */
	bool broadcast, spurious; /* before the first token */
	bool early, late; /* interrupts come between STI and HLT; in front of the payload's UD2 */
	atomic_uint misplaced; /* stamps of a touch that stand before it, or are missing */
	unsigned int broadcasts;
	int bound_ms; /* of a halt that nothing ends; 0: KVM_BOUND_MS */
	bool (*at_step)(struct kvm_vcpu *vcpu);
	void (*at_exit)(struct kvm_vcpu *vcpu, unsigned int id); /* may write the guest's log */
} kvm = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* Sleeps of this thread inside of KVM_RUN: getrusage(2) counts them. */
static _Thread_local long kvm_sleeps;

#endif
