/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders and files by their purpose: temporary ones, the home of records, files without a name. */
#ifndef TB_SCRATCH_H
#define TB_SCRATCH_H

#include <stddef.h>

#include "machine/folders.h"
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

/*
 * Where records go by default: in a checkout results/local/, else tollbooth/ in
 * XDG_DATA_HOME, else .local/share/tollbooth/ in HOME or in the user database's home
 * folder. 0; -ENOENT where there is none of these.
 */
int tb_default_folder(char *out, size_t bytes);
/*
 * HOME; where it is no absolute path, as in a container or a unit of systemd, the user database's.
 * 0; -ENOENT where there is neither.
 */
int tb_home_folder(char *out, size_t bytes);
/* Like mkdir -p: 0 or -errno. */
int tb_make_folders(const char *path);

#endif
