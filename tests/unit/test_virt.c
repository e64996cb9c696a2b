// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): nftw
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "machine/virt.h"

static void classes(void **state)
{
	static const struct {
		struct tb_virt_facts facts;
		const char *class, *hypervisor, *evidence; /* a part of it */
	} cases[] = {
		{ { .flags_known = true, .sys_vendor = "Dell Inc.", .bios_version = "2.19" },
		  "metal",
		  NULL,
		  "neither DMI nor devices" },
		{ { .flags_known = true }, "metal", NULL, "there is no DMI" },
		{ { .flags_known = true, .hypervisor_bit = true, .signature = "KVMKVMKVM" },
		  "vm",
		  "kvm",
		  "KVMKVMKVM" },
		{ { .flags_known = true, .hypervisor_bit = true, .signature = "TCGTCGTCGTCG" },
		  "emulated",
		  "tcg",
		  "TCGTCGTCGTCG" },
		/* -cpu ...,-hypervisor hides the bit, and TCG's leaf stays. */
		{ { .flags_known = true, .signature = "TCGTCGTCGTCG", .sys_vendor = "QEMU" },
		  "emulated",
		  "tcg",
		  "no flag hypervisor" },
		{ { .flags_known = true, .hypervisor_bit = true, .signature = "Microsoft Hv" },
		  "vm",
		  "hyperv",
		  "Microsoft Hv" },
		{ { .flags_known = true,
		    .hypervisor_bit = true,
		    .signature = "Microsoft Hv",
		    .second_signature = "KVMKVMKVM" },
		  "vm",
		  "kvm",
		  "0x40000100 says KVMKVMKVM" },
		{ { .flags_known = true, .hypervisor_bit = true, .signature = "VMwareVMware" },
		  "vm",
		  "vmware",
		  "VMware" },
		{ { .flags_known = true, .hypervisor_bit = true, .signature = "XenVMMXenVMM" },
		  "vm",
		  "xen",
		  "Xen" },
		{ { .flags_known = true, .hypervisor_bit = true, .signature = "NobodyKnows!" },
		  "vm",
		  NULL,
		  "NobodyKnows!" },
		{ { .flags_known = true, .hypervisor_bit = true }, "vm", NULL, "flag hypervisor" },
		{ { .flags_known = true,
		    .hypervisor_bit = true,
		    .sys_vendor = "Microsoft Corporation",
		    .product_name = "Virtual Machine" },
		  "vm",
		  "hyperv",
		  "flag hypervisor" },
		{ { .flags_known = true, .hypervisor_bit = true, .hypervisor_type = "xen" },
		  "vm",
		  "xen",
		  "flag hypervisor" },
		{ { .flags_known = true,
		    .hypervisor_bit = true,
		    .pvm_guest = true,
		    .signature = "KVMKVMKVM" },
		  "vm",
		  "pvm",
		  "kvm_pvm_guest" },
		{ { .flags_known = true, .bios_version = "Bochs" },
		  "emulated",
		  "bochs",
		  "DMI says Bochs" },
		{ { .flags_known = true, .bios_vendor = "The Bochs Project" },
		  "emulated",
		  "bochs",
		  "DMI says The Bochs Project" },
		/* RHEL 6's KVM: Bochs's BIOS in QEMU. */
		{ { .flags_known = true,
		    .hypervisor_bit = true,
		    .signature = "KVMKVMKVM",
		    .sys_vendor = "Bochs" },
		  "vm",
		  "kvm",
		  "KVMKVMKVM" },
		{ { .flags_known = true, .sys_vendor = "QEMU" }, "vm", NULL, "DMI says QEMU" },
		{ { .flags_known = false }, NULL, NULL, "no flags" },
		{ { .flags_known = false, .bios_version = "Bochs" }, "emulated", "bochs", "Bochs" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tb_virt virt;

		print_message("%zu: %s\n", i, cases[i].evidence);
		tb_virt_classify(&cases[i].facts, &virt);
		assert_string_equal(virt.class ? virt.class : "-",
				    cases[i].class ? cases[i].class : "-");
		assert_string_equal(virt.hypervisor ? virt.hypervisor : "-",
				    cases[i].hypervisor ? cases[i].hypervisor : "-");
		assert_non_null(strstr(virt.evidence, cases[i].evidence));
	}
}

/* Without the flag: whatever only a virtual machine has makes it one, or at least no metal. */
static void hidden(void **state)
{
	static const struct {
		struct tb_virt_facts facts;
		const char *class, *hypervisor;
		const char *evidence; /* a part of it */
	} cases[] = {
		{ { .sys_vendor = "VMware, Inc.", .product_name = "VMware7,1" },
		  "vm",
		  "vmware",
		  "DMI" },
		{ { .sys_vendor = "x", .bios_version = "VMW71.00V" }, "vm", "vmware", "VMW71" },
		{ { .sys_vendor = "innotek GmbH" }, "vm", "virtualbox", "innotek" },
		{ { .product_name = "VirtualBox" }, "vm", "virtualbox", "VirtualBox" },
		{ { .sys_vendor = "Oracle Corporation", .product_name = "ORACLE SERVER X5-2" },
		  "metal",
		  NULL,
		  "neither DMI" },
		{ { .sys_vendor = "Xen", .product_name = "HVM domU" }, "vm", "xen", "Xen" },
		{ { .product_name = "Xeon board" }, "metal", NULL, "no DMI" },
		{ { .sys_vendor = "Microsoft Corporation", .product_name = "Virtual Machine" },
		  "vm",
		  "hyperv",
		  "Virtual Machine" },
		{ { .sys_vendor = "Microsoft Corporation", .product_name = "Surface Pro" },
		  "metal",
		  NULL,
		  "neither DMI" },
		{ { .sys_vendor = "Parallels International GmbH." }, "vm", "parallels", "DMI" },
		{ { .bios_vendor = "BHYVE" }, "vm", "bhyve", "BHYVE" },
		{ { .board_vendor = "VMware, Inc." }, "vm", "vmware", "VMware" },
		{ { .sys_vendor = "Red Hat", .product_name = "KVM" }, "vm", "kvm", "KVM" },
		{ { .product_name = "Standard PC (Q35 + ICH9, 2009)" }, "vm", NULL, "Standard PC" },
		{ { .product_name = "OpenStack Nova" }, "vm", NULL, "OpenStack" },
		{ { .sys_vendor = "Amazon EC2", .product_name = "m5.large" }, "vm", NULL, "m5" },
		{ { .sys_vendor = "Amazon EC2", .product_name = "m5.metal" }, "metal", NULL, "" },
		/* Google rents metal too. */
		{ { .sys_vendor = "Google", .product_name = "Google Compute Engine" },
		  NULL,
		  NULL,
		  "Google Compute Engine" },
		{ { .pci_vendor = 0x80ee, .pci_device = 0xbeef }, "vm", "virtualbox", "80ee:beef" },
		{ { .pci_vendor = 0x80ee, .pci_device = 0xcafe }, "vm", "virtualbox", "80ee:cafe" },
		{ { .pci_vendor = 0x15ad, .pci_device = 0x0405 }, "vm", "vmware", "15ad:0405" },
		{ { .pci_vendor = 0x5853, .pci_device = 1 }, "vm", "xen", "5853:0001" },
		{ { .pci_vendor = 0x1414, .pci_device = 0x5353 }, "vm", "hyperv", "1414:5353" },
		{ { .pci_vendor = 0x1ab8, .pci_device = 0x4000 }, "vm", "parallels", "1ab8" },
		{ { .pci_vendor = 0x1b36, .pci_device = 0xd }, "vm", NULL, "QEMU" },
		{ { .pci_vendor = 0x1af4, .pci_device = 0x1041 }, NULL, NULL, "virtio" },
		{ { .pci_vendor = 0x8086, .pci_device = 0x1237 }, "metal", NULL, "" },
		{ { .hypervisor_type = "xen" }, "vm", "xen", "sys/hypervisor/type" },
		{ { .hypervisor_type = "other" }, "vm", NULL, "says other" },
		{ { .proc_xen = true }, "vm", "xen", "proc/xen" },
		{ { .vmbus = true }, "vm", "hyperv", "vmbus" },
		{ { .fw_cfg = true }, "vm", NULL, "qemu_fw_cfg" },
		{ { .clocksource = "kvm-clock" }, "vm", "kvm", "kvm-clock" },
		{ { .clocksource = "hyperv_clocksource" }, "vm", "hyperv", "hyperv_clocksource" },
		{ { .user_mode_linux = true }, "vm", "uml", "User Mode Linux" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tb_virt_facts facts = cases[i].facts;
		struct tb_virt virt;

		print_message("%zu: %s\n", i, cases[i].evidence);
		facts.flags_known = true;
		tb_virt_classify(&facts, &virt);
		assert_string_equal(virt.class ? virt.class : "-",
				    cases[i].class ? cases[i].class : "-");
		assert_string_equal(virt.hypervisor ? virt.hypervisor : "-",
				    cases[i].hypervisor ? cases[i].hypervisor : "-");
		assert_non_null(strstr(virt.evidence, cases[i].evidence));
		/* The missing flag contradicts what proves a hypervisor. */
		assert_int_equal(!!*virt.contradiction[0], virt.class && !strcmp(virt.class, "vm"));
	}
}

/* A name is given only if one hypervisor explains all that is shown. */
static void contradicting_names(void **state)
{
	static const struct {
		struct tb_virt_facts facts;
		const char *hypervisor;
		const char *contradiction; /* a part of the first one, NULL: none */
	} cases[] = {
		{ { .signature = "bhyve bhyve ", .clocksource = "kvm-clock" },
		  NULL,
		  "says bhyve bhyve; the kernel has the clock source kvm-clock" },
		{ { .signature = "bhyve bhyve ", .bios_vendor = "BHYVE" }, "bhyve", NULL },
		/* VirtualBox and Parallels offer KVM's and Hyper-V's interfaces. */
		{ { .signature = "KVMKVMKVM",
		    .clocksource = "kvm-clock",
		    .sys_vendor = "innotek GmbH" },
		  "virtualbox",
		  NULL },
		{ { .signature = "Microsoft Hv", .pci_vendor = 0x1ab8, .pci_device = 0x4000 },
		  "parallels",
		  NULL },
		{ { .signature = "Microsoft Hv",
		    .second_signature = "KVMKVMKVM",
		    .clocksource = "hyperv_clocksource" },
		  "kvm",
		  NULL },
		{ { .signature = "KVMKVMKVM", .pvm_guest = true, .clocksource = "kvm-clock" },
		  "pvm",
		  NULL },
		{ { .signature = "Microsoft Hv", .clocksource = "kvm-clock" }, "kvm", NULL },
		{ { .signature = "XenVMMXenVMM", .sys_vendor = "VMware, Inc." }, NULL, "Xen" },
		{ { .signature = "KVMKVMKVM", .sys_vendor = "QEMU", .fw_cfg = true }, "kvm", NULL },
		{ { .signature = "KVMKVMKVM", .pci_vendor = 0x1af4, .pci_device = 0x1041 },
		  "kvm",
		  NULL },
		{ { .sys_vendor = "Google", .product_name = "Google Compute Engine" },
		  "kvm",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tb_virt_facts facts = cases[i].facts;
		struct tb_virt virt;

		print_message("%zu: %s\n", i, facts.signature);
		facts.flags_known = facts.hypervisor_bit = true;
		tb_virt_classify(&facts, &virt);
		assert_string_equal(virt.class, "vm");
		assert_string_equal(virt.hypervisor ? virt.hypervisor : "-",
				    cases[i].hypervisor ? cases[i].hypervisor : "-");
		if (cases[i].contradiction)
			assert_non_null(strstr(virt.contradiction[0], cases[i].contradiction));
		else
			assert_string_equal(virt.contradiction[0], "");
	}
}

static void classify_root(const struct fakeroot *fake, struct tb_virt_facts *facts,
			  struct tb_virt *virt)
{
	struct tb_cpuinfo info;

	tb_cpuinfo_open(&fake->root, &info);
	tb_virt_facts(&fake->root, &info, facts);
	tb_cpuinfo_close(&info);
	tb_virt_classify(facts, virt);
}

/* The files that tell, each alone in a root whose flags name no hypervisor. */
static void class_from_files(void **state)
{
	static const struct {
		const char *path, *text;
		const char *hypervisor;
	} cases[] = {
		{ "proc/bus/pci/devices",
		  "0008\t1af41045\t0\n0010\t80eebeef\t12\n0020\t80eecafe\t14\n", "virtualbox" },
		{ "sys/bus/pci/devices/0000:00:02.0/device", "0xbeef\n", "virtualbox" },
		{ "sys/class/dmi/id/board_vendor", "VMware, Inc.\n", "vmware" },
		{ "sys/hypervisor/type", "xen\n", "xen" },
		{ "proc/xen/capabilities", "", "xen" },
		{ "sys/bus/vmbus/devices/vmbus_1/", "", "hyperv" },
		{ "sys/devices/system/clocksource/clocksource0/current_clocksource", "kvm-clock\n",
		  "kvm" },
		{ "sys/devices/system/clocksource/clocksource0/available_clocksource",
		  "tsc hyperv_clocksource_tsc_page acpi_pm\n", "hyperv" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fakeroot fake = { .path = "" };
		struct tb_virt_facts facts;
		struct tb_virt virt;

		print_message("%s\n", cases[i].path);
		fakeroot_open(&fake);
		fakeroot_text(&fake, "proc/cpuinfo", "flags\t: fpu\n");
		if (!strncmp(cases[i].path, "sys/bus/pci", 11))
			fakeroot_text(&fake, "sys/bus/pci/devices/0000:00:02.0/vendor", "0x80ee\n");
		classify_root(&fake, &facts, &virt);
		assert_string_equal(virt.class, "metal");
		fakeroot_put(&fake, cases[i].path, cases[i].text, strlen(cases[i].text));
		classify_root(&fake, &facts, &virt);
		assert_string_equal(virt.class, "vm");
		assert_string_equal(virt.hypervisor, cases[i].hypervisor);
		fakeroot_close(&fake);
	}
}

static void facts_of_a_foreign_root(void **state)
{
	struct fakeroot fake = { .path = "" };
	struct tb_virt_facts facts;
	struct tb_cpuinfo info;
	char wide[100];

	(void)state;
	fakeroot_open(&fake);
	fakeroot_text(&fake, "proc/cpuinfo", "flags\t: fpu hypervisor kvm_pvm_guest\n");
	fakeroot_text(&fake, "sys/class/dmi/id/bios_version", "Bochs\n");
	fakeroot_text(&fake, "sys/hypervisor/type", "xen\n");
	memset(wide, 'x', sizeof(wide));
	fakeroot_put(&fake, "sys/class/dmi/id/sys_vendor", wide, sizeof(wide));
	tb_cpuinfo_open(&fake.root, &info);
	tb_virt_facts(&fake.root, &info, &facts);
	tb_cpuinfo_close(&info);
	assert_true(facts.flags_known);
	assert_true(facts.hypervisor_bit);
	assert_true(facts.pvm_guest);
	assert_string_equal(facts.bios_version, "Bochs");
	assert_string_equal(facts.hypervisor_type, "xen");
	assert_int_equal(strlen(facts.sys_vendor), sizeof(facts.sys_vendor) - 1);
	assert_memory_equal(facts.sys_vendor, wide, sizeof(facts.sys_vendor) - 1);
	assert_string_equal(facts.signature, ""); /* this machine's CPUID says nothing of it */
	fakeroot_close(&fake);
}

static void containers(void **state)
{
	static const struct {
		const char *file, *text;
		size_t len;
		const char *name;
	} cases[] = {
		{ "proc/1/cgroup", "0::/init.scope\n", 15, NULL },
		{ "proc/1/cgroup", "3:cpuset:/docker/0123\n", 22, "docker" },
		{ "proc/1/cgroup", "0::/kubepods/besteffort\n", 24, "kubepods" },
		{ "proc/1/environ", "A=1\0container=\0B=2\0", 19, "kubepods" },
		{ "proc/1/environ", "A=1\0Xcontainer=no\0", 18, "kubepods" },
		{ "proc/1/environ", "A=1\0container=systemd-nspawn\0", 29, "systemd-nspawn" },
		{ "proc/1/environ", "container=lxc", 13, "lxc" },
		{ "run/.containerenv", "", 0, "podman" },
		{ ".dockerenv", "", 0, "docker" },
		{ "run/systemd/container", "oci\n", 4, "oci" },
	};
	struct fakeroot fake = { .path = "" };
	char name[64];

	(void)state;
	fakeroot_open(&fake);
	assert_int_equal(tb_virt_container(&fake.root, name, sizeof(name)), -ENOENT);
	/* Every line stands above the ones before it. */
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int rc;

		fakeroot_put(&fake, cases[i].file, cases[i].text, cases[i].len);
		rc = tb_virt_container(&fake.root, name, sizeof(name));
		assert_int_equal(rc, cases[i].name ? 0 : -ENOENT);
		assert_string_equal(name, cases[i].name ? cases[i].name : "");
	}
	fakeroot_close(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),	    cmocka_unit_test(facts_of_a_foreign_root),
		cmocka_unit_test(hidden),	    cmocka_unit_test(contradicting_names),
		cmocka_unit_test(class_from_files), cmocka_unit_test(containers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
