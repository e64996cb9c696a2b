/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats figures of a comparison as table cells. Shares are in per cent. */
#ifndef TB_CELLS_H
#define TB_CELLS_H

#include "compare/comparison.h"

bool tb_pairing_share(const struct tb_pairing *row);
bool tb_pairing_by_difference(const struct tb_pairing *row); /* shares and lines */

/* "1035 [1033, 1039]". Of a mixture its two modes, because no single figure describes both. */
void tb_cell_estimate(const struct tb_entry *entry, char *out, size_t bytes);
/* "1035", or "865.4 | 1102" for two modes. The ratio in the same row has the interval. */
void tb_cell_plain(const struct tb_entry *entry, char *out, size_t bytes);
/* "1.052 [1.041, 1.066]", "+0.42 [0.30, 0.51]" */
void tb_cell_change(const struct tb_pairing *row, char *out, size_t bytes);
/* "slower", or "worse" for a metric that is not a time. */
const char *tb_cell_word(const struct tb_pairing *row);
/* The word, with its reason if there is one. */
void tb_cell_verdict(const struct tb_pairing *row, char *out, size_t bytes);
/* "1.052 slower", "1.001 =": the short form for a matrix. */
void tb_cell_short(const struct tb_pairing *row, char *out, size_t bytes);

#endif
