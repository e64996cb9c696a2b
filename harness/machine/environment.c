// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/environment.h"

#include <errno.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "machine/cgroup.h"
#include "machine/sysfs_cpu.h"
#include "machine/cmdline.h"
#include "machine/cpuinfo.h"
#include "machine/facts.h"
#include "machine/host.h"
#include "machine/power.h"
#include "json.h"
#include "machine/virt.h"
#include "machine/program.h"

#define CPUS	      "sys/devices/system/cpu/"
#define COUNT(fields) (sizeof(fields) / sizeof(*(fields)))

static void put_text(struct tb_facts *gather, json_t *object, const char *name, const char *text)
{
	tb_facts_put(gather, object, name, tb_text(text, strlen(text)));
}

static int parse_cmdline(const char *text, size_t len, json_t **value)
{
	*value = tb_cmdline_redact(text, len);
	return 0;
}

/* The build's model. No word at all: none or voluntary, which look the same from here. */
static int parse_preempt(const char *text, size_t len, json_t **value)
{
	static const char *const models[] = { "PREEMPT_DYNAMIC", "PREEMPT_RT", "PREEMPT_LAZY",
					      "PREEMPT" };

	if (!len)
		return -ENODATA;
	for (size_t i = 0; i < COUNT(models); i++) {
		if (!strstr(text, models[i]))
			continue;
		*value = json_string(models[i]);
		return 0;
	}
	*value = json_string("none");
	return 0;
}

/* What a PREEMPT_DYNAMIC kernel runs now is in debugfs, which root alone may read. */
static void put_preempt(struct tb_facts *gather, json_t *kernel)
{
	static const struct tb_facts_field now = { "preempt", "sched/preempt", tb_facts_bracketed };
	static const struct tb_facts_field built = { "preempt", "version", parse_preempt };

	if (tb_sysroot_has(gather->root, "sys/kernel/debug/sched/preempt"))
		tb_facts_file(gather, kernel, "kernel", "sys/kernel/debug/", &now);
	else
		tb_facts_file(gather, kernel, "kernel", "proc/", &built);
}

static json_t *sha256(const char *data, size_t len)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];

	return json_string(SHA256Data((const uint8_t *)data, len, hex));
}

static void put_config_hash(struct tb_facts *gather, json_t *kernel)
{
	char *config;
	size_t len;
	int err = tb_sysroot_slurp(gather->root, TB_SYSROOT_FILE_MAX, &config, &len,
				   "proc/config.gz");

	if (!err && len < TB_SYSROOT_FILE_MAX)
		tb_facts_put(gather, kernel, "config_sha256", sha256(config, len));
	else
		tb_facts_null(gather, kernel, "kernel", "config_sha256", "proc/config.gz: %s",
			      err ? strerror(-err) : "too long");
	free(config);
}

static json_t *kernel_object(struct tb_facts *gather)
{
	static const struct tb_facts_field fields[] = {
		{ "release", "sys/kernel/osrelease", tb_facts_string },
		{ "version", "sys/kernel/version", tb_facts_string },
		{ "cmdline", "cmdline", parse_cmdline },
		{ "tainted", "sys/kernel/tainted", tb_facts_integer },
	};
	json_t *kernel = json_object();

	tb_facts_files(gather, kernel, "kernel", "proc/", fields, COUNT(fields));
	put_config_hash(gather, kernel);
	put_preempt(gather, kernel);
	tb_facts_null(gather, kernel, "kernel", "hz",
		      "only the kernel's configuration says it, and it is not unpacked");
	return kernel;
}

static void put_mitigations(struct tb_facts *gather, json_t *environment)
{
	json_t *object;
	char **names;
	size_t count;
	int err = tb_sysroot_names(gather->root, &names, &count, CPUS "vulnerabilities");

	if (err) {
		tb_facts_null(gather, environment, "", "mitigations", "%svulnerabilities: %s", CPUS,
			      strerror(-err));
		return;
	}
	object = json_object();
	for (size_t i = 0; i < count; i++) {
		json_t *name = tb_text(names[i], strlen(names[i])); /* a key must be UTF-8 */
		struct tb_facts_field field = { json_string_value(name), names[i],
						tb_facts_string };

		if (name)
			tb_facts_file(gather, object, "mitigations", CPUS "vulnerabilities/",
				      &field);
		else
			gather->short_of_memory = true;
		json_decref(name);
	}
	tb_sysroot_names_free(names, count);
	tb_facts_put(gather, environment, "mitigations", object);
}

static json_t *virtualization_object(struct tb_facts *gather, const struct tb_cpuinfo *info)
{
	static const char section[] = "virtualization";
	json_t *object = json_object(), *contradictions;
	struct tb_virt_facts facts;
	struct tb_virt virt;
	char container[64];

	tb_virt_facts(gather->root, info, &facts);
	tb_virt_classify(&facts, &virt);
	if (virt.class)
		put_text(gather, object, "class", virt.class);
	else
		tb_facts_null(gather, object, section, "class", "%s", virt.evidence);
	if (virt.hypervisor)
		put_text(gather, object, "hypervisor", virt.hypervisor);
	else
		tb_facts_null(gather, object, section, "hypervisor", "%s",
			      virt.class && !strcmp(virt.class, "metal") ? "there is none"
			      : virt.class && *virt.contradiction[0]	 ? virt.contradiction[0]
									 : "nothing names it");
	if (*facts.signature)
		put_text(gather, object, "signature", facts.signature);
	else
		tb_facts_null(gather, object, section, "signature",
			      gather->root->real
				      ? "CPUID leaf 0x40000000 is no hypervisor's"
				      : "CPUID was not asked: the root is not this machine's");
	if (!tb_virt_container(gather->root, container, sizeof(container)))
		put_text(gather, object, "container", container);
	else
		tb_facts_null(gather, object, section, "container",
			      "none, as far as run/, .dockerenv, proc/1/environ and "
			      "proc/1/cgroup tell");
	put_text(gather, object, "evidence", virt.evidence);
	contradictions = json_array();
	for (size_t i = 0; i < TB_VIRT_CONTRADICTIONS && *virt.contradiction[i]; i++)
		if (json_array_append_new(contradictions, tb_text(virt.contradiction[i],
								  strlen(virt.contradiction[i]))))
			gather->short_of_memory = true;
	tb_facts_put(gather, object, "contradictions", contradictions);
	return object;
}

static json_t *kvm_object(struct tb_facts *gather)
{
	static const char *const modules[] = { "kvm_intel", "kvm_amd", "kvm_pvm" };
	static const char none[] = "sys/module holds neither kvm_intel nor kvm_amd nor kvm_pvm";
	static const struct tb_facts_field halt_poll = { "halt_poll_ns", "halt_poll_ns",
							 tb_facts_integer };
	static const struct tb_facts_field fields[] = {
		{ "nested", "nested", tb_facts_switch },
		{ "vmentry_l1d_flush", "vmentry_l1d_flush", tb_facts_string },
	};
	json_t *kvm = json_object();
	char prefix[64] = "";

	for (size_t i = 0; i < COUNT(modules) && !*prefix; i++) {
		if (!tb_sysroot_has(gather->root, "sys/module/%s", modules[i]))
			continue;
		snprintf(prefix, sizeof(prefix), "sys/module/%s/parameters/", modules[i]);
		put_text(gather, kvm, "module", modules[i]);
	}
	if (!*prefix)
		tb_facts_null(gather, kvm, "kvm", "module", none);
	tb_facts_file(gather, kvm, "kvm", "sys/module/kvm/parameters/", &halt_poll);
	for (size_t i = 0; i < COUNT(fields); i++) {
		if (*prefix)
			tb_facts_file(gather, kvm, "kvm", prefix, &fields[i]);
		else
			tb_facts_null(gather, kvm, "kvm", fields[i].name, none);
	}
	return kvm;
}

static json_t *memory_object(struct tb_facts *gather)
{
	static const struct tb_facts_field fields[] = {
		{ "thp", "sys/kernel/mm/transparent_hugepage/enabled", tb_facts_bracketed },
		{ "thp_defrag", "sys/kernel/mm/transparent_hugepage/defrag", tb_facts_bracketed },
		{ "ksm_run", "sys/kernel/mm/ksm/run", tb_facts_integer },
		{ "swappiness", "proc/sys/vm/swappiness", tb_facts_integer },
	};
	json_t *memory = json_object();

	tb_facts_files(gather, memory, "memory", "", fields, COUNT(fields));
	return memory;
}

static void put_limit(struct tb_facts *gather, json_t *object, enum tb_cgroup_kind kind,
		      const char *name)
{
	struct tb_cgroup_limit limit;
	int err = tb_cgroup_limit(gather->root, kind, &limit);

	if (err)
		tb_facts_null(gather, object, "cgroup", name, "%s",
			      err == -ENODATA  ? "no group of this process sets a limit"
			      : err == -ENOENT ? "no control group hierarchy with this controller "
						 "can be read"
					       : strerror(-err));
	else
		tb_facts_put(gather, object, name,
			     kind == TB_CGROUP_CPU ? json_real(limit.value)
						   : json_integer((json_int_t)limit.value));
}

static json_t *cgroup_object(struct tb_facts *gather)
{
	json_t *cgroup = json_object();

	put_limit(gather, cgroup, TB_CGROUP_CPU, "cpu_quota");
	put_limit(gather, cgroup, TB_CGROUP_MEMORY, "memory_max_bytes");
	put_limit(gather, cgroup, TB_CGROUP_PIDS, "pids_max");
	return cgroup;
}

/* A feature in force shows as a flag; without flags nothing is known. */
static void put_flags(struct tb_facts *gather, json_t *environment, const struct tb_cpuinfo *info)
{
	static const struct {
		const char *name, *flag;
	} features[] = { { "kpti", "pti" }, { "fred", "fred" } };

	for (size_t i = 0; i < COUNT(features); i++) {
		if (tb_cpuinfo_get(info, "flags"))
			tb_facts_put(gather, environment, features[i].name,
				     json_boolean(tb_cpuinfo_flag(info, features[i].flag)));
		else
			tb_facts_null(gather, environment, "", features[i].name,
				      "proc/cpuinfo shows no flags");
	}
}

static json_t *pmu_object(struct tb_facts *gather)
{
	static const char missing[] = "the kernel found no core PMU (sys/devices/cpu is missing)";
	const struct tb_sysroot *root = gather->root;
	json_t *pmu = json_object();

	if (tb_pmu_present(root)) {
		tb_facts_put(gather, pmu, "present", json_true());
		tb_facts_null(gather, pmu, "pmu", "reason", "there is a PMU: nothing to explain");
	} else if (tb_sysroot_has(root, "sys/devices")) {
		tb_facts_put(gather, pmu, "present", json_false());
		put_text(gather, pmu, "reason", missing);
	} else {
		tb_facts_null(gather, pmu, "pmu", "present", "sys/devices: %s", strerror(ENOENT));
		put_text(gather, pmu, "reason", "sys/devices is missing: nothing is known");
	}
	return pmu;
}

static void put_switches(struct tb_facts *gather, json_t *environment)
{
	static const struct tb_facts_field fields[] = {
		{ "smt_control", CPUS "smt/control", tb_facts_string },
		{ "aslr", "proc/sys/kernel/randomize_va_space", tb_facts_integer },
		{ "perf_event_paranoid", "proc/sys/kernel/perf_event_paranoid", tb_facts_integer },
		{ "unprivileged_userfaultfd", "proc/sys/vm/unprivileged_userfaultfd",
		  tb_facts_integer },
		{ "clocksource", "sys/devices/system/clocksource/clocksource0/current_clocksource",
		  tb_facts_string },
	};

	tb_facts_files(gather, environment, "", "", fields, COUNT(fields));
	tb_facts_null(gather, environment, "", "prefetchers",
		      "they are MSRs, which only the kernel module or the msr device reads");
}

static void put_build(struct tb_facts *gather, json_t *environment)
{
	char text[64];

#ifdef __GLIBC__
	snprintf(text, sizeof(text), "glibc %s", gnu_get_libc_version());
	put_text(gather, environment, "libc", text);
#else
	tb_facts_null(gather, environment, "", "libc", "not glibc: no macro names it");
#endif
	tb_compiler_text(text, sizeof(text));
	put_text(gather, environment, "compiler", text);
}

/* CPU 0 may be offline, and then has no files. */
static int first_cpu(const struct tb_sysroot *root)
{
	int *cpus, first;
	size_t count;

	tb_host_online(root, &cpus, &count);
	first = count ? cpus[0] : 0;
	free(cpus);
	return first;
}

json_t *tb_environment(const struct tb_sysroot *root)
{
	return tb_environment_of(root, first_cpu(root));
}

json_t *tb_environment_of(const struct tb_sysroot *root, int cpu)
{
	struct tb_facts gather = { .root = root, .nulls = json_array() };
	json_t *environment = json_object();
	struct tb_cpuinfo info;

	tb_cpuinfo_open_of(root, cpu, &info);
	tb_facts_put(&gather, environment, "kernel", kernel_object(&gather));
	put_mitigations(&gather, environment);
	tb_facts_put(&gather, environment, "virtualization", virtualization_object(&gather, &info));
	tb_facts_put(&gather, environment, "frequency", tb_power_frequency(&gather, cpu));
	tb_facts_put(&gather, environment, "idle", tb_power_idle(&gather, cpu));
	tb_facts_put(&gather, environment, "kvm", kvm_object(&gather));
	tb_facts_put(&gather, environment, "memory", memory_object(&gather));
	tb_facts_put(&gather, environment, "cgroup", cgroup_object(&gather));
	put_flags(&gather, environment, &info);
	tb_cpuinfo_close(&info);
	put_switches(&gather, environment);
	tb_facts_put(&gather, environment, "pmu", pmu_object(&gather));
	put_build(&gather, environment);
	tb_facts_put(&gather, environment, "nulls", gather.nulls);
	if (!gather.short_of_memory)
		return environment;
	json_decref(environment);
	return NULL;
}
