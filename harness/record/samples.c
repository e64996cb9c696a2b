// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/samples.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <sha256.h>
#include <zstd.h>

#include "publish.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "frames hold doubles as they are");
_Static_assert(TB_SHA256_HEX == SHA256_DIGEST_STRING_LENGTH, "libmd's text");

enum { ZSTD_LEVEL = 3, FRAME_BYTES = TB_SAMPLES_FRAME * sizeof(double) };

void tb_sha256_hex(const void *data, size_t len, char out[TB_SHA256_HEX])
{
	SHA256Data(data, len, out);
}

struct tb_samples_writer {
	int fd, err;
	uint64_t offset;
	size_t numbers, filled, room;
	double *frame;
	void *packed;
	ZSTD_CCtx *zstd;
	json_t *frames;
};

void tb_samples_abort(struct tb_samples_writer *w)
{
	if (!w)
		return;
	free(w->frame);
	free(w->packed);
	ZSTD_freeCCtx(w->zstd);
	json_decref(w->frames);
	free(w);
}

int tb_samples_open(int fd, struct tb_samples_writer **out)
{
	struct tb_samples_writer *w = calloc(1, sizeof(*w));

	*out = NULL;
	if (!w)
		return -ENOMEM;
	w->fd = fd;
	w->room = ZSTD_compressBound(FRAME_BYTES);
	w->frame = malloc(FRAME_BYTES);
	w->packed = malloc(w->room);
	w->zstd = ZSTD_createCCtx();
	w->frames = json_array();
	if (!w->frame || !w->packed || !w->zstd || !w->frames ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1))) {
		tb_samples_abort(w);
		return -ENOMEM;
	}
	*out = w;
	return 0;
}

static int write_frame(struct tb_samples_writer *w)
{
	size_t plain = w->filled * sizeof(double), bytes;
	char sha256[TB_SHA256_HEX];
	json_t *frame;
	int rc;

	bytes = ZSTD_compress2(w->zstd, w->packed, w->room, w->frame, plain);
	if (ZSTD_isError(bytes))
		return -ENOMEM; /* the only possible error: the buffer has the maximal size */
	tb_sha256_hex(w->frame, plain, sha256);
	frame = json_pack("{s:I, s:I, s:I, s:s}", "offset", (json_int_t)w->offset, "bytes",
			  (json_int_t)bytes, "numbers", (json_int_t)w->filled, "sha256", sha256);
	if (json_array_append_new(w->frames, frame) < 0)
		return -ENOMEM;
	rc = tb_write_all(w->fd, w->packed, bytes);
	if (rc)
		return rc;
	w->offset += bytes;
	w->numbers += w->filled;
	w->filled = 0;
	return 0;
}

int tb_samples_put(struct tb_samples_writer *w, const double *numbers, size_t n)
{
	for (size_t i = 0; i < n && !w->err; i++) {
		if (!isfinite(numbers[i])) {
			w->err = -EINVAL;
			break;
		}
		w->frame[w->filled++] = numbers[i];
		if (w->filled == TB_SAMPLES_FRAME)
			w->err = write_frame(w);
	}
	return w->err;
}

int tb_samples_finish(struct tb_samples_writer *w, json_t **description)
{
	int rc = w->err;

	*description = NULL;
	if (!rc && w->filled)
		rc = write_frame(w);
	if (!rc) {
		*description = json_pack("{s:I, s:O}", "numbers", (json_int_t)w->numbers, "frames",
					 w->frames);
		rc = *description ? 0 : -ENOMEM;
	}
	tb_samples_abort(w);
	return rc;
}

struct frame {
	uint64_t offset, bytes, numbers;
	char sha256[TB_SHA256_HEX];
};

struct reader {
	int fd;
	struct tb_error *why;
	const json_t *frames;
	double *numbers;
	size_t filled, room, total;
	void *packed;
	double *plain;
};

/* Reads a member that is a whole number from 0 to most. */
static bool member(const json_t *object, const char *name, uint64_t most, uint64_t *value)
{
	const json_t *number = json_object_get(object, name);
	json_int_t got = json_integer_value(number);

	*value = (uint64_t)got;
	return json_is_integer(number) && got >= 0 && *value <= most;
}

/* Reads the description of frame i, which must follow the last frame in the file. */
static int frame_next(const struct reader *r, size_t i, struct frame *f)
{
	uint64_t offset = f->offset + f->bytes;
	const json_t *json = json_array_get(r->frames, i),
		     *sha256 = json_object_get(json, "sha256");

	if (!member(json, "numbers", TB_SAMPLES_FRAME, &f->numbers) || !f->numbers)
		return tb_error(r->why, -EINVAL, "samples: frame %zu: numbers: not 1 to %d", i,
				TB_SAMPLES_FRAME);
	if (!member(json, "bytes", ZSTD_compressBound(f->numbers * sizeof(double)), &f->bytes) ||
	    !f->bytes)
		return tb_error(r->why, -EINVAL,
				"samples: frame %zu: bytes: not what %d numbers can take", i,
				(int)f->numbers);
	if (!member(json, "offset", INT64_MAX, &f->offset) || f->offset != offset)
		return tb_error(r->why, -EINVAL,
				"samples: frame %zu: offset: not the last frame's end", i);
	if (json_string_length(sha256) != TB_SHA256_HEX - 1)
		return tb_error(r->why, -EINVAL, "samples: frame %zu: sha256: not 64 digits", i);
	memcpy(f->sha256, json_string_value(sha256), TB_SHA256_HEX);
	return 0;
}

/* Checks the description before any read, so that a hostile one gets no memory. */
static int check_description(struct reader *r, const json_t *description, size_t limit)
{
	uint64_t numbers = 0, total, end;
	struct frame f = { 0 };
	struct stat st;

	if (!member(description, "numbers", limit, &total))
		return tb_error(r->why, -EINVAL, "samples: numbers: not 0 to %zu", limit);
	r->frames = json_object_get(description, "frames");
	if (!json_is_array(r->frames))
		return tb_error(r->why, -EINVAL, "samples: frames: not a list");
	for (size_t i = 0; i < json_array_size(r->frames); i++) {
		int rc = frame_next(r, i, &f);

		if (rc)
			return rc;
		numbers += f.numbers; /* no overflow: 2^17 for each element in memory */
	}
	end = f.offset + f.bytes;
	if (numbers != total)
		return tb_error(r->why, -EINVAL, "samples: numbers: not the sum of the frames'");
	if (fstat(r->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return tb_error(r->why, -EINVAL, "samples: not a regular file");
	if ((uint64_t)st.st_size != end)
		return tb_error(r->why, -EINVAL,
				"samples: the file has %lld bytes, its frames %llu",
				(long long)st.st_size, (unsigned long long)end);
	r->total = total;
	return 0;
}

static int read_at(const struct reader *r, uint64_t offset, size_t len)
{
	char *at = r->packed;

	while (len) {
		ssize_t n = pread(r->fd, at, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return tb_error(r->why, -EINVAL, "samples: the file ends early");
		at += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/*
 * A few bytes of zstd can expand to a megabyte of zeros, but not to more. Memory is doubled only
 * after a frame was read, so a hostile file cannot demand it in advance.
 */
static int append(struct reader *r, size_t n)
{
	if (!n)
		return 0;
	if (r->filled + n > r->room) {
		size_t room = r->filled + n;
		double *more;

		if (room < 2 * r->room)
			room = 2 * r->room < r->total ? 2 * r->room : r->total;
		more = realloc(r->numbers, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		r->numbers = more;
		r->room = room;
	}
	memcpy(r->numbers + r->filled, r->plain, n * sizeof(*r->plain));
	r->filled += n;
	return 0;
}

static int read_frame(struct reader *r, size_t i, const struct frame *f)
{
	size_t plain = f->numbers * sizeof(double);
	char sha256[TB_SHA256_HEX];
	int rc = read_at(r, f->offset, f->bytes);

	if (rc)
		return rc;
	/* Exactly one frame. ZSTD_decompress() would accept several, and skip some. */
	if (ZSTD_findFrameCompressedSize(r->packed, f->bytes) != f->bytes ||
	    ZSTD_decompress(r->plain, plain, r->packed, f->bytes) != plain)
		return tb_error(r->why, -EINVAL, "samples: frame %zu: not %d numbers of zstd", i,
				(int)f->numbers);
	tb_sha256_hex(r->plain, plain, sha256);
	if (strcmp(sha256, f->sha256) != 0)
		return tb_error(r->why, -EINVAL, "samples: frame %zu: sha256 differs", i);
	for (size_t k = 0; k < f->numbers; k++)
		if (!isfinite(r->plain[k]))
			return tb_error(r->why, -EINVAL,
					"samples: frame %zu: number %zu is not finite", i, k);
	return append(r, f->numbers);
}

static int read_frames(struct reader *r)
{
	struct frame f = { 0 };
	int rc = 0;

	r->packed = malloc(ZSTD_compressBound(FRAME_BYTES));
	r->plain = malloc(FRAME_BYTES);
	if (!r->packed || !r->plain)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(r->frames) && !rc; i++) {
		rc = frame_next(r, i, &f);
		if (!rc)
			rc = read_frame(r, i, &f);
	}
	return rc;
}

int tb_samples_read(int fd, const json_t *description, size_t limit, double **out, size_t *count,
		    struct tb_error *why)
{
	struct reader r = { .fd = fd, .why = why };
	int rc;

	*out = NULL;
	*count = 0;
	rc = check_description(&r, description, limit);
	if (!rc)
		rc = read_frames(&r);
	free(r.packed);
	free(r.plain);
	if (rc) {
		free(r.numbers);
		return rc;
	}
	*out = r.numbers;
	*count = r.filled;
	return 0;
}
