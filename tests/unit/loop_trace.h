/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which lines a loop of machine code touches, in its order: it runs one instruction at a time
 * (RFLAGS.TF), and each access to memory is decoded before it happens. Only the forms that
 * the loops of flush_loops.h and window.h use are decoded. Include it after cmocka.h.
 */
#ifndef TB_TEST_LOOP_TRACE_H
#define TB_TEST_LOOP_TRACE_H

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum loop_access {
	LOOP_LOAD,
	LOOP_LOAD_VECTOR,
	LOOP_FOLLOW, /* a load of its own base register: the next line is the one that it finds */
	LOOP_STORE,
	LOOP_PREFETCHT0,
	LOOP_PREFETCHT1,
	LOOP_CLFLUSH,
	LOOP_CLFLUSHOPT,
	/* From here on it touches no line. */
	LOOP_LFENCE,
	LOOP_MFENCE,
	LOOP_CPUID,
	LOOP_SERIALIZE,
	LOOP_VZEROUPPER
};

/* How far from the buffer an access still belongs to the loop, as one that is wrong. */
enum { LOOP_BEYOND = 1 << 16, LOOP_ACCESSES = 8192 };

struct loop_step {
	long offset; /* from the buffer's begin */
	enum loop_access how;
};

struct loop_trace {
	char *at;
	unsigned long bytes;
	bool follows; /* the address is read from memory */
	unsigned int n;
	struct loop_step step[LOOP_ACCESSES];
};

static struct loop_trace *volatile loop_traced;

/*
 * A trap may come within a sanitizer's own code. The handlers call nothing of it, and the kernel
 * calls them itself: a sanitizer's sigaction() would put a handler of its own before them.
 */
#define LOOP_PLAIN __attribute__((no_sanitize("address", "undefined", "thread")))

struct loop_action {
	void (*handler)(int sig, siginfo_t *info, void *context);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

asm(".pushsection .text\n"
    "loop_restorer:\n\t"
    "mov $15, %eax\n\t" /* rt_sigreturn */
    "syscall\n\t"
    ".popsection");
void loop_restorer(void);

static void loop_handle(int sig, const struct loop_action *new, struct loop_action *old)
{
	assert_int_equal(syscall(SYS_rt_sigaction, sig, new, old, sizeof(new->mask)), 0);
}

/* An operand in memory: ModRM and its bytes. 0: a register, or relative to RIP. */
static LOOP_PLAIN char *loop_operand(const unsigned char *modrm, unsigned int rex,
				     const greg_t *reg, int disp8_times, int *base)
{
	static const int order[] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
				     REG_RSI, REG_RDI, REG_R8,	REG_R9,	 REG_R10, REG_R11,
				     REG_R12, REG_R13, REG_R14, REG_R15 };
	unsigned int mod = *modrm >> 6, rm = *modrm & 7;
	const unsigned char *disp = modrm + 1;
	long address = 0;

	if (mod == 3 || (mod == 0 && rm == 5))
		return NULL;
	if (rm == 4) {
		unsigned int index = (*disp >> 3 & 7) | (rex & 2) << 2;

		if ((*disp & 7) == 5 && mod == 0)
			return NULL;
		rm = *disp & 7;
		if (index != 4)
			address = (long)((unsigned long)reg[order[index]] << (*disp >> 6));
		disp++;
	}
	*base = (int)(rm | (rex & 1) << 3);
	address += reg[order[*base]];
	if (mod == 1)
		address += (signed char)*disp * disp8_times;
	if (mod == 2) {
		int wide;

		__builtin_memcpy(&wide, disp, sizeof(wide));
		address += wide;
	}
	return (char *)address;
}

static LOOP_PLAIN void loop_note(struct loop_trace *trace, const char *address,
				 enum loop_access how)
{
	long offset = (long)((uintptr_t)address - (uintptr_t)trace->at);

	if (!address || offset < -LOOP_BEYOND || offset >= (long)trace->bytes + LOOP_BEYOND ||
	    trace->n == LOOP_ACCESSES)
		return;
	trace->follows |= how == LOOP_FOLLOW;
	trace->step[trace->n++] = (struct loop_step){ offset, how };
}

static LOOP_PLAIN void loop_decode(struct loop_trace *trace, const unsigned char *ip,
				   const greg_t *reg)
{
	unsigned int rex = 0;
	bool wide = *ip == 0x66;
	char *at;
	int base = -1;

	ip += wide;
	if (ip[0] == 0x62) { /* EVEX: VMOVDQU64 zmm, a displacement of 8 bits counts vectors */
		at = ip[4] == 0x6f ? loop_operand(ip + 5, 0, reg, 64, &base) : NULL;
		loop_note(trace, at, LOOP_LOAD_VECTOR);
		return;
	}
	if ((*ip & 0xf0) == 0x40)
		rex = *ip++;
	if (ip[0] == 0x8b) {
		at = loop_operand(ip + 1, rex, reg, 1, &base);
		loop_note(trace, at,
			  (int)((ip[1] >> 3 & 7) | (rex & 4) << 1) == base ? LOOP_FOLLOW
									   : LOOP_LOAD);
	} else if (ip[0] == 0x8a) {
		loop_note(trace, loop_operand(ip + 1, rex, reg, 1, &base), LOOP_LOAD);
	} else if (ip[0] == 0x89 || ip[0] == 0xc7) {
		loop_note(trace, loop_operand(ip + 1, rex, reg, 1, &base), LOOP_STORE);
	} else if (ip[0] == 0x0f && ip[1] == 0xb6) {
		loop_note(trace, loop_operand(ip + 2, rex, reg, 1, &base), LOOP_LOAD);
	} else if (ip[0] == 0x0f && ip[1] == 0x18 && (ip[2] >> 3 & 7) == 1) {
		loop_note(trace, loop_operand(ip + 2, rex, reg, 1, &base), LOOP_PREFETCHT0);
	} else if (ip[0] == 0x0f && ip[1] == 0x18 && (ip[2] >> 3 & 7) == 2) {
		loop_note(trace, loop_operand(ip + 2, rex, reg, 1, &base), LOOP_PREFETCHT1);
	} else if (ip[0] == 0x0f && ip[1] == 0xae && (ip[2] >> 3 & 7) == 7) {
		loop_note(trace, loop_operand(ip + 2, rex, reg, 1, &base),
			  wide ? LOOP_CLFLUSHOPT : LOOP_CLFLUSH);
	}
}

/* Those without an operand. */
static LOOP_PLAIN void loop_decode_fence(struct loop_trace *trace, const unsigned char *ip)
{
	static const struct {
		unsigned char bytes[3];
		enum loop_access how;
	} fences[] = {
		{ { 0x0f, 0xae, 0xe8 }, LOOP_LFENCE },	   { { 0x0f, 0xae, 0xf0 }, LOOP_MFENCE },
		{ { 0x0f, 0xa2, 0 }, LOOP_CPUID },	   { { 0x0f, 0x01, 0xe8 }, LOOP_SERIALIZE },
		{ { 0xc5, 0xf8, 0x77 }, LOOP_VZEROUPPER },
	};

	for (size_t i = 0; i < sizeof(fences) / sizeof(fences[0]); i++)
		if (ip[0] == fences[i].bytes[0] && ip[1] == fences[i].bytes[1] &&
		    (ip[2] == fences[i].bytes[2] || !fences[i].bytes[2]))
			loop_note(trace, trace->at, fences[i].how);
}

static LOOP_PLAIN void loop_stepped(int sig, siginfo_t *info, void *context)
{
	ucontext_t *at = context;

	(void)sig;
	(void)info;
	loop_decode(loop_traced, (const unsigned char *)at->uc_mcontext.gregs[REG_RIP],
		    at->uc_mcontext.gregs);
	loop_decode_fence(loop_traced, (const unsigned char *)at->uc_mcontext.gregs[REG_RIP]);
}

/* A CPU without SERIALIZE does nothing in its place. */
static LOOP_PLAIN void loop_illegal(int sig, siginfo_t *info, void *context)
{
	ucontext_t *at = context;
	const unsigned char *ip = (const unsigned char *)at->uc_mcontext.gregs[REG_RIP];

	(void)sig;
	(void)info;
	if (ip[0] != 0x0f || ip[1] != 0x01 || ip[2] != 0xe8)
		__builtin_trap();
	at->uc_mcontext.gregs[REG_RIP] += 3;
}

/* Runs it, one instruction a trap. */
static void loop_trace(struct loop_trace *trace, void (*run)(void *, unsigned long), void *at,
		       unsigned long bytes)
{
	enum { RESTORER = 0x04000000 }; /* the kernel's SA_RESTORER */
	const struct loop_action step = { loop_stepped, SA_SIGINFO | RESTORER, loop_restorer, 0 };
	const struct loop_action illegal = { loop_illegal, SA_SIGINFO | RESTORER, loop_restorer,
					     0 };
	struct loop_action before, legal;

	trace->at = at;
	trace->bytes = bytes;
	trace->follows = false;
	trace->n = 0;
	loop_traced = trace;
	loop_handle(SIGTRAP, &step, &before);
	loop_handle(SIGILL, &illegal, &legal);
	asm volatile(
		"sub $128, %%rsp\n\tpushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tadd $128, %%rsp" ::
			: "cc", "memory");
	run(at, bytes);
	asm volatile(
		"sub $128, %%rsp\n\tpushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq\n\tadd $128, %%rsp" ::
			: "cc", "memory");
	loop_handle(SIGTRAP, &before, NULL);
	loop_handle(SIGILL, &legal, NULL);
	assert_true(trace->n < LOOP_ACCESSES);
}

#endif
