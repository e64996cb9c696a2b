/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Temporary folders. */
#ifndef TB_SCRATCH_H
#define TB_SCRATCH_H

#include <stddef.h>

#include "error.h"

/* Where temporary files go: TMPDIR, or /tmp where TMPDIR is no absolute path. */
const char *tb_scratch_parent(void);

/*
 * Makes a folder NAME.XXXXXX in tb_scratch_parent(). Writes its path to `out`. The caller removes the
 * folder. 0, or -errno with the error said.
 */
int tb_scratch_folder(const char *name, char *out, size_t bytes, struct tb_error *why);

/* Files in memory, for processes or mappings to share. */

/*
 * An empty file that no folder shows, close-on-exec: a memfd, or where that call is refused a
 * removed file in /dev/shm, $TMPDIR or /tmp. Returns the file, or -errno of memfd_create().
 */
int tb_memory_file(const char *name);

#endif
