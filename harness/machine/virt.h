/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metal, virtual machine or emulator? A record's class follows from it. */
#ifndef TB_VIRT_H
#define TB_VIRT_H

#include <stdbool.h>

#include "machine/sysroot.h"
#include "machine/cpuinfo.h"

enum { TB_VIRT_SIGNATURE = 12, TB_VIRT_CONTRADICTIONS = 2 };

/* The facts that tell metal from a virtual machine; a text that is not known is empty. */
struct tb_virt_facts {
	bool flags_known;     /* cpuinfo has a line of flags */
	bool hypervisor_bit;  /* CPUID.1:ECX[31] as the kernel shows it */
	bool pvm_guest;	      /* the guest kernel runs on PVM */
	bool user_mode_linux; /* the kernel is a process of another one */
	/* CPUID 0x40000000 and, where that one speaks Hyper-V, 0x40000100 behind it. */
	char signature[TB_VIRT_SIGNATURE + 1], second_signature[TB_VIRT_SIGNATURE + 1];
	/* DMI */
	char sys_vendor[64], product_name[64], board_vendor[64], bios_vendor[64], bios_version[64];
	char hypervisor_type[64];	     /* sys/hypervisor/type: Xen */
	char clocksource[24];		     /* of a hypervisor: "kvm-clock" */
	unsigned int pci_vendor, pci_device; /* of the device that tells most; 0: none tells */
	bool vmbus;			     /* Hyper-V's bus has devices */
	bool proc_xen;			     /* proc/xen, which only Xen's guests have */
	bool fw_cfg;			     /* QEMU's interface to its firmware */
};

/*
 * class is "metal", "vm", "emulated", or NULL where the facts do not decide. It is never
 * "nested": that is the class of the guests which this program starts itself, and the one
 * who starts them says so. class and hypervisor are constants.
 */
struct tb_virt {
	const char *class;
	const char *hypervisor; /* "kvm", "tcg", "bochs"...; NULL: none, unnamed or in doubt */
	char evidence[480];
	char contradiction[TB_VIRT_CONTRADICTIONS]
			  [320]; /* facts that cannot all be true; "" where there is none */
};

void tb_virt_facts(const struct tb_sysroot *root, const struct tb_cpuinfo *info,
		   struct tb_virt_facts *facts);
void tb_virt_classify(const struct tb_virt_facts *facts, struct tb_virt *virt);

/* For the reading of facts: keeps the device if it tells more than the one before. */
void tb_virt_pci(struct tb_virt_facts *facts, unsigned int vendor, unsigned int device);
/* Whether a known hypervisor has this signature in its CPUID leaf. */
bool tb_virt_signature_known(const char *signature);

/* The name of the container manager that runs this process. -ENOENT: no container was detected. */
int tb_virt_container(const struct tb_sysroot *root, char *name, size_t size);

#endif
