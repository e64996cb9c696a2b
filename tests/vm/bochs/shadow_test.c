// SPDX-License-Identifier: GPL-2.0-or-later
/* User shadow stacks of the kernel, and their protection, on which all other tests depend. */
#include <cpuid.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../ktap.h"

/* asm/prctl.h and asm-generic/siginfo.h since 6.6, which older headers lack. */
enum { SHSTK_ENABLE = 0x5001, SHSTK_STATUS = 0x5005, SHSTK = 1, MAP_SHADOW_STACK = 453 };
enum { ACCERR = 2, CPERR = 10 };

/* Inline: a function that was called without a shadow stack can't return with one. */
static inline __attribute__((always_inline)) long arch_prctl(long option, void *argument)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"((long)SYS_arch_prctl), "D"(option), "S"(argument)
			 : "rcx", "r11", "memory");
	return result;
}

/* Without a shadow stack RDSSP is a no-operation. */
static uint64_t shadow_pointer(void)
{
	uint64_t ssp = 0;

	__asm__ volatile("rdsspq %0" : "+r"(ssp));
	return ssp;
}

static uint64_t shadow_status(void)
{
	uint64_t features = 0;

	expect(!arch_prctl(SHSTK_STATUS, &features), "no status");
	return features;
}

struct area {
	uint64_t start, end;
};

/* The shadow stack that holds this address, by the kernel's flag `ss`. */
static bool find_shadow(uint64_t address, struct area *found)
{
	struct area at = { 0, 0 };
	unsigned long start, end;
	char line[512];
	bool is = false;
	FILE *file = fopen("/proc/self/smaps", "r");

	if (!file)
		return false;
	while (!is && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			at = (struct area){ start, end };
		else if (!strncmp(line, "VmFlags:", 8))
			is = strstr(line, " ss") && at.start <= address && address < at.end;
	}
	fclose(file);
	*found = at;
	return is;
}

static void test_enabled(void)
{
	struct rlimit limit;
	struct area area;

	expect(shadow_status() == SHSTK, "status %llx", (unsigned long long)shadow_status());
	expect(shadow_pointer(), "no shadow-stack pointer");
	if (!find_shadow(shadow_pointer(), &area)) {
		expect(false, "no shadow stack at the pointer");
		return;
	}
	getrlimit(RLIMIT_STACK, &limit);
	expect(area.end - area.start == limit.rlim_cur, "%llu bytes of shadow stack",
	       (unsigned long long)(area.end - area.start));
}

struct thread {
	uint64_t ssp, status;
	struct area area;
	bool has;
};

static void *look(void *argument)
{
	struct thread *thread = argument;

	thread->ssp = shadow_pointer();
	thread->status = shadow_status();
	thread->has = find_shadow(thread->ssp, &thread->area);
	return NULL;
}

static void test_thread(void)
{
	struct thread thread = { 0 };
	struct area gone;
	pthread_t id;

	expect(!pthread_create(&id, NULL, look, &thread), "no thread");
	pthread_join(id, NULL);
	expect(thread.status == SHSTK && thread.has, "the thread has no shadow stack");
	expect(shadow_pointer() < thread.area.start || shadow_pointer() >= thread.area.end,
	       "the thread has its creator's shadow stack");
	expect(!find_shadow(thread.ssp, &gone), "the thread's shadow stack outlives it");
}

static void on_segv(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	_exit(info->si_code);
}

/* A child does this, and dies by SIGSEGV with this code. */
static void expect_segv(void (*act)(void), int code, const char *what)
{
	const struct sigaction action = { .sa_sigaction = on_segv, .sa_flags = SA_SIGINFO };
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		sigaction(SIGSEGV, &action, NULL);
		act();
		_exit(0);
	}
	expect(pid > 0 && waitpid(pid, &status, 0) == pid, "no child");
	expect(WIFEXITED(status) && WEXITSTATUS(status) == code, "%s: wait status %x, want code %d",
	       what, (unsigned int)status, code);
}

static void elsewhere(void)
{
	_exit(0);
}

static __attribute__((noinline)) void smash(void)
{
	void *volatile *frame = __builtin_frame_address(0);

	frame[1] = (void *)elsewhere;
}

static void test_smashed(void)
{
	expect_segv(smash, CPERR, "a smashed return address");
}

static void store(void)
{
	*(volatile uint64_t *)shadow_pointer() = 0;
}

static void test_store(void)
{
	expect_segv(store, ACCERR, "a store to the shadow stack");
}

static bool cpuinfo_says(const char *flag)
{
	char line[8192];
	bool says = false;
	FILE *file = fopen("/proc/cpuinfo", "r");

	while (file && !says && fgets(line, sizeof(line), file))
		says = !strncmp(line, "flags", 5) && strstr(line, flag);
	if (file)
		fclose(file);
	return says;
}

static void test_refused(void)
{
	uint64_t features;

	expect(arch_prctl(SHSTK_ENABLE, (void *)SHSTK) == -EOPNOTSUPP, "enabling is not refused");
	expect(arch_prctl(SHSTK_STATUS, &features) == -EOPNOTSUPP || !features, "status");
	expect(syscall(MAP_SHADOW_STACK, 0, 4096, 0) == -1 && errno == EOPNOTSUPP,
	       "map_shadow_stack is not refused");
	expect(!shadow_pointer(), "a shadow-stack pointer");
	expect(!cpuinfo_says("user_shstk"), "cpuinfo has user_shstk");
}

static bool cpu_has_shadow_stacks(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && ecx & bit_SHSTK;
}

static void test_cpu_has(void)
{
	expect(cpu_has_shadow_stacks(), "not the kernel's refusal: the CPU has none");
}

static void test_cpu_lacks(void)
{
	expect(!cpu_has_shadow_stacks(), "the CPU has shadow stacks");
}

static const struct test works[] = {
	{ "shadow stack enabled", test_enabled },
	{ "a thread has its own", test_thread },
	{ "a smashed return address is caught", test_smashed },
	{ "a store is refused", test_store },
	{ 0 },
};
static const struct test refused[] = {
	{ "not supported", test_refused },
	{ "the CPU would", test_cpu_has },
	{ 0 },
};
static const struct test absent[] = {
	{ "not supported", test_refused },
	{ "nor does the CPU", test_cpu_lacks },
	{ 0 },
};

/* shadow-test works|refused|absent: the expected support of kernel and CPU. 0 if it matches. */
int main(int argc, char **argv)
{
	const char *outcome = argc > 1 ? argv[1] : "";
	const struct test *tests = NULL;

	if (!strcmp(outcome, "works")) {
		long result = arch_prctl(SHSTK_ENABLE, (void *)SHSTK);

		if (result)
			say("enable: %s", strerror((int)-result));
		tests = works;
	} else if (!strcmp(outcome, "refused")) {
		tests = refused;
	} else if (!strcmp(outcome, "absent")) {
		tests = absent;
	} else {
		fprintf(stderr, "usage: shadow-test works|refused|absent\n");
		exit(2);
	}
	/* No return: main was called without a shadow stack. */
	exit(run_tests(&(struct group){ tests, NULL }, 1, 1));
}
