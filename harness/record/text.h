/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes of unknown origin as JSON text. */
#ifndef TB_TEXT_H
#define TB_TEXT_H

#include <jansson.h>
#include <stddef.h>

/*
 * A JSON string of any bytes. What is not valid UTF-8, and every control
 * character except tab and newline, becomes '?': records are shown on terminals.
 * NULL only when short of memory.
 */
json_t *tb_text(const char *text, size_t len);

#endif
