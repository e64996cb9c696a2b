/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One of the things compared: a record, or a folder of records. */
#ifndef TB_SIDE_H
#define TB_SIDE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "stats/interval.h"
#include "stats/modes.h"

/*
 * What a side knows of one identity. The unit of comparison is the launch; of a
 * side of several machines it is the machine, and its figure is the median of its
 * launches. Figures are in the metric's unit, TSC cycles in nanoseconds.
 */
struct tb_entry {
	char *key;		    /* name, params and metric: what makes two rows meet */
	const json_t *row, *metric; /* of the first record that has it */
	const char *unit;	    /* of the figures; NULL: TSC cycles of an unknown rate */
	struct tb_modes modes;	    /* of the last record that has two */
	char *unfit;		    /* why there is no verdict or no comparison; NULL: fit */
	bool mixed;		    /* the latter: its own records differ */
	double *figure;		    /* sorted once the side is closed */
	double *log;		    /* their logarithms; NULL where one is not positive */
	size_t *machine;	    /* that made each, until then */
	size_t n;
	struct tb_estimate estimate;
};

struct tb_side {
	char label[8];	/* "A" */
	char name[256]; /* as typed, or the file's */
	json_t **record;
	size_t records;
	size_t copies;	 /* records that were left out: their run is there */
	json_t *machine; /* who they are -> their number */
	struct tb_entry *entry;
	size_t entries;
	json_t *place;	 /* key -> place in entry */
	json_t *skipped; /* name and params -> reason */
};

/* Reads a record without what no comparison looks at. 0, or -errno with the error said. */
int tb_side_load(const char *path, json_t **record, struct tb_error *why);

/*
 * All zeros but label and name is an empty side. The record is taken, after an error,
 * too; a copy of a run that the side has is only counted. folder: records of another folder
 * are of another machine.
 */
int tb_side_add(struct tb_side *side, json_t *record, const char *folder, struct tb_error *why);
/* Whether the side has a record with this one's run id. */
bool tb_side_has_run(const struct tb_side *side, const json_t *record);
/* After the last record; confidence is that of the estimates' intervals. 0 or -errno. */
int tb_side_close(struct tb_side *side, double confidence);
void tb_side_free(struct tb_side *side);

size_t tb_side_machines(const struct tb_side *side);
/* The key of a row's metric, for the caller to free; NULL when short of memory. */
char *tb_side_key(const json_t *row, const char *metric);
/* The entry of that key, or NULL. */
const struct tb_entry *tb_side_find(const struct tb_side *side, const char *key);
/* Why the side has no row for this one's name and params, or NULL. */
const char *tb_side_skipped(const struct tb_side *side, const struct tb_entry *entry);
/* "metal", "vm", "nested", "emulated"; "mixed" when its records differ. */
const char *tb_side_class(const struct tb_side *side);
bool tb_entry_higher(const struct tb_entry *entry);
int tb_entry_version(const struct tb_entry *entry);

#endif
