/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One side of a comparison: a record, or a folder of records. */
#ifndef TB_SIDE_H
#define TB_SIDE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "stats/interval.h"
#include "stats/modes.h"

/*
 * The figures of a side for one identity. The unit of comparison is the launch. On a side of
 * several machines it is the machine, with the median of its launches as its figure. Figures are in
 * the metric's unit, TSC cycles in nanoseconds.
 */
struct tb_entry {
	char *key;		    /* name, params and metric */
	const json_t *row, *metric; /* of the first record that has it */
	const char *unit;	    /* of the figures; NULL: TSC cycles at an unknown rate */
	struct tb_modes modes;	    /* of the last record with two modes */
	char *unfit;	 /* why there is no verdict, or no comparison if mixed; NULL: fit */
	bool mixed;	 /* the side's own records differ */
	double *figure;	 /* sorted once the side is closed */
	double *log;	 /* their logarithms; NULL if a figure is not positive */
	size_t *machine; /* the machine of each figure, until the side is closed */
	size_t n;
	struct tb_estimate estimate;
};

struct tb_side {
	char label[8];	/* "A" */
	char name[256]; /* the argument, or the file's name */
	json_t **record;
	size_t records;
	size_t copies;	 /* records that were omitted as copies of a run */
	json_t *machine; /* key of a machine -> its number */
	struct tb_entry *entry;
	size_t entries;
	json_t *place;	 /* key -> place in entry */
	json_t *skipped; /* name and params -> reason */
};

/* Reads a record without the parts that no comparison uses. 0, or -errno with *why set. */
int tb_side_load(const char *path, json_t **record, struct tb_error *why);

/*
 * A side that is zero except for label and name is empty. The side takes the record, after an
 * error, too. A copy of a run that the side already has is only counted. Records of different
 * folders are of different machines. 0, or -errno with *why set.
 */
int tb_side_add(struct tb_side *side, json_t *record, const char *folder, struct tb_error *why);
/* Whether the side has a record with this record's run id. */
bool tb_side_has_run(const struct tb_side *side, const json_t *record);
/*
 * Closes the side after its last record. confidence is that of the estimates' intervals. 0 or
 * -errno.
 */
int tb_side_close(struct tb_side *side, double confidence);
void tb_side_free(struct tb_side *side);

size_t tb_side_machines(const struct tb_side *side);
/* The key of a row's metric; the caller frees it. NULL: out of memory. */
char *tb_side_key(const json_t *row, const char *metric);
/* The entry with that key, or NULL. */
const struct tb_entry *tb_side_find(const struct tb_side *side, const char *key);
/* The reason why the side skipped the row of this entry, or NULL. */
const char *tb_side_skipped(const struct tb_side *side, const struct tb_entry *entry);
/* "metal", "vm", "nested", "emulated"; "mixed" if the records differ. */
const char *tb_side_class(const struct tb_side *side);
bool tb_entry_higher(const struct tb_entry *entry);
int tb_entry_version(const struct tb_entry *entry);

#endif
