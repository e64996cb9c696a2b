/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's code: virtual threads that touch pages, and a minimal kernel that parks
 * a thread on an absent page and resumes it when the page is ready.
 *
 * Position-independent: the VMM copies guest_begin..guest_end to the begin of each
 * vCPU's block, and all addresses are relative to it. The host process never runs it.
 *
 * CPL 0 does as little as possible: if KVM emulates CPL 0 (PVM), each instruction costs
 * half a microsecond. The payload parks, wakes and schedules threads at the privilege
 * level under test. PVM does not emulate INT n from CPL 3, so UD2 is the system call.
 *
 * The payload's registers: rbx shared page, rbp log, r12 the running thread, r13 the
 * threads, r15 the sleepers. No other register is live across the touch.
 */
#include "guest/layout.h"

	.set shared, guest_begin + GUEST_SHARED_PAGE
	.set area_flags, guest_begin + GUEST_AREA
	.set area_token, guest_begin + GUEST_AREA + 4

/* linux/arch/x86/include/uapi/asm/kvm_para.h; Intel SDM vol. 3, x2APIC */
	.set MSR_KVM_ASYNC_PF_ACK, 0x4b564d07
	.set MSR_X2APIC_EOI, 0x80b
	.set REASON_NOT_PRESENT, 1
	.set BROADCAST, -1

	.section .rodata
	.code64
	.balign 16
	.globl guest_begin, guest_end
	.globl guest_on_fault, guest_on_call, guest_on_ready, guest_on_other, guest_payload
guest_begin:

/* Entered at CPL 0, once, and again after each OUT to GUEST_PORT_DONE. */
enter:
	rdtsc
	mov	%eax, shared + SHARED_ENTERED(%rip)
	mov	%edx, shared + SHARED_ENTERED + 4(%rip)
	lea	guest_begin + GUEST_FRAME(%rip), %rsp
	iretq

/* #PF: KVM's if the area has its flag. The token is in CR2. */
guest_on_fault:
	testl	$REASON_NOT_PRESENT, area_flags(%rip)
	jz	1f
	mov	%cr2, %rdx
	lea	upcall(%rip), %rax
	add	$8, %rsp
	mov	%rax, (%rsp)
	iretq
1:	mov	%cr2, %rax
	mov	%rax, shared + SHARED_FAULT(%rip)
	out	%al, $GUEST_PORT_FAULT
	hlt

/* The system call: no thread can run, or no thread is left. */
guest_on_call:
	cmpl	$0, SHARED_LIVE(%rbx)
	je	2f
	/*
	 * Interrupts are off, and STI takes effect after HLT, so no token can come in between.
	 * QEMU's TCG loses this shadow if the guest exits between the two; guest_on_ready checks it.
	 */
	mov	SHARED_TAIL(%rbx), %al
	cmp	SHARED_HEAD(%rbx), %al
	jne	1f
	sti
asleep:	hlt
	cli
1:	lea	schedule(%rip), %rax
	mov	%rax, (%rsp)
	iretq
2:	rdtsc
	mov	%eax, SHARED_LEFT(%rbx)
	mov	%edx, SHARED_LEFT + 4(%rbx)
	out	%al, $GUEST_PORT_DONE
	jmp	enter

/*
 * Interrupt "page ready". XCHG, because a store of 0 after a read of 0 would erase a
 * token that KVM wrote in between, and its thread would sleep for ever.
 */
guest_on_ready:
	push	%rax
	push	%rcx
	push	%rdx
	xor	%edx, %edx
	xor	%eax, %eax
	xchg	%eax, area_token(%rip)
	test	%eax, %eax
	jz	1f
	movzbl	shared + SHARED_TAIL(%rip), %ecx
	lea	shared + SHARED_RING(%rip), %rdx
	mov	%eax, (%rdx,%rcx,4)
	incb	shared + SHARED_TAIL(%rip)
	mov	$MSR_KVM_ASYNC_PF_ACK, %ecx
	mov	$1, %eax
	xor	%edx, %edx
	wrmsr
2:	mov	$MSR_X2APIC_EOI, %ecx
	xor	%eax, %eax
	wrmsr
	lea	asleep(%rip), %rax
	cmp	%rax, 24(%rsp)
	jne	3f
	incq	24(%rsp)		/* over the one byte of the HLT */
3:	pop	%rdx
	pop	%rcx
	pop	%rax
	iretq
1:	incq	shared + SHARED_SPURIOUS(%rip)
	jmp	2b

guest_on_other:
	out	%al, $GUEST_PORT_BAD
	hlt

/* rsi: the page's entry in the log. Spoils rax, rdx. */
	.macro	stamp at
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, \at(%rsi)
	.endm

/* edx: a token; becomes the address of its sleeper's slot. Spoils no other register. */
	.macro	slot
	shr	$12, %edx
	and	$(GUEST_TOKENS - 1), %edx
	lea	(%r15,%rdx,8), %rdx
	.endm

guest_payload:
	lea	shared(%rip), %rbx
	lea	guest_begin + GUEST_LOG(%rip), %rbp
	lea	guest_begin + GUEST_THREADS(%rip), %r13
	lea	guest_begin + GUEST_SLEEPERS(%rip), %r15
	xor	%ecx, %ecx

/* Stamps, with a host thread's stamp in between. Stored in the log as before and after. */
exchange:
	cmp	SHARED_EXCHANGES(%rbx), %ecx
	jae	schedule
	mov	%rcx, %rsi
	shl	$TOUCH_SHIFT, %rsi
	add	%rbp, %rsi
	inc	%ecx
	stamp	TOUCH_BEFORE
	mov	%ecx, SHARED_PING(%rbx)
1:	pause
	cmp	SHARED_PONG(%rbx), %ecx
	jne	1b
	lfence				/* or RDTSC runs before the answer arrives */
	stamp	TOUCH_AFTER
	jmp	exchange

/*
 * The running thread touched an absent page; edx is the token. The thread is parked before
 * the ring is read, so a "ready" before "parked" loses no thread.
 */
upcall:
	movl	$0, area_flags(%rip)
	mov	%edx, %ecx
	mov	(%r12), %rsi
	stamp	TOUCH_ABSENT
	mov	%ecx, %edx
	slot
	incq	SHARED_ABSENT(%rbx)
	cmpq	$0, (%rdx)
	je	1f
	incq	SHARED_COLLISIONS(%rbx)
1:	mov	%r12, (%rdx)
	incl	SHARED_PARKED(%rbx)
	mov	SHARED_PARKED(%rbx), %eax
	cmp	SHARED_PARKED_MAX(%rbx), %eax
	jbe	schedule
	mov	%eax, SHARED_PARKED_MAX(%rbx)

/* Runs a thread that has not begun yet, otherwise one whose page is ready, otherwise sleeps. */
schedule:
	mov	SHARED_STARTED(%rbx), %eax
	cmp	SHARED_THREADS(%rbx), %eax
	jae	1f
	incl	SHARED_STARTED(%rbx)
	imul	$GUEST_THREAD_BYTES, %eax, %eax
	lea	(%r13,%rax), %r12
	jmp	next_page
1:	movzbl	SHARED_HEAD(%rbx), %eax
	cmp	SHARED_TAIL(%rbx), %al
	je	2f
	mov	SHARED_RING(%rbx,%rax,4), %edx
	incb	SHARED_HEAD(%rbx)
	cmp	$BROADCAST, %edx
	je	3f
	slot
	mov	(%rdx), %rcx
	test	%rcx, %rcx
	jz	4f
	mov	%rcx, %r12
	movq	$0, (%rdx)
	mov	(%r12), %rsi
	stamp	TOUCH_READY
	incq	SHARED_READY(%rbx)
	decl	SHARED_PARKED(%rbx)
	jmp	touch
2:	incq	SHARED_IDLES(%rbx)
	ud2
3:	incq	SHARED_BROADCASTS(%rbx)	/* KVM's "wake all" after enabling; no thread sleeps yet */
	jmp	1b
4:	incq	SHARED_UNKNOWN(%rbx)
	jmp	1b

next_page:
	mov	SHARED_NEXT(%rbx), %eax
	cmp	SHARED_LIMIT(%rbx), %eax
	jae	thread_ends
	incl	SHARED_NEXT(%rbx)
	mov	%rax, %rsi
	shl	$TOUCH_SHIFT, %rsi
	add	%rbp, %rsi
	imul	SHARED_STRIDE(%rbx), %rax
	add	SHARED_FIRST(%rbx), %rax
	mov	%rsi, (%r12)
	mov	%rax, 8(%r12)
	stamp	TOUCH_BEFORE
touch:
	mov	(%r12), %rsi
	mov	8(%r12), %rdi
	mov	(%rdi), %rcx		/* the one instruction that may find its page absent */
	stamp	TOUCH_AFTER
	incq	SHARED_TOUCHES(%rbx)
	add	SHARED_CONTENTS(%rbx), %rdi
	cmp	%rdi, %rcx
	je	next_page
	incq	SHARED_WRONG(%rbx)
	jmp	next_page

thread_ends:
	decl	SHARED_LIVE(%rbx)
	jnz	schedule
	ud2
guest_end:

	.section .note.GNU-stack, "", @progbits
