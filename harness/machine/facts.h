/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling JSON from files that may not be there: every null with its reason. */
#ifndef TB_GATHER_H
#define TB_GATHER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "machine/sysroot.h"

struct tb_facts {
	const struct tb_sysroot *root;
	json_t *nulls;	      /* [{field, reason}], or NULL: nobody asks for reasons */
	bool short_of_memory; /* sticky; look once, at the end */
};

/* Text to value: 0, or -errno where the text is not what it should be. *value NULL: ENOMEM. */
typedef int tb_facts_parse(const char *text, size_t len, json_t **value);

tb_facts_parse tb_facts_string;	   /* as it stands; empty is -ENODATA */
tb_facts_parse tb_facts_integer;   /* decimal, 64 bits with a sign */
tb_facts_parse tb_facts_positive;  /* the same above 0: where 0 means "unknown" */
tb_facts_parse tb_facts_size;	   /* "48K" in bytes */
tb_facts_parse tb_facts_switch;	   /* 0, N: false; 1, Y: true */
tb_facts_parse tb_facts_not;	   /* the same, inverted */
tb_facts_parse tb_facts_bracketed; /* "always [madvise] never": the one in [] or () */

struct tb_facts_field {
	const char *name;
	const char *path; /* behind the prefix */
	tb_facts_parse *parse;
};

/* Takes the value over; NULL means that there was no memory for it. */
void tb_facts_put(struct tb_facts *gather, json_t *object, const char *name, json_t *value);

/* A null called SECTION.NAME and why it is one. An empty section leaves the dot out. */
void tb_facts_null(struct tb_facts *gather, json_t *object, const char *section, const char *name,
		   const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* One field from the file PREFIX + path: its value, or a null and what was wrong. */
void tb_facts_file(struct tb_facts *gather, json_t *object, const char *section, const char *prefix,
		   const struct tb_facts_field *field);
void tb_facts_files(struct tb_facts *gather, json_t *object, const char *section,
		    const char *prefix, const struct tb_facts_field *fields, size_t count);

#endif
