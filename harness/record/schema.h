/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Validates a JSON document against a JSON Schema (draft 2020-12). It supports the part of the
 * standard that our own schema uses:
 *
 *   type properties required additionalProperties items enum const
 *   minimum maximum minLength maxLength minItems maxItems pattern
 *   $ref ("#/$defs/NAME") $defs oneOf anyOf, and true and false as schemas
 *
 * $schema, $id, title, description, $comment, examples, default and format have no effect. Any
 * other keyword is refused when the schema is loaded, because a rule must not be ignored silently.
 *
 * It is narrower than the standard, so that POSIX, Python and ECMAScript cannot differ:
 * - $id, $schema and $defs are allowed at the root only.
 * - enum lists no arrays or objects.
 * - A pattern is ASCII and has no '.', no \ before a letter or digit, no lazy or special group, and
 *   no \ or [ inside []. ^ is only first, $ only last, and [^...] only in the form [^...]*.
 */
#ifndef TB_SCHEMA_H
#define TB_SCHEMA_H

#include <stddef.h>
#include <jansson.h>

#include "error.h"

struct tb_schema;

/*
 * Loads the schema from len bytes of JSON text. 0, -EINVAL with the place and the keyword in *why,
 * or -ENOMEM. The caller frees *out with tb_schema_free(); it is NULL after an error.
 */
int tb_schema_load(const char *text, size_t len, struct tb_schema **out, struct tb_error *why);
void tb_schema_free(struct tb_schema *schema); /* accepts NULL */

/*
 * 0: the document is valid. -EINVAL: it is not, and *why has the place and the reason in one line,
 * with the document's texts as printable ASCII:
 *   benchmarks[3].launches[0].gate.quiet: expected number or null, found string
 * The place of the whole document is "document". A document that needs more than 64 nested
 * subschemas is invalid, so that none can exhaust the stack. The schema is not changed, so threads
 * may share it.
 *
 * One difference from python-jsonschema is known: its '$' in a pattern also matches before a final
 * newline, ours (as in the standard) only at the end.
 */
int tb_schema_check(const struct tb_schema *schema, const json_t *doc, struct tb_error *why);

#endif
