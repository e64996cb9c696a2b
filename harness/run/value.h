/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of parameters: from the user's text to the form in a record. */
#ifndef TB_VALUE_H
#define TB_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench.h"
#include "error.h"
#include "run/value.h"

enum { TB_VALUES = 512 }; /* bytes of the text of tb_param_values() */

/* The i-th choice of a parameter, and its length. NULL after the last, and for a range. */
const char *tb_param_choice(const struct tb_param *param, unsigned int i, size_t *length);
/* The values of a parameter as text: "a|b", "4K..1G/4K". Returns out. */
const char *tb_param_values(const struct tb_param *param, char out[TB_VALUES]);
/* The index of the parameter of this name. Aborts if the benchmark has none. */
unsigned int tb_param_index(const struct tb_bench *bench, const char *name);

/* Whether the parameter holds numbers ("4K..1G/4K") and not choices ("a|b"). */
bool tb_param_is_number(const struct tb_param *param);

/*
 * Writes the canonical form of text[0..length) to out: the choice, or the number in plain decimal.
 * Numbers accept K, M and G (1024). l1d and l1d*N/D are relative to l1d bytes and rounded up to the
 * parameter's step. 0, or -EINVAL with the error in *why.
 */
int tb_value_read(const struct tb_param *param, const char *text, size_t length, size_t l1d,
		  char *out, struct tb_error *why);

/* The name in the list that is most similar to a mistyped one; NULL: none is similar. */
const char *tb_nearest(const char *typed, const char *const *names, size_t n);

#endif
