// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/noise_watch.h"

#include "measure/contention.h"
#include "run/trial.h"

/* -1 if one of the two could not be read. */
static int64_t difference(int64_t before, int64_t after)
{
	return before < 0 || after < before ? -1 : after - before;
}

/* The larger of two results; negative if one of them is an error. */
static int32_t more_slow_yields(int32_t a, int32_t b)
{
	if (a < 0)
		return a;
	return b < 0 || b > a ? b : a;
}

static void look_for_others(struct tb_noise_watch *watch)
{
	struct tb_noise *noise = &watch->trial->shm->noise;

	for (unsigned int i = 0; i < noise->cpus && noise->timed; i++)
		noise->slow_yields[i] =
			more_slow_yields(noise->slow_yields[i], tb_contention(noise->cpu[i].cpu));
}

void tb_noise_watch_open(struct tb_noise_watch *watch, struct tb_trial *trial)
{
	struct tb_noise *noise = &trial->shm->noise;

	*watch = (struct tb_noise_watch){ .trial = trial };
	tb_sysroot_open(NULL, &watch->root);
	noise->cpus = tb_noise_cpus(trial->shm->job.cpu, trial->bench->cpus, noise->cpu);
	noise->timed = !trial->bench->untimed;
	for (unsigned int i = 0; i < noise->cpus; i++)
		noise->slow_yields[i] = noise->timed ? 0 : -1;
	noise->smi = noise->stalls = noise->wait_ns = noise->others_ns = -1;
	look_for_others(watch);
}

void tb_noise_watch_begin(struct tb_noise_watch *watch)
{
	const struct tb_trial *trial = watch->trial;

	tb_noise_mark(&watch->root, trial->shm->job.cpu, trial->bench->cpus, &watch->before);
}

/* Time that other tasks ran on the CPUs. It is known only as a sum over the CPUs. */
static int64_t others_ns(const struct tb_noise_mark *a, const struct tb_noise_mark *b)
{
	int64_t all = 0, own = difference(a->own_ns, b->own_ns);

	for (unsigned int i = 0; i < a->cpus; i++) {
		int64_t run = difference(a->cpu[i].run_ns, b->cpu[i].run_ns);

		if (run < 0 || own < 0)
			return -1;
		all += run;
	}
	return all > own ? all - own : 0;
}

void tb_noise_watch_end(struct tb_noise_watch *watch)
{
	const struct tb_trial *trial = watch->trial;
	const struct tb_noise_mark *a = &watch->before;
	struct tb_noise *noise = &trial->shm->noise;
	struct tb_noise_mark b;

	tb_noise_mark(&watch->root, trial->shm->job.cpu, trial->bench->cpus, &b);
	for (unsigned int i = 0; i < b.cpus; i++)
		noise->cpu[i] = (struct tb_cpu_noise){
			.cpu = b.cpu[i].cpu,
			.interrupts = difference(a->cpu[i].interrupts, b.cpu[i].interrupts),
			.hypervisor = difference(a->cpu[i].hypervisor, b.cpu[i].hypervisor),
			.steal_ticks = difference(a->cpu[i].steal_ticks, b.cpu[i].steal_ticks),
			.run_ns = difference(a->cpu[i].run_ns, b.cpu[i].run_ns),
		};
	noise->smi = difference(a->smi, b.smi);
	noise->stalls = difference(a->stalls, b.stalls);
	noise->wait_ns = difference(a->wait_ns, b.wait_ns);
	noise->others_ns = others_ns(a, &b);
	noise->span_ns = b.ns - a->ns;
	noise->involuntary = b.involuntary - a->involuntary;
	noise->voluntary = b.voluntary - a->voluntary;
	noise->minor_faults = b.minor_faults - a->minor_faults;
	noise->max_rss_kib = b.max_rss_kib;
	noise->migrated = a->on_cpu != b.on_cpu;
}

void tb_noise_watch_close(struct tb_noise_watch *watch)
{
	look_for_others(watch);
	tb_sysroot_close(&watch->root);
}
