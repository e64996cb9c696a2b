/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would spoil a measurement on this machine, and the remedy. Reads only; changes nothing. */
#ifndef TB_DOCTOR_H
#define TB_DOCTOR_H

#include <stddef.h>

#include "doctor/check.h"

struct tb_finding {
	const char *id; /* "smt-sibling"; never renamed */
	enum tb_severity severity;
	char seen[1024];      /* where, and what: "/sys/.../scaling_governor: powersave" */
	const char *families; /* that it matters to: "apf thread"; NULL: all that there are */
	const char *effect;
	char remedy[512]; /* a command, or that there is none */
};

enum { TB_FINDINGS_MAX = 64 };

/* The worst first. Returns how many; *looked (may be NULL): how many things were looked at. */
size_t tb_doctor(const struct tb_snapshot *snapshot, struct tb_finding finding[TB_FINDINGS_MAX],
		 size_t *looked);
/* Of the rules whose id begins with prefix only: "tsc-". */
size_t tb_doctor_rules(const struct tb_snapshot *snapshot, const char *prefix,
		       struct tb_finding finding[TB_FINDINGS_MAX]);
const char *tb_severity_name(enum tb_severity severity);

#endif
