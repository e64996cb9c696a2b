// SPDX-License-Identifier: GPL-2.0-or-later
/* /dev/tollbooth: the permission check of open, and the table of operations. */
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

	info->abi = TB_ABI;
	info->loops = tb_flush_loops_here();
	info->tsc_khz = tsc_khz;
	info->caps = open->apf ? TB_CAP_APF : 0;
	if (boot_cpu_has(X86_FEATURE_HYPERVISOR))
		info->caps |= TB_CAP_HYPERVISOR;
	if (tb_confidential_guest())
		info->caps |= TB_CAP_CONFIDENTIAL;
	if (tb_flush_smi_count(&count))
		info->caps |= TB_CAP_SMI_COUNT;
	if (tb_pmu_readable())
		info->caps |= TB_CAP_RDPMC;
	return 0;
}

union tb_argument {
	struct tb_info info;
	struct tb_flush_setup flush_setup;
	struct tb_flush_sample sample;
	struct tb_pmu_setup pmu_setup;
	struct tb_apf_wait apf_wait;
	struct tb_apf_wake apf_wake;
	struct tb_apf_stat apf_stat;
};

static const struct tb_operation {
	unsigned int cmd;
	int (*run)(struct tb_open *open, void *arg);
} tb_operations[] = {
	[_IOC_NR(TB_IOC_INFO)] = { TB_IOC_INFO, tb_info },
	[_IOC_NR(TB_IOC_FLUSH_SETUP)] = { TB_IOC_FLUSH_SETUP, tb_flush_setup },
	[_IOC_NR(TB_IOC_FLUSH_SAMPLE)] = { TB_IOC_FLUSH_SAMPLE, tb_flush_take_sample },
	[_IOC_NR(TB_IOC_PMU_SETUP)] = { TB_IOC_PMU_SETUP, tb_pmu_setup },
	[_IOC_NR(TB_IOC_APF_WAIT)] = { TB_IOC_APF_WAIT, tb_apf_wait },
	[_IOC_NR(TB_IOC_APF_WAKE)] = { TB_IOC_APF_WAKE, tb_apf_wake },
	[_IOC_NR(TB_IOC_APF_STAT)] = { TB_IOC_APF_STAT, tb_apf_stat },
};

/* Finds the operation of a number, with any structure size in the number; NULL: unknown. */
static const struct tb_operation *tb_operation(unsigned int cmd)
{
	const struct tb_operation *op;
	unsigned int nr = _IOC_NR(cmd);

	if (nr >= ARRAY_SIZE(tb_operations))
		return NULL;
	op = &tb_operations[array_index_nospec(nr, ARRAY_SIZE(tb_operations))];
	return (cmd & ~IOCSIZE_MASK) == (op->cmd & ~IOCSIZE_MASK) ? op : NULL;
}

static long tb_ioctl(struct file *file, unsigned int cmd, unsigned long address)
{
	const struct tb_operation *op = tb_operation(cmd);
	void __user *user = (void __user *)address;
	unsigned int size = _IOC_SIZE(cmd), known;
	union tb_argument arg;
	int err = 0;

	if (!op)
		return -ENOTTY;
	known = _IOC_SIZE(op->cmd);
	if (size < known)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	memset(&arg, 0, sizeof(arg));
	if (_IOC_DIR(cmd) & _IOC_WRITE)
		err = copy_struct_from_user(&arg, known, user, size);
	if (!err)
		err = op->run(file->private_data, &arg);
	if (err || !(_IOC_DIR(cmd) & _IOC_READ))
		return err;
	if (copy_to_user(user, &arg, known) || clear_user(user + known, size - known))
		return -EFAULT;
	return 0;
}

static int tb_open(struct inode *inode, struct file *file)
{
	struct tb_open *open;

	/* The mode allows root; the capability too is required, since this affects all processes. */
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

#ifdef TB_TEST
struct tb_knobs tb_knobs;
module_param_named(widen_us, tb_knobs.widen_us, uint, 0600);
module_param_named(unfenced, tb_knobs.unfenced, bool, 0600);
module_param_named(flush_cmd, tb_knobs.flush_cmd, uint, 0600);
module_param_named(confidential, tb_knobs.confidential, bool, 0600);
module_param_named(irqs_off_max_us, tb_knobs.irqs_off_max_us, uint, 0600);
#endif

MODULE_DESCRIPTION("measures L1D flushes and wakes of a guest's wait table from inside the kernel");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
