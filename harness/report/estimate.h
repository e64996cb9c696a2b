/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures of a row as text. */
#ifndef TB_ESTIMATE_H
#define TB_ESTIMATE_H

#include <jansson.h>
#include <stddef.h>

/* Estimate and interval. Of a mixture its two modes, because no single figure describes both. */
void tb_estimate_text(const json_t *metric, char *out, size_t bytes);
/* The same as "1330 ± 0.1 %", "1330 (n < 6)", "865.4 | 1102 (91 %)", "-". */
void tb_estimate_short(const json_t *metric, char *out, size_t bytes);
/* The verdict empty of a row: "yes", "no", "n too small" (or no verdict), "-" without one. */
const char *tb_empty_text(const json_t *row);

#endif
