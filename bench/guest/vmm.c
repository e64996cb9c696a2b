// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/vmm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm_para.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Linux 5.9, 5.16: newer than the headers of some supported distributions. */
#ifndef KVM_VCPU_TSC_CTRL
#define KVM_VCPU_TSC_CTRL   0
#define KVM_VCPU_TSC_OFFSET 0
#endif

/* uapi/asm/kvm_para.h */
enum { MSR_ASYNC_PF_EN = 0x4b564d02, MSR_ASYNC_PF_INT = 0x4b564d06 };

static int map_memory(struct vmm *vmm, unsigned int slot, uint64_t at, void *host, size_t bytes)
{
	const struct kvm_userspace_memory_region region = { .slot = slot,
							    .guest_phys_addr = at,
							    .memory_size = bytes,
							    .userspace_addr = (uintptr_t)host };

	return ioctl(vmm->vm, KVM_SET_USER_MEMORY_REGION, &region) ? -errno : 0;
}

static int create_vm(struct vmm *vmm, const struct vmm_plan *plan, const char **why)
{
	/* VMX needs three pages for real mode and one for its identity map, below the APIC's. */
	uint64_t identity_map = 0xfffbc000, tss = identity_map + 0x1000;
	struct kvm_enable_cap no_polling = { .cap = KVM_CAP_HALT_POLL };
	struct kvm_enable_cap no_exits = { .cap = KVM_CAP_X86_DISABLE_EXITS,
					   .args = { KVM_X86_DISABLE_EXITS_HLT } };
	int run_bytes;

	*why = vmm->refusal.reason;
	vmm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vmm->kvm < 0)
		return vmm_explain_open(NULL, -errno, &vmm->refusal);
	vmm->vm = ioctl(vmm->kvm, KVM_CREATE_VM, 0);
	if (vmm->vm < 0)
		return vmm_explain_ioctl(NULL, "KVM_CREATE_VM", -errno, &vmm->refusal);
	run_bytes = ioctl(vmm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (run_bytes < 0)
		return vmm_explain_ioctl(NULL, "KVM_GET_VCPU_MMAP_SIZE", -errno, &vmm->refusal);
	vmm->run_bytes = (size_t)run_bytes;
	/* Other backends than VMX may refuse these, and do not need them. */
	ioctl(vmm->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity_map);
	ioctl(vmm->vm, KVM_SET_TSS_ADDR, tss);
	*why = "KVM made no interrupt controller";
	if (plan->irqchip && ioctl(vmm->vm, KVM_CREATE_IRQCHIP, 0))
		return -errno;
	*why = "KVM does not let halt polling be set (Linux 5.11)";
	if (!plan->halt_poll && ioctl(vmm->vm, KVM_ENABLE_CAP, &no_polling))
		return -errno;
	*why = "KVM cannot leave HLT to a guest (KVM_CAP_X86_DISABLE_EXITS)";
	if (plan->hlt_in_guest && ioctl(vmm->vm, KVM_ENABLE_CAP, &no_exits))
		return -EOPNOTSUPP;
	return 0;
}

static int create_memory(struct vmm *vmm, const struct vmm_plan *plan, const char **why)
{
	int err;

	*why = "not enough memory for the guest";
	vmm->blocks_bytes = (size_t)plan->vcpus * GUEST_BLOCK;
	vmm->blocks = mmap(NULL, vmm->blocks_bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (vmm->blocks == MAP_FAILED)
		return -errno;
	*why = "KVM refused the guest's memory";
	err = map_memory(vmm, 0, GUEST_BLOCK, vmm->blocks, vmm->blocks_bytes);
	return err ? err : map_memory(vmm, 1, GUEST_DATA, plan->data, plan->data_bytes);
}

static int set_cpuid(const struct vmm *vmm, const struct vmm_vcpu *vcpu, unsigned int id)
{
	enum { ENTRIES = 256, X2APIC = 1 << 21 };
	struct kvm_cpuid2 *cpuid =
		calloc(1, sizeof(*cpuid) + ENTRIES * sizeof(struct kvm_cpuid_entry2));
	int err;

	if (!cpuid)
		return -ENOMEM;
	cpuid->nent = ENTRIES;
	err = ioctl(vmm->kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
	for (uint32_t i = 0; i < cpuid->nent && !err; i++) {
		struct kvm_cpuid_entry2 *e = &cpuid->entries[i];

		if (e->function == 1) {
			e->ecx |= X2APIC;
			e->ebx = (e->ebx & 0xffffff) | id << 24;
		} else if (e->function == 0xb || e->function == 0x1f) {
			e->edx = id;
		}
	}
	if (!err)
		err = ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid);
	err = err ? -errno : 0;
	free(cpuid);
	return err;
}

/* KVM returns how many it set: 0 for an unknown MSR, with errno unchanged. */
static int set_msr(const struct vmm_vcpu *vcpu, uint32_t index, uint64_t value)
{
	_Alignas(struct kvm_msrs) char room[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)];
	struct kvm_msrs *msrs = (struct kvm_msrs *)room;

	memset(room, 0, sizeof(room));
	msrs->nmsrs = 1;
	msrs->entries[0].index = index;
	msrs->entries[0].data = value;
	return ioctl(vcpu->fd, KVM_SET_MSRS, msrs) == 1 ? 0 : -EOPNOTSUPP;
}

/* Software-enabled, spurious vector 0xff, task priority 0. */
static int enable_apic(const struct vmm_vcpu *vcpu)
{
	enum { TPR = 0x80, SVR = 0xf0 };
	const uint32_t svr = 0x1ff, tpr = 0;
	struct kvm_lapic_state apic;

	if (ioctl(vcpu->fd, KVM_GET_LAPIC, &apic))
		return -errno;
	memcpy(apic.regs + SVR, &svr, sizeof(svr));
	memcpy(apic.regs + TPR, &tpr, sizeof(tpr));
	return ioctl(vcpu->fd, KVM_SET_LAPIC, &apic) ? -errno : 0;
}

static int set_registers(const struct vmm_vcpu *vcpu, uint64_t at, bool irqchip)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		return -errno;
	guest_enter(at, irqchip, &sregs, &regs);
	return ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) || ioctl(vcpu->fd, KVM_SET_REGS, &regs)
		       ? -errno
		       : 0;
}

static int start_apic(const struct vmm_vcpu *vcpu, unsigned int id)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	int err = enable_apic(vcpu);

	/* Otherwise all vCPUs but the first wait for a SIPI. */
	if (!err && id && ioctl(vcpu->fd, KVM_SET_MP_STATE, &runnable))
		err = -errno;
	return err;
}

static int create_vcpu(struct vmm *vmm, unsigned int id, const struct vmm_plan *plan,
		       const char **why)
{
	struct vmm_vcpu *v = &vmm->vcpu[id];
	uint64_t at = (id + 1ull) * GUEST_BLOCK;
	struct kvm_run *run;
	int err;

	v->block = vmm->blocks + (size_t)id * GUEST_BLOCK;
	guest_build(v->block, at, &plan->ring);
	*why = "KVM made no vCPU";
	v->fd = ioctl(vmm->vm, KVM_CREATE_VCPU, id);
	if (v->fd < 0)
		return -errno;
	vmm->vcpus = id + 1;
	*why = "the vCPU's shared page cannot be mapped";
	run = mmap(NULL, vmm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (run == MAP_FAILED)
		return -errno;
	v->run = run;
	*why = "KVM refused the vCPU's state";
	err = set_cpuid(vmm, v, id);
	if (!err)
		err = set_registers(v, at, plan->irqchip);
	if (!err && plan->irqchip)
		err = start_apic(v, id);
	if (err)
		return err;
	/* Sets the guest's TSC to the host's, so that stamps compare; guest_clock checks it. */
	vmm_set_tsc_offset(v, 0);
	if (!plan->async)
		return 0;
	*why = "KVM refused to enable async page faults with these flags";
	err = set_msr(v, MSR_ASYNC_PF_INT, GUEST_VECTOR);
	return err ? err : set_msr(v, MSR_ASYNC_PF_EN, (at + GUEST_AREA) | plan->async);
}

int vmm_open(struct vmm *vmm, const struct vmm_plan *plan, const char **why)
{
	int err;

	*vmm = (struct vmm){ .kvm = -1, .vm = -1 };
	err = create_vm(vmm, plan, why);
	if (!err)
		err = create_memory(vmm, plan, why);
	for (unsigned int i = 0; i < plan->vcpus && !err; i++)
		err = create_vcpu(vmm, i, plan, why);
	return err;
}

void vmm_close(struct vmm *vmm)
{
	for (unsigned int i = 0; i < vmm->vcpus; i++) {
		if (vmm->vcpu[i].run)
			munmap(vmm->vcpu[i].run, vmm->run_bytes);
		close(vmm->vcpu[i].fd);
	}
	if (vmm->vm >= 0)
		close(vmm->vm);
	if (vmm->kvm >= 0)
		close(vmm->kvm);
	if (vmm->blocks && vmm->blocks != MAP_FAILED)
		munmap(vmm->blocks, vmm->blocks_bytes);
	*vmm = (struct vmm){ .kvm = -1, .vm = -1, .refusal = vmm->refusal };
}

static int heard(const struct kvm_run *run, const char **why)
{
	*why = "unexpected exit of the guest";
	if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
		*why = "KVM could not emulate an instruction of the guest";
	if (run->exit_reason == KVM_EXIT_SHUTDOWN)
		*why = "the guest's CPU shut down (a fault in a fault's handler)";
	if (run->exit_reason != KVM_EXIT_IO)
		return -EPROTO;
	if (run->io.port == GUEST_PORT_FAULT)
		*why = "page fault in the guest that KVM did not inject";
	if (run->io.port == GUEST_PORT_BAD)
		*why = "unexpected exception in the guest";
	return run->io.port == GUEST_PORT_DONE ? 0 : -EPROTO;
}

/* KVM_RUN may return EAGAIN while a vCPU is not ready; repeated, it is a limit on threads. */
enum { AGAIN_MOST = 1000 };

int vmm_run(struct vmm_vcpu *vcpu, const char **why)
{
	unsigned int again = 0;

	for (;;) {
		if (!ioctl(vcpu->fd, KVM_RUN, 0))
			return heard(vcpu->run, why);
		if (errno == EINTR && __atomic_load_n(&vcpu->run->immediate_exit, __ATOMIC_RELAXED))
			return -EINTR;
		if (errno == EINTR || (errno == EAGAIN && again++ < AGAIN_MOST))
			continue;
		*why = errno == EFAULT ? "KVM could not access the guest's memory"
		       : errno == EAGAIN
			       ? "KVM_RUN answered EAGAIN 1000 times: a limit on threads may be reached (see pids.max)"
			       : "KVM_RUN failed";
		return -errno;
	}
}

void vmm_kick(struct vmm_vcpu *vcpu)
{
	if (vcpu->run)
		__atomic_store_n(&vcpu->run->immediate_exit, 1, __ATOMIC_RELAXED);
}

int vmm_interrupt(struct vmm *vmm, unsigned int vcpu)
{
	struct kvm_msi msi = { .address_lo = 0xfee00000 | vcpu << 12, .data = GUEST_VECTOR };

	return ioctl(vmm->vm, KVM_SIGNAL_MSI, &msi) < 0 ? -errno : 0;
}

int vmm_set_tsc_offset(const struct vmm_vcpu *vcpu, int64_t cycles)
{
	const struct kvm_device_attr attr = { .group = KVM_VCPU_TSC_CTRL,
					      .attr = KVM_VCPU_TSC_OFFSET,
					      .addr = (uintptr_t)&cycles };

	return ioctl(vcpu->fd, KVM_SET_DEVICE_ATTR, &attr) ? -errno : 0;
}

bool vmm_emulates_kernel(void)
{
	return !access("/sys/module/kvm_pvm", F_OK);
}
