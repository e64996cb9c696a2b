// SPDX-License-Identifier: GPL-2.0-or-later
/* The flush rig in this process. */
#include "l1d/l1d.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device/device.h"

double l1d_core_cycles(double tsc, double chain)
{
	return tsc * TB_CLOCK_CHAIN_CYCLES / chain;
}

static int map_zero(struct l1d_rig *rig)
{
	/* Not by tb_trial_alloc(), which would populate it with pages of its own. */
	rig->zero =
		mmap(NULL, rig->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (rig->zero == MAP_FAILED) {
		rig->zero = NULL;
		return -errno;
	}
	/* The huge zero page has 2 MiB of distinct lines; reading it would flush the L1D. */
	madvise(rig->zero, rig->size, MADV_NOHUGEPAGE);
	return 0;
}

static int map_ring(struct tb_trial *trial, struct l1d_rig *rig)
{
	char *buffers;

	rig->ring_length = l1d_ring_length(rig->buffer, tb_trial_cache(trial, 2), rig->size);
	buffers = tb_trial_alloc(trial, rig->ring_length * rig->size);
	rig->ring = tb_trial_alloc(trial, rig->ring_length * sizeof(*rig->ring));
	if (!buffers || !rig->ring)
		return -ENOMEM;
	for (size_t i = 0; i < rig->ring_length; i++)
		rig->ring[i] = buffers + i * rig->size;
	return 0;
}

const char *l1d_victim_name(unsigned int i)
{
	static const char *const names[L1D_VICTIM_KINDS] = { [L1D_FULL] = "full",
							     [L1D_ONE_PAGE] = "page",
							     [L1D_DIRTY] = "dirty",
							     [L1D_REUSED] = "reused" };

	return i < L1D_VICTIM_KINDS ? names[i] : NULL;
}

const char *l1d_buffer_name(unsigned int i)
{
	static const char *const names[L1D_BUFFER_KINDS] = {
		[L1D_IN_L2] = "l2", [L1D_IN_L3] = "l3", [L1D_IN_DRAM] = "dram"
	};

	return i < L1D_BUFFER_KINDS ? names[i] : NULL;
}

static void read_params(struct tb_trial *trial, struct l1d_realm *realm)
{
	*realm = (struct l1d_realm){ .trial = trial, .device = -1 };
	realm->rig.random = tb_trial_random(trial);
	realm->rig.l1d = tb_trial_cache(trial, 1);
	realm->rig.size = tb_trial_number(trial, "size");
	realm->rig.loop = l1d_loop(tb_trial_choice(trial, "loop"));
	realm->rig.victim = (enum l1d_victim)tb_trial_choice_index(trial, "victim");
	realm->rig.buffer = (enum l1d_buffer)tb_trial_choice_index(trial, "buffer");
}

int l1d_realm_here(struct tb_trial *trial, struct l1d_realm *realm)
{
	struct l1d_rig *rig = &realm->rig;
	const char *missing;

	read_params(trial, realm);
	rig->flushopt = l1d_loop_runs(l1d_loop("clflushopt"), &missing);
	rig->victim_bytes = rig->size > rig->l1d ? rig->size : rig->l1d;
	rig->victims = tb_trial_alloc(trial, rig->victim_bytes);
	rig->sweep = tb_trial_alloc(trial, 3 * rig->l1d);
	rig->chain_entry = tb_trial_alloc(trial, L1D_PAGE);
	if (!rig->victims || !rig->sweep || !rig->chain_entry || map_ring(trial, rig))
		return -ENOMEM;
	for (unsigned int i = 0; i < L1D_WALK_SETS; i++) {
		rig->sets[i] = tb_trial_alloc(trial, l1d_set_bytes(rig, i));
		if (!rig->sets[i])
			return -ENOMEM;
	}
	if (map_zero(rig))
		return tb_trial_fail(trial, -ENOMEM,
				     "no address space for the never-written buffer");
	for (size_t i = 0; i < rig->ring_length; i++)
		l1d_fill_buffer(rig, i);
	l1d_fill_areas(rig);
	return 0;
}

int l1d_realm_kernel(struct tb_trial *trial, struct l1d_realm *realm,
		     const struct tb_flush_loop *loop, uint32_t id)
{
	struct l1d_rig *rig = &realm->rig;
	struct tb_flush_setup setup = { .loop = id };

	read_params(trial, realm);
	rig->loop = loop;
	setup.victim = rig->victim;
	setup.buffer = rig->buffer;
	setup.l1d_bytes = (uint32_t)rig->l1d;
	setup.flush_bytes = (uint32_t)rig->size;
	if (rig->buffer == L1D_IN_L3)
		setup.l2_bytes = (uint32_t)tb_trial_cache(trial, 2);
	setup.seed = (uint64_t)tb_random_u32(rig->random) << 32 | tb_random_u32(rig->random);
	realm->device = tb_device_open_trial(trial);
	if (realm->device < 0)
		return realm->device;
	if (!ioctl(realm->device, TB_IOC_FLUSH_SETUP, &setup))
		return 0;
	if (errno == EIO)
		return tb_trial_fail(trial, -errno, L1D_WRITE_REFUSED);
	return tb_trial_fail(trial, -errno, "the module could not set up the flush");
}

void l1d_realm_teardown(struct l1d_realm *realm)
{
	if (realm->rig.zero)
		munmap(realm->rig.zero, realm->rig.size);
	if (realm->device >= 0)
		close(realm->device);
}

static void count_begin(void *trial)
{
	tb_trial_count_begin(trial);
}

static void count_end(void *trial)
{
	tb_trial_count_end(trial, 1);
}

static void shoot_kernel(struct l1d_realm *realm, struct tb_flush_sample *sample)
{
	bool count = tb_trial_counting(realm->trial) && sample->probe_kind == L1D_PROBE_PAGE &&
		     sample->setup == L1D_DO_FLUSH;

	sample->cpu = (uint32_t)tb_trial_cpu(realm->trial, 0);
	if (count)
		sample->flags |= TB_SAMPLE_COUNT;
	if (!realm->err && ioctl(realm->device, TB_IOC_FLUSH_SAMPLE, sample))
		realm->err = -errno;
	else if (count)
		tb_trial_counted(realm->trial, (const uint64_t *)sample->count, 1);
	if (sample->smis != TB_SMI_UNKNOWN)
		realm->smis += sample->smis;
	if (sample->irqs_off > realm->irqs_off)
		realm->irqs_off = sample->irqs_off;
}

void l1d_sample(struct l1d_realm *realm, struct tb_flush_sample *sample)
{
	const struct l1d_window window = { count_begin, count_end, realm->trial };

	if (realm->device >= 0)
		shoot_kernel(realm, sample);
	else
		/* Read before the victim is prepared, since the read takes lines of the L1D. */
		l1d_take(&realm->rig, sample, tb_trial_counting(realm->trial) ? &window : NULL);
}
