// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): nftw
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "record/cmdline.h"
#include "record/uarch.h"
#include "record/virt.h"

static void classes(void **state)
{
	static const struct {
		struct tb_virt_facts facts;
		const char *class, *hypervisor, *evidence; /* a part of it */
	} cases[] = {
		{ { .flags_known = true, .sys_vendor = "Dell Inc.", .bios_version = "2.19" },
		  "metal",
		  NULL,
		  "DMI names no emulator" },
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
		    .behind = "KVMKVMKVM" },
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
		  "DMI names Bochs" },
		{ { .flags_known = true, .bios_vendor = "The Bochs Project" },
		  "emulated",
		  "bochs",
		  "DMI names Bochs" },
		/* RHEL 6's KVM: Bochs's BIOS in QEMU. */
		{ { .flags_known = true,
		    .hypervisor_bit = true,
		    .signature = "KVMKVMKVM",
		    .sys_vendor = "Bochs" },
		  "vm",
		  "kvm",
		  "KVMKVMKVM" },
		{ { .flags_known = true, .sys_vendor = "QEMU" }, "vm", NULL, "hides" },
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
	assert_string_equal(facts.sys_vendor, "");
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

static void uarchs(void **state)
{
	static const struct {
		const char *vendor;
		long family, model, stepping;
		const char *name;
	} cases[] = {
		{ "GenuineIntel", 6, 207, 2, "Emerald Rapids" },
		{ "GenuineIntel", 6, 143, 8, "Sapphire Rapids" },
		{ "GenuineIntel", 6, 106, 6, "Ice Lake-SP" },
		{ "GenuineIntel", 6, 108, 1, "Ice Lake-SP" },
		{ "GenuineIntel", 6, 85, 4, "Skylake-SP" },
		{ "GenuineIntel", 6, 85, 5, "Cascade Lake" },
		{ "GenuineIntel", 6, 85, 7, "Cascade Lake" },
		{ "GenuineIntel", 6, 85, 10, "Cooper Lake" },
		{ "GenuineIntel", 6, 85, 11, "Cooper Lake" },
		{ "GenuineIntel", 6, 85, 9, "Skylake-SP family" },
		{ "GenuineIntel", 6, 85, -1, "Skylake-SP family" },
		{ "GenuineIntel", 6, 173, 1, "Granite Rapids" },
		{ "GenuineIntel", 6, 175, 3, "Sierra Forest" },
		{ "GenuineIntel", 6, 94, 3, "Skylake" },
		{ "GenuineIntel", 6, 158, 9, "Kaby Lake" },
		{ "GenuineIntel", 6, 158, 13, "Coffee Lake" },
		{ "GenuineIntel", 6, 140, 1, "Tiger Lake" },
		{ "GenuineIntel", 6, 154, 3, "Alder Lake" },
		{ "GenuineIntel", 6, 183, 1, "Raptor Lake" },
		{ "GenuineIntel", 6, 170, 4, "Meteor Lake" },
		{ "GenuineIntel", 6, 198, 2, "Arrow Lake" },
		{ "GenuineIntel", 6, 189, 1, "Lunar Lake" },
		{ "GenuineIntel", 19, 1, 0, "Diamond Rapids" },
		{ "GenuineIntel", 6, 0xfe, 0, NULL },
		{ "GenuineIntel", 15, 6, 5, NULL },
		{ "AuthenticAMD", 0x17, 0x01, 2, "Zen" },
		{ "AuthenticAMD", 0x17, 0x08, 2, "Zen+" },
		{ "AuthenticAMD", 0x17, 0x31, 0, "Zen 2" },
		{ "AuthenticAMD", 0x17, 0x71, 0, "Zen 2" },
		{ "AuthenticAMD", 0x19, 0x01, 1, "Zen 3" },
		{ "AuthenticAMD", 0x19, 0x21, 0, "Zen 3" },
		{ "AuthenticAMD", 0x19, 0x11, 1, "Zen 4" },
		{ "AuthenticAMD", 0x19, 0x61, 2, "Zen 4" },
		{ "AuthenticAMD", 0x19, 0xa0, 2, "Zen 4" },
		{ "AuthenticAMD", 0x1a, 0x02, 1, "Zen 5" },
		{ "AuthenticAMD", 0x1a, 0x44, 0, "Zen 5" },
		{ "AuthenticAMD", 0x1a, 0xff, 0, NULL },
		{ "AuthenticAMD", 6, 207, 2, NULL }, /* Intel's numbers */
		{ "HygonGenuine", 0x18, 1, 1, "Dhyana" },
		{ "CentaurHauls", 6, 15, 1, NULL },
		{ "Genuine", 6, 207, 2, NULL },
		{ NULL, 6, 207, 2, NULL },
		{ "GenuineIntel", -1, -1, -1, NULL },
		{ "GenuineIntel", 6 + 0x10000L, 207, 2, NULL }, /* not cut to 16 bits */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *name = tb_uarch(cases[i].vendor, cases[i].family, cases[i].model,
					    cases[i].stepping);

		print_message("%s %ld %ld %ld\n", cases[i].vendor ? cases[i].vendor : "-",
			      cases[i].family, cases[i].model, cases[i].stepping);
		assert_string_equal(name ? name : "-", cases[i].name ? cases[i].name : "-");
	}
}

static void redaction(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ " \t ", "" },
		{ "quiet ro  rw", "quiet ro rw" },
		{ "mitigations=off token=abc", "mitigations=off token=***" },
		{ "hunter2", "***" },
		{ "token=", "token=***" },
		{ "=abc", "***" },
		{ "ssh:key=abc", "***" },
		{ "kvm-intel.nested=1 kvm.halt_poll_ns=0",
		  "kvm-intel.nested=1 kvm.halt_poll_ns=0" },
		{ "tsx=off tsx_async_abort=full", "tsx=off tsx_async_abort=full" },
		{ "hugepages=4 hugepagesz=1G", "hugepages=4 hugepagesz=1G" },
		{ "intel_idle.max_cstate=1 processor.max_cstate=1",
		  "intel_idle.max_cstate=1 processor.max_cstate=1" },
		{ "l1d_flush=on clearcpuid=arch_capabilities",
		  "l1d_flush=on clearcpuid=arch_capabilities" },
		{ "quietly=1 notquiet", "quietly=*** ***" },
		{ "a=\"x quiet y\" ro", "a=*** ro" },
		{ "a=\"never closed quiet", "a=***" },
		{ "\"quiet\"", "***" },
		{ "isolcpus=\"1, 2\"", "isolcpus=\"1, 2\"" },
		{ "ro -- quiet mitigations=off", "ro -- *** ***" },
		{ "quiet\x01=\xff", "***" },
	};
	char wide[3001];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *json = tb_cmdline_redact(cases[i].text, strlen(cases[i].text));

		assert_string_equal(json_string_value(json), cases[i].want);
		json_decref(json);
	}
	/* The shortest words need the most room. */
	for (size_t i = 0; i < sizeof(wide) - 1; i++)
		wide[i] = i % 2 ? ' ' : 'x';
	wide[sizeof(wide) - 1] = '\0';
	json_decref(tb_cmdline_redact(wide, sizeof(wide) - 1));
	memset(wide, 'x', sizeof(wide) - 1);
	wide[2000] = '=';
	json_decref(tb_cmdline_redact(wide, sizeof(wide) - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),    cmocka_unit_test(facts_of_a_foreign_root),
		cmocka_unit_test(containers), cmocka_unit_test(uarchs),
		cmocka_unit_test(redaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
