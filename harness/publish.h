/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file appears under its name whole or not at all, whenever the process or the
 * machine stops, and never replaces another.
 */
#ifndef TB_PUBLISH_H
#define TB_PUBLISH_H

#include <stddef.h>

/*
 * Publishes a file in the folder dirfd (opened for reading, not with O_PATH).
 * write() gets the file descriptor of an empty file, ".NAME.PID.tmp" in the same
 * folder, and returns 0 or -errno; it must not close the descriptor. The bytes
 * and then the name are on the disk when 0 is returned. The mode is 0644 less
 * the umask.
 *
 * -errno otherwise, and no temporary file is left. -EEXIST: the name is taken;
 * what has it is as it was. -EINVAL: no name for a file. -EBUSY: another thread
 * (or a process of the same number in another PID namespace) is publishing the
 * same name. Only an error of the last step, the folder's fsync(), leaves the
 * file in place: whole, but a power cut may take it away.
 *
 * A program that sets RLIMIT_FSIZE has to ignore SIGXFSZ to get -EFBIG here.
 */
int tb_publish(int dirfd, const char *name, int (*write)(int fd, void *arg), void *arg);

/* Writes all len bytes: 0 or -errno. For use in write() above. */
int tb_write_all(int fd, const void *buf, size_t len);

/*
 * Removes from the folder dirfd the .NAME.PID.tmp files of processes that are
 * gone. 0, or -errno of the first that could not be removed.
 */
int tb_publish_sweep(int dirfd);

#endif
