/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine on the raw KVM API: no firmware, no devices; memory, vCPUs and their interrupt controllers. */
#ifndef TB_GUEST_VMM_H
#define TB_GUEST_VMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest/image.h"
#include "machine/refusal.h"

enum { VMM_VCPUS_MAX = 8 };

/* What KVM may tell a guest of absent pages; linux/Documentation/virt/kvm/x86/msr.rst. */
enum vmm_async {
	VMM_ASYNC_ENABLED = 1 << 0,
	VMM_ASYNC_SEND_ALWAYS = 1 << 1,	 /* at CPL 0, too */
	VMM_ASYNC_AS_VMEXIT = 1 << 2,	 /* to a hypervisor in the guest, as an exit of its guest */
	VMM_ASYNC_AS_INTERRUPT = 1 << 3, /* "ready" is an interrupt; without it nothing is told */
};

struct vmm_plan {
	unsigned int vcpus;
	bool irqchip;	    /* in the kernel; KVM has no async page faults without */
	bool halt_poll;	    /* false: KVM never polls for a halted vCPU */
	bool hlt_in_guest;  /* HLT does not exit; -EOPNOTSUPP where KVM cannot */
	unsigned int async; /* bits of vmm_async; 0: never enabled */
	struct guest_mode ring;
	char *data; /* guest memory at GUEST_DATA, in the caller's address space */
	size_t data_bytes;
};

struct vmm_vcpu {
	int fd;
	struct kvm_run *run;
	char *block;
};

struct vmm {
	int kvm, vm;
	size_t run_bytes;
	unsigned int vcpus;
	struct vmm_vcpu vcpu[VMM_VCPUS_MAX];
	char *blocks;
	size_t blocks_bytes;
	struct tb_refusal refusal; /* of opening it */
};

/*
 * Whether /dev/kvm is there, makes a machine, and has all that a plan needs (async: not 0).
 * 0 or -errno with *refusal.
 */
int vmm_probe(bool async, struct tb_refusal *refusal);
/* Why /dev/kvm could not be opened, and why a request of it failed. Return err; root NULL: this machine. */
int vmm_explain_open(const struct tb_sysroot *root, int err, struct tb_refusal *refusal);
int vmm_explain_ioctl(const struct tb_sysroot *root, const char *request, int err,
		      struct tb_refusal *refusal);
/* 0, or -errno with *why, which lives as long as *vmm; *vmm may be closed either way. */
int vmm_open(struct vmm *vmm, const struct vmm_plan *plan, const char **why);
/* No vCPU may be running. */
void vmm_close(struct vmm *vmm);

/*
 * Runs until the guest speaks by a port: 0 where that is GUEST_PORT_DONE, -EINTR
 * after vmm_kick(), -EFAULT where its memory could not be supplied; else -EPROTO
 * with *why a constant.
 */
int vmm_run(struct vmm_vcpu *vcpu, const char **why);
/* The run in progress, or the next, ends. The thread in it also needs a signal, to come out of a halt. */
void vmm_kick(struct vmm_vcpu *vcpu);
/* Raises GUEST_VECTOR at a vCPU, without a token. 0 or -errno. */
int vmm_interrupt(struct vmm *vmm, unsigned int vcpu);
/* What the guest's TSC is more than the host's. 0, or -errno where KVM cannot set it (Linux 5.16). */
int vmm_set_tsc_offset(const struct vmm_vcpu *vcpu, int64_t cycles);
/* Whether KVM emulates whatever its guest does at CPL 0 (PVM): faults there are the VMM's own. */
bool vmm_emulates_kernel(void);

#endif
