/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metal, virtual machine or emulator? A record's class follows from it. */
#ifndef TB_VIRT_H
#define TB_VIRT_H

#include <stdbool.h>

#include "measure/sysroot.h"
#include "record/cpuinfo.h"

enum { TB_VIRT_SIGNATURE = 12 };

/* What is known; a text that is not known is empty. */
struct tb_virt_facts {
	bool flags_known;    /* cpuinfo has a line of flags */
	bool hypervisor_bit; /* CPUID.1:ECX[31] as the kernel shows it */
	bool pvm_guest;	     /* the guest kernel runs on PVM */
	/* CPUID 0x40000000 and, where that one speaks Hyper-V, 0x40000100 behind it. */
	char signature[TB_VIRT_SIGNATURE + 1], behind[TB_VIRT_SIGNATURE + 1];
	char sys_vendor[64], product_name[64], bios_vendor[64], bios_version[64]; /* DMI */
	char hypervisor_type[64]; /* sys/hypervisor/type: Xen */
};

/*
 * class is "metal", "vm", "emulated", or NULL where not even the flags can be
 * read. It is never "nested": that is the class of the guests which this program
 * starts itself, and the one who starts them says so. Texts are constants.
 */
struct tb_virt {
	const char *class;
	const char *hypervisor; /* "kvm", "tcg", "bochs"...; NULL: none or unnamed */
	char evidence[320];
};

void tb_virt_facts(const struct tb_sysroot *root, const struct tb_cpuinfo *info,
		   struct tb_virt_facts *facts);
void tb_virt_classify(const struct tb_virt_facts *facts, struct tb_virt *virt);

/* The container we are in, by its manager's name. -ENOENT: none that left a trace. */
int tb_virt_container(const struct tb_sysroot *root, char *name, size_t size);

#endif
