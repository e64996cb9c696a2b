// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/breakpoint.h"

#include <linux/hw_breakpoint.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

struct perf_event_attr tb_breakpoint_attr(const volatile void *at)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(struct perf_event_attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = (uintptr_t)at,
		.bp_len = HW_BREAKPOINT_LEN_8,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
}

bool tb_breakpoint_fires(void)
{
	enum { STORES = 3 };
	volatile uint64_t watched = 0;
	struct perf_event_attr attr = tb_breakpoint_attr(&watched);
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	uint64_t count = 0;
	bool counted;

	if (fd < 0)
		return true;
	for (uint64_t i = 0; i < STORES; i++)
		watched = i;
	counted = read(fd, &count, sizeof(count)) == sizeof(count);
	close(fd);
	return !counted || count == STORES;
}
