/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds conditions that spoil a measurement on this machine, with remedies. It changes nothing. */
#ifndef TB_DOCTOR_H
#define TB_DOCTOR_H

#include <stddef.h>

#include "doctor/check.h"

struct tb_finding {
	const char *id; /* "smt-sibling"; never renamed */
	enum tb_severity severity;
	char seen[1024];      /* the evidence: "/sys/.../scaling_governor: powersave" */
	const char *families; /* affected families: "apf thread"; NULL: all */
	const char *effect;
	char remedy[512]; /* a command, or "none" with the reason */
};

enum { TB_FINDINGS_MAX = 64 };

/* Returns the number of findings, the worst first. *looked (may be NULL): number of rules. */
size_t tb_doctor(const struct tb_snapshot *snapshot, struct tb_finding finding[TB_FINDINGS_MAX],
		 size_t *looked);
/* The same for the rules whose id begins with prefix ("tsc-"). */
size_t tb_doctor_rules(const struct tb_snapshot *snapshot, const char *prefix,
		       struct tb_finding finding[TB_FINDINGS_MAX]);
const char *tb_severity_name(enum tb_severity severity);

#endif
