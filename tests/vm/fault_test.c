// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults that the test build plants: a measurement that failed is never a sample. */
#include <errno.h>
#include <unistd.h>

#include "ktap.h"

enum { FLUSH_CMD_NONE, FLUSH_CMD_WORKS, FLUSH_CMD_RAISES }; /* of the knob flush_cmd */

/* A hypervisor shows IA32_FLUSH_CMD in CPUID and refuses its write. */
static void refused_write(void)
{
	struct tb_flush_setup setup = small;
	struct tb_flush_sample sample = { .setup = L1D_DO_FLUSH };
	int fd = device();

	pin(0);
	setup.loop = TB_LOOP_MSR;
	knob("flush_cmd", FLUSH_CMD_WORKS);
	expect_call(fd, TB_IOC_FLUSH_SETUP, &setup, 0, "setup");
	expect_call(fd, TB_IOC_FLUSH_SAMPLE, &sample, 0, "sample");
	knob("flush_cmd", FLUSH_CMD_RAISES);
	expect_call(fd, TB_IOC_FLUSH_SAMPLE, &sample, -EIO, "a sample whose write raises #GP");
	/* The other windows of the same apparatus still work. */
	sample = (struct tb_flush_sample){ .setup = L1D_DO_NOTHING };
	expect_call(fd, TB_IOC_FLUSH_SAMPLE, &sample, 0, "a sample without a write");
	sample = (struct tb_flush_sample){ .probe_kind = L1D_PROBE_WALK, .setup = L1D_DO_FLUSH };
	expect_call(fd, TB_IOC_FLUSH_SAMPLE, &sample, -EIO, "a walk whose write raises #GP");
	/* A query does not write the MSR: it lists the features of CPUID. */
	expect(info_of(fd).loops & 1u << TB_LOOP_MSR, "info tried the write");
	expect_call(fd, TB_IOC_FLUSH_SETUP, &setup, -EIO, "a setup whose write raises #GP");
	expect_call(fd, TB_IOC_FLUSH_SAMPLE, &sample, -ENODATA, "a sample after it");
	knob("flush_cmd", FLUSH_CMD_NONE);
	close(fd);
}

/* Interrupts were off for longer than they may: the sample fails, and it cannot be repeated. */
static void too_long(void)
{
	struct tb_flush_sample sample = { .setup = L1D_DO_FLUSH };
	int fd = device();

	pin(0);
	expect_call(fd, TB_IOC_FLUSH_SETUP, (void *)&small, 0, "setup");
	expect_call(fd, TB_IOC_FLUSH_SAMPLE, &sample, 0, "sample");
	knob("irqs_off_max_us", 1);
	expect_call(fd, TB_IOC_FLUSH_SAMPLE, &sample, -ETIME,
		    "a sample of more than a microsecond");
	knob("irqs_off_max_us", 0);
	expect_call(fd, TB_IOC_FLUSH_SAMPLE, &sample, -ENODATA, "the same again");
	close(fd);
}

/* A guest with encrypted memory says so; that WBINVD is refused there, the program shows. */
static void confidential(void)
{
	int fd = device();

	expect(!(info_of(fd).caps & TB_CAP_CONFIDENTIAL), "the emulator encrypts memory");
	knob("confidential", 1);
	expect(info_of(fd).caps & TB_CAP_CONFIDENTIAL, "a confidential guest is not seen");
	knob("confidential", 0);
	close(fd);
}

const struct test fault_tests[] = { { "a refused MSR write", refused_write },
				    { "interrupts off for too long", too_long },
				    { "a confidential guest", confidential },
				    { 0 } };
