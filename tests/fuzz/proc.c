// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Invalid /proc and /sys. The input is files: a byte that names one,
 * its content, and 0xff before the next.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "measure/noise.h"
#include "machine/sysroot.h"
#include "machine/environment.h"
#include "machine/host.h"

#define CPUS "sys/devices/system/cpu/"

static const char *const files[] = {
	"proc/cpuinfo",
	"proc/cmdline",
	"proc/version",
	"proc/meminfo",
	"proc/interrupts",
	"proc/stat",
	"proc/1/environ",
	"proc/1/cgroup",
	"proc/config.gz",
	"proc/sys/kernel/osrelease",
	"proc/sys/kernel/tainted",
	"proc/sys/vm/swappiness",
	CPUS "online",
	CPUS "vulnerabilities/l1tf",
	CPUS "vulnerabilities/spectre_v2",
	CPUS "smt/control",
	CPUS "cpu0/cache/index0/level",
	CPUS "cpu0/cache/index0/type",
	CPUS "cpu0/cache/index0/size",
	CPUS "cpu0/cache/index0/shared_cpu_list",
	CPUS "cpu0/cache/index0/number_of_sets",
	CPUS "cpu0/topology/physical_package_id",
	CPUS "cpu0/topology/core_id",
	CPUS "cpu0/topology/thread_siblings_list",
	CPUS "cpu0/cpufreq/scaling_governor",
	CPUS "cpu0/cpufreq/scaling_max_freq",
	CPUS "cpu0/cpuidle/state0/name",
	CPUS "cpu0/cpuidle/state0/latency",
	"sys/kernel/mm/transparent_hugepage/enabled",
	"sys/kernel/mm/ksm/run",
	"sys/module/kvm_intel/parameters/nested",
	"sys/module/kvm_intel/parameters/vmentry_l1d_flush",
	"sys/class/dmi/id/sys_vendor",
	"sys/class/dmi/id/product_name",
	"sys/hypervisor/type",
	"sys/kernel/debug/sched/preempt",
	"proc/bus/pci/devices",
	"proc/self/cgroup",
	"proc/self/mountinfo",
	"sys/fs/cgroup/a/cpu.max",
	CPUS "cpu0/topology/die_id",
	CPUS "cpu0/topology/cluster_id",
	"sys/devices/cpu_core/cpus",
	"sys/devices/cpu_atom/cpus",
	"sys/devices/system/node/node0/cpulist",
};
enum { FILES = sizeof(files) / sizeof(*files) };

static struct {
	char path[64];
	struct tb_sysroot root;
} fake;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void drop_root(void)
{
	nftw(fake.path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Once: folders stay, files come and go. */
static void make_root(void)
{
	char part[256];

	snprintf(fake.path, sizeof(fake.path), "/dev/shm/tollbooth-fuzz-XXXXXX");
	fuzz_need(mkdtemp(fake.path) && !tb_sysroot_open(fake.path, &fake.root), "no folder");
	atexit(drop_root);
	for (int i = 0; i < FILES; i++)
		for (const char *slash = strchr(files[i], '/'); slash;
		     slash = strchr(slash + 1, '/')) {
			snprintf(part, sizeof(part), "%.*s", (int)(slash - files[i]), files[i]);
			mkdirat(fake.root.fd, part, 0755);
		}
}

static void put(const char *name, const uint8_t *data, size_t size)
{
	int fd = openat(fake.root.fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	fuzz_need(fd >= 0 && write(fd, data, size) == (ssize_t)size, "no file");
	close(fd);
}

/* All output fits a record: each value is text or a number. */
static void judge(json_t *json)
{
	char *text;

	fuzz_need(json, "nothing");
	text = json_dumps(json, JSON_COMPACT);
	fuzz_need(text, "no JSON");
	free(text);
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tb_noise_mark mark;
	bool made[FILES] = { false };

	if (!fake.path[0])
		make_root();
	while (size) {
		const uint8_t *end = memchr(data + 1, 0xff, size - 1);
		size_t n = end ? (size_t)(end - data) - 1 : size - 1;
		int which = *data % FILES;

		put(files[which], data + 1, n);
		made[which] = true;
		size -= n + 1 + !!end;
		data += n + 1 + !!end;
	}
	judge(tb_host_of(&fake.root, 0));
	judge(tb_environment_of(&fake.root, 0));
	tb_noise_mark(&fake.root, (const int32_t[]){ 0 }, 1, &mark);
	for (int i = 0; i < FILES; i++)
		if (made[i])
			unlinkat(fake.root.fd, files[i], 0);
	return 0;
}
