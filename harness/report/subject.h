/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of a report: what each is called, and which may share a plot. */
#ifndef TB_SUBJECT_H
#define TB_SUBJECT_H

#include "record/record.h"

enum { TB_SUBJECTS_MAX = 26 }; /* a letter each */

struct tb_subject {
	const struct tb_record *record;
	char name[48]; /* "A Emerald Rapids" */
	int machine;   /* from 1; records of one machine share it, and with it a colour */
};

/*
 * Records of one class. Classes never meet in a plot: what a virtual machine
 * pays is not what metal pays, and an emulator's figures are no results at all.
 */
struct tb_group {
	char text[160]; /* "class vm (kvm, xen)" */
	const struct tb_subject *at[TB_SUBJECTS_MAX];
	size_t n; /* at[0] is what ratios are against */
};

/* Names n <= TB_SUBJECTS_MAX records in their order. */
void tb_subjects_name(const struct tb_record *records, size_t n, struct tb_subject *subjects);
/*
 * Parts them by class, both in the order of the first of each. Returns the number of groups, at
 * most n.
 */
size_t tb_subjects_group(const struct tb_subject *subjects, size_t n, struct tb_group *groups);

/* Bytes of the level 1 data cache; 0 when unknown. */
double tb_l1d_bytes(const struct tb_record *record);

#endif
