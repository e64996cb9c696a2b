/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections of a report on one record, in their order. */
#ifndef TB_SECTIONS_H
#define TB_SECTIONS_H

#include <stdio.h>

#include "record/record.h"

void tb_section_intro(FILE *out, const struct tb_record *record);  /* machine and run */
void tb_section_rows(FILE *out, const struct tb_record *record);   /* every figure */
void tb_section_noise(FILE *out, const struct tb_record *record);  /* disturbances */
void tb_section_doubts(FILE *out, const struct tb_record *record); /* nulls, skips, failed checks */
void tb_section_again(FILE *out, const struct tb_record *record);  /* the command */

#endif
