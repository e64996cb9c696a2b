/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's CPU without KVM: the payload runs in this process, in user mode. An instruction
 * that only a kernel may run, UD2, and a touch of the memory that faults trap as signals;
 * guest_cpu_run() then returns, as KVM_RUN does inside of KVM.
 */
#ifndef TB_TEST_GUEST_CPU_H
#define TB_TEST_GUEST_CPU_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "guest/image.h"

enum guest_trap {
	TRAP_TOUCH, /* of `address`, by mov (%rdi), %rcx */
	TRAP_UD2,
	TRAP_HLT,
	TRAP_CLI,
	TRAP_STI,
	TRAP_OUT,   /* to `port` */
	TRAP_WRMSR, /* of RCX */
	TRAP_CR2,   /* into RAX or RDX */
	TRAP_STEP,  /* an instruction was run, where it asked for that */
	TRAP_BAD
};

struct guest_cpu {
	char *block; /* in this process */
	uint64_t at; /* of the block, in the guest */
	gregset_t guest, host;
	bool entering, inside, stepping; /* stepping: a trap after each instruction */
	enum guest_trap trap;
	uint64_t address;
	unsigned int port;
	char stack[65536] __attribute__((aligned(16)));
};

enum { USER_CS = 0x33, USER_SS = 0x2b }; /* of Linux */
enum { GUEST_FLAGS = 0x202, SINGLE_STEP = 0x100 };

extern const char guest_begin[], guest_payload[], guest_end[];

static _Thread_local struct guest_cpu *running;

static inline enum guest_trap trap_of(struct guest_cpu *c, int sig, const siginfo_t *info)
{
	const uint8_t *code = (const uint8_t *)c->guest[REG_RIP];

	if (sig == SIGTRAP)
		return TRAP_STEP;
	if (sig == SIGILL)
		return code[0] == 0x0f && code[1] == 0x0b ? TRAP_UD2 : TRAP_BAD;
	c->address = (uintptr_t)info->si_addr;
	if (code[0] == 0x48 && code[1] == 0x8b && code[2] == 0x0f)
		return TRAP_TOUCH;
	c->port = code[1];
	switch (code[0]) {
	case 0xf4:
		return TRAP_HLT;
	case 0xfa:
		return TRAP_CLI;
	case 0xfb:
		return TRAP_STI;
	case 0xe6:
		return TRAP_OUT;
	}
	if (code[0] == 0x0f && code[1] == 0x30)
		return TRAP_WRMSR;
	return code[0] == 0x0f && code[1] == 0x20 ? TRAP_CR2 : TRAP_BAD;
}

/* General registers, RIP and RFLAGS; segments stay Linux's. */
static inline void load_registers(mcontext_t *to, const gregset_t from)
{
	for (int r = 0; r <= REG_EFL; r++)
		to->gregs[r] = from[r];
}

static inline void on_guest_trap(int sig, siginfo_t *info, void *context)
{
	mcontext_t *m = &((ucontext_t *)context)->uc_mcontext;
	struct guest_cpu *c = running;

	if (c && c->entering) {
		memcpy(c->host, m->gregs, sizeof(c->host));
		c->entering = false;
		c->inside = true;
		load_registers(m, c->guest);
	} else if (c && c->inside) {
		memcpy(c->guest, m->gregs, sizeof(c->guest));
		c->trap = trap_of(c, sig, info);
		c->inside = false;
		c->host[REG_RIP] += 2; /* over the UD2 */
		load_registers(m, c->host);
	} else {
		signal(sig, SIG_DFL);
	}
}

static inline void guest_cpu_init(void)
{
	struct sigaction trap = { .sa_sigaction = on_guest_trap,
				  .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigfillset(&trap.sa_mask);
	sigaction(SIGSEGV, &trap, NULL);
	sigaction(SIGILL, &trap, NULL);
	sigaction(SIGTRAP, &trap, NULL);
}

/* Until the next trap. */
static __attribute__((noinline)) enum guest_trap guest_cpu_run(struct guest_cpu *c)
{
	const stack_t mine = { .ss_sp = c->stack, .ss_size = sizeof(c->stack) };
	stack_t before;

	sigaltstack(&mine, &before);
	running = c;
	c->entering = true;
	asm volatile("ud2" ::: "memory", "cc");
	running = NULL;
	sigaltstack(&before, NULL);
	return c->trap;
}

static inline char *guest_cpu_host(const struct guest_cpu *c, uint64_t guest)
{
	return c->block + (guest - c->at);
}

/* Whether it runs the payload, which may be interrupted, and no handler. */
static inline bool guest_cpu_in_payload(const struct guest_cpu *c)
{
	return (uint64_t)c->guest[REG_RIP] >=
	       (uintptr_t)c->block + ((uintptr_t)guest_payload - (uintptr_t)guest_begin);
}

/* The frame that IRETQ takes to enter the payload, as Linux's user space may take it. */
static inline void guest_cpu_adapt(struct guest_cpu *c)
{
	uint64_t *frame = (uint64_t *)(c->block + GUEST_FRAME);

	frame[0] = (uintptr_t)guest_cpu_host(c, frame[0]);
	frame[1] = USER_CS;
	frame[2] = GUEST_FLAGS | (c->stepping ? SINGLE_STEP : 0);
	frame[3] = (uintptr_t)guest_cpu_host(c, frame[3]);
	frame[4] = USER_SS;
	c->guest[REG_EFL] = (greg_t)frame[2];
}

/* An exception or interrupt through the guest's own gate; error: NULL where it has no code. */
static inline void guest_cpu_raise(struct guest_cpu *c, unsigned int vector, bool kernel,
				   const uint64_t *error)
{
	const uint64_t *gate = (const uint64_t *)(c->block + GUEST_IDT + (size_t)vector * 16);
	uint64_t handler = (gate[0] & 0xffff) | (gate[0] >> 48) << 16 | gate[1] << 32;
	uint64_t rsp0, *sp;

	memcpy(&rsp0, c->block + GUEST_TSS + 4, sizeof(rsp0));
	sp = guest_cpu_in_payload(c) && !kernel
		     ? (uint64_t *)guest_cpu_host(c, rsp0)
		     : (uint64_t *)((uint64_t)c->guest[REG_RSP] & ~15ull);
	*--sp = USER_SS;
	*--sp = (uint64_t)c->guest[REG_RSP];
	*--sp = GUEST_FLAGS;
	*--sp = USER_CS;
	*--sp = (uint64_t)c->guest[REG_RIP];
	if (error)
		*--sp = *error;
	c->guest[REG_RSP] = (greg_t)(uintptr_t)sp;
	c->guest[REG_RIP] = (greg_t)(uintptr_t)guest_cpu_host(c, handler);
}

#endif
