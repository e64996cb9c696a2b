/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's command line without secrets. */
#ifndef TB_CMDLINE_H
#define TB_CMDLINE_H

#include <jansson.h>
#include <stddef.h>

/*
 * Parameters that bear on measurements stay as they are; of another the name
 * stays (NAME=***), of a word without "=", and of what is not shaped like a
 * name, only "***". Nothing behind "--" stays: it belongs to init.
 * A JSON string; NULL only when short of memory.
 */
json_t *tb_cmdline_redact(const char *text, size_t len);

#endif
