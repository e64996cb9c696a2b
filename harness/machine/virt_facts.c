// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the facts that virt.c judges, and the container's name. */
#include <cpuid.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/virt.h"

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
		read_signature(0x40000100, facts->second_signature);
	/* Hyper-V itself has nothing there. */
	if (!tb_virt_signature_known(facts->second_signature))
		facts->second_signature[0] = '\0';
	/* Without a hypervisor the leaf answers with some basic leaf's data. */
	if (!facts->hypervisor_bit && !tb_virt_signature_known(facts->signature))
		facts->signature[0] = '\0';
}

/* "80eebeef" of proc/bus/pci/devices; of the devices the one that tells most. */
static void read_pci_list(const struct tb_sysroot *root, struct tb_virt_facts *facts)
{
	char *text, *rest, *line;
	size_t len;

	if (tb_sysroot_slurp(root, TB_SYSROOT_FILE_MAX, &text, &len, "proc/bus/pci/devices"))
		return;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		unsigned int vendor, device;

		if (sscanf(line, "%*4x\t%4x%4x", &vendor, &device) == 2)
			tb_virt_pci(facts, vendor, device);
	}
	free(text);
}

static void read_pci(const struct tb_sysroot *root, struct tb_virt_facts *facts)
{
	char **names, vendor[16], device[16];
	size_t count;

	/* proc has the same devices, but not in each kernel. */
	if (tb_sysroot_names(root, &names, &count, "sys/bus/pci/devices") || !count) {
		read_pci_list(root, facts);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (tb_sysroot_text(root, vendor, sizeof(vendor), "sys/bus/pci/devices/%s/vendor",
				    names[i]) > 0 &&
		    tb_sysroot_text(root, device, sizeof(device), "sys/bus/pci/devices/%s/device",
				    names[i]) > 0)
			tb_virt_pci(facts, (unsigned int)strtoul(vendor, NULL, 16),
				    (unsigned int)strtoul(device, NULL, 16));
	tb_sysroot_names_free(names, count);
}

/* The kernel registers a hypervisor's clock source only after it found that hypervisor. */
static void read_clocksource(const struct tb_sysroot *root, struct tb_virt_facts *facts)
{
	static const char *const clocks[] = { "kvm-clock", "hyperv_clocksource", "xen" };
	char text[256];

	if (tb_sysroot_text(root, text, sizeof(text),
			    "sys/devices/system/clocksource/clocksource0/available_clocksource") <=
		    0 &&
	    tb_sysroot_text(root, text, sizeof(text),
			    "sys/devices/system/clocksource/clocksource0/current_clocksource") <= 0)
		return;
	for (size_t i = 0; i < sizeof(clocks) / sizeof(*clocks); i++)
		if (strstr(text, clocks[i]))
			snprintf(facts->clocksource, sizeof(facts->clocksource), "%s", clocks[i]);
}

static bool has_vmbus(const struct tb_sysroot *root)
{
	char **names;
	size_t count;

	if (tb_sysroot_names(root, &names, &count, "sys/bus/vmbus/devices"))
		return false;
	tb_sysroot_names_free(names, count);
	return count > 0;
}

/* The beginning of the file's line: what matters stands there, and a board's name may be long. */
static void read_text(const struct tb_sysroot *root, const char *path, char *out, size_t size)
{
	char *text;
	size_t len;

	if (tb_sysroot_slurp(root, size - 1, &text, &len, "%s", path))
		return;
	snprintf(out, size, "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
}

void tb_virt_facts(const struct tb_sysroot *root, const struct tb_cpuinfo *info,
		   struct tb_virt_facts *facts)
{
#define DMI(name)                                                               \
	{                                                                       \
		"sys/class/dmi/id/" #name, offsetof(struct tb_virt_facts, name) \
	}
	static const struct {
		const char *path;
		size_t offset;
	} texts[] = {
		DMI(sys_vendor),
		DMI(product_name),
		DMI(board_vendor),
		DMI(bios_vendor),
		DMI(bios_version),
		{ "sys/hypervisor/type", offsetof(struct tb_virt_facts, hypervisor_type) },
	};
#undef DMI
	const char *vendor = tb_cpuinfo_get(info, "vendor_id");

	memset(facts, 0, sizeof(*facts));
	facts->flags_known = tb_cpuinfo_get(info, "flags");
	facts->hypervisor_bit = tb_cpuinfo_flag(info, "hypervisor");
	facts->pvm_guest = tb_cpuinfo_flag(info, "kvm_pvm_guest");
	facts->user_mode_linux = vendor && !strcmp(vendor, "User Mode Linux");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		read_text(root, texts[i].path, (char *)facts + texts[i].offset,
			  sizeof(facts->sys_vendor));
	read_pci(root, facts);
	read_clocksource(root, facts);
	facts->vmbus = has_vmbus(root);
	facts->proc_xen = tb_sysroot_has(root, "proc/xen");
	facts->fw_cfg = tb_sysroot_has(root, "sys/firmware/qemu_fw_cfg");
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
		found = !strncmp(text + at, key, strlen(key)) && text[at + strlen(key)];
		if (found)
			snprintf(name, size, "%s", text + at + strlen(key));
	}
	free(text);
	return found;
}

static bool named_by_cgroup(const struct tb_sysroot *root, char *name, size_t size)
{
	static const char *const managers[] = { "kubepods", "docker", "libpod", "lxc" };
	char *text, word[16];
	bool found = false;
	size_t len;

	if (tb_sysroot_slurp(root, TB_SYSROOT_TEXT_MAX, &text, &len, "proc/1/cgroup"))
		return false;
	for (size_t i = 0; i < sizeof(managers) / sizeof(*managers) && !found; i++) {
		snprintf(word, sizeof(word), "/%s", managers[i]);
		found = strstr(text, word);
		if (found)
			snprintf(name, size, "%s", managers[i]);
	}
	free(text);
	return found;
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
