/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the doctor's rules and the ways to look. */
#ifndef TB_LOOK_H
#define TB_LOOK_H

#include <stdbool.h>

#include "doctor/doctor.h"
#include "measure/rights.h"
#include "record/cpuinfo.h"
#include "record/virt.h"

struct rule;

/* The patient, and what several rules ask for. */
struct exam {
	const struct tb_patient *patient;
	struct tb_cpuinfo info;
	struct tb_virt virt;
	struct tb_rights rights;
};

struct seen {
	char text[1024];
	int number;	  /* for the @ in the command that mends */
	const char *mend; /* NULL: the rule's */
};

/*
 * A rule is one finding: it holds, or it does not. What is not there to be read is
 * no finding, unless the rule says that it is.
 */
struct rule {
	const char *id;
	enum tb_severity severity;
	const char *families;
	bool (*look)(const struct exam *exam, const struct rule *rule, struct seen *seen);
	const char *path;  /* below the root; @ is the CPU */
	const char *value; /* what it is compared to */
	const char *effect, *mend;
};

extern const struct rule tb_rules[];
extern const size_t tb_rule_count;

/* On files. */
bool look_is(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_is_not(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_above(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_absent(const struct exam *exam, const struct rule *rule, struct seen *seen);

/* On the machine. */
bool look_class(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_no_class(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_contradiction(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_nested(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_container(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_tsc(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_tsc_unstable(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_no_cpufreq(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_no_hz(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_microcode(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_no_pmu(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_watchdog(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_sibling(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_topology(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_not_isolated(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_isolated_elsewhere(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_deep_idle(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_kinds(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_nodes(const struct exam *exam, const struct rule *rule, struct seen *seen);

/* On what this process may do. */
bool look_realtime(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_seccomp(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_memlock(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_paranoid(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_userfaultfd(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_not_writable(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_one_cpu(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_layout(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_quota(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_group_memory(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_group_pids(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_gnuplot(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_disk(const struct exam *exam, const struct rule *rule, struct seen *seen);

/* On what happens now: "lo hi", per cent of the time between the looks. */
bool look_busy(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_sibling_busy(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_others_busy(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_steal(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_steal_before(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_interrupts(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_hypervisor(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_load(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_other_run(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_process(const struct exam *exam, const struct rule *rule, struct seen *seen);
bool look_damon(const struct exam *exam, const struct rule *rule, struct seen *seen);

/* Path or command with @ replaced by the number. */
void look_expand(const char *text, int number, char *out, size_t bytes);
/* Reads the rule's file into text: its length, or -errno. */
int look_read(const struct exam *exam, const struct rule *rule, char *text, size_t bytes);
void look_saw(struct seen *seen, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Another online thread of the CPU's core; -1: none. */
int look_sibling_of(const struct exam *exam);

#endif
