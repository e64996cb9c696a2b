// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For LD_PRELOAD: corrects errors of Debian's Bochs 2.7 in CET and XSAVES (cpu/cpuid.cc and
 * cpu/xsave.cc of that release), so that Linux has user shadow stacks in it:
 *
 * 1. CPUID.0DH misses components 11 and 12 ("BX_SUPPPORT_CET", with three P), and the size
 *    of the compacted format is wrong. Linux then runs without XSAVE, and shadow-stack pointers leak
 *    between tasks.
 * 2. xsave_cet_u_state_xinuse() is inverted: XSAVES drops a live state.
 * 3. XSAVES puts what follows the header at 416 (160 and the size of SSE), XRSTORS reads it at 576.
 *
 * Not repaired: XRSTORS skips only what it was asked for when it walks the compacted format. Where
 * CET_U is the only such component all offsets agree: boot with "nopku clearcpuid=avx".
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { SSE = 1, CET_U = 11, CET_S = 12, COMPONENTS = 13 };
enum { LEGACY_AND_HEADER = 576, LEGACY_BEFORE_SSE = 160 };

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

/* XSaveRestoreStateHelper: the offsets are not asked for, the functions are not ours. */
struct component {
	uint32_t bytes, offset;
	void *functions[8];
};

typedef void leaf_function(const void *cpuid, uint32_t subleaf, struct cpuid *leaf);

/* Bochs calls this instead of its own function, so only globals can hold the original. */
static struct component *components;
static leaf_function *original;

enum { XSAVES = 1 << 3 };

static void xsave_leaf(const void *cpuid, uint32_t subleaf, struct cpuid *leaf)
{
	const bool cet = components[CET_U].bytes; /* has the CPU model */

	original(cpuid, subleaf, leaf);
	/* Here, since Bochs fills the table after our constructor, and asks before XSAVES. */
	components[SSE].bytes = LEGACY_AND_HEADER - LEGACY_BEFORE_SSE;
	if (subleaf == 1 && leaf->eax & XSAVES) {
		/* Of what Linux has enabled when it asks. */
		leaf->ebx = LEGACY_AND_HEADER + components[CET_U].bytes;
		if (cet)
			leaf->ecx |= 1u << CET_U | 1u << CET_S;
	}
	if (cet && (subleaf == CET_U || subleaf == CET_S))
		*leaf = (struct cpuid){ .eax = components[subleaf].bytes, .ecx = 1 };
}

static int always_in_use(void *cpu)
{
	(void)cpu;
	return 1;
}

enum { JUMP = 14 };

/* jmp *0(%rip), and where to. */
static void write_jump(unsigned char *at, const void *to)
{
	static const unsigned char jump[] = { 0xff, 0x25, 0, 0, 0, 0 };

	memcpy(at, jump, sizeof(jump));
	memcpy(at + sizeof(jump), &to, sizeof(to));
}

static int replace(unsigned char *function, const void *with)
{
	const uintptr_t page = 4096;
	void *first = (void *)((uintptr_t)function & ~(page - 1));

	if (mprotect(first, 2 * page, PROT_READ | PROT_WRITE | PROT_EXEC))
		return -1;
	write_jump(function, with);
	return mprotect(first, 2 * page, PROT_READ | PROT_EXEC);
}

/* pxor xmm0; mov rax, rdx; movups [rdx], xmm0; mov edx, [rdi + 32]; test dh, 1: all movable. */
static const unsigned char known[] = { 0x66, 0x0f, 0xef, 0xc0, 0x48, 0x89, 0xd0, 0x0f,
				       0x11, 0x02, 0x8b, 0x57, 0x20, 0xf6, 0xc6, 0x01 };

/* The function's first bytes, which replace() overwrites, and a jump to the rest. */
static leaf_function *trampoline(const unsigned char *function)
{
	unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	_Static_assert(sizeof(known) >= JUMP, "the jump must fit");
	if (code == MAP_FAILED)
		return NULL;
	memcpy(code, known, sizeof(known));
	write_jump(code + sizeof(known), function + sizeof(known));
	return (leaf_function *)(void *)code;
}

__attribute__((constructor)) static void repair(void)
{
	unsigned char *leaf = dlsym(
		RTLD_DEFAULT, "_ZNK10bx_cpuid_t24get_std_cpuid_xsave_leafEjP16cpuid_function_t");
	unsigned char *in_use = dlsym(RTLD_DEFAULT, "_ZN8BX_CPU_C24xsave_cet_u_state_xinuseEv");

	components = dlsym(RTLD_DEFAULT, "xsave_restore");
	if (!leaf || !in_use || !components)
		return; /* some other program: the one that starts Bochs */
	if (memcmp(leaf, known, sizeof(known))) {
		fprintf(stderr, "shim: not Debian's Bochs 2.7, so not repaired\n");
		return;
	}
	original = trampoline(leaf);
	if (!original || replace(leaf, (const void *)xsave_leaf) ||
	    replace(in_use, (const void *)always_in_use))
		perror("shim: not repaired");
}
