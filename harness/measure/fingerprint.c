// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/fingerprint.h"

#include <cpuid.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/clock.h"
#include "machine/affinity.h"
#include "stats/describe.h"
#include "stats/random.h"

enum { LINE = 64, PAGE = 4096, SAMPLES_MAX = 100 };
/*
 * Windows of a sample are 20 to 80 us long: so long that a TSC that steps by 10 ns, as
 * some of AMD's do, is no matter, and so short that most are free of interrupts.
 */
enum { CHAINS = 128, CHAIN = 640, CHASES = 256, CHASE = 64, SWEEP_LINES = 65536 };
/* Warming up takes the clock out of idle; on an emulator the samples end early. */
enum { WARM_NS = 10000000, LIMIT_NS = 120000000 };
/* A window of fewer steps than this would be known to 1 % or worse. */
enum { STEPS_MIN = 100 };

static const char *const names[TB_FINGERPRINT_FIELDS] = {
	[TB_CORE_HZ] = "core_hz",
	[TB_L1D_LATENCY] = "l1d_latency_cycles",
	[TB_L2_LATENCY] = "l2_latency_cycles",
	[TB_L2_RATE] = "l2_cycles_per_line",
	[TB_TSC_STEP] = "tsc_step",
	[TB_XSAVE_BYTES] = "xsave_bytes",
	[TB_XSAVE_MAX_BYTES] = "xsave_max_bytes",
};

const char *tb_fingerprint_name(enum tb_fingerprint_field field)
{
	return names[field];
}

size_t tb_fingerprint_l2_bytes(size_t l1d, size_t l2)
{
	size_t bytes;

	l1d = l1d ? l1d : 32 << 10;
	l2 = l2 ? l2 : 512 << 10;
	/* Pages fall on the L2's sets at random: a quarter of it overflows no set, or hardly any. */
	bytes = 4 * l1d <= l2 / 4 ? 4 * l1d : 2 * l1d;
	return bytes <= l2 / 2 ? bytes / PAGE * PAGE : 0;
}

static __attribute__((format(printf, 3, 4))) void
unknown(struct tb_fingerprint *out, enum tb_fingerprint_field field, const char *fmt, ...)
{
	va_list args;

	out->value[field] = NAN;
	va_start(args, fmt);
	vsnprintf(out->why[field], sizeof(out->why[field]), fmt, args);
	va_end(args);
}

/* A window's lower quartile: interrupts only lengthen, and one that is short once is a slip of the clock. */
static double floor_of(const struct tb_fingerprint_readings *r, enum tb_fingerprint_window window)
{
	const double p = 0.25;
	double x[SAMPLES_MAX], floor = 0;
	size_t n;

	for (n = 0; n < r->samples && n < SAMPLES_MAX; n++)
		x[n] = r->sample[n][window];
	return tb_stats_quantiles(x, n, &p, 1, &floor) ? 0 : floor;
}

/* Core cycles of one of the pieces of work in a window. */
static void put_cycles(const struct tb_fingerprint_readings *r, enum tb_fingerprint_field field,
		       enum tb_fingerprint_window which, double pieces, struct tb_fingerprint *out)
{
	double window = floor_of(r, which);
	double chain = floor_of(r, TB_WINDOW_CHAIN), step = (double)r->tsc_step;
	double shorter = window < chain ? window : chain;

	if (step > 0 && shorter >= STEPS_MIN * step)
		out->value[field] = window / chain * r->chain_cycles / pieces;
	else
		unknown(out, field,
			"the TSC, which steps by %.0f, is too coarse for a window of %.0f", step,
			shorter);
}

static void put_hz(const struct tb_fingerprint_readings *r, struct tb_fingerprint *out)
{
	double ns = floor_of(r, TB_WINDOW_CHAIN_NS);

	if (ns > 0)
		out->value[TB_CORE_HZ] = r->chain_cycles * 1e9 / ns;
	else
		unknown(out, TB_CORE_HZ,
			"CLOCK_MONOTONIC stood still in a window of %.0f core cycles",
			r->chain_cycles);
}

static void put_count(double count, enum tb_fingerprint_field field, const char *why,
		      struct tb_fingerprint *out)
{
	if (count > 0)
		out->value[field] = count;
	else
		unknown(out, field, "%s", why);
}

void tb_fingerprint_of(const struct tb_fingerprint_readings *r, struct tb_fingerprint *out)
{
	static const char no_xsave[] = "the CPU or the kernel has no XSAVE";

	*out = (struct tb_fingerprint){ .samples = r->samples };
	put_hz(r, out);
	put_cycles(r, TB_L1D_LATENCY, TB_WINDOW_L1D, r->loads, out);
	if (r->lines > 0) {
		put_cycles(r, TB_L2_LATENCY, TB_WINDOW_L2, r->loads, out);
		put_cycles(r, TB_L2_RATE, TB_WINDOW_SWEEP, r->lines, out);
	} else {
		unknown(out, TB_L2_LATENCY, "%s", r->no_l2);
		unknown(out, TB_L2_RATE, "%s", r->no_l2);
	}
	put_count((double)r->tsc_step, TB_TSC_STEP, "the TSC stood still", out);
	put_count(r->xsave_bytes, TB_XSAVE_BYTES, no_xsave, out);
	put_count(r->xsave_max_bytes, TB_XSAVE_MAX_BYTES, no_xsave, out);
}

/* What the thread works with. */
struct task {
	void **l1d, **l2; /* chains of pointers */
	const char *swept;
	size_t swept_bytes, sweeps;
	double sample[SAMPLES_MAX][TB_WINDOWS];
	struct tb_fingerprint_readings readings;
};

static uint64_t chain(void)
{
	unsigned int x = 3;
	uint64_t begin = tb_clock_begin();

	/* As tb_clock_core_chain(): 3 cycles each. The loop's own instructions run beside them. */
	for (int i = 0; i < CHAINS; i++)
		asm volatile(".rept %c1\n\timul %0, %0\n\t.endr" : "+r"(x) : "i"(CHAIN) : "cc");
	return tb_clock_end() - begin;
}

static uint64_t chase(void **at)
{
	uint64_t begin = tb_clock_begin();

	for (int i = 0; i < CHASES; i++)
		asm volatile(".rept %c1\n\tmov (%0), %0\n\t.endr"
			     : "+r"(at)
			     : "i"(CHASE)
			     : "memory");
	return tb_clock_end() - begin;
}

static uint64_t sweep(const struct task *task)
{
	uint64_t begin = tb_clock_begin();

	for (size_t i = 0; i < task->sweeps; i++)
		tb_sweep_read(task->swept, task->swept_bytes);
	return tb_clock_end() - begin;
}

static void take_sample(const struct task *task, double sample[TB_WINDOWS])
{
	uint64_t begin = tb_clock_ns();

	sample[TB_WINDOW_CHAIN] = (double)chain();
	sample[TB_WINDOW_CHAIN_NS] = (double)(tb_clock_ns() - begin);
	sample[TB_WINDOW_L1D] = (double)chase(task->l1d);
	if (!task->l2)
		return;
	sample[TB_WINDOW_L2] = (double)chase(task->l2);
	sample[TB_WINDOW_SWEEP] = (double)sweep(task);
}

static void read_xsave(struct tb_fingerprint_readings *r)
{
	uint32_t eax, ebx, ecx, edx;

	/* CPUID.1:ECX[27], OSXSAVE: without it leaf 0DH tells of nothing that is in use. */
	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx >> 27 & 1))
		return;
	if (!__get_cpuid_count(0xd, 0, &eax, &ebx, &ecx, &edx))
		return;
	r->xsave_bytes = ebx;
	r->xsave_max_bytes = ecx;
}

static void work(void *arg)
{
	struct task *task = arg;
	uint64_t begin = tb_clock_ns(), now;

	read_xsave(&task->readings);
	task->readings.tsc_step = tb_clock_step();
	do {
		take_sample(task, task->sample[0]);
		now = tb_clock_ns();
	} while (now - begin < WARM_NS);
	do {
		take_sample(task, task->sample[task->readings.samples++]);
		now = tb_clock_ns();
	} while (task->readings.samples < SAMPLES_MAX && now - begin < LIMIT_NS);
}

/* One ring of pointers through all lines, in an order that no prefetcher foresees. */
static void **make_ring(char *area, size_t bytes, size_t *order)
{
	struct tb_random random;
	size_t n = bytes / LINE;

	for (size_t i = 0; i < n; i++)
		order[i] = i;
	tb_random_seed(&random, 1, 1);
	tb_random_shuffle(&random, order, n);
	for (size_t i = 0; i < n; i++)
		*(void **)(area + order[i] * LINE) = area + order[(i + 1) % n] * LINE;
	return (void **)(area + order[0] * LINE);
}

void tb_fingerprint_take(int cpu, size_t l1d, size_t l2, struct tb_fingerprint *out)
{
	size_t near = l1d && l1d < 32 << 10 ? l1d / 2 / PAGE * PAGE : 16 << 10;
	size_t far = tb_fingerprint_l2_bytes(l1d, l2);
	size_t most = far > near ? far : near;
	char *areas = aligned_alloc(PAGE, near + far);
	size_t *order = calloc(most / LINE + 1, sizeof(*order));
	struct task task = { .readings = {
				     .chain_cycles = 3.0 * CHAINS * CHAIN,
				     .loads = CHASES * CHASE,
				     .no_l2 = "the L2 cache is smaller than four times the L1D" } };
	const char *why = !near ? "its L1D is smaller than 8 KiB" : NULL;
	int err = areas && order ? 0 : -ENOMEM;

	task.readings.sample = (const double(*)[TB_WINDOWS])task.sample;
	if (!err && !why) {
		task.l1d = make_ring(areas, near, order);
		if (far) {
			task.l2 = make_ring(areas + near, far, order);
			task.swept = areas + near;
			task.swept_bytes = far;
			task.sweeps = SWEEP_LINES / (far / LINE) + 1;
			task.readings.lines = (double)task.sweeps * (double)far / LINE;
		}
		err = tb_on_cpu(cpu, work, &task);
	}
	if (err)
		why = strerror(-err);
	tb_fingerprint_of(&task.readings, out);
	for (int i = 0; i < TB_FINGERPRINT_FIELDS && why; i++)
		unknown(out, (enum tb_fingerprint_field)i, "CPU %d could not be measured: %s", cpu,
			why);
	free(order);
	free(areas);
}
