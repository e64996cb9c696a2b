/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machines of a report beside each other. */
#ifndef TB_MACHINES_H
#define TB_MACHINES_H

#include <stdio.h>

#include "report/subject.h"

/* Which letter and colour is which record. */
void tb_machines_legend(FILE *out, const struct tb_subject *subjects, size_t n);
/* Host and environment: first what differs between the records, then all that is known. */
void tb_machines_table(FILE *out, const struct tb_subject *subjects, size_t n);
/* The colour of a machine, as a mark. */
void tb_machine_mark(FILE *out, const struct tb_subject *subject);

#endif
