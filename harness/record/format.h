/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts and figures of a record, for a line of output. */
#ifndef TB_FORMAT_H
#define TB_FORMAT_H

#include <stddef.h>

#include "record/record.h"

/* A figure with useful digits, a ratio in per cent: "1035", "12.40", "0.0310"; "-" for NAN. */
void tb_figure(const char *unit, double x, char *out, size_t bytes);
/*
 * "1330 ± 0.1 %", UTF-8: the larger half of the interval, relative to the figure. For ratios, lines
 * and a figure of 0 the half is in their own unit: "0.31 ± 0.05".
 */
void tb_short_figure(const char *unit, double x, double lo, double hi, char *out, size_t bytes);
/* "865.4 | 1102 (91 %)": two modes, and the share of samples in the upper one. */
void tb_short_modes(const char *unit, double low, double high, double share_high, char *out,
		    size_t bytes);
/*
 * "Zen 5 (derived: CPUID 1A_02, AVX_VNNI), AuthenticAMD family 26 model 2 stepping 1, microcode
 * 0x1, L1D 48 KiB, class vm (kvm)"
 */
void tb_machine_text(const struct tb_record *record, char *out, size_t bytes);

/* The CPU that measured: "CPU 4, a core of kind cpu_core"; "" if the record does not have it. */
void tb_cpu_text(const struct tb_record *record, char *out, size_t bytes);

/* "tollbooth 0.1.0, commit 0123456789ab, with local changes", of the record's "tool". */
void tb_tool_text(const json_t *tool, char *out, size_t bytes);

/* "kvm", or "kvm_pvm in kvm" for guests that ran in a virtual machine; "" without a hypervisor. */
void tb_hypervisor_text(const struct tb_record *record, char *out, size_t bytes);

/* A row's parameters without their names: "kvm-lfence 64K page l2". */
void tb_row_values(const json_t *row, char *out, size_t bytes);

#endif
