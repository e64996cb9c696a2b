/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User shadow stacks (CET_SS): entering, and what proves that a thread has one. */
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
	THREAD_SHSTK = 1, /* the features: a shadow stack, and WRSS to it */
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
 * arch_prctl() without a function around it: what enables shadow stacks can't
 * return, its own return address is not on the new one (#CP).
 */
static inline __attribute__((always_inline)) long thread_arch_prctl(long option, uint64_t arg)
{
#ifdef TB_GIVEN_CLOCK /* a unit test gives it: tests/unit/given.h */
	return tb_given_arch_prctl(option, arg);
#else
	long ret = SYS_arch_prctl;

	asm volatile("syscall" : "+a"(ret) : "D"(option), "S"(arg) : "rcx", "r11", "memory");
	return ret;
#endif
}

/* Where the calling thread's shadow stack stands, 0 without one: RDSSP is then a NOP. */
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

/* ARCH_SHSTK_STATUS of the calling thread: features, or -errno. */
static inline long thread_shadow_status(void)
{
	uint64_t features = 0;
	long err = thread_arch_prctl(THREAD_SHSTK_STATUS, (uintptr_t)&features);

	return err ? err : (long)features;
}

/* Answers for the parameter `shadow`: 0, or -errno after tb_probe_unavailable(). */
int thread_probe_shadow(struct tb_probe *probe);
/* Whether CPU and kernel have shadow stacks, whatever the parameter says. */
int thread_probe_support(struct tb_probe *probe);
/* tb_bench.enter of benchmarks with the parameter `shadow`. */
int thread_enter(struct tb_trial *trial, tb_work work);
/* Whether the threads of this launch have shadow stacks: shadow=on, glibc. */
bool thread_shadowed(const struct tb_trial *trial);
/* Checks of the calling thread: it has a shadow stack where the variant says so, and none elsewhere. */
void thread_check_shadow(struct tb_trial *trial);

/* The shadow stacks of a process, by its VMAs with `ss` among their flags. */
struct thread_shadows {
	unsigned int vmas;
	uint64_t bytes;
	/* The one that holds the address asked for; adjacent ones may be one VMA on the first kernels. */
	uint64_t from, to, huge_bytes, resident_bytes;
};

/* 0 or -errno. pid 0: our own. */
int thread_shadows(pid_t pid, uint64_t address, struct thread_shadows *shadows);
/* x86_Thread_features of a thread, "none" or a list; 0 or -errno. */
int thread_features(pid_t tid, char *text, size_t bytes);

/*
 * What becomes of a process like this one that does so: the code of its SIGSEGV,
 * 0 when it lives. -errno.
 */
int thread_child_signal(void (*act)(void));
void thread_return_to_unpushed_address(void);
void thread_store_to_shadow(void);
void thread_glibc_vfork(void);

/* Of explanations, what all say alike. */
#define THREAD_SHADOW_ON                                                                                 \
	"shadow=on: a real shadow stack. The worker asks the kernel for one before anything is set up, " \
	"in the frame that the rest of the launch is called from and that is never returned from; it "   \
	"ends by exit. Where CPU or kernel has none the row is skipped with the reasons of both; "       \
	"where the kernel refuses one the launch fails."
#define THREAD_SHADOW_STATUS                                                                           \
	"shadow-status, shadow-pointer: by ARCH_SHSTK_STATUS and RDSSP the thread has a shadow stack " \
	"where the variant says so, and none elsewhere."

#endif
