/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parameters of a table's rows: those that vary are columns, the others stand in the heading. */
#ifndef TB_PARAMS_H
#define TB_PARAMS_H

#include <jansson.h>
#include <stddef.h>

#include "text/grid.h"

struct tb_params {
	json_t *all;	/* names in their order, with the first row's values */
	json_t *common; /* of them those that are the same in every row */
};

/* All zeros is an empty one. Adds the parameters of a row; with `vary` all of them count as varying. */
void tb_params_add(struct tb_params *params, const json_t *row, bool vary);
/* Puts the names, or the values of a row, of the parameters that vary. Returns how many. */
size_t tb_params_put_names(const struct tb_params *params, struct tb_grid *grid);
void tb_params_put(const struct tb_params *params, const json_t *row, struct tb_grid *grid);
/* Appends " victim=page buffer=l2" of those that do not; inert. */
void tb_params_text(const struct tb_params *params, char *out, size_t bytes);
void tb_params_free(struct tb_params *params);

#endif
