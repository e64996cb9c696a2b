/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups skipped, doubtful and null rows by remedy and reason. */
#ifndef TB_REASONS_H
#define TB_REASONS_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Counts a row under kind ("skipped"), remedy (NULL: none) and reason, in an array that starts
 * empty. Reasons that differ only in one percentage are grouped. bench may be "".
 */
void tb_reasons_add(json_t *kinds, const char *kind, const char *remedy, const char *reason,
		    const char *bench, const char *row);
/*
 * Prints the kinds, the most frequent remedy and reason first, in lines of at most width columns.
 */
void tb_reasons_write(FILE *out, const json_t *kinds, size_t width);
#endif
