// SPDX-License-Identifier: GPL-2.0-or-later
#include "device/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "machine/refusal.h"
#include "machine/rights.h"

static int device_unavailable(struct tb_probe *probe, int err)
{
	char reason[128], remedy[TB_REMEDY];
	struct tb_rights rights;

	tb_rights_read(NULL, &rights);
	if (err == EACCES || err == EPERM) {
		tb_rights_remedy(&rights, "SYS_ADMIN", remedy, sizeof(remedy));
		return tb_probe_unavailable(probe, "no-permission",
					    TB_DEVICE " opens for root with CAP_SYS_ADMIN only",
					    remedy);
	}
	if (err == ENOENT || err == ENODEV || err == ENXIO)
		return tb_probe_unavailable(
			probe, "no-module", "the kernel module is not loaded",
			rights.root
				? "tollbooth module build, then tollbooth module load"
				: "as root: tollbooth module build, then tollbooth module load");
	snprintf(reason, sizeof(reason), TB_DEVICE " could not be opened: %s", strerror(err));
	return tb_probe_unavailable(probe, "no-module", reason, "see tollbooth module status");
}

int tb_device_probe(struct tb_probe *probe, struct tb_info *info)
{
	int fd = open(TB_DEVICE, O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return device_unavailable(probe, errno);
	memset(info, 0, sizeof(*info));
	err = ioctl(fd, TB_IOC_INFO, info) ? errno : 0;
	close(fd);
	if (err || info->abi != TB_ABI)
		return tb_probe_unavailable(
			probe, "module-mismatch",
			"the loaded module speaks another version of the interface",
			"tollbooth module unload, build and load");
	return 0;
}

int tb_device_open_trial(struct tb_trial *trial)
{
	int fd = open(TB_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return tb_trial_fail(trial, -errno, TB_DEVICE " could not be opened");
	return fd;
}

/* Returns NULL, or the reason why the module cannot count this. */
static const char *why_never(const struct tb_event *event, unsigned int taken)
{
	const struct perf_event_attr *attr = &event->attr;

	if (!event->encoding[0])
		return event->why;
	if (attr->type != PERF_TYPE_HARDWARE && attr->type != PERF_TYPE_HW_CACHE &&
	    attr->type != PERF_TYPE_RAW)
		return "the module counts events of the core's own PMU only";
	if (attr->exclude_kernel)
		return "the window is in the kernel, but the kernel's share is excluded";
	if (taken == TB_PMU_EVENTS)
		return "the module counts no more than four events at once";
	return NULL;
}

static struct tb_pmu_event event_of(const struct perf_event_attr *attr)
{
	return (struct tb_pmu_event){
		.type = attr->type,
		.exclude = (attr->exclude_user ? TB_PMU_NOT_USER : 0) |
			   (attr->exclude_hv ? TB_PMU_NOT_HYPERVISOR : 0),
		.config = attr->config,
		.config1 = attr->config1,
		.config2 = attr->config2,
	};
}

/* Adds one counter to the open ones; a failure closes all. */
static bool takes(int device, struct tb_pmu_setup *setup, struct tb_event *event)
{
	setup->event[setup->n++] = event_of(&event->attr);
	if (!ioctl(device, TB_IOC_PMU_SETUP, setup))
		return true;
	tb_counters_explain(event, -errno);
	setup->n--;
	return false;
}

int tb_device_count(struct tb_trial *trial, int device, const struct tb_events *events,
		    struct tb_counters *counters)
{
	struct tb_pmu_setup setup = { .cpu = (uint32_t)tb_trial_cpu(trial, 0) };

	counters->rdpmc = true;
	for (unsigned int i = 0; i < events->n; i++) {
		struct tb_event event = events->at[i];
		const char *never = why_never(&event, counters->n);

		if (!never && takes(device, &setup, &event))
			counters->at[counters->n++] = (struct tb_counter){ .fd = -1, .event = i };
		else
			tb_trial_unavailable_event(trial, i, never ? never : event.why);
	}
	if (ioctl(device, TB_IOC_PMU_SETUP, &setup))
		return tb_trial_fail(trial, -errno,
				     "the module's counters could not be opened again");
	for (unsigned int k = 0; k < counters->n; k++)
		tb_trial_overhead_event(trial, counters->at[k].event, (double)setup.null[k]);
	return 0;
}

int tb_device_wait(int device, uint32_t token, struct tb_apf_wait *wait)
{
	*wait = (struct tb_apf_wait){ .token = token };
	return ioctl(device, TB_IOC_APF_WAIT, wait) ? -errno : 0;
}

int tb_device_wake(int device, uint32_t token, uint32_t flags, struct tb_apf_wake *wake)
{
	*wake = (struct tb_apf_wake){ .token = token, .flags = flags };
	return ioctl(device, TB_IOC_APF_WAKE, wake) ? -errno : 0;
}

int tb_device_probe_table(struct tb_probe *probe)
{
	struct tb_info info = { 0 };
	int err = tb_device_probe(probe, &info);

	if (!err && !(info.caps & TB_CAP_APF))
		return tb_probe_unavailable(
			probe, "no-kernel-support",
			"a PREEMPT_RT kernel: the table allocates with interrupts off",
			"boot a kernel without PREEMPT_RT");
	return err ? err : tb_probe_threads(probe);
}
