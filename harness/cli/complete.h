/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion of command lines for the shells. */
#ifndef TB_COMPLETE_H
#define TB_COMPLETE_H

#include <stdio.h>

#include "cli/cli.h"

/*
 * Prints the candidates for the last of the words, which follow the program's name: one a line,
 * with a tab and its meaning. The candidates come from the option table, the commands' arguments
 * and the benchmarks. FILE and FOLDER are placeholders for any file or folder.
 */
void tb_complete(const struct tb_cli *cli, const char *const *word, size_t words, FILE *out);

#endif
