// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/virt.h"

#include <cpuid.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/text.h"

static const struct hypervisor {
	const char *signature;
	const char *name;
	bool emulates;
} hypervisors[] = {
	{ "KVMKVMKVM", "kvm", false },		 { "Linux KVM Hv", "kvm", false },
	{ "TCGTCGTCGTCG", "tcg", true },	 { "XenVMMXenVMM", "xen", false },
	{ "Microsoft Hv", "hyperv", false },	 { "VMwareVMware", "vmware", false },
	{ "VBoxVBoxVBox", "virtualbox", false }, { "prl hyperv  ", "parallels", false },
	{ " lrpepyh vr", "parallels", false },	 { "bhyve bhyve ", "bhyve", false },
	{ "OpenBSDVMM58", "openbsd", false },	 { "ACRNACRNACRN", "acrn", false },
	{ "Jailhouse", "jailhouse", false },	 { "QNXQVMBSQG", "qnx", false },
	{ "SRESRESRESRE", "lmhs", false },	 { "HAXMHAXMHAXM", "haxm", false },
};

/* DMI, for roots where no CPUID can be asked. The first match counts. */
static const struct {
	const char *sys_vendor, *product_name; /* beginnings */
	const char *name;
} boards[] = {
	{ "Microsoft Corporation", "Virtual Machine", "hyperv" },
	{ "VMware", "", "vmware" },
	{ "Xen", "", "xen" },
	{ "innotek GmbH", "", "virtualbox" },
	{ "Parallels", "", "parallels" },
	{ "Google", "Google Compute Engine", "kvm" },
	{ "OpenStack", "", "kvm" },
	{ "", "KVM", "kvm" },
};

static bool starts(const char *text, const char *beginning)
{
	return !strncmp(text, beginning, strlen(beginning));
}

static const struct hypervisor *by_signature(const char *signature)
{
	for (size_t i = 0; i < sizeof(hypervisors) / sizeof(*hypervisors); i++)
		if (!strcmp(signature, hypervisors[i].signature))
			return &hypervisors[i];
	return NULL;
}

static const char *by_board(const struct tb_virt_facts *facts)
{
	for (size_t i = 0; i < sizeof(boards) / sizeof(*boards); i++)
		if (starts(facts->sys_vendor, boards[i].sys_vendor) &&
		    starts(facts->product_name, boards[i].product_name))
			return boards[i].name;
	return starts(facts->hypervisor_type, "xen") ? "xen" : NULL;
}

static bool dmi_names(const struct tb_virt_facts *facts, const char *word)
{
	return strstr(facts->sys_vendor, word) || strstr(facts->product_name, word) ||
	       strstr(facts->bios_vendor, word) || strstr(facts->bios_version, word);
}

static void decide(struct tb_virt *virt, const char *class, const char *hypervisor,
		   const char *evidence)
{
	virt->class = class;
	virt->hypervisor = hypervisor;
	snprintf(virt->evidence, sizeof(virt->evidence), "%s", evidence);
}

/* The hypervisor shows itself, by the bit or by a signature that is in the table. */
static void decide_shown(const struct tb_virt_facts *facts, const struct hypervisor *found,
			 struct tb_virt *virt)
{
	decide(virt, found && found->emulates ? "emulated" : "vm",
	       found ? found->name : by_board(facts), "");
	snprintf(virt->evidence, sizeof(virt->evidence), "%s%s%s%s%s",
		 facts->hypervisor_bit ? "cpuinfo has the flag hypervisor"
				       : "cpuinfo has no flag hypervisor",
		 *facts->signature ? "; CPUID leaf 0x40000000 says " : "", facts->signature,
		 *facts->behind ? "; leaf 0x40000100 says " : "", facts->behind);
}

/*
 * Bochs has neither the bit nor the leaf, so only its BIOS tells. With the bit the
 * same name means nothing: old QEMUs used Bochs's BIOS, on KVM too.
 */
static void decide_unshown(const struct tb_virt_facts *facts, struct tb_virt *virt)
{
	if (dmi_names(facts, "Bochs"))
		decide(virt, "emulated", "bochs",
		       "DMI names Bochs, and cpuinfo has no flag hypervisor");
	else if (dmi_names(facts, "QEMU"))
		decide(virt, "vm", NULL, "DMI names QEMU, which hides the hypervisor bit");
	else if (!facts->flags_known)
		decide(virt, NULL, NULL, "proc/cpuinfo shows no flags");
	else if (*facts->sys_vendor || *facts->bios_vendor)
		decide(virt, "metal", NULL,
		       "cpuinfo has no flag hypervisor, and DMI names no emulator");
	else
		decide(virt, "metal", NULL,
		       "cpuinfo has no flag hypervisor; there is no DMI that could name an emulator");
}

void tb_virt_classify(const struct tb_virt_facts *facts, struct tb_virt *virt)
{
	const struct hypervisor *found = by_signature(facts->behind);

	if (!found)
		found = by_signature(facts->signature);
	if (facts->pvm_guest)
		decide(virt, "vm", "pvm", "cpuinfo has the flag kvm_pvm_guest");
	else if (found || facts->hypervisor_bit)
		decide_shown(facts, found, virt);
	else
		decide_unshown(facts, virt);
}

static void read_signature(unsigned int leaf, char signature[TB_VIRT_SIGNATURE + 1])
{
	unsigned int eax, regs[3];

	__cpuid(leaf, eax, regs[0], regs[1], regs[2]);
	memcpy(signature, regs, TB_VIRT_SIGNATURE);
	signature[TB_VIRT_SIGNATURE] = '\0';
	for (char *c = signature; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
}

static void read_cpuid(struct tb_virt_facts *facts)
{
	read_signature(0x40000000, facts->signature);
	if (!strcmp(facts->signature, "Microsoft Hv"))
		read_signature(0x40000100, facts->behind);
	/* Hyper-V itself has nothing there. */
	if (!by_signature(facts->behind))
		facts->behind[0] = '\0';
	/* Without a hypervisor the leaf answers with some basic leaf's data. */
	if (!facts->hypervisor_bit && !by_signature(facts->signature))
		facts->signature[0] = '\0';
}

void tb_virt_facts(const struct tb_sysroot *root, const struct tb_cpuinfo *info,
		   struct tb_virt_facts *facts)
{
	static const struct {
		const char *path;
		size_t offset;
	} texts[] = {
		{ "sys/class/dmi/id/sys_vendor", offsetof(struct tb_virt_facts, sys_vendor) },
		{ "sys/class/dmi/id/product_name", offsetof(struct tb_virt_facts, product_name) },
		{ "sys/class/dmi/id/bios_vendor", offsetof(struct tb_virt_facts, bios_vendor) },
		{ "sys/class/dmi/id/bios_version", offsetof(struct tb_virt_facts, bios_version) },
		{ "sys/hypervisor/type", offsetof(struct tb_virt_facts, hypervisor_type) },
	};

	memset(facts, 0, sizeof(*facts));
	facts->flags_known = tb_cpuinfo_get(info, "flags");
	facts->hypervisor_bit = tb_cpuinfo_flag(info, "hypervisor");
	facts->pvm_guest = tb_cpuinfo_flag(info, "kvm_pvm_guest");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		tb_sysroot_text(root, (char *)facts + texts[i].offset, sizeof(facts->sys_vendor),
				"%s", texts[i].path);
	if (root->real)
		read_cpuid(facts);
}

/* "container=lxc" among the strings of init's environment, which root alone may read. */
static bool named_by_init(const struct tb_sysroot *root, char *name, size_t size)
{
	static const char key[] = "container=";
	char *text;
	size_t len;
	bool found = false;

	if (tb_sysroot_slurp(root, TB_SYSROOT_TEXT_MAX, &text, &len, "proc/1/environ"))
		return false;
	for (size_t at = 0; at < len && !found; at += strlen(text + at) + 1) {
		found = starts(text + at, key) && text[at + strlen(key)];
		if (found)
			snprintf(name, size, "%s", text + at + strlen(key));
	}
	free(text);
	return found;
}

static bool named_by_cgroup(const struct tb_sysroot *root, char *name, size_t size)
{
	static const char *const managers[] = { "kubepods", "docker", "libpod", "lxc" };
	char text[4096], word[16];

	if (tb_sysroot_text(root, text, sizeof(text), "proc/1/cgroup") <= 0)
		return false;
	for (size_t i = 0; i < sizeof(managers) / sizeof(*managers); i++) {
		snprintf(word, sizeof(word), "/%s", managers[i]);
		if (strstr(text, word)) {
			snprintf(name, size, "%s", managers[i]);
			return true;
		}
	}
	return false;
}

static bool named_by_file(const struct tb_sysroot *root, char *name, size_t size)
{
	bool docker = tb_sysroot_has(root, ".dockerenv");

	if (!docker && !tb_sysroot_has(root, "run/.containerenv"))
		return false;
	snprintf(name, size, "%s", docker ? "docker" : "podman");
	return true;
}

int tb_virt_container(const struct tb_sysroot *root, char *name, size_t size)
{
	/* systemd collects what its container manager told it. */
	if (tb_sysroot_text(root, name, size, "run/systemd/container") > 0 ||
	    named_by_file(root, name, size) || named_by_init(root, name, size) ||
	    named_by_cgroup(root, name, size))
		return 0;
	*name = '\0';
	return -ENOENT;
}
