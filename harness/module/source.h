/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module's source, and the note beside a built file that says from which source it is. */
#ifndef TB_MODULE_SOURCE_H
#define TB_MODULE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/sysroot.h"

enum { TB_SOURCE_DIGEST = 65 };

/*
 * Calls each() with the name and the text of every file that a build needs, sorted by name; folders
 * one level deep. Files of earlier builds are skipped. 0, -errno, or what each() returned.
 */
int tb_module_source_walk(const struct tb_sysroot *folder,
			  int (*each)(void *arg, const char *name, const char *text, size_t len),
			  void *arg);

/* SHA-256 over names and texts, in hex. 0 or -errno. */
int tb_module_source_digest(const char *folder, char digest[TB_SOURCE_DIGEST]);

/* Says in FOLDER that tollbooth.ko, of this srcversion, was built from this source. 0 or -errno. */
int tb_module_note_write(const char *folder, const char *srcversion, const char *digest);
/* Whether the note in FOLDER says exactly that. */
bool tb_module_note_agrees(const char *folder, const char *srcversion, const char *digest);

#endif
