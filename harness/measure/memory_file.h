/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files in memory, for processes or mappings to share. */
#ifndef TB_MEMORY_FILE_H
#define TB_MEMORY_FILE_H

/*
 * An empty file that no folder shows, close-on-exec: a memfd, or where that call is refused a
 * removed file in /dev/shm, $TMPDIR or /tmp. Returns the file, or -errno of memfd_create().
 */
int tb_memory_file(const char *name);

#endif
