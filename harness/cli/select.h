/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Selects benchmarks and variants from the command line. */
#ifndef TB_SELECT_H
#define TB_SELECT_H

#include "cli/cli.h"

/*
 * Names are benchmarks ("l1d/flush-user"), families ("l1d") or patterns ("l1d/\*"); without names
 * all are selected. Fills the variants of the suite, or of -p. TB_OK, or TB_USAGE after an error
 * message.
 */
enum tb_status tb_select(const struct tb_cli *cli, const struct tb_args *args, bool full,
			 const struct tb_machine *stage, struct tb_variants *variants);

/*
 * Fills out with the benchmarks that the names select, then NULL. out has TB_BENCHES_MAX entries.
 */
enum tb_status tb_select_benches(const struct tb_cli *cli, const struct tb_args *args,
				 const struct tb_bench **out);

enum { TB_BENCHES_MAX = 64 };

#endif
