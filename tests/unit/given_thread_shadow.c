// SPDX-License-Identifier: GPL-2.0-or-later
/* Shadow stacks of threads: detection, enabling, and the effect of violations. */
#include "given.h"

#include <cpuid.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "benches.h"
#include "machine/refusal.h"
#include "thread/shadow.h"
#include "thread/thread.h"

enum { SSP = 0x7000, PAGE = 4096 };

__typeof__(syscall) __wrap_syscall, __real_syscall;
__typeof__(gnu_get_libc_version) __wrap_gnu_get_libc_version;
__typeof__(execv) __wrap_execv;
__typeof__(tb_probe_choice) __wrap_tb_probe_choice;
__typeof__(tb_probe_unavailable) __wrap_tb_probe_unavailable;
__typeof__(tb_probe_refused) __wrap_tb_probe_refused;
__typeof__(tb_probe_threads) __wrap_tb_probe_threads;
__typeof__(tb_call_try) __wrap_tb_call_try;
__typeof__(thread_vfork) __wrap_thread_vfork, __real_thread_vfork;

static struct {
	int map_err, clone3_err, call_err;
	const char *glibc, *choice;
	/* what was seen */
	char code[32], reason[256];
	const char *refused;
	bool asked_threads;
	uint64_t args[12];
} world;

/* The sixth argument is on the stack where there is one. */
long __wrap_syscall(long number, ...)
{
	uint64_t a[6] = { 0 };
	va_list args;

	va_start(args, number);
	for (int i = 0; i < (number == SYS_futex ? 6 : 5); i++)
		a[i] = va_arg(args, uint64_t);
	va_end(args);
	if (number == THREAD_SYS_MAP_SHADOW_STACK)
		errno = world.map_err;
	else if (number == SYS_clone3 && a[1] == sizeof(world.args))
		memcpy(world.args, (void *)a[0], sizeof(world.args)), errno = world.clone3_err;
	else
		return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	return errno ? -1 : 0;
}

const char *__wrap_gnu_get_libc_version(void)
{
	return world.glibc;
}

int __wrap_execv(const char *path, char *const argv[])
{
	assert_string_equal(path, "/proc/self/exe");
	assert_string_equal(argv[1], "worker");
	errno = EACCES;
	return -1;
}

const char *__wrap_tb_probe_choice(const struct tb_probe *probe, const char *param)
{
	(void)probe;
	assert_string_equal(param, "shadow");
	return world.choice;
}

int __wrap_tb_probe_unavailable(struct tb_probe *probe, const char *code, const char *reason,
				const char *remedy)
{
	(void)probe;
	assert_true(reason[0] && remedy[0]);
	snprintf(world.code, sizeof(world.code), "%s", code);
	snprintf(world.reason, sizeof(world.reason), "%s", reason);
	return -ENOTSUP;
}

int __wrap_tb_probe_refused(struct tb_probe *probe, int err, const char *call)
{
	(void)probe;
	world.refused = call;
	return err;
}

int __wrap_tb_probe_threads(struct tb_probe *probe)
{
	(void)probe;
	world.asked_threads = true;
	return 0;
}

int __wrap_tb_call_try(const char *call)
{
	(void)call;
	return world.call_err;
}

pid_t __wrap_thread_vfork(struct thread_child *child)
{
	return world.call_err ? world.call_err : __real_thread_vfork(child);
}

static void judge(const char *params, uint64_t ssp, uint64_t features, const char *failed)
{
	struct tb_trial trial;

	given_shadow(ssp, features);
	given_open(&trial, &thread_create, params);
	thread_check_shadow(&trial);
	given_judged(&trial, "shadow-status shadow-pointer", failed);
	given_close(&trial);
}

static void status_and_pointer(void **state)
{
	(void)state;
	judge("shadow=off", 0, 0, "");
	judge("shadow=model", 0, 0, "");
	judge("shadow=on", SSP, THREAD_SHSTK, "");
	judge("shadow=glibc", SSP, THREAD_SHSTK, "");
	judge("shadow=off", SSP, 0, "shadow-pointer");
	judge("shadow=model", 0, THREAD_SHSTK, "shadow-status");
	judge("shadow=on", 0, THREAD_SHSTK, "shadow-pointer");
	judge("shadow=on", SSP, 0, "shadow-status");
	judge("shadow=on", SSP, THREAD_SHSTK | THREAD_WRSS, "shadow-status");
	judge("shadow=glibc", 0, 0, "shadow-status shadow-pointer");
}

static void probe(const char *choice, const char *glibc, int map_err, const char *code)
{
	world.choice = choice;
	world.glibc = glibc;
	world.map_err = map_err;
	world.code[0] = world.reason[0] = '\0';
	assert_int_equal(thread_probe_shadow(NULL), code[0] ? -ENOTSUP : 0);
	assert_string_equal(world.code, code);
	/* The kernel's reason is reported with the CPU's. */
	if (map_err == EOPNOTSUPP && code[0])
		assert_non_null(strstr(world.reason, "kernel does not support user_shstk"));
	else if (!map_err)
		assert_non_null(strstr(world.reason, "accepts unknown flags"));
	else
		assert_null(strstr(world.reason, "kernel"));
}

/* CPU and kernel must have them, and for glibc's its version. */
static void support(void **state)
{
	unsigned int a, b, c = 0, d;
	bool cpu = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & 1u << 7);
	const char *kernel = cpu ? "no-kernel-feature" : "no-cpu-feature";
	const char *all = cpu ? "" : "no-cpu-feature";

	(void)state;
	probe("off", "2.36", EOPNOTSUPP, "");
	probe("model", "2.36", EOPNOTSUPP, "");
	probe("on", "2.36", EINVAL, all);
	probe("on", "2.36", EOPNOTSUPP, kernel);
	probe("on", "2.36", 0, kernel); /* it takes any flag */
	probe("glibc", "2.38", EINVAL, "not-applicable");
	probe("glibc", "1.40", EINVAL, "not-applicable");
	probe("glibc", "?", EINVAL, "not-applicable");
	probe("glibc", "2.39", EINVAL, all);
	probe("glibc", "3.0", EINVAL, all);
	probe("glibc", "2.39", EOPNOTSUPP, kernel);
}

static void probe_method(const char *method, int call_err, bool refused, bool threads)
{
	world.refused = NULL;
	world.asked_threads = false;
	world.call_err = call_err;
	assert_int_equal(thread_probe_method(NULL, method), refused ? call_err : 0);
	assert_true(refused ? world.refused && !strcmp(world.refused, method) : !world.refused);
	assert_int_equal(world.asked_threads, threads);
}

static void methods(void **state)
{
	(void)state;
	probe_method("clone3", 0, false, false);
	probe_method("clone3", -ENOSYS, true, false);
	probe_method("clone", -EPERM, true, false);
	probe_method("fork", -EINVAL, false, false); /* as a call without sense is refused */
	probe_method("vfork", 0, false, false);
	probe_method("vfork", -EPERM, true, false);
	probe_method("pthread", -EPERM, false, true);
	probe_method("spawn", -EPERM, false, true);
	world.call_err = 0;
}

static jmp_buf entered;

/* Not _Noreturn: to clang that is no part of the type. */
static __attribute__((noreturn)) void enter_work(struct tb_trial *trial)
{
	(void)trial;
	longjmp(entered, 1);
}

/* 1: work began. Else the result of enter, with its reason. */
static int enter(const char *params, uint64_t ssp, long locked)
{
	static struct tb_trial trial;
	static int ret;

	given_shadow(ssp, 0);
	given_shadow_locked(locked);
	given_open(&trial, &thread_create, params);
	ret = setjmp(entered) ? 1 : thread_enter(&trial, enter_work);
	assert_true(ret == 1 || trial.shm->why[0]);
	given_close(&trial);
	return ret;
}

static void entering(void **state)
{
	(void)state;
	assert_int_equal(enter("shadow=off", 0, -EINVAL), 1);
	assert_int_equal(enter("shadow=model", 0, -EINVAL), 1);
	assert_int_equal(enter("shadow=on", 0, 0), 1);
	assert_int_equal(enter("shadow=on", 0, -EOPNOTSUPP), -EOPNOTSUPP);
	assert_int_equal(enter("shadow=glibc", SSP, -EPERM), 1);
	setenv("GLIBC_TUNABLES", "glibc.a=1", 1);
	assert_int_equal(enter("shadow=glibc", 0, 0), -EACCES);
	assert_string_equal(getenv("GLIBC_TUNABLES"),
			    "glibc.a=1:glibc.cpu.hwcaps=SHSTK:glibc.cpu.x86_shstk=on");
	assert_int_equal(enter("shadow=glibc", 0, 0), -EOPNOTSUPP);
	unsetenv("GLIBC_TUNABLES");
	assert_int_equal(enter("shadow=glibc", 0, 0), -EACCES);
	assert_string_equal(getenv("GLIBC_TUNABLES"),
			    "glibc.cpu.hwcaps=SHSTK:glibc.cpu.x86_shstk=on");
	unsetenv("GLIBC_TUNABLES");
}

static char *page;

static void do_nothing(void)
{
}

static void store(void)
{
	*(volatile char *)page = 1;
}

static void be_killed(void)
{
	kill(getpid(), SIGKILL);
}

static void signals(void **state)
{
	(void)state;
	alarm(GIVEN_SECONDS);
	page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_int_equal(thread_child_signal(do_nothing), 0);
	assert_int_equal(thread_child_signal(store), SEGV_ACCERR);
	assert_int_equal(thread_child_signal(thread_return_to_unpushed_address), 0);
	assert_int_equal(thread_child_signal(thread_glibc_vfork), 0);
	assert_int_equal(thread_child_signal(thread_store_to_shadow), 0);
	given_shadow((uint64_t)page, THREAD_SHSTK);
	assert_int_equal(thread_child_signal(thread_store_to_shadow), SEGV_ACCERR);
	given_shadow(0, 0);
	assert_int_equal(thread_child_signal(be_killed), -EINTR);
	munmap(page, PAGE);
	assert_int_equal(thread_child_signal(store), SEGV_MAPERR);
	alarm(0);
}

/* A kernel that knows the field rejects the invalid signal next. */
static void token_of_clone3(void **state)
{
	(void)state;
	world.clone3_err = E2BIG;
	assert_false(thread_clone3_token());
	world.clone3_err = EINVAL;
	assert_true(thread_clone3_token());
	world.clone3_err = ENOSYS;
	assert_false(thread_clone3_token());
	for (int i = 0; i < 12; i++)
		assert_int_equal(world.args[i], i == 4 ? 0x8000 : i == 11 ? 8 : 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_and_pointer),
		cmocka_unit_test(support),
		cmocka_unit_test(methods),
		cmocka_unit_test(entering),
		cmocka_unit_test(signals),
		cmocka_unit_test(token_of_clone3),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
