/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An option ROM in place of CD, boot loader and decompression, which cost more than the kernel's own
 * start: it takes over INT 19h, "boot", and runs Linux' real-mode setup that lies at 0x90000.
 */
#define SETUP 0x9000	/* segment */
#define STACK 0xe000	/* image.py puts the command line behind it */

	.code16
	.globl _start
_start:
	.byte 0x55, 0xaa, 1	/* signature, blocks of 512 bytes; image.py adds the checksum */
	push %ds
	push %ax
	xor %ax, %ax
	mov %ax, %ds
	movw $boot - _start, 4 * 0x19
	mov %cs, %ax
	mov %ax, 4 * 0x19 + 2
	pop %ax
	pop %ds
	lret

boot:
	cli
	cld
	mov $SETUP, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %fs
	mov %ax, %gs
	mov %ax, %ss
	mov $STACK, %esp
	ljmp $SETUP + 0x20, $0
