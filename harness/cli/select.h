/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what was typed to the variants to run. */
#ifndef TB_SELECT_H
#define TB_SELECT_H

#include "cli/cli.h"

/*
 * Names are benchmarks ("l1d/flush-user"), families ("l1d") or patterns
 * ("l1d/\*"); none: all. Fills the variants of the suite, or of -p. TB_OK, or
 * TB_USAGE after one line.
 */
enum tb_status tb_select(const struct tb_cli *cli, const struct tb_args *args, bool full,
			 const struct tb_machine *stage, struct tb_variants *variants);

/* The benchmarks that the names select: out ends with NULL and has room for all. */
enum tb_status tb_select_benches(const struct tb_cli *cli, const struct tb_args *args,
				 const struct tb_bench **out);

enum { TB_BENCHES_MAX = 64 };

#endif
