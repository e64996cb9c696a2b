/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The doctor's rules, and the checks that they call. */
#ifndef TB_CHECK_H
#define TB_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/cpuinfo.h"
#include "machine/place.h"
#include "machine/rights.h"
#include "machine/sysroot.h"
#include "machine/virt.h"

enum tb_severity {
	TB_NOTE,   /* helps to interpret the results */
	TB_LIMITS, /* something cannot be measured */
	TB_WIDENS, /* more noise: wider intervals, fewer quiet samples */
	TB_SPOILS  /* values or intervals are not valid */
};

/* The machine, and two samples of its current activity. A text may be NULL. */
struct tb_snapshot {
	const struct tb_sysroot *root;
	const struct tb_place *place;	     /* NULL: hwloc is not used */
	int cpu;			     /* measured CPU, that of role 0 */
	size_t cpus;			     /* number of CPUs that this process may use */
	double seconds;			     /* between the two samples */
	const char *stat[2], *interrupts[2]; /* texts of these files in /proc */
	const char *path;		     /* search path for programs, as $PATH */
	const char *folder;		     /* folder for records */
	double free_bytes;		     /* in this folder; below 0: unknown */
};

struct rule;

/* The snapshot, and data that several rules use. */
struct check {
	const struct tb_snapshot *snapshot;
	struct tb_cpuinfo info;
	struct tb_virt virt;
	struct tb_rights rights;
};

struct seen {
	char text[1024];
	int number;	    /* replaces @ in the remedy */
	const char *remedy; /* NULL: the rule's */
};

/* A rule describes one finding. An unreadable file is no finding, unless the rule says so. */
struct rule {
	const char *id;
	enum tb_severity severity;
	const char *families; /* affected families: "apf thread"; NULL: all */
	bool (*look)(const struct check *check, const struct rule *rule, struct seen *seen);
	const char *path;  /* relative to the root; @ is the measured CPU */
	const char *value; /* the value to compare with */
	const char *effect, *remedy;
};

extern const struct rule tb_rules[];
extern const size_t tb_rule_count;

/* Checks of files. Each returns true and fills *seen if the rule applies. */
bool check_is(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_is_not(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_above(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_absent(const struct check *check, const struct rule *rule, struct seen *seen);

/* Checks of the machine. */
bool check_class(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_no_class(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_contradiction(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_nested(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_container(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_tsc(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_tsc_unstable(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_no_cpufreq(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_no_hz(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_microcode(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_no_pmu(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_watchdog(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_sibling(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_topology(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_not_isolated(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_isolated_elsewhere(const struct check *check, const struct rule *rule,
			      struct seen *seen);
bool check_deep_idle(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_kinds(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_nodes(const struct check *check, const struct rule *rule, struct seen *seen);

/* Checks of permissions and resources. */
bool check_realtime(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_seccomp(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_memlock(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_paranoid(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_userfaultfd(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_not_writable(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_one_cpu(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_layout(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_quota(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_group_memory(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_group_pids(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_gnuplot(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_disk(const struct check *check, const struct rule *rule, struct seen *seen);

/* Checks of current activity. value: "lo hi", per cent of the time between the two samples. */
bool check_busy(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_sibling_busy(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_others_busy(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_steal(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_steal_before(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_interrupts(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_hypervisor(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_load(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_other_run(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_process(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_damon(const struct check *check, const struct rule *rule, struct seen *seen);

/* Copies the path or command to out and replaces @ by the number. */
void check_expand(const char *text, int number, char *out, size_t bytes);
/* Reads the rule's file into text. Returns its length or -errno. */
int check_read(const struct check *check, const struct rule *rule, char *text, size_t bytes);
void check_saw(struct seen *seen, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Another online hardware thread of the measured CPU's core; -1: none. */
int check_sibling_of(const struct check *check);

#endif
