/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges a JSON document by a JSON Schema (draft 2020-12), of which it knows the
 * part that our own schema uses:
 *
 *   type properties required additionalProperties items enum const
 *   minimum maximum minLength maxLength minItems maxItems pattern
 *   $ref ("#/$defs/NAME") $defs oneOf anyOf, and true and false as schemas
 *
 * $schema, $id, title, description, $comment, examples, default and format say
 * nothing here. Any other keyword is refused when the schema is loaded, never
 * passed over: a rule that nobody enforces is worse than none.
 *
 * Narrower than the standard, so that POSIX, Python and ECMAScript cannot differ:
 * $id, $schema and $defs stand at the root only; enum lists no arrays or objects;
 * a pattern is ASCII and has no '.', no \ before a letter or digit, no lazy or
 * special group, no \ or [ inside [], ^ only first and $ only last, and [^...] only
 * as [^...]*.
 */
#ifndef TB_SCHEMA_H
#define TB_SCHEMA_H

#include <stddef.h>
#include <jansson.h>

#include "error.h"

struct tb_schema;

/*
 * Loads the schema from len bytes of JSON text. 0, or -EINVAL with a error
 * that names the place and the keyword, or -ENOMEM. *out is freed by
 * tb_schema_free() and NULL after a failure.
 */
int tb_schema_load(const char *text, size_t len, struct tb_schema **out, struct tb_error *why);
void tb_schema_free(struct tb_schema *schema); /* NULL is fine */

/*
 * 0: the document fits. -EINVAL: it does not, and *why says in one line
 * where and why, the document's own text as printable ASCII, as in
 *   benchmarks[3].launches[0].gate.quiet: expected number or null, found string
 * The whole document is called "document". Needing more than 64 nested
 * subschemas is a misfit too, so that no document can exhaust the stack. The
 * schema is not changed: threads may share it.
 *
 * The one known difference from python-jsonschema: its '$' in a pattern also
 * matches before a final newline, ours (as the standard's) only at the end.
 */
int tb_schema_check(const struct tb_schema *schema, const json_t *doc, struct tb_error *why);

#endif
