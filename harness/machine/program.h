/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record's "tool": the program that measured, and how it was built. */
#ifndef TB_PROGRAM_H
#define TB_PROGRAM_H

#include <jansson.h>
#include <stddef.h>

/*
 * {
 *   "name", "version", "commit" (all digits), "dirty" (files that the program is built
 *   from differed from the commit), "compiler" ("gcc 12.2.0"), "flags" (CMAKE_C_FLAGS
 *   and those of the build type; no absolute path), "build_type", "libc" (it was
 *   compiled with; the one it runs with is in the environment),
 *   "nulls": [ { "field": "commit", "reason": "..." } ]
 * }
 * NULL when short of memory.
 */
json_t *tb_program(void);
/* "gcc 12.2.0" */
void tb_compiler_text(char *out, size_t bytes);

#endif
