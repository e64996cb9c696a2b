/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side file of raw samples: 64-bit floating-point numbers, little-endian, in
 * frames of at most TB_SAMPLES_FRAME numbers. Each frame is a zstd frame by
 * itself (level 3, with a checksum), so that `zstd -dc` gives the plain numbers.
 * Frames follow each other without a gap, from the file's first byte to its last.
 */
#ifndef TB_SAMPLES_H
#define TB_SAMPLES_H

#include <stddef.h>
#include <jansson.h>

#include "error.h"

enum { TB_SAMPLES_FRAME = 131072 };

/* Room for 64 hexadecimal digits and the end of the string. */
enum { TB_SHA256_HEX = 65 };

void tb_sha256_hex(const void *data, size_t len, char out[TB_SHA256_HEX]);

struct tb_samples_writer;

/*
 * Begins to write to fd, an empty file at its beginning, which stays the caller's
 * to close. 0, or -ENOMEM with *out NULL.
 */
int tb_samples_open(int fd, struct tb_samples_writer **out);

/*
 * Adds n numbers. 0, or -errno of a write, -ENOMEM, or -EINVAL for a number that
 * is not finite. After an error every further call returns the same.
 */
int tb_samples_put(struct tb_samples_writer *w, const double *numbers, size_t n);

/*
 * Writes what is left, frees the writer (on errors too) and hands out the
 * description for the record, which the caller owns and adds "file" to:
 *
 *   {"numbers": N, "frames": [{"offset": bytes, "bytes": compressed bytes,
 *    "numbers": n, "sha256": hex of the n * 8 plain bytes}, ...]}
 *
 * 0, or -errno as from tb_samples_put() with *description NULL.
 */
int tb_samples_finish(struct tb_samples_writer *w, json_t **description);

/* Instead of tb_samples_finish(): gives the file up and frees the writer. NULL is fine. */
void tb_samples_abort(struct tb_samples_writer *w);

/*
 * Reads the numbers back from fd, a regular file, from its beginning whatever
 * its position. Neither the description nor the file is trusted: all is checked,
 * and more than limit numbers are refused before memory is asked for. *out is
 * freed by the caller with free(), and NULL for no numbers.
 *
 * 0, or -EINVAL with a error, -ENOMEM, or -errno of a read. *out is NULL and
 * *count 0 after a failure.
 */
int tb_samples_read(int fd, const json_t *description, size_t limit, double **out, size_t *count,
		    struct tb_error *why);

#endif
