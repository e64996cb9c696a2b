/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flush loops, for user space and kernel alike.
 *
 * A loop is one asm statement on fixed registers (rsi: buffer, rdi: size), so that
 * both sides run the same bytes and their results are comparable. Every size is a
 * multiple of 4096, since the TLB pass of the kernel's loop steps by a page and ends
 * on equality.
 *
 * Labels (local symbols of the object file) enclose every loop: a test compares the
 * bytes between them in program and module.
 *
 * Nothing here may include a libc or kernel header.
 */
#ifndef TB_FLUSH_LOOPS_H
#define TB_FLUSH_LOOPS_H

/* The kernel is built without SSE, where a clobber of zmm0 is an error. */
#ifdef __KERNEL__
#define TB_CLOBBER_VECTOR "memory"
#else
#define TB_CLOBBER_VECTOR "xmm0"
#endif

#define TB_LOOP static __attribute__((__noinline__, __unused__)) void

/* CPU features that a loop needs beyond x86-64. */
enum tb_loop_need {
	TB_NEED_NOTHING,
	TB_NEED_SERIALIZE,  /* CPUID.(7,0):EDX[14] */
	TB_NEED_AVX512F,    /* CPUID.(7,0):EBX[16] and XCR0[7:5] */
	TB_NEED_CLFLUSHOPT, /* CPUID.(7,0):EBX[23] */
	/* Needs of the ring-0 loops; the module checks them. */
	TB_NEED_FLUSH_CMD, /* CPUID.(7,0):EDX[28] */
	TB_NEED_WBINVD	   /* the admin's permission to empty all caches of the machine */
};

#define TB_BEGIN(name) "tb_loop." name ".begin.%=:\n\t"
#define TB_END(name)   "\ntb_loop." name ".end.%=:"

/*
 * vmx_l1d_flush() of arch/x86/kvm/vmx/vmx.c, "x86/KVM/VMX: Add L1D flush
 * algorithm": a TLB pass, a serialising instruction, one load a line, LFENCE.
 */
#define TB_KVM_LOOP(name, serialise)                                                \
	do {                                                                        \
		asm volatile(TB_BEGIN(name) "xor %%eax, %%eax\n"                    \
					    "1:\tmovzbl (%%rsi,%%rax), %%ecx\n\t"   \
					    "add $4096, %%eax\n\t"                  \
					    "cmp %%eax, %%edi\n\t"                  \
					    "jne 1b\n\t"                            \
					    "xor %%eax, %%eax\n\t" serialise "\n\t" \
					    "xor %%eax, %%eax\n"                    \
					    "2:\tmovzbl (%%rsi,%%rax), %%ecx\n\t"   \
					    "add $64, %%eax\n\t"                    \
					    "cmp %%eax, %%edi\n\t"                  \
					    "jne 2b\n\t"                            \
					    "lfence" TB_END(name)                   \
			     :                                                      \
			     : "S"(buffer), "D"(size)                               \
			     : "eax", "ebx", "ecx", "edx", "cc", "memory");         \
	} while (0)

/* The literal loop. CPUID exits to a hypervisor, so cost and cache traffic are the exit's. */
TB_LOOP tb_flush_kvm(void *buffer, unsigned long size)
{
	TB_KVM_LOOP("kvm", "cpuid");
}

TB_LOOP tb_flush_kvm_lfence(void *buffer, unsigned long size)
{
	TB_KVM_LOOP("kvm_lfence", "lfence");
}

TB_LOOP tb_flush_kvm_serialize(void *buffer, unsigned long size)
{
	TB_KVM_LOOP("kvm_serialize",
		    ".byte 0x0f, 0x01, 0xe8"); /* SERIALIZE, for assemblers without it */
}

/* Eight lines an iteration, in order; op is the access to a line at an offset from rsi. */
#define TB_UNROLLED_LOOP(name, op, tail)                                                           \
	do {                                                                                       \
		asm volatile(TB_BEGIN(name) "add %%rsi, %%rdi\n"                                   \
					    "1:\t" op(0) op(64) op(128) op(192) op(256) op(320)    \
						    op(384) op(448) "add $512, %%rsi\n\t"          \
								    "cmp %%rdi, %%rsi\n\t"         \
								    "jne 1b\n\t" tail TB_END(name) \
			     : "+S"(buffer), "+D"(size)                                            \
			     :                                                                     \
			     : "eax", "cc", "memory", TB_CLOBBER_VECTOR);                          \
	} while (0)
#define TB_OP_LOAD(at)	     "mov " #at "(%%rsi), %%rax\n\t"
#define TB_OP_LOAD512(at)    "vmovdqu64 " #at "(%%rsi), %%zmm0\n\t"
#define TB_OP_PREFETCH(at)   "prefetcht0 " #at "(%%rsi)\n\t"
#define TB_OP_STORE(at)	     "mov %%rax, 8+" #at "(%%rsi)\n\t" /* word 0 is the chase's link */
#define TB_OP_CLFLUSHOPT(at) "clflushopt " #at "(%%rsi)\n\t"

TB_LOOP tb_flush_unroll8(void *buffer, unsigned long size)
{
	TB_UNROLLED_LOOP("unroll8", TB_OP_LOAD, "lfence");
}

TB_LOOP tb_flush_avx512(void *buffer, unsigned long size)
{
	/* VZEROUPPER: dirty upper halves would slow the code that runs next. */
	TB_UNROLLED_LOOP("avx512", TB_OP_LOAD512, "lfence\n\tvzeroupper");
}

/* LFENCE does not wait for prefetches: the last few lines may arrive later. */
TB_LOOP tb_flush_prefetcht0(void *buffer, unsigned long size)
{
	TB_UNROLLED_LOOP("prefetcht0", TB_OP_PREFETCH, "lfence");
}

TB_LOOP tb_flush_store(void *buffer, unsigned long size)
{
	TB_UNROLLED_LOOP("store", TB_OP_STORE, "mfence");
}

/* Flushes the given lines, which no read loop can: the driver passes the victim. */
TB_LOOP tb_flush_clflushopt(void *buffer, unsigned long size)
{
	TB_UNROLLED_LOOP("clflushopt", TB_OP_CLFLUSHOPT, "mfence");
}

/* Line 0 of every page, then line 1, ...: one parallel miss per page, all to one set. */
TB_LOOP tb_flush_page_interleaved(void *buffer, unsigned long size)
{
	asm volatile(TB_BEGIN("page_interleaved") "xor %%eax, %%eax\n"
						  "1:\tmov %%eax, %%ecx\n"
						  "2:\tmovzbl (%%rsi,%%rcx), %%edx\n\t"
						  "add $4096, %%ecx\n\t"
						  "cmp %%edi, %%ecx\n\t"
						  "jb 2b\n\t"
						  "add $64, %%eax\n\t"
						  "cmp $4096, %%eax\n\t"
						  "jne 1b\n\t"
						  "lfence" TB_END("page_interleaved")
		     :
		     : "S"(buffer), "D"(size)
		     : "eax", "ecx", "edx", "cc", "memory");
}

/* One dependent load a line; word 0 of each line points to the next line in a random order. */
TB_LOOP tb_flush_chase(void *buffer, unsigned long size)
{
	asm volatile(TB_BEGIN("chase") "shr $6, %%rdi\n"
				       "1:\tmov (%%rsi), %%rsi\n\t"
				       "dec %%rdi\n\t"
				       "jne 1b\n\t"
				       "lfence" TB_END("chase")
		     : "+S"(buffer), "+D"(size)
		     :
		     : "cc", "memory");
}

/* The null window: the cost of a call of any loop. */
TB_LOOP tb_flush_nothing(void *buffer, unsigned long size)
{
	asm volatile("" : : "S"(buffer), "D"(size) : "memory");
}

/* Effects of a loop other than reads of its buffer. */
enum tb_loop_kind {
	TB_LOOP_READS,
	TB_LOOP_FOLLOWS,    /* follows word 0 of each line, which must be a link */
	TB_LOOP_EXITS,	    /* exits a virtual machine, where the exit adds to its effect */
	TB_LOOP_BY_ADDRESS, /* acts on the given lines, so it gets the victim */
	TB_LOOP_TO_MEMORY   /* empties all caches, not the L1D alone */
};

struct tb_flush_loop {
	const char *name;
	void (*run)(void *buffer, unsigned long size);
	enum tb_loop_need need;
	enum tb_loop_kind kind;
};

static const struct tb_flush_loop tb_flush_loops[] __attribute__((unused)) = {
	{ "kvm", tb_flush_kvm, TB_NEED_NOTHING, TB_LOOP_EXITS },
	{ "kvm-lfence", tb_flush_kvm_lfence, TB_NEED_NOTHING, TB_LOOP_READS },
	{ "kvm-serialize", tb_flush_kvm_serialize, TB_NEED_SERIALIZE, TB_LOOP_READS },
	{ "unroll8", tb_flush_unroll8, TB_NEED_NOTHING, TB_LOOP_READS },
	{ "avx512", tb_flush_avx512, TB_NEED_AVX512F, TB_LOOP_READS },
	{ "prefetcht0", tb_flush_prefetcht0, TB_NEED_NOTHING, TB_LOOP_READS },
	{ "page-interleaved", tb_flush_page_interleaved, TB_NEED_NOTHING, TB_LOOP_READS },
	{ "chase", tb_flush_chase, TB_NEED_NOTHING, TB_LOOP_FOLLOWS },
	{ "store", tb_flush_store, TB_NEED_NOTHING, TB_LOOP_READS },
	{ "clflushopt", tb_flush_clflushopt, TB_NEED_CLFLUSHOPT, TB_LOOP_BY_ADDRESS },
};

#endif
