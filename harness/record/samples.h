/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side file of raw samples: 64-bit floating-point numbers, little-endian, in frames of at most
 * TB_SAMPLES_FRAME numbers. Each frame is a complete zstd frame (level 3, with a checksum), so
 * `zstd -dc` prints the plain numbers. The frames fill the file without gaps.
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
 * Begins to write to fd, an empty file. The caller closes fd. 0, or -ENOMEM with *out NULL.
 */
int tb_samples_open(int fd, struct tb_samples_writer **out);

/*
 * Adds n numbers. 0, or -errno of a write, -ENOMEM, or -EINVAL for a number that
 * is not finite. After an error every further call returns the same.
 */
int tb_samples_put(struct tb_samples_writer *w, const double *numbers, size_t n);

/*
 * Writes the buffered numbers, frees the writer (on errors too) and returns the description for the
 * record, which the caller owns and to which it adds "file":
 *
 *   {"numbers": N, "frames": [{"offset": bytes, "bytes": compressed bytes,
 *    "numbers": n, "sha256": hex of the n * 8 plain bytes}, ...]}
 *
 * 0, or -errno as from tb_samples_put() with *description NULL.
 */
int tb_samples_finish(struct tb_samples_writer *w, json_t **description);

/* Frees the writer without finishing the file, in place of tb_samples_finish(). Accepts NULL. */
void tb_samples_abort(struct tb_samples_writer *w);

/*
 * Reads the numbers back from fd, a regular file, from its beginning. Description and file are
 * checked completely, and more than limit numbers are refused before any allocation. The caller
 * frees *out, which is NULL for no numbers.
 *
 * 0, -EINVAL with *why set, -ENOMEM, or -errno of a read. After an error *out is NULL, *count 0.
 */
int tb_samples_read(int fd, const json_t *description, size_t limit, double **out, size_t *count,
		    struct tb_error *why);

#endif
