/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One figure of a comparison as text of a table. Shares are in per cent. */
#ifndef TB_CELLS_H
#define TB_CELLS_H

#include "compare/comparison.h"

bool tb_pairing_share(const struct tb_pairing *row);
bool tb_pairing_by_difference(const struct tb_pairing *row); /* as a rule: shares and lines */

/* "1035 [1033, 1039]"; of a mixture its two modes: the median of one is nobody's figure. */
void tb_cell_estimate(const struct tb_entry *entry, char *out, size_t bytes);
/* "1035" alone, or "865.4 | 1102" of two modes: a ratio beside it has the interval. */
void tb_cell_plain(const struct tb_entry *entry, char *out, size_t bytes);
/* "1.052 [1.041, 1.066]", "+0.42 [0.30, 0.51]" */
void tb_cell_change(const struct tb_pairing *row, char *out, size_t bytes);
/* "slower"; "worse" of what is no time. */
const char *tb_cell_word(const struct tb_pairing *row);
/* The word, and its reason where there is one. */
void tb_cell_verdict(const struct tb_pairing *row, char *out, size_t bytes);
/* "1.052 slower", "1.001 =": a matrix has many. */
void tb_cell_short(const struct tb_pairing *row, char *out, size_t bytes);

#endif
