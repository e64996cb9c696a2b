/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the fingerprints of the compared records are those of one kind of CPU. */
#ifndef TB_LIKENESS_H
#define TB_LIKENESS_H

#include <jansson.h>

#include "compare/gather.h"

/*
 * Appends to the array of texts a warning for each measured value of the fingerprints
 * that differs by more than 10 % between two records. A null differs from nothing.
 * 0 or -ENOMEM.
 */
int tb_likeness_warn(const struct tb_sides *sides, json_t *warnings);

#endif
