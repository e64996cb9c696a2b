// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/clock.h"

#include <cpuid.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

/* Where the RDTSCPs are, each relative to its own place; made by window.h and the linker. */
/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names */
extern const int32_t __start_tb_rdtscp[] __attribute__((weak, visibility("hidden")));
extern const int32_t __stop_tb_rdtscp[] __attribute__((weak, visibility("hidden")));
/* NOLINTEND(bugprone-reserved-identifier) */

static int usable;

enum { RDTSCP_BYTES = 3 };

static volatile sig_atomic_t refused;

static void skip_rdtscp(int sig, siginfo_t *info, void *context)
{
	ucontext_t *at = context;

	(void)sig;
	(void)info;
	refused = 1;
	at->uc_mcontext.gregs[REG_RIP] += RDTSCP_BYTES;
}

/*
 * A hypervisor may hide the flag of an instruction that works (Firecracker on AMD does). Then it is
 * used, as in a program that does not ask: what a window costs does not depend on the flag.
 */
static bool has_rdtscp(void)
{
	struct sigaction skip = { .sa_sigaction = skip_rdtscp, .sa_flags = SA_SIGINFO }, before;
	unsigned int a, b, c, d = 0;

	/* SDM vol. 2A, CPUID.80000001H:EDX[27] */
	if (__get_cpuid(0x80000001, &a, &b, &c, &d) && (d & 1u << 27))
		return true;
	if (sigaction(SIGILL, &skip, &before))
		return false;
	asm volatile("rdtscp" : "=a"(a), "=d"(d)::"rcx", "memory");
	sigaction(SIGILL, &before, NULL);
	return !refused;
}

/*
 * Executable all the while: the page may be the one that this function is in. A sanitizer has no
 * shadow for code.
 */
static __attribute__((no_sanitize("address", "thread"))) int replace(char *at, const char *bytes,
								     size_t n)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char *from = at - (uintptr_t)at % page;
	size_t length = (size_t)(at + n - from);

	if (mprotect(from, length, PROT_READ | PROT_WRITE | PROT_EXEC))
		return -errno;
	for (size_t i = 0; i < n; i++)
		((volatile char *)at)[i] = bytes[i];
	return mprotect(from, length, PROT_READ | PROT_EXEC) ? -errno : 0;
}

size_t tb_clock_ends(const int32_t **first)
{
	*first = __start_tb_rdtscp;
	return ((uintptr_t)__stop_tb_rdtscp - (uintptr_t)__start_tb_rdtscp) / sizeof(**first);
}

int tb_clock_adapt(void)
{
	/* lfence; rdtsc; lfence */
	static const char without[] = "\x0f\xae\xe8\x0f\x31\x0f\xae\xe8";
	const int32_t *site;
	size_t n = tb_clock_ends(&site);
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		char *at = (char *)&site[i] + site[i];

		/* gcc -fanalyzer takes it for a place in the list, which is constant. */
		asm("" : "+r"(at));
		err = replace(at, without, sizeof(without) - 1);
	}
	return err;
}

/* Before main(), so that no window of any program comes earlier. */
static __attribute__((constructor)) void adapt_to_cpu(void)
{
	if (!has_rdtscp())
		usable = tb_clock_adapt();
}

int tb_clock_usable(void)
{
	return usable;
}

double tb_clock_core_cycles(double tsc)
{
	return tsc * TB_CLOCK_CHAIN_CYCLES / (double)tb_clock_core_chain();
}

static uint64_t clock_read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t tb_clock_ns(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

struct tb_clock_mark tb_clock_mark(void)
{
	struct tb_clock_mark best = { 0 };
	uint64_t narrowest = UINT64_MAX;

	/* The narrowest of a few brackets: one interrupt between the two reads would shift the mark. */
	for (int i = 0; i < 16; i++) {
		uint64_t before = tb_clock_now();
		uint64_t ns = clock_read(CLOCK_MONOTONIC_RAW);
		uint64_t after = tb_clock_now();

		if (after - before < narrowest) {
			narrowest = after - before;
			best = (struct tb_clock_mark){ before + (after - before) / 2, ns };
		}
	}
	return best;
}

struct tb_clock_rate tb_clock_rate(struct tb_clock_mark from, struct tb_clock_mark to)
{
	if (to.ns <= from.ns || to.tsc <= from.tsc)
		return (struct tb_clock_rate){ 0, "unknown" };
	return (struct tb_clock_rate){
		(double)(to.tsc - from.tsc) * 1e9 / (double)(to.ns - from.ns), "clock_monotonic_raw"
	};
}

uint64_t tb_clock_step_of(const uint64_t *readings, size_t n)
{
	uint64_t step = 0;

	for (size_t i = 1; i < n; i++) {
		uint64_t a = readings[i] - readings[i - 1], b = step;

		while (b) {
			uint64_t rest = a % b;

			a = b;
			b = rest;
		}
		step = a;
	}
	return step;
}

/*
 * One difference off the grid makes the divisor 1. A hypervisor causes it when it moves the virtual
 * CPU to a core with another TSC offset. A divisor is never too large, so the largest of several counts.
 */
uint64_t tb_clock_step(void)
{
	enum { BATCHES = 8, READINGS = 126 };
	uint64_t readings[READINGS], step = 0;

	for (int batch = 0; batch < BATCHES; batch++) {
		uint64_t of_batch;

		for (size_t i = 0; i < READINGS; i++)
			readings[i] = tb_clock_now();
		of_batch = tb_clock_step_of(readings, READINGS);
		step = of_batch > step ? of_batch : step;
	}
	return step;
}
