/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machines of a report, side by side. */
#ifndef TB_MACHINES_H
#define TB_MACHINES_H

#include <stdio.h>

#include "report/subject.h"

/* Writes the letter and the colour of each record. */
void tb_machines_legend(FILE *out, const struct tb_subject *subjects, size_t n);
/* Writes host and environment: first the differences between the records, then all facts. */
void tb_machines_table(FILE *out, const struct tb_subject *subjects, size_t n);
/* Writes a mark in the machine's colour. */
void tb_machine_mark(FILE *out, const struct tb_subject *subject);

#endif
