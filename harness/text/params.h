/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parameters of a table's rows. Those that vary are columns, the others are in the heading. */
#ifndef TB_PARAMS_H
#define TB_PARAMS_H

#include <jansson.h>
#include <stddef.h>

#include "text/grid.h"

struct tb_params {
	json_t *all;	/* names in order, with the first row's values */
	json_t *common; /* those with the same value in every row */
};

/*
 * Adds the parameters of a row to p, which is zero-initialised. With `vary` all count as varying.
 */
void tb_params_add(struct tb_params *params, const json_t *row, bool vary);
/* Adds cells for the parameters that vary: names, or values of a row. Returns their number. */
size_t tb_params_put_names(const struct tb_params *params, struct tb_grid *grid);
void tb_params_put(const struct tb_params *params, const json_t *row, struct tb_grid *grid);
/* Appends the parameters that do not vary, inert: " victim=page buffer=l2". */
void tb_params_text(const struct tb_params *params, char *out, size_t bytes);
void tb_params_free(struct tb_params *params);

#endif
