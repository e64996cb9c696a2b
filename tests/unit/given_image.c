// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest's memory before it is entered: frame, gates, tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "guest/image.h"

static uint64_t word_at(const char *block, size_t offset)
{
	uint64_t word;

	memcpy(&word, block + offset, sizeof(word));
	return word;
}

static uint64_t gate_of(const char *block, unsigned int vector)
{
	uint64_t low = word_at(block, GUEST_IDT + vector * 16);

	assert_int_equal(low >> 32 & 0xff00, 0x8e00); /* present, CPL 0 only, an interrupt gate */
	assert_int_equal(low >> 16 & 0xffff, GUEST_CODE0);
	return (low & 0xffff) | (low >> 48) << 16 |
	       word_at(block, GUEST_IDT + vector * 16 + 8) << 32;
}

extern const char guest_begin[], guest_end[], guest_payload[];
extern const char guest_on_fault[], guest_on_call[], guest_on_ready[], guest_on_other[];

/* The offset of a label from the begin of the image. */
static uint64_t from_begin(const char *label)
{
	return (uintptr_t)label - (uintptr_t)guest_begin;
}

/* The image in the four states that a payload runs in. */
static void image(void **state)
{
	static char block[GUEST_BLOCK];
	const uint64_t at = 3ull * GUEST_BLOCK;

	(void)state;
	for (int i = 0; i < 4; i++) {
		const struct guest_mode ring = { .kernel = i & 1, .interrupts = i & 2 };
		uint64_t *frame = (uint64_t *)(block + GUEST_FRAME);

		memset(block, 0, sizeof(block));
		guest_build(block, at, &ring);
		assert_memory_equal(block, guest_begin, from_begin(guest_end));
		assert_int_equal(frame[0], at + from_begin(guest_payload));
		assert_int_equal(frame[1], ring.kernel ? GUEST_CODE0 : GUEST_CODE3);
		assert_int_equal(frame[2], ring.interrupts ? 0x202 : 2);
		assert_int_equal(frame[3], at + GUEST_STACK);
		assert_int_equal(frame[4], ring.kernel ? GUEST_DATA0 : GUEST_DATA3);
		assert_int_equal(word_at(block, GUEST_TSS + 4), at + GUEST_KSTACK);
		assert_int_equal(gate_of(block, 14), at + from_begin(guest_on_fault));
		assert_int_equal(gate_of(block, 6), at + from_begin(guest_on_call));
		assert_int_equal(gate_of(block, GUEST_VECTOR), at + from_begin(guest_on_ready));
		assert_int_equal(gate_of(block, 13), at + from_begin(guest_on_other));
		/* One to one: the first and the last 2 MiB of both GiB. */
		for (uint64_t page = 0; page < 1024; page += page % 512 ? 1 : 511)
			assert_int_equal(word_at(block, GUEST_TABLES + 2 * 4096 + page * 8) &
						 ~0xfffull,
					 page << 21);
	}
}

static void entry(void **state)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	(void)state;
	for (int irqchip = 0; irqchip < 2; irqchip++) {
		memset(&sregs, 0, sizeof(sregs));
		sregs.apic_base = 0xfee00100;
		guest_enter(GUEST_BLOCK, irqchip, &sregs, &regs);
		assert_int_equal(regs.rip, GUEST_BLOCK);
		assert_int_equal(regs.rsp, GUEST_BLOCK + GUEST_STACK);
		assert_int_equal(sregs.cr3, GUEST_BLOCK + GUEST_TABLES);
		assert_int_equal(sregs.idt.base, GUEST_BLOCK + GUEST_IDT);
		assert_int_equal(sregs.gdt.base, GUEST_BLOCK + GUEST_GDT);
		assert_int_equal(sregs.tr.base, GUEST_BLOCK + GUEST_TSS);
		assert_int_equal(sregs.apic_base, irqchip ? 0xfee00d00 : 0xfee00100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(image), cmocka_unit_test(entry) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
