/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine on the raw KVM API: memory, vCPUs and interrupt controllers, without firmware or devices. */
#ifndef TB_GUEST_VMM_H
#define TB_GUEST_VMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest/image.h"
#include "machine/refusal.h"

enum { VMM_VCPUS_MAX = 8 };

/* KVM's notifications of absent pages: linux/Documentation/virt/kvm/x86/msr.rst. */
enum vmm_async {
	VMM_ASYNC_ENABLED = 1 << 0,
	VMM_ASYNC_SEND_ALWAYS = 1 << 1, /* at CPL 0, too */
	VMM_ASYNC_AS_VMEXIT = 1 << 2,	/* to a hypervisor in the guest, as an exit of its guest */
	VMM_ASYNC_AS_INTERRUPT =
		1 << 3, /* "ready" is an interrupt; without it there are no notifications */
};

struct vmm_plan {
	unsigned int vcpus;
	bool irqchip;	    /* in the kernel; async page faults need it */
	bool halt_poll;	    /* false: KVM never polls for a halted vCPU */
	bool hlt_in_guest;  /* HLT does not exit; -EOPNOTSUPP if KVM cannot */
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
	struct tb_refusal refusal; /* of the open of /dev/kvm */
};

/*
 * Whether /dev/kvm exists, makes a machine and supports a plan (async: not 0). 0, or -errno with
 * *refusal.
 */
int vmm_probe(bool async, struct tb_refusal *refusal);
/* Fill in why the open of /dev/kvm, or a request of it, failed. Return err; root NULL: this machine. */
int vmm_explain_open(const struct tb_sysroot *root, int err, struct tb_refusal *refusal);
int vmm_explain_ioctl(const struct tb_sysroot *root, const char *request, int err,
		      struct tb_refusal *refusal);
/* 0, or -errno with *why, valid as long as *vmm. *vmm may be closed in both cases. */
int vmm_open(struct vmm *vmm, const struct vmm_plan *plan, const char **why);
/* No vCPU may run. */
void vmm_close(struct vmm *vmm);

/*
 * Runs until the guest writes to a port. Returns 0 for GUEST_PORT_DONE, -EINTR after
 * vmm_kick(), -EFAULT if its memory could not be supplied, otherwise -EPROTO with a
 * constant *why.
 */
int vmm_run(struct vmm_vcpu *vcpu, const char **why);
/* Ends the current or the next run. A halted thread also needs a signal. */
void vmm_kick(struct vmm_vcpu *vcpu);
/* Raises GUEST_VECTOR at a vCPU, without a token. 0 or -errno. */
int vmm_interrupt(struct vmm *vmm, unsigned int vcpu);
/* Sets the guest's TSC minus the host's. 0, or -errno if KVM cannot set it (Linux 5.16). */
int vmm_set_tsc_offset(const struct vmm_vcpu *vcpu, int64_t cycles);
/* Whether KVM emulates its guest's CPL 0 (PVM): faults there are the VMM's own. */
bool vmm_emulates_kernel(void);

#endif
