// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/virt.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct hypervisor {
	const char *signature;
	const char *name;
} hypervisors[] = {
	{ "KVMKVMKVM", "kvm" },		  { "Linux KVM Hv", "kvm" },
	{ "TCGTCGTCGTCG", "tcg" },	  { "XenVMMXenVMM", "xen" },
	{ "Microsoft Hv", "hyperv" },	  { "VMwareVMware", "vmware" },
	{ "VBoxVBoxVBox", "virtualbox" }, { "prl hyperv  ", "parallels" },
	{ " lrpepyh vr", "parallels" },	  { "bhyve bhyve ", "bhyve" },
	{ "OpenBSDVMM58", "openbsd" },	  { "ACRNACRNACRN", "acrn" },
	{ "Jailhouse", "jailhouse" },	  { "QNXQVMBSQG", "qnx" },
	{ "SRESRESRESRE", "lmhs" },	  { "HAXMHAXMHAXM", "haxm" },
};

/*
 * Words that begin a DMI text, in whichever field. systemd's detect-virt knows the same.
 * Oracle Corporation is missing for a reason: its servers are metal.
 */
static const struct {
	const char *word, *name; /* name NULL: several hypervisors show it */
} dmi_words[] = {
	{ "VMware", "vmware" },
	{ "VMW", "vmware" },
	{ "innotek GmbH", "virtualbox" },
	{ "VirtualBox", "virtualbox" },
	{ "Xen", "xen" },
	{ "Parallels", "parallels" },
	{ "BHYVE", "bhyve" },
	{ "Hyper-V", "hyperv" },
	{ "Apple Virtualization", "apple" },
	{ "KVM", "kvm" },
	{ "KubeVirt", "kvm" },
	{ "RHEV Hypervisor", "kvm" },
	{ "OpenStack", NULL },
	{ "QEMU", NULL },
	{ "Standard PC (", NULL }, /* QEMU's i440FX and Q35 */
};

/* Vendors who make hardware too: vendor and product tell together. */
static const struct {
	const char *sys_vendor, *product_name; /* beginnings */
	const char *name;
	bool doubtful; /* machines without a hypervisor may show the same */
} boards[] = {
	{ "Microsoft Corporation", "Virtual Machine", "hyperv", false },
	{ "Nutanix", "AHV", "kvm", false },
	{ "Google", "Google Compute Engine", "kvm", true },
	{ "Amazon EC2", "", NULL, false },
};

/* What tells most stands first. Device 0: all of the vendor's, who makes no hardware. */
static const struct pci_id {
	unsigned int vendor, device;
	const char *name, *what;
	bool doubtful;
} pci_ids[] = {
	{ 0x80ee, 0, "virtualbox", "VirtualBox", false },
	{ 0x15ad, 0, "vmware", "VMware", false },
	{ 0x5853, 0, "xen", "Xen", false },
	{ 0x1ab8, 0, "parallels", "Parallels", false },
	{ 0x1414, 0x5353, "hyperv", "Hyper-V", false },
	{ 0x1b36, 0, NULL, "QEMU", false },
	{ 0x1234, 0x1111, NULL, "QEMU or Bochs", false },
	/* Network cards of some clouds' metal machines speak virtio as well. */
	{ 0x1af4, 0, NULL, "virtio", true },
};

/* One thing that a hypervisor shows. */
struct clue {
	const char *name; /* of the hypervisor; NULL: several show it */
	bool doubtful;	  /* metal may show it too: it proves nothing */
	char text[100];
};

struct clues {
	struct clue at[16];
	size_t n;
};

static void add_clue(struct clues *clues, const char *name, bool doubtful, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void add_clue(struct clues *clues, const char *name, bool doubtful, const char *fmt, ...)
{
	struct clue *clue = &clues->at[clues->n];
	va_list args;

	if (clues->n == COUNT(clues->at))
		return;
	clue->name = name;
	clue->doubtful = doubtful;
	va_start(args, fmt);
	vsnprintf(clue->text, sizeof(clue->text), fmt, args);
	va_end(args);
	clues->n++;
}

static bool starts(const char *text, const char *beginning)
{
	return !strncmp(text, beginning, strlen(beginning));
}

/* Without the blanks that fill a signature up: "bhyve bhyve ". */
static int trimmed(const char *text)
{
	int len = (int)strlen(text);

	while (len && text[len - 1] == ' ')
		len--;
	return len;
}

static const char *by_signature(const char *signature)
{
	for (size_t i = 0; i < COUNT(hypervisors); i++)
		if (!strcmp(signature, hypervisors[i].signature))
			return hypervisors[i].name;
	return NULL;
}

bool tb_virt_signature_known(const char *signature)
{
	return by_signature(signature);
}

static const struct pci_id *pci_id(unsigned int vendor, unsigned int device)
{
	for (size_t i = 0; i < COUNT(pci_ids); i++)
		if (pci_ids[i].vendor == vendor &&
		    (!pci_ids[i].device || pci_ids[i].device == device))
			return &pci_ids[i];
	return NULL;
}

void tb_virt_pci(struct tb_virt_facts *facts, unsigned int vendor, unsigned int device)
{
	const struct pci_id *before = pci_id(facts->pci_vendor, facts->pci_device);
	const struct pci_id *id = pci_id(vendor, device);

	if (!id || (before && before <= id))
		return;
	facts->pci_vendor = vendor;
	facts->pci_device = device;
}

/*
 * Bochs has neither the bit nor the leaf, so only its BIOS tells. With one of them the
 * same name means nothing: old QEMUs used Bochs's BIOS, on KVM too.
 */
static void add_bochs(struct clues *clues, const struct tb_virt_facts *facts)
{
	const char *const fields[] = { facts->sys_vendor, facts->product_name, facts->bios_vendor,
				       facts->bios_version };

	if (facts->hypervisor_bit || *facts->signature)
		return;
	for (size_t i = 0; i < COUNT(fields); i++) {
		if (!strstr(fields[i], "Bochs"))
			continue;
		add_clue(clues, "bochs", false, "DMI says %s", fields[i]);
		return;
	}
}

static void add_dmi(struct clues *clues, const struct tb_virt_facts *facts)
{
	const char *const fields[] = { facts->sys_vendor, facts->product_name, facts->board_vendor,
				       facts->bios_vendor, facts->bios_version };

	add_bochs(clues, facts);
	for (size_t w = 0; w < COUNT(dmi_words); w++)
		for (size_t i = 0; i < COUNT(fields); i++) {
			if (!starts(fields[i], dmi_words[w].word))
				continue;
			add_clue(clues, dmi_words[w].name, false, "DMI says %s", fields[i]);
			return;
		}
	for (size_t i = 0; i < COUNT(boards); i++)
		/* Amazon's metal says so: "c5.metal". */
		if (starts(facts->sys_vendor, boards[i].sys_vendor) &&
		    starts(facts->product_name, boards[i].product_name) &&
		    !strstr(facts->product_name, ".metal"))
			add_clue(clues, boards[i].name, boards[i].doubtful, "DMI says %s, %s",
				 facts->sys_vendor, facts->product_name);
}

static void add_devices(struct clues *clues, const struct tb_virt_facts *facts)
{
	const struct pci_id *pci = pci_id(facts->pci_vendor, facts->pci_device);
	const char *clock = facts->clocksource;

	if (pci)
		add_clue(clues, pci->name, pci->doubtful, "PCI device %04x:%04x is %s's",
			 facts->pci_vendor, facts->pci_device, pci->what);
	if (*clock)
		add_clue(clues,
			 starts(clock, "kvm")	   ? "kvm"
			 : starts(clock, "hyperv") ? "hyperv"
						   : "xen",
			 false, "the kernel has the clock source %s", clock);
	if (*facts->hypervisor_type)
		add_clue(clues, starts(facts->hypervisor_type, "xen") ? "xen" : NULL, false,
			 "sys/hypervisor/type says %s", facts->hypervisor_type);
	if (facts->proc_xen)
		add_clue(clues, "xen", false, "proc/xen is there");
	if (facts->vmbus)
		add_clue(clues, "hyperv", false, "sys/bus/vmbus has devices");
	if (facts->fw_cfg)
		add_clue(clues, NULL, false, "sys/firmware/qemu_fw_cfg is there");
}

static void find_clues(struct clues *clues, const struct tb_virt_facts *facts)
{
	clues->n = 0;
	if (*facts->signature)
		add_clue(clues, by_signature(facts->signature), false,
			 "CPUID leaf 0x40000000 says %.*s", trimmed(facts->signature),
			 facts->signature);
	if (*facts->second_signature)
		add_clue(clues, by_signature(facts->second_signature), false,
			 "leaf 0x40000100 says %.*s", trimmed(facts->second_signature),
			 facts->second_signature);
	if (facts->pvm_guest)
		add_clue(clues, "pvm", false, "cpuinfo has the flag kvm_pvm_guest");
	if (facts->user_mode_linux)
		add_clue(clues, "uml", false, "cpuinfo says User Mode Linux");
	add_dmi(clues, facts);
	add_devices(clues, facts);
}

/* Whether a machine on `real` may show what `shown` shows: some offer another one's interface. */
static bool may_show(const char *real, const char *shown)
{
	static const struct {
		const char *real, *shown;
	} imitations[] = {
		{ "kvm", "hyperv" },	   { "xen", "hyperv" },	    { "pvm", "kvm" },
		{ "pvm", "hyperv" },	   { "virtualbox", "kvm" }, { "virtualbox", "hyperv" },
		{ "parallels", "hyperv" }, { "parallels", "kvm" },
	};

	if (!strcmp(real, shown))
		return true;
	for (size_t i = 0; i < COUNT(imitations); i++)
		if (!strcmp(real, imitations[i].real) && !strcmp(shown, imitations[i].shown))
			return true;
	return false;
}

/* The one hypervisor that explains all clues; NULL: none does, or none is named. */
static const char *explanation(const struct clues *clues)
{
	for (size_t i = 0; i < clues->n; i++) {
		const char *name = clues->at[i].name;
		bool all = name;

		for (size_t k = 0; all && k < clues->n; k++)
			all = !clues->at[k].name || may_show(name, clues->at[k].name);
		if (all)
			return name;
	}
	return NULL;
}

/* Appends the texts of clues: of all, of those that name a hypervisor, or of those that prove one. */
enum joined { ALL, NAMED, CERTAIN };

static void join(char *out, size_t size, const struct clues *clues, enum joined which)
{
	size_t used = strlen(out);

	for (size_t i = 0; i < clues->n && used < size; i++) {
		const struct clue *clue = &clues->at[i];

		if ((which == NAMED && !clue->name) || (which == CERTAIN && clue->doubtful))
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "; " : "",
					 clue->text);
	}
}

static void find_contradictions(const struct tb_virt_facts *facts, const struct clues *clues,
				size_t certain, struct tb_virt *virt)
{
	char *text = virt->contradiction[0];
	bool named = false;

	for (size_t i = 0; i < clues->n; i++)
		named = named || clues->at[i].name;
	if (named && virt->class && !virt->hypervisor) {
		join(text, sizeof(virt->contradiction[0]), clues, NAMED);
		text = virt->contradiction[1];
	}
	/* Bochs itself has no such flag. */
	if (facts->flags_known && !facts->hypervisor_bit && certain &&
	    (!virt->hypervisor || strcmp(virt->hypervisor, "bochs") != 0)) {
		snprintf(text, sizeof(virt->contradiction[0]), "cpuinfo has no flag hypervisor");
		join(text, sizeof(virt->contradiction[0]), clues, CERTAIN);
	}
}

static const char *class_of(const struct tb_virt_facts *facts, const struct clues *clues,
			    size_t certain, const char *hypervisor)
{
	if (!facts->hypervisor_bit && !certain)
		return facts->flags_known && !clues->n ? "metal" : NULL;
	return hypervisor && (!strcmp(hypervisor, "tcg") || !strcmp(hypervisor, "bochs"))
		       ? "emulated"
		       : "vm";
}

void tb_virt_classify(const struct tb_virt_facts *facts, struct tb_virt *virt)
{
	struct clues clues;
	size_t certain = 0;

	memset(virt, 0, sizeof(*virt));
	find_clues(&clues, facts);
	for (size_t i = 0; i < clues.n; i++)
		certain += !clues.at[i].doubtful;
	if (certain || facts->hypervisor_bit)
		virt->hypervisor = explanation(&clues);
	virt->class = class_of(facts, &clues, certain, virt->hypervisor);
	find_contradictions(facts, &clues, certain, virt);
	snprintf(virt->evidence, sizeof(virt->evidence), "%s",
		 !facts->flags_known	 ? "proc/cpuinfo shows no flags"
		 : facts->hypervisor_bit ? "cpuinfo has the flag hypervisor"
					 : "cpuinfo has no flag hypervisor");
	join(virt->evidence, sizeof(virt->evidence), &clues, ALL);
	if (clues.n || facts->hypervisor_bit || !facts->flags_known)
		return;
	snprintf(virt->evidence, sizeof(virt->evidence), "cpuinfo has no flag hypervisor, and %s",
		 *facts->sys_vendor || *facts->bios_vendor
			 ? "neither DMI nor devices nor clock sources name one"
			 : "devices and clock sources name none; there is no DMI");
}
