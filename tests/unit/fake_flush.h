/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flush part of the kernel module, played by a test program: open() and ioctl() are
 * this program's own. Include it after cmocka.h, in one file.
 */
#ifndef TB_TEST_FAKE_FLUSH_H
#define TB_TEST_FAKE_FLUSH_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/clock.h"
#include "uapi/tollbooth.h"

enum { SAMPLES = 4096 };

static struct {
	int fd, setup_err, sample_err;
	unsigned int setups, samples, fails_at;
	struct tb_flush_setup setup;
	struct tb_info info;
	struct tb_flush_sample asked[SAMPLES];
	/* What it answers: to samples of each setup, and whatever they are. */
	uint64_t probe[L1D_SETUPS], chain[L1D_SETUPS], walk[L1D_SETUPS];
	uint64_t latency, null;
	bool untrained; /* another answer on a new page */
	struct {
		unsigned int at, smis;
		uint64_t irqs_off;
	} event;
} module;

int open(const char *path, int flags, ...)
{
	va_list rest;
	int mode;

	va_start(rest, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;
	va_end(rest);
	if (!strcmp(path, TB_DEVICE)) {
		module.fd = (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
		return module.fd;
	}
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static inline int refuse(int err)
{
	errno = err;
	return -1;
}

static inline int take(struct tb_flush_sample *sample)
{
	unsigned int n = module.samples++;

	assert_true(n < SAMPLES);
	module.asked[n] = *sample;
	if (module.sample_err && n >= module.fails_at)
		return refuse(module.sample_err);
	assert_true(sample->setup < L1D_SETUPS);
	sample->probe = sample->probe_kind == L1D_PROBE_WALK ? module.walk[sample->setup]
							     : module.probe[sample->setup];
	if (sample->setup == L1D_DO_HOT)
		sample->probe -= (uint64_t)sample->hot * 10;
	sample->chain = module.chain[sample->setup];
	if (sample->setup == L1D_DO_FLUSH) {
		sample->latency = module.latency;
		sample->null = module.null;
	}
	if (module.untrained && sample->flags & TB_SAMPLE_NEW_PAGE) {
		sample->latency += 999;
		sample->probe = 400;
	}
	for (unsigned int i = 0; i < TB_PMU_EVENTS && sample->flags & TB_SAMPLE_COUNT; i++)
		sample->count[i] = 1000 * (n + 1) + i;
	sample->smis = n == module.event.at ? module.event.smis : TB_SMI_UNKNOWN;
	sample->irqs_off = n == module.event.at ? module.event.irqs_off : 7;
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list rest;
	void *arg;

	va_start(rest, request);
	arg = va_arg(rest, void *);
	va_end(rest);
	assert_int_equal(fd, module.fd);
	if (request == TB_IOC_FLUSH_SAMPLE)
		return take(arg);
	if (request == TB_IOC_INFO) {
		*(struct tb_info *)arg = module.info;
		return 0;
	}
	assert_int_equal(request, TB_IOC_FLUSH_SETUP);
	module.setups++;
	module.setup = *(struct tb_flush_setup *)arg;
	return module.setup_err ? refuse(module.setup_err) : 0;
}

/* A module whose core is as it should be: an empty page takes 1030 cycles, ten fewer for each line. */
static inline int fresh(void **state)
{
	(void)state;
	memset(&module, 0, sizeof(module));
	module.event.at = SAMPLES;
	module.info = (struct tb_info){ .abi = TB_ABI, .caps = ~TB_CAP_CONFIDENTIAL, .loops = ~0u };
	module.latency = 5100;
	module.null = 100;
	for (int i = 0; i < L1D_SETUPS; i++) {
		module.chain[i] = TB_CLOCK_CHAIN_CYCLES;
		module.probe[i] = 1030;
		module.walk[i] = 2000;
	}
	module.probe[L1D_DO_NOTHING] = module.probe[L1D_DO_ZERO_PAGE] = 1030 - 63 * 10;
	return 0;
}

#endif
