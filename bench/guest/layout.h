/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory layout of a guest, for the payload's assembly and for C.
 *
 * Each vCPU has a block of its own: code, shared page, area for async page faults,
 * tables and stacks. Blocks are populated and outside the memory that faults on
 * purpose: KVM could not report a fault on any of them to the guest.
 */
#ifndef TB_GUEST_LAYOUT_H
#define TB_GUEST_LAYOUT_H

#define GUEST_BLOCK 0x200000 /* bytes of a block; vCPU v's begins at (v + 1) * GUEST_BLOCK */

/* Offsets in a block. */
#define GUEST_SHARED_PAGE 0x10000 /* shared by payload and VMM */
#define GUEST_AREA	  0x20000 /* struct kvm_vcpu_pv_apf_data, aligned to 64 */
#define GUEST_GDT	  0x21000
#define GUEST_IDT	  0x22000
#define GUEST_TSS	  0x23000
#define GUEST_FRAME	  0x24000 /* frame of the IRETQ that enters the payload */
#define GUEST_STACK	  0x26000 /* its top; for a payload at CPL 0 */
#define GUEST_KSTACK	  0x28000 /* its top; for CPL 0 when the payload runs at CPL 3 */
#define GUEST_THREADS	  0x30000 /* GUEST_THREAD_BYTES a virtual thread */
#define GUEST_SLEEPERS	  0x38000 /* a thread's address for each of GUEST_TOKENS tokens */
#define GUEST_TABLES	  0x60000 /* page tables */
#define GUEST_LOG	  0x80000 /* struct guest_touch a page */

#define GUEST_THREADS_MAX  256
#define GUEST_THREAD_BYTES 16
#define GUEST_TOKENS	   4096 /* a token's number, modulo */
#define GUEST_MODE	   256 /* tokens from the interrupt to the scheduler; an 8-bit index wraps */

#define GUEST_DATA     0x40000000 /* begin of the memory that faults, virtual and physical */
#define GUEST_DATA_MAX 0x40000000 /* bytes of it */

/* Selectors. */
#define GUEST_CODE0 0x08
#define GUEST_DATA0 0x10
#define GUEST_DATA3 0x1b
#define GUEST_CODE3 0x23
#define GUEST_TR    0x30

#define GUEST_VECTOR 0xec /* "page ready"; any vector without an exception */

/* Ports by which a guest reports to the VMM. */
#define GUEST_PORT_DONE	 0x10 /* every virtual thread has ended */
#define GUEST_PORT_FAULT 0x11 /* a #PF that KVM did not inject; the shared page has its address */
#define GUEST_PORT_BAD	 0x12 /* any other exception or interrupt */

/* Offsets in struct guest_shared_page, which asserts them. */
#define SHARED_NEXT	  0x00
#define SHARED_LIMIT	  0x04
#define SHARED_STARTED	  0x08
#define SHARED_THREADS	  0x0c
#define SHARED_LIVE	  0x10
#define SHARED_PARKED	  0x14
#define SHARED_PARKED_MAX 0x18
#define SHARED_HEAD	  0x1c
#define SHARED_TAIL	  0x1d
#define SHARED_FIRST	  0x20
#define SHARED_STRIDE	  0x28
#define SHARED_CONTENTS	  0x30
#define SHARED_ABSENT	  0x38
#define SHARED_READY	  0x40
#define SHARED_BROADCASTS 0x48
#define SHARED_SPURIOUS	  0x50
#define SHARED_UNKNOWN	  0x58
#define SHARED_COLLISIONS 0x60
#define SHARED_IDLES	  0x68
#define SHARED_TOUCHES	  0x70
#define SHARED_WRONG	  0x78
#define SHARED_FAULT	  0x80
#define SHARED_ENTERED	  0x88
#define SHARED_LEFT	  0x90
#define SHARED_EXCHANGES  0x98
#define SHARED_PING	  0x9c
#define SHARED_PONG	  0xc0
#define SHARED_RING	  0x100

/* Offsets in struct guest_touch; its size is a power of two. */
#define TOUCH_BEFORE 0x00
#define TOUCH_ABSENT 0x08
#define TOUCH_READY  0x10
#define TOUCH_AFTER  0x18
#define TOUCH_SHIFT  5

#endif
