/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small text files of /proc and /sys, under a root folder that tests may choose. */
#ifndef TB_SYSROOT_H
#define TB_SYSROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tb_sysroot {
	int fd;
	bool real; /* this machine's own "/": instructions and system calls may be asked too */
};

enum {
	TB_SYSROOT_TEXT_MAX = 64 << 10, /* of one value; a longer file is an error, not a value */
	/* of cpuinfo and the like: interrupts has 11 bytes for each CPU and interrupt */
	TB_SYSROOT_FILE_MAX = 64 << 20,
};

/* Opens "/" for NULL. Returns 0 or -errno. */
int tb_sysroot_open(const char *path, struct tb_sysroot *root);
void tb_sysroot_close(struct tb_sysroot *root);

/*
 * The given root, or with NULL this machine's "/", opened into *here. Where that fails, every
 * path below it fails with -EBADF. The caller closes *here in each case.
 */
const struct tb_sysroot *tb_sysroot_or_here(const struct tb_sysroot *root, struct tb_sysroot *here);

/*
 * All paths below are printf formats and relative to the root: "proc/cpuinfo".
 *
 * Reads a whole file into buf, ends it with a NUL and takes trailing newlines
 * off. Returns its length (it may hold NULs and any other byte) or -errno:
 * -EFBIG where it does not fit, since a part of a value is another value.
 */
int tb_sysroot_text(const struct tb_sysroot *root, char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* One decimal number. -EINVAL: not a number; -ERANGE: it does not fit. */
int tb_sysroot_u64(const struct tb_sysroot *root, uint64_t *value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int tb_sysroot_i64(const struct tb_sysroot *root, int64_t *value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for text that is already here: NUL behind len bytes, trailing white space allowed. */
int tb_sysroot_parse_u64(const char *text, size_t len, uint64_t *value);
int tb_sysroot_parse_i64(const char *text, size_t len, int64_t *value);

/*
 * The first max bytes of a file, raw, in memory of its own with a NUL behind.
 * A length of max says that there may be more. The caller frees *text.
 */
int tb_sysroot_slurp(const struct tb_sysroot *root, size_t max, char **text, size_t *len,
		     const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Is there such a file or folder? */
bool tb_sysroot_has(const struct tb_sysroot *root, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The names in a folder, sorted, hidden ones left out. Returns 0 or -errno. The caller
 * frees them with tb_sysroot_names_free(). An empty folder may give *names NULL.
 */
int tb_sysroot_names(const struct tb_sysroot *root, char ***names, size_t *count, const char *fmt,
		     ...) __attribute__((format(printf, 4, 5)));
void tb_sysroot_names_free(char **names, size_t count);

#endif
