/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can follow on a command line that is not yet whole: the shells' completion. */
#ifndef TB_COMPLETE_H
#define TB_COMPLETE_H

#include <stdio.h>

#include "cli/cli.h"

/*
 * Prints what the last of the words, which follow the program's name, can become:
 * one candidate a line, a tab and what it means behind it. It all comes from the
 * option table, the commands' arguments and the benchmarks. FILE and FOLDER stand
 * for any of those.
 */
void tb_complete(const struct tb_cli *cli, const char *const *word, size_t words, FILE *out);

#endif
