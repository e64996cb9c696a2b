/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of parameters, from what a user types to what a record holds. */
#ifndef TB_VALUE_H
#define TB_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench.h"
#include "error.h"

/* Whether the parameter holds numbers ("4K..1G/4K") and not choices ("a|b"). */
bool tb_param_is_number(const struct tb_param *param);

/*
 * text[0..length) -> out, canonical: the choice, or the number in plain decimal.
 * Numbers take K, M and G (1024); l1d and l1d*N/D are relative to l1d bytes and
 * rounded up to the parameter's step. -EINVAL with the error said.
 */
int tb_value_read(const struct tb_param *param, const char *text, size_t length, size_t l1d,
		  char *out, struct tb_error *why);

#endif
