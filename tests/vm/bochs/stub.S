/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 32-bit entry of Linux' boot protocol (esi: boot_params), in place of the decompressor: finds
 * kernel and initramfs, puts the kernel where it was linked for, and enters it in long mode.
 *
 * Bochs reads an optramimage of more than 128 KiB into consecutive blocks of *its* memory, which
 * blocks of the guest's memory become in the order of their first touch, not by address. So we touch
 * fresh memory upwards until the image's first page comes up; the padding before it absorbs what the
 * BIOS touched.
 */
#define PAGE		0x1000
#define FRESH		0x8000000	/* not touched yet */
#define FRESH_END	0x18000000
#define TABLES		0x110000	/* 6 pages: level 4, level 3, four of level 2 */
#define PRESENT_WRITE	0x3
#define HUGE		0x80
#define RAMDISK_IMAGE	0x218		/* in boot_params */
#define RAMDISK_SIZE	0x21c
/* The image's first page, by image.py. */
#define MAGIC_LOW	0x6c6c6f74	/* "toll" */
#define MAGIC_HIGH	0x746f6f62	/* "boot" */
#define KERNEL_BYTES	8		/* whole pages */
#define INITRAMFS_BYTES	12
#define KERNEL_ADDRESS	16
#define KERNEL_ENTRY	20

	.code32
	.globl _start
_start:
	cli
	cld
	mov $FRESH, %edi
next:
	cmpl $MAGIC_LOW, (%edi)
	jne 1f
	cmpl $MAGIC_HIGH, 4(%edi)
	je found
1:
	add $PAGE, %edi
	cmp $FRESH_END, %edi
	jb next
	ud2			/* a triple fault ends Bochs: no image */

found:
	mov KERNEL_BYTES(%edi), %ecx
	mov INITRAMFS_BYTES(%edi), %edx
	mov %edx, RAMDISK_SIZE(%esi)
	lea PAGE(%edi, %ecx), %ebx
	mov %ebx, RAMDISK_IMAGE(%esi)
	add %edx, %ebx		/* the image's end */
	mov %edi, %eax
1:
	testb $0, (%eax)	/* touched upwards, so in order */
	add $PAGE, %eax
	cmp %ebx, %eax
	jb 1b

	mov %esi, %ebp
	mov KERNEL_ENTRY(%edi), %ebx
	lea PAGE(%edi), %esi
	mov KERNEL_ADDRESS(%edi), %edi
	shr $2, %ecx
	rep movsl

	/* 4 GiB, mapped to themselves. */
	mov $TABLES, %edi
	xor %eax, %eax
	mov $6 * PAGE / 4, %ecx
	rep stosl
	movl $TABLES + PAGE + PRESENT_WRITE, TABLES
	mov $TABLES + 2 * PAGE + PRESENT_WRITE, %eax
	mov $TABLES + PAGE, %edi
	mov $4, %ecx
1:
	mov %eax, (%edi)
	add $PAGE, %eax
	add $8, %edi
	loop 1b
	mov $PRESENT_WRITE | HUGE, %eax
	mov $TABLES + 2 * PAGE, %edi
	mov $4 * 512, %ecx
1:
	mov %eax, (%edi)
	add $0x200000, %eax
	add $8, %edi
	loop 1b

	lgdt descriptor
	mov %cr4, %eax
	or $0x20, %eax		/* PAE */
	mov %eax, %cr4
	mov $TABLES, %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx	/* EFER */
	rdmsr
	or $0x100, %eax		/* LME */
	wrmsr
	mov %cr0, %eax
	or $0x80000001, %eax	/* PG, PE */
	mov %eax, %cr0
	ljmp $0x10, $long_mode

	.code64
long_mode:
	mov $0x18, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %ebp, %esi		/* boot_params */
	mov $TABLES, %esp
	mov %ebx, %ebx		/* the upper half is undefined so far */
	jmp *%rbx

	.balign 8
table:
	.quad 0, 0
	.quad 0x00af9a000000ffff	/* 0x10: code, 64 bits */
	.quad 0x00cf92000000ffff	/* 0x18: data */
descriptor:
	.word . - table - 1
	.long table
