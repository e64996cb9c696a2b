/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User shadow stacks (CET_SS): how to enable one, and the checks that a thread has one. */
#ifndef TB_SHADOW_H
#define TB_SHADOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "bench.h"

/* asm/prctl.h, asm/mman.h and asm/unistd.h since Linux 6.6. */
enum {
	THREAD_SHSTK_ENABLE = 0x5001,
	THREAD_SHSTK_DISABLE = 0x5002,
	THREAD_SHSTK_STATUS = 0x5005,
	THREAD_SHSTK = 1, /* features: a shadow stack, and WRSS to it */
	THREAD_WRSS = 2,
	THREAD_SYS_MAP_SHADOW_STACK = 453,
	THREAD_SHADOW_TOKEN = 1,
	THREAD_SEGV_CPERR = 10, /* asm-generic/siginfo.h: control protection */
};

#ifdef TB_GIVEN_CLOCK
long tb_given_arch_prctl(long option, uint64_t arg);
uint64_t tb_given_ssp(void);
#endif

/*
 * arch_prctl() without a function around it. A function that enables shadow stacks
 * cannot return: its return address is not on the new one (#CP).
 */
static inline __attribute__((always_inline)) long thread_arch_prctl(long option, uint64_t arg)
{
#ifdef TB_GIVEN_CLOCK /* a unit test replaces it: tests/unit/given.h */
	return tb_given_arch_prctl(option, arg);
#else
	long ret = SYS_arch_prctl;

	asm volatile("syscall" : "+a"(ret) : "D"(option), "S"(arg) : "rcx", "r11", "memory");
	return ret;
#endif
}

/* The calling thread's shadow-stack pointer; 0 without one, since RDSSP is then a NOP. */
static inline __attribute__((always_inline)) uint64_t thread_ssp(void)
{
#ifdef TB_GIVEN_CLOCK
	return tb_given_ssp();
#else
	uint64_t ssp = 0;

	asm volatile("rdsspq %0" : "+r"(ssp));
	return ssp;
#endif
}

/* ARCH_SHSTK_STATUS of the calling thread: feature bits, or -errno. */
static inline long thread_shadow_status(void)
{
	uint64_t features = 0;
	long err = thread_arch_prctl(THREAD_SHSTK_STATUS, (uintptr_t)&features);

	return err ? err : (long)features;
}

/* Probes the value of the parameter `shadow`: 0, or -errno after tb_probe_unavailable(). */
int thread_probe_shadow(struct tb_probe *probe);
/* Probes CPU and kernel for shadow stacks, with any value of the parameter. Returns likewise. */
int thread_probe_support(struct tb_probe *probe);
/* tb_bench.enter of benchmarks with the parameter `shadow`. */
int thread_enter(struct tb_trial *trial, tb_work work);
/* Whether the threads of this launch have shadow stacks: shadow=on, glibc. */
bool thread_shadowed(const struct tb_trial *trial);
/* Checks that the calling thread has a shadow stack if, and only if, the variant has one. */
void thread_check_shadow(struct tb_trial *trial);

/* The shadow stacks of a process: its VMAs with the flag `ss`. */
struct thread_shadows {
	unsigned int vmas;
	uint64_t bytes;
	/* The VMA of the requested address. Adjacent ones may be one VMA on the first kernels. */
	uint64_t from, to, huge_bytes, resident_bytes;
};

/* 0 or -errno. pid 0: this process. */
int thread_shadows(pid_t pid, uint64_t address, struct thread_shadows *shadows);
/* x86_Thread_features of a thread: "none" or a list. 0 or -errno. */
int thread_features(pid_t tid, char *text, size_t bytes);

/*
 * Runs act() in a forked child. Returns the si_code of its SIGSEGV, 0 if it survives,
 * or -errno.
 */
int thread_child_signal(void (*act)(void));
void thread_return_to_unpushed_address(void);
void thread_store_to_shadow(void);
void thread_glibc_vfork(void);

/* Texts that the explanations of the family share. */
#define THREAD_SHADOW_ON                                                                                    \
	"shadow=on: a real shadow stack. The worker enables it before the setup, in a function that never " \
	"returns and that calls the rest of the launch; the process ends by exit. If the CPU or the "       \
	"kernel has no shadow stacks, the row is skipped and both reasons are reported. If the kernel "     \
	"refuses to enable one, the launch fails."
#define THREAD_SHADOW_STATUS                                                                        \
	"shadow-status, shadow-pointer: ARCH_SHSTK_STATUS and RDSSP report a shadow stack for the " \
	"thread if the variant has one, and none otherwise."

#endif
