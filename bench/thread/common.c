// SPDX-License-Identifier: GPL-2.0-or-later
#include <cpuid.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "thread/thread.h"

enum { ARCH_SHSTK_STATUS = 0x5005 }; /* asm/prctl.h since Linux 6.6 */

int thread_probe_shadow(struct tb_probe *probe)
{
	unsigned int a, b, c = 0, d;
	uint64_t status;

	if (strcmp(tb_probe_choice(probe, "shadow"), "on"))
		return 0;
	__get_cpuid_count(7, 0, &a, &b, &c, &d);
	if (!(c & (1u << 7))) /* CET_SS, SDM vol. 2A, CPUID.(7,0):ECX[7] */
		return tb_probe_lack(probe, "no-cpu-feature", "CPU lacks user_shstk",
				     "a CPU from Tiger Lake or Zen 3 on, and Linux 6.6 or later");
	if (syscall(SYS_arch_prctl, ARCH_SHSTK_STATUS, &status))
		return tb_probe_lack(probe, "no-kernel-feature",
				     "kernel lacks CONFIG_X86_USER_SHADOW_STACK",
				     "boot Linux 6.6 or later with it, without nousershstk");
	return tb_probe_lack(probe, "not-yet", "shadow=on is not proved in this version",
			     "use shadow=off, or model where there is one");
}

static long count_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	long n = 0;
	int c;

	if (!file)
		return -1;
	while ((c = fgetc(file)) != EOF)
		n += c == '\n';
	fclose(file);
	return n;
}

static long count_entries(const char *path)
{
	DIR *dir = opendir(path);
	long n = 0;

	if (!dir)
		return -1;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

struct thread_census thread_census(void)
{
	return (struct thread_census){ count_lines("/proc/self/maps"),
				       count_entries("/proc/self/task"),
				       count_entries("/proc/self/fd") };
}

void thread_check_census(struct tb_trial *trial, const struct thread_census *before)
{
	struct thread_census after = thread_census();

	tb_trial_check_count(trial, "maps-left", before->maps, after.maps);
	tb_trial_check_count(trial, "threads-left", before->threads, after.threads);
	tb_trial_check_count(trial, "files-left", before->files, after.files);
}
