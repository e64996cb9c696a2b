// SPDX-License-Identifier: GPL-2.0-or-later
#include "thread/shadow.h"

#include <cpuid.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/refusal.h"
#include "machine/cpuinfo.h"

#define GLIBC_ASKED "glibc.cpu.hwcaps=SHSTK:glibc.cpu.x86_shstk=on"

static const char on_remedy[] = "a CPU from Tiger Lake or Zen 3 on, and Linux 6.6 or later with "
				"CONFIG_X86_USER_SHADOW_STACK, booted without nousershstk";

static bool cpu_has_shadow_stacks(void)
{
	unsigned int a, b, c = 0, d;

	/* CET_SS, SDM vol. 2A, CPUID.(7,0):ECX[7] */
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & 1u << 7);
}

/* /proc/cpuinfo: the CPU has shadow stacks, and the kernel is built and booted with them. */
static bool kernel_shows_shadow_stacks(void)
{
	struct tb_sysroot root;
	struct tb_cpuinfo info;
	bool shows;

	if (tb_sysroot_open(NULL, &root))
		return false;
	tb_cpuinfo_open(&root, &info);
	shows = tb_cpuinfo_flag(&info, "user_shstk");
	tb_cpuinfo_close(&info);
	tb_sysroot_close(&root);
	return shows;
}

/*
 * Whether the kernel has shadow stacks; if not, the reason is reported. The kernel first checks for
 * support and then rejects the unknown flag. ARCH_SHSTK_STATUS would succeed on any CPU.
 */
static bool kernel_gives(struct tb_refusal *refusal)
{
	int err = syscall(THREAD_SYS_MAP_SHADOW_STACK, 0UL, 4096UL, ~0U) < 0 ? errno : 0;
	const char *reason = "map_shadow_stack accepts unknown flags";

	if (err == EINVAL)
		return true;
	if (err == EOPNOTSUPP) {
		reason = "kernel does not support user_shstk (switched off, or not on this CPU)";
	} else if (err == ENOSYS && !kernel_shows_shadow_stacks()) {
		reason = "kernel does not support user_shstk (no CONFIG_X86_USER_SHADOW_STACK)";
	} else if (err) {
		tb_refusal_of(NULL, "map_shadow_stack", err, refusal);
		return false;
	}
	tb_refusal_set(refusal, -err, "no-kernel-feature", reason, on_remedy);
	return false;
}

static bool glibc_can_shadow(void)
{
	unsigned int major = 0, minor = 0;

	return sscanf(gnu_get_libc_version(), "%u.%u", &major, &minor) == 2 &&
	       (major > 2 || (major == 2 && minor >= 39));
}

int thread_probe_support(struct tb_probe *probe)
{
	bool cpu = cpu_has_shadow_stacks();
	struct tb_refusal refusal;
	bool kernel = kernel_gives(&refusal);
	char reason[TB_REASON + 64];

	if (cpu && kernel)
		return 0;
	snprintf(reason, sizeof(reason), "%s%s%s",
		 cpu ? "" : "CPU does not support CET_SS (shadow stacks)",
		 !cpu && !kernel ? "; " : "", refusal.reason);
	return tb_probe_unavailable(probe, cpu ? refusal.code : "no-cpu-feature", reason,
				    cpu ? refusal.remedy : on_remedy);
}

int thread_probe_shadow(struct tb_probe *probe)
{
	const char *shadow = tb_probe_choice(probe, "shadow");
	bool glibc = !strcmp(shadow, "glibc");
	char reason[160];

	if (!glibc && strcmp(shadow, "on"))
		return 0;
	if (glibc && !glibc_can_shadow()) {
		snprintf(reason, sizeof(reason), "glibc %s can't enable shadow stacks, 2.39 can",
			 gnu_get_libc_version());
		return tb_probe_unavailable(probe, "not-applicable", reason,
					    "use shadow=on, or a system with glibc 2.39 or later");
	}
	return thread_probe_support(probe);
}

bool thread_shadowed(const struct tb_trial *trial)
{
	const char *shadow = tb_trial_choice(trial, "shadow");

	return !strcmp(shadow, "on") || !strcmp(shadow, "glibc");
}

/* glibc reads its tunables at program start, so the worker re-executes itself with them. */
static int enter_by_glibc(struct tb_trial *trial, tb_work work)
{
	static char *argv[] = { "tollbooth", "worker", NULL };
	const char *tunables = getenv("GLIBC_TUNABLES");
	char text[512];

	if (thread_ssp())
		work(trial);
	if (tunables && strstr(tunables, GLIBC_ASKED))
		return tb_trial_fail(trial, -EOPNOTSUPP,
				     "glibc did not enable shadow stacks: built without CET?");
	snprintf(text, sizeof(text), "%s%s" GLIBC_ASKED, tunables ? tunables : "",
		 tunables ? ":" : "");
	setenv("GLIBC_TUNABLES", text, 1);
	execv("/proc/self/exe", argv);
	return tb_trial_fail(trial, -errno, "the worker could not start again for glibc");
}

int thread_enter(struct tb_trial *trial, tb_work work)
{
	long err;

	if (!thread_shadowed(trial))
		work(trial);
	if (!strcmp(tb_trial_choice(trial, "shadow"), "glibc"))
		return enter_by_glibc(trial, work);
	err = thread_arch_prctl(THREAD_SHSTK_ENABLE, THREAD_SHSTK);
	if (!err)
		work(trial); /* never returns through an earlier frame */
	return tb_trial_refused(
		trial, (int)err, "arch_prctl",
		"the kernel refused a shadow stack (it has RLIMIT_STACK bytes, see ulimit -s)");
}

void thread_check_shadow(struct tb_trial *trial)
{
	long want = thread_shadowed(trial) ? THREAD_SHSTK : 0;
	long status = thread_shadow_status();
	bool pointer = thread_ssp();

	/* A kernel without shadow stacks has no status either. */
	tb_trial_check_count(trial, "shadow-status", want, status < 0 ? 0 : status);
	tb_trial_check(trial, "shadow-pointer", pointer == (want != 0), want ? "one" : "none",
		       pointer ? "one" : "none");
}
