// SPDX-License-Identifier: GPL-2.0-or-later
/* /dev/tollbooth: who may open it, and which operations there are. */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include <asm/tsc.h>

#include "tollbooth.h"

static int tb_info(struct tb_open *open, void *arg)
{
	struct tb_info *info = arg;
	u32 count;

	if (memchr_inv(info->reserved, 0, sizeof(info->reserved)))
		return -EINVAL;
	info->abi = TB_ABI;
	info->loops = tb_flush_loops_here();
	info->tsc_khz = tsc_khz;
	info->caps = open->apf ? TB_CAP_APF : 0;
	if (boot_cpu_has(X86_FEATURE_HYPERVISOR))
		info->caps |= TB_CAP_HYPERVISOR;
	if (tb_flush_smi_count(&count))
		info->caps |= TB_CAP_SMI_COUNT;
	if (tb_pmu_readable())
		info->caps |= TB_CAP_RDPMC;
	return 0;
}

union tb_argument {
	u32 size; /* the first field of each */
	struct tb_info info;
	struct tb_flush_setup flush_setup;
	struct tb_shot shot;
	struct tb_pmu_setup pmu_setup;
	struct tb_apf_wait apf_wait;
	struct tb_apf_wake apf_wake;
	struct tb_apf_stat apf_stat;
};

static const struct tb_operation {
	unsigned int bytes;
	int (*run)(struct tb_open *open, void *arg);
} tb_operations[] = {
	[_IOC_NR(TB_IOC_INFO)] = { sizeof(struct tb_info), tb_info },
	[_IOC_NR(TB_IOC_FLUSH_SETUP)] = { sizeof(struct tb_flush_setup), tb_flush_setup },
	[_IOC_NR(TB_IOC_FLUSH_SHOT)] = { sizeof(struct tb_shot), tb_flush_shot },
	[_IOC_NR(TB_IOC_PMU_SETUP)] = { sizeof(struct tb_pmu_setup), tb_pmu_setup },
	[_IOC_NR(TB_IOC_APF_WAIT)] = { sizeof(struct tb_apf_wait), tb_apf_wait },
	[_IOC_NR(TB_IOC_APF_WAKE)] = { sizeof(struct tb_apf_wake), tb_apf_wake },
	[_IOC_NR(TB_IOC_APF_STAT)] = { sizeof(struct tb_apf_stat), tb_apf_stat },
};

static long tb_ioctl(struct file *file, unsigned int cmd, unsigned long address)
{
	void __user *user = (void __user *)address;
	unsigned int nr = _IOC_NR(cmd);
	const struct tb_operation *op;
	union tb_argument arg;
	u32 size;
	int err;

	if (nr >= ARRAY_SIZE(tb_operations) || cmd != _IO(_IOC_TYPE(TB_IOC_INFO), nr))
		return -ENOTTY;
	op = &tb_operations[array_index_nospec(nr, ARRAY_SIZE(tb_operations))];
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < op->bytes)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	memset(&arg, 0, sizeof(arg));
	err = copy_struct_from_user(&arg, op->bytes, user, size);
	if (err)
		return err;
	/* It may have been another by the second read. */
	arg.size = size;
	err = op->run(file->private_data, &arg);
	if (err)
		return err;
	return copy_to_user(user, &arg, op->bytes) ? -EFAULT : 0;
}

static int tb_open(struct inode *inode, struct file *file)
{
	struct tb_open *open;

	/* The mode says root; what is measured here is every process's neighbour. */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	open = kzalloc(sizeof(*open), GFP_KERNEL_ACCOUNT);
	if (!open)
		return -ENOMEM;
	mutex_init(&open->lock);
	open->apf = tb_apf_create();
	if (!open->apf && !IS_ENABLED(CONFIG_PREEMPT_RT)) {
		kfree(open);
		return -ENOMEM;
	}
	file->private_data = open;
	return 0;
}

static int tb_release(struct inode *inode, struct file *file)
{
	struct tb_open *open = file->private_data;

	tb_pmu_close(&open->pmu);
	tb_flush_free(open->flush);
	tb_apf_free(open->apf);
	mutex_destroy(&open->lock);
	kfree(open);
	return 0;
}

static const struct file_operations tb_operations_of_file = {
	.owner = THIS_MODULE,
	.open = tb_open,
	.release = tb_release,
	.unlocked_ioctl = tb_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice tb_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tollbooth",
	.mode = 0600,
	.fops = &tb_operations_of_file,
};
module_misc_device(tb_device);

MODULE_DESCRIPTION("measures L1D flushes and wakes of a guest's wait table from inside the kernel");
MODULE_AUTHOR("the tollbooth maintainers");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
