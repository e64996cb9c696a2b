// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/image.h"

#include <stddef.h>
#include <string.h>

extern const char guest_begin[], guest_end[];
extern const char guest_on_fault[], guest_on_call[], guest_on_ready[], guest_on_other[],
	guest_payload[];

_Static_assert(offsetof(struct guest_shared_page, limit) == SHARED_LIMIT &&
		       offsetof(struct guest_shared_page, threads) == SHARED_THREADS &&
		       offsetof(struct guest_shared_page, parked_max) == SHARED_PARKED_MAX &&
		       offsetof(struct guest_shared_page, head) == SHARED_HEAD &&
		       offsetof(struct guest_shared_page, tail) == SHARED_TAIL &&
		       offsetof(struct guest_shared_page, first) == SHARED_FIRST &&
		       offsetof(struct guest_shared_page, contents) == SHARED_CONTENTS &&
		       offsetof(struct guest_shared_page, ready) == SHARED_READY &&
		       offsetof(struct guest_shared_page, spurious) == SHARED_SPURIOUS &&
		       offsetof(struct guest_shared_page, collisions) == SHARED_COLLISIONS &&
		       offsetof(struct guest_shared_page, touches) == SHARED_TOUCHES &&
		       offsetof(struct guest_shared_page, fault) == SHARED_FAULT &&
		       offsetof(struct guest_shared_page, entered) == SHARED_ENTERED &&
		       offsetof(struct guest_shared_page, left) == SHARED_LEFT &&
		       offsetof(struct guest_shared_page, exchanges) == SHARED_EXCHANGES &&
		       offsetof(struct guest_shared_page, ping) == SHARED_PING &&
		       offsetof(struct guest_shared_page, pong) == SHARED_PONG &&
		       offsetof(struct guest_shared_page, ring) == SHARED_RING,
	       "the payload's assembly sees the shared otherwise");
_Static_assert(sizeof(struct guest_touch) == 1 << TOUCH_SHIFT &&
		       offsetof(struct guest_touch, absent) == TOUCH_ABSENT &&
		       offsetof(struct guest_touch, after) == TOUCH_AFTER,
	       "the payload's assembly sees the log otherwise");

/* Intel SDM vol. 3: chapters "paging" (4-level), "protected-mode memory management", "task management". */
enum { PRESENT = 1, WRITE = 2, USER = 4, ACCESSED = 0x20, DIRTY = 0x40, HUGE = 0x80 };
enum { TABLE = 4096, ENTRIES = 512 };

static uint64_t offset_of(const char *label)
{
	return (uintptr_t)label - (uintptr_t)guest_begin;
}

static void write_words(char *to, const uint64_t *words, size_t n)
{
	memcpy(to, words, n * sizeof(*words));
}

/* One to one, in 2 MiB pages: the first GiB with the blocks, and the GiB that faults. */
static void build_tables(char *block, uint64_t at)
{
	uint64_t *pml4 = (uint64_t *)(block + GUEST_TABLES), *pdpt = pml4 + ENTRIES;
	uint64_t tables = at + GUEST_TABLES;
	enum {
		GIBS = GUEST_DATA / 0x40000000 + GUEST_DATA_MAX / 0x40000000,
		MAPS = PRESENT | WRITE | USER
	};

	pml4[0] = (tables + TABLE) | MAPS;
	for (uint64_t gib = 0; gib < GIBS; gib++) {
		uint64_t *directory = pdpt + (1 + gib) * ENTRIES;

		pdpt[gib] = (tables + (2 + gib) * TABLE) | MAPS;
		for (uint64_t i = 0; i < ENTRIES; i++)
			directory[i] = ((gib * ENTRIES + i) << 21) | MAPS | ACCESSED | DIRTY | HUGE;
	}
}

static void build_segments(char *block, uint64_t at)
{
	uint64_t tss = at + GUEST_TSS, stack = at + GUEST_KSTACK;
	const uint64_t gdt[] = {
		[GUEST_CODE0 >> 3] = 0x00af9b000000ffff,
		[GUEST_DATA0 >> 3] = 0x00cf93000000ffff,
		[GUEST_DATA3 >> 3] = 0x00cff3000000ffff,
		[GUEST_CODE3 >> 3] = 0x00affb000000ffff,
		[GUEST_TR >> 3] = 0x0000890000000067 | (tss & 0xffffff) << 16 |
				  (tss >> 24 & 0xff) << 56,
		[(GUEST_TR >> 3) + 1] = tss >> 32,
	};

	write_words(block + GUEST_GDT, gdt, sizeof(gdt) / sizeof(gdt[0]));
	memcpy(block + GUEST_TSS + 4, &stack, sizeof(stack)); /* RSP0 */
	block[GUEST_TSS + 0x66] = 0x68;			      /* no I/O bitmap: behind the limit */
}

static void set_gate(char *block, uint64_t at, unsigned int vector, const char *handler)
{
	uint64_t to = at + offset_of(handler);
	const uint64_t gate[2] = { (to & 0xffff) | GUEST_CODE0 << 16 | 0x8e00ull << 32 |
					   (to >> 16 & 0xffff) << 48,
				   to >> 32 };

	write_words(block + GUEST_IDT + vector * sizeof(gate), gate, 2);
}

void guest_build(char *block, uint64_t at, const struct guest_mode *ring)
{
	enum { UD = 6, PF = 14, RFLAGS_FIXED = 2, RFLAGS_IF = 0x200 };
	const uint64_t frame[] = { at + offset_of(guest_payload),
				   ring->kernel ? GUEST_CODE0 : GUEST_CODE3,
				   RFLAGS_FIXED | (ring->interrupts ? RFLAGS_IF : 0),
				   at + GUEST_STACK, ring->kernel ? GUEST_DATA0 : GUEST_DATA3 };

	memcpy(block, guest_begin, offset_of(guest_end));
	build_tables(block, at);
	build_segments(block, at);
	for (unsigned int vector = 0; vector < 256; vector++)
		set_gate(block, at, vector, guest_on_other);
	set_gate(block, at, PF, guest_on_fault);
	set_gate(block, at, UD, guest_on_call);
	set_gate(block, at, GUEST_VECTOR, guest_on_ready);
	write_words(block + GUEST_FRAME, frame, 5);
}

static struct kvm_segment segment(uint16_t selector, uint8_t type, bool code)
{
	return (struct kvm_segment){ .limit = ~0u,
				     .selector = selector,
				     .type = type,
				     .present = 1,
				     .db = !code,
				     .s = 1,
				     .l = code,
				     .g = 1 };
}

void guest_enter(uint64_t at, bool irqchip, struct kvm_sregs *sregs, struct kvm_regs *regs)
{
	enum {
		CR0_PE_MP_ET_NE_WP_PG = (int)0x80010033,
		CR4_PAE_OSFXSR_OSXMMEXCPT = 0x620,
		EFER_SCE_LME_LMA = 0x501,
		APIC_X2APIC_ENABLED = 0xc00
	};

	sregs->cs = segment(GUEST_CODE0, 11, true);
	sregs->ss = segment(GUEST_DATA0, 3, false);
	sregs->ds = sregs->es = sregs->fs = sregs->gs = sregs->ss;
	sregs->tr = (struct kvm_segment){ .base = at + GUEST_TSS,
					  .limit = 0x67,
					  .selector = GUEST_TR,
					  .type = 11,
					  .present = 1 };
	sregs->ldt = (struct kvm_segment){ .unusable = 1 };
	sregs->gdt = (struct kvm_dtable){ .base = at + GUEST_GDT, .limit = 0x3f };
	sregs->idt = (struct kvm_dtable){ .base = at + GUEST_IDT, .limit = 0xfff };
	sregs->cr0 = (uint32_t)CR0_PE_MP_ET_NE_WP_PG;
	sregs->cr3 = at + GUEST_TABLES;
	sregs->cr4 = CR4_PAE_OSFXSR_OSXMMEXCPT;
	sregs->efer = EFER_SCE_LME_LMA;
	if (irqchip)
		sregs->apic_base |= APIC_X2APIC_ENABLED;
	memset(sregs->interrupt_bitmap, 0, sizeof(sregs->interrupt_bitmap));
	*regs = (struct kvm_regs){ .rip = at, .rsp = at + GUEST_STACK, .rflags = 2 };
}
