/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Publishes files atomically: a file appears complete or not at all, even if the process or the
 * machine stops. It never replaces another file.
 */
#ifndef TB_PUBLISH_H
#define TB_PUBLISH_H

#include <stddef.h>

/*
 * Publishes a file in the folder dirfd (opened for reading, not with O_PATH). write() receives the
 * descriptor of an empty file, ".NAME.PID.tmp" in the same folder, and returns 0 or -errno. It must
 * not close the descriptor. If the result is 0, the content and the name are on the disk. The mode
 * is 0644 without the bits of the umask.
 *
 * On an error returns -errno and removes the temporary file:
 * -EEXIST: a file of this name exists and is unchanged.
 * -EINVAL: the name is not a file name.
 * -EBUSY: another thread publishes the same name, or a process with the same PID in another PID
 *  namespace does.
 * The file stays only if the last step fails, the fsync() of the folder. It is complete then, but a
 * power failure may remove it.
 *
 * A program that sets RLIMIT_FSIZE must ignore SIGXFSZ to get -EFBIG here.
 */
int tb_publish(int dirfd, const char *name, int (*write)(int fd, void *arg), void *arg);

/* Writes all len bytes, for use in write() above. 0 or -errno. */
int tb_write_all(int fd, const void *buf, size_t len);

/*
 * Removes the .NAME.PID.tmp files of ended processes from the folder dirfd. 0, or the -errno of the
 * first file that could not be removed.
 */
int tb_publish_sweep(int dirfd);

#endif
