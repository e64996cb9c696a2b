/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls by which the program reaches KVM, answered by kvm_world.h. Included by one
 * source a program.
 */
#ifndef TB_TEST_KVM_CALLS_H
#define TB_TEST_KVM_CALLS_H

#include <sys/resource.h>

#include "given_threads.h"
#include "kvm_world.h"

static struct {
	unsigned int sleeps;  /* by nanosleep(2), which does not sleep here */
	uint64_t slept_ns;    /* of the last */
	bool hurry;	      /* the harness's waits for a round last 20 ms, not a second */
	atomic_int both_then; /* from the next sleep on: */
	atomic_int both; /* reads of this file wait until both workers wait for a page; 0: none */
	int64_t tsc_offset;
	uint32_t apic_id[KVM_VCPUS], x2apic_id[KVM_VCPUS];
	unsigned int refused_msr; /* KVM does not know it */
	unsigned long fails;	  /* this request */
	int error;
	unsigned long missing; /* this capability, plus 1; 0: none */
	int version;
	int (*run)(struct kvm_vcpu *vcpu); /* in place of the guest */
} kvm_calls = { .version = KVM_API_VERSION };

static inline struct kvm_vcpu *kvm_vcpu_of(int fd)
{
	for (unsigned int i = 0; i < kvm.vcpus; i++)
		if (kvm.vcpu[i].fd == fd)
			return &kvm.vcpu[i];
	fail_msg("file %d is no vCPU's", fd);
	return NULL;
}

static inline int kvm_create_vcpu(unsigned int id)
{
	struct kvm_vcpu *v = &kvm.vcpu[id];

	join_workers(v);
	memset(v, 0, sizeof(*v));
	v->cpu.at = (id + 1ull) * GUEST_BLOCK;
	v->cpu.block = kvm.blocks + (size_t)id * GUEST_BLOCK;
	kvm.vcpus = id + 1;
	return v->fd = kvm_new_file();
}

static inline int kvm_set_memory(const struct kvm_userspace_memory_region *region)
{
	char *host = (char *)(uintptr_t)region->userspace_addr;

	if (region->slot == 0 && region->guest_phys_addr == GUEST_BLOCK)
		kvm.blocks = host;
	if (region->slot == 1 && region->guest_phys_addr == GUEST_DATA)
		kvm.data = host;
	return 0;
}

static inline int kvm_enable(const struct kvm_enable_cap *cap)
{
	if (cap->cap == KVM_CAP_HALT_POLL)
		kvm.halt_poll_off = !cap->args[0];
	if (cap->cap == KVM_CAP_X86_DISABLE_EXITS)
		kvm.hlt_in_guest = cap->args[0] & KVM_X86_DISABLE_EXITS_HLT;
	return 0;
}

static inline int kvm_set_msr(struct kvm_vcpu *v, const struct kvm_msrs *msrs)
{
	if (msrs->entries[0].index == kvm_calls.refused_msr)
		return 0;
	if (msrs->entries[0].index == MSR_EN)
		v->enabled = msrs->entries[0].data;
	if (msrs->entries[0].index == MSR_INT)
		v->vector = msrs->entries[0].data;
	return 1;
}

static inline int kvm_supported(struct kvm_cpuid2 *cpuid)
{
	cpuid->nent = 3;
	cpuid->entries[0] = (struct kvm_cpuid_entry2){ .function = 1, .ebx = 0x07123456 };
	cpuid->entries[1] = (struct kvm_cpuid_entry2){ .function = 0xb, .edx = 99 };
	cpuid->entries[2] = (struct kvm_cpuid_entry2){ .function = 0x7, .edx = 99 };
	return 0;
}

static inline int kvm_set_cpuid(const struct kvm_vcpu *v, const struct kvm_cpuid2 *cpuid)
{
	kvm_calls.apic_id[v - kvm.vcpu] = cpuid->entries[0].ebx;
	kvm_calls.x2apic_id[v - kvm.vcpu] = cpuid->entries[1].edx;
	return 0;
}

static inline int kvm_create_vm(void)
{
	kvm.vcpus = 0;
	guest_cpu_init(); /* cmocka sets its own for each test */
	kvm.irqchip = kvm.halt_poll_off = kvm.hlt_in_guest = false;
	return kvm_new_file();
}

static inline int kvm_vm_request(unsigned long request, long word)
{
	switch (request) {
	case KVM_GET_API_VERSION:
		return kvm_calls.version;
	case KVM_CREATE_VM:
		return kvm_create_vm();
	case KVM_GET_VCPU_MMAP_SIZE:
		return KVM_RUN_BYTES;
	case KVM_CHECK_EXTENSION:
		return (unsigned long)word + 1 != kvm_calls.missing;
	case KVM_CREATE_IRQCHIP:
		kvm.irqchip = true;
		return 0;
	case KVM_ENABLE_CAP:
		return kvm_enable((const struct kvm_enable_cap *)word);
	case KVM_SET_USER_MEMORY_REGION:
		return kvm_set_memory((const struct kvm_userspace_memory_region *)word);
	case KVM_CREATE_VCPU:
		return kvm_create_vcpu((unsigned int)word);
	case KVM_GET_SUPPORTED_CPUID:
		return kvm_supported((struct kvm_cpuid2 *)word);
	default:
		return 0;
	}
}

static inline int kvm_request(int fd, unsigned long request, long word)
{
	struct kvm_vcpu *v;

	switch (request) {
	case KVM_RUN:
		v = kvm_vcpu_of(fd);
		return kvm_calls.run ? kvm_calls.run(v) : play_run(v);
	case KVM_SET_REGS:
		v = kvm_vcpu_of(fd);
		v->cpu.guest[REG_RIP] = (greg_t)(uintptr_t)guest_cpu_host(
			&v->cpu, ((const struct kvm_regs *)word)->rip);
		return 0;
	case KVM_SET_MSRS:
		return kvm_set_msr(kvm_vcpu_of(fd), (const struct kvm_msrs *)word);
	case KVM_SET_CPUID2:
		return kvm_set_cpuid(kvm_vcpu_of(fd), (const struct kvm_cpuid2 *)word);
	case KVM_SET_DEVICE_ATTR:
		kvm_calls.tsc_offset =
			*(const int64_t *)(uintptr_t)((const struct kvm_device_attr *)word)->addr;
		return 0;
	case KVM_SIGNAL_MSI:
		kvm.spurious = true;
		return 0;
	default:
		return kvm_vm_request(request, word);
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	long word[6];
	int answer;

	PLAYED_WORDS(word, request, 1);
	if (_IOC_TYPE(request) == KVMIO) {
		if (request != kvm_calls.fails)
			return kvm_request(fd, request, word[0]);
		errno = kvm_calls.error;
		return -1;
	}
	answer = trace_ioctl(fd, request, word[0]);
	return answer < 1 ? answer : (int)real_call(SYS_ioctl, fd, (long)request, word[0], 0, 0, 0);
}

int open(const char *path, int flags, ...)
{
	int fd = trace_tracefs(path);
	long word[6];

	PLAYED_WORDS(word, flags, 1);
	if (fd)
		return fd;
	if (!strcmp(path, "/dev/kvm"))
		return kvm_new_file();
	return (int)real_call(SYS_openat, AT_FDCWD, (long)path, flags, word[0], 0, 0);
}

int openat(int at, const char *path, int flags, ...)
{
	int fd = trace_number_file(path);
	long word[6];

	PLAYED_WORDS(word, flags, 1);
	return fd ? fd : (int)real_call(SYS_openat, at, (long)path, flags, word[0], 0, 0);
}

int faccessat(int at, const char *path, int mode, int flags)
{
	(void)flags;
	if (!strcmp(path, "events/kvm"))
		return 0;
	return (int)real_call(SYS_faccessat, at, (long)path, mode, 0, 0, 0);
}

long syscall(long number, ...)
{
	const struct timespec short_while = { .tv_nsec = 20000000 };
	long word[6];

	PLAYED_WORDS(word, number, PLAYED_ARGUMENTS(number));
	if (number == SYS_futex && word[3] && kvm_calls.hurry)
		word[3] = (long)(uintptr_t)&short_while;
	if (number == SYS_perf_event_open)
		return trace_open((const struct perf_event_attr *)word[0], (int)word[2]);
	return real_call(number, word[0], word[1], word[2], word[3], word[4], word[5]);
}

void *mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset)
{
	for (unsigned int i = 0; i < kvm.vcpus && fd >= 0; i++) {
		if (kvm.vcpu[i].fd != fd || flags & MAP_ANONYMOUS)
			continue;
		kvm.vcpu[i].run = (void *)real_call(SYS_mmap, 0, (long)bytes, rights,
						    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		return kvm.vcpu[i].run;
	}
	return (void *)real_call(SYS_mmap, (long)at, (long)bytes, rights, flags, fd, offset);
}

/* Sleeps of the calling thread, of which some were before. */
int getrusage(__rusage_who_t who, struct rusage *use)
{
	(void)who;
	*use = (struct rusage){ .ru_nvcsw = 5 + kvm_sleeps };
	return 0;
}

static inline bool waits(int tid)
{
	return tid && strchr("SD", state_of_thread(tid));
}

/* Two events of one page come only where both are read before it is supplied. */
ssize_t read(int fd, void *at, size_t bytes)
{
	for (int ms = 0; fd == atomic_load(&kvm_calls.both) && ms < 2000; ms++) {
		if (waits(atomic_load(&kvm.fetching[0])) && waits(atomic_load(&kvm.fetching[1])))
			atomic_store(&kvm_calls.both, 0);
		usleep(1000);
	}
	return real_call(SYS_read, fd, (long)at, (long)bytes, 0, 0, 0);
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)left;
	kvm_calls.sleeps++;
	atomic_store(&kvm_calls.both, atomic_exchange(&kvm_calls.both_then, 0));
	kvm_calls.slept_ns = (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec;
	return 0;
}

/*
 * Nothing else may stand where the guest's memory is, or its touches would not trap: the first part
 * of it, for AddressSanitizer has its own at the end of the GiB.
 */
static inline void kvm_play(void)
{
	long at = real_call(SYS_mmap, GUEST_DATA, GUEST_DATA_MAX / 2, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
			    0);

	if (at == GUEST_DATA)
		return;
	printf("something stands where the guest's memory is\n");
	exit(1);
}

#endif
