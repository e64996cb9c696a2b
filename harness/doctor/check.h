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
	TB_NOTE,   /* to know when reading the numbers */
	TB_LIMITS, /* something cannot be measured */
	TB_WIDENS, /* more noise: wider intervals, fewer quiet samples */
	TB_SPOILS  /* figures or intervals cannot be trusted */
};

/* Two looks at the machine with some time between: what happens on it now. A text may be NULL. */
struct tb_snapshot {
	const struct tb_sysroot *root;
	const struct tb_place *place; /* NULL: hwloc is not asked */
	int cpu;		      /* that is measured on */
	size_t cpus;		      /* that may be used */
	double seconds;
	const char *stat[2], *interrupts[2]; /* of /proc */
	const char *path;		     /* where programs are looked for, as $PATH */
	const char *folder;		     /* where records go */
	double free_bytes;		     /* there; below 0: unknown */
};

struct rule;

/* The snapshot, and what several rules ask for. */
struct check {
	const struct tb_snapshot *snapshot;
	struct tb_cpuinfo info;
	struct tb_virt virt;
	struct tb_rights rights;
};

struct seen {
	char text[1024];
	int number;	    /* for the @ in the remedy */
	const char *remedy; /* NULL: the rule's */
};

/*
 * A rule is one finding: it holds, or it does not. What is not there to be read is
 * no finding, unless the rule says that it is.
 */
struct rule {
	const char *id;
	enum tb_severity severity;
	const char *families; /* that it matters to: "apf thread"; NULL: all that there are */
	bool (*look)(const struct check *check, const struct rule *rule, struct seen *seen);
	const char *path;  /* below the root; @ is the CPU */
	const char *value; /* what it is compared to */
	const char *effect, *remedy;
};

extern const struct rule tb_rules[];
extern const size_t tb_rule_count;

/* On files. */
bool check_is(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_is_not(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_above(const struct check *check, const struct rule *rule, struct seen *seen);
bool check_absent(const struct check *check, const struct rule *rule, struct seen *seen);

/* On the machine. */
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

/* On what this process may do. */
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

/* On what happens now: "lo hi", per cent of the time between the looks. */
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

/* Path or command with @ replaced by the number. */
void check_expand(const char *text, int number, char *out, size_t bytes);
/* Reads the rule's file into text: its length, or -errno. */
int check_read(const struct check *check, const struct rule *rule, char *text, size_t bytes);
void check_saw(struct seen *seen, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Another online thread of the CPU's core; -1: none. */
int check_sibling_of(const struct check *check);

#endif
