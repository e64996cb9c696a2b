// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether KVM can make machines here, and the reason if it cannot. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guest/vmm.h"
#include "machine/rights.h"

/* The file's mode also stops root without CAP_DAC_OVERRIDE. */
static int refuse_file(const struct tb_sysroot *root, int err, struct tb_refusal *refusal)
{
	struct tb_rights rights;

	tb_rights_read(root, &rights);
	return tb_refusal_set(refusal, err, "no-permission",
			      "cannot open /dev/kvm: its mode forbids it",
			      rights.root ? "chmod 666 /dev/kvm, outside of the container"
					  : "run it as root, or join the group kvm");
}

int vmm_explain_open(const struct tb_sysroot *root, int err, struct tb_refusal *refusal)
{
	switch (-err) {
	case ENOENT:
		return tb_refusal_set(
			refusal, err, "no-kvm", "there is no /dev/kvm",
			"load kvm-intel or kvm-amd; in a virtual machine its host must allow "
			"nesting; in a container: --device /dev/kvm");
	case ENODEV:
	case ENXIO:
		return tb_refusal_set(refusal, err, "no-kvm", "/dev/kvm has no driver",
				      "load kvm-intel or kvm-amd");
	case EACCES:
		return refuse_file(root, err, refusal);
	case EPERM:
		return tb_refusal_set(
			refusal, err, "no-permission",
			"cannot open /dev/kvm: the device rules of the container forbid it",
			"start the container with --device /dev/kvm");
	default:
		tb_refusal_of(root, "open /dev/kvm", err, refusal);
		return err;
	}
}

int vmm_explain_ioctl(const struct tb_sysroot *root, const char *request, int err,
		      struct tb_refusal *refusal)
{
	char name[64];

	if (err == -EBUSY)
		return tb_refusal_set(
			refusal, err, "kvm-busy",
			"KVM cannot switch on the CPU's virtualization: another hypervisor "
			"(VirtualBox, VMware) uses it",
			"end its virtual machines, or unload its modules (vboxdrv, vmmon)");
	snprintf(name, sizeof(name), "ioctl %s on /dev/kvm", request);
	tb_refusal_of(root, name, err, refusal);
	return err;
}

static bool has(int kvm, long capability)
{
	return ioctl(kvm, KVM_CHECK_EXTENSION, capability) > 0;
}

/* A file of another driver returns ENOTTY, or another number than the version. */
static int probe_version(int kvm, struct tb_refusal *refusal)
{
	int version = ioctl(kvm, KVM_GET_API_VERSION, 0), err = version < 0 ? -errno : 0;

	if (version == KVM_API_VERSION)
		return 0;
	if (tb_is_refusal(err))
		return vmm_explain_ioctl(NULL, "KVM_GET_API_VERSION", err, refusal);
	return tb_refusal_set(refusal, -ENODEV, "no-kvm", "/dev/kvm is not KVM's",
			      "see ls -l /dev/kvm");
}

static int probe_machine(int kvm, struct tb_refusal *refusal)
{
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);

	if (vm < 0)
		return vmm_explain_ioctl(NULL, "KVM_CREATE_VM", -errno, refusal);
	close(vm);
	return 0;
}

static int probe_open(int kvm, bool async, struct tb_refusal *refusal)
{
	int err = probe_version(kvm, refusal);

	if (err)
		return err;
	if (!has(kvm, KVM_CAP_IRQCHIP) || !has(kvm, KVM_CAP_IMMEDIATE_EXIT))
		return tb_refusal_set(refusal, -EOPNOTSUPP, "old-kvm",
				      "this KVM has no interrupt controller or no immediate_exit",
				      "use Linux 4.13 or later on x86");
	if (async && (!has(kvm, KVM_CAP_ASYNC_PF) || !has(kvm, KVM_CAP_ASYNC_PF_INT)))
		return tb_refusal_set(refusal, -EOPNOTSUPP, "no-async-pf",
				      "this KVM has no async page faults with an interrupt",
				      "use Linux 5.9 or later with CONFIG_KVM_ASYNC_PF");
	return probe_machine(kvm, refusal);
}

int vmm_probe(bool async, struct tb_refusal *refusal)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), err;

	*refusal = (struct tb_refusal){ .code = "no-kvm" };
	if (kvm < 0)
		return vmm_explain_open(NULL, -errno, refusal);
	err = probe_open(kvm, async, refusal);
	close(kvm);
	return err;
}
