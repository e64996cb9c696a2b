// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): memfd_create
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>
#include <zstd.h>

#include "record/samples.h"
#include "sanitized.h"

enum { NUMBERS = 700000 };

static double numbers[NUMBERS];

static int fill_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUMBERS; i++)
		numbers[i] = i % 3 ? 4.0 + (double)(i % 1000) / 7 : -(double)(i * i) * 0x1p-60;
	return 0;
}

static int new_file(void)
{
	int fd = memfd_create("samples", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* Writes a file, in pieces of an odd size. */
static int write_numbers(const double *from, size_t n, json_t **description)
{
	struct tb_samples_writer *w;
	int fd = new_file();

	assert_int_equal(tb_samples_open(fd, &w), 0);
	for (size_t at = 0; at < n; at += 777)
		assert_int_equal(tb_samples_put(w, from + at, n - at < 777 ? n - at : 777), 0);
	assert_int_equal(tb_samples_finish(w, description), 0);
	return fd;
}

static json_int_t get(const json_t *description, size_t frame, const char *name)
{
	json_t *frames = json_object_get(description, "frames");

	return json_integer_value(json_object_get(json_array_get(frames, frame), name));
}

static void round_trip_of(size_t n, size_t n_frames)
{
	struct tb_error why = { "" };
	json_t *description;
	int fd = write_numbers(numbers, n, &description);
	double *out;
	size_t count;

	assert_int_equal(json_integer_value(json_object_get(description, "numbers")), n);
	assert_int_equal(json_array_size(json_object_get(description, "frames")), n_frames);
	assert_int_equal(tb_samples_read(fd, description, n, &out, &count, &why), 0);
	assert_string_equal(why.text, "");
	assert_int_equal(count, n);
	assert_true(n == 0 || memcmp(out, numbers, n * sizeof(*out)) == 0);
	if (!n)
		assert_null(out);
	free(out);
	json_decref(description);
	close(fd);
}

static void round_trips(void **state)
{
	(void)state;
	round_trip_of(0, 0);
	round_trip_of(1, 1);
	round_trip_of(131071, 1);
	round_trip_of(131072, 1);
	round_trip_of(131073, 2);
	round_trip_of(NUMBERS, 6);
}

/* Extremes come back bit by bit, and the file's position does not matter. */
static void extremes(void **state)
{
	static const double values[] = { 0.0,	     -0.0,    0x1p-1074, 0x1.fffffffffffffp1023,
					 -0x1p-1022, 1.0 / 3, 4e-320 };
	json_t *description;
	int fd = write_numbers(values, 7, &description);
	double *out;
	size_t count;

	(void)state;
	assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
	assert_int_equal(tb_samples_read(fd, description, 7, &out, &count, NULL), 0);
	assert_int_equal(count, 7);
	assert_memory_equal(out, values, sizeof(values));
	free(out);
	json_decref(description);
	close(fd);
}

/* What others read: a zstd frame with a checksum, and a hash of the plain bytes. */
static void format(void **state)
{
	const double one = 1.0;
	json_t *description, *frame;
	int fd = write_numbers(&one, 1, &description);
	unsigned char packed[64];
	char hex[TB_SHA256_HEX];
	double plain = 0;
	ssize_t n;

	(void)state;
	n = pread(fd, packed, sizeof(packed), 0);
	assert_int_equal(n, get(description, 0, "bytes"));
	assert_memory_equal(packed, "\x28\xb5\x2f\xfd", 4);
	assert_true(packed[4] & 4); /* Content_Checksum_flag, RFC 8878, 3.1.1.1.1 */
	assert_int_equal(ZSTD_decompress(&plain, 8, packed, (size_t)n), 8);
	assert_memory_equal(&plain, "\0\0\0\0\0\0\xf0\x3f", 8);
	assert_int_equal(get(description, 0, "offset"), 0);
	assert_int_equal(get(description, 0, "numbers"), 1);
	frame = json_array_get(json_object_get(description, "frames"), 0);
	/* printf '\0\0\0\0\0\0\360\077' | sha256sum */
	assert_string_equal(json_string_value(json_object_get(frame, "sha256")),
			    "6c3c396ed6b5c36dcae172271f462051b1266b851e92df3deea8ac65478fd712");
	assert_int_equal(json_object_size(frame), 4);
	assert_int_equal(json_object_size(description), 2);
	/* FIPS 180-4's example. */
	tb_sha256_hex("abc", 3, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	json_decref(description);
	close(fd);
}

/* Nothing can be written: put() and finish() of n numbers return these. */
static void fails(const double *from, size_t n, int put, int finish)
{
	struct tb_samples_writer *w;
	json_t *description = (json_t *)1;

	assert_int_equal(tb_samples_open(-1, &w), 0);
	assert_int_equal(tb_samples_put(w, from, n), put);
	assert_int_equal(tb_samples_put(w, from, 0), put);
	assert_int_equal(tb_samples_finish(w, &description), finish);
	assert_null(description);
	assert_int_equal(tb_samples_open(-1, &w), 0);
	assert_int_equal(tb_samples_put(w, from, n), put);
	tb_samples_abort(w);
}

static void writer_fails(void **state)
{
	static const double zeros[TB_SAMPLES_FRAME], bad[] = { 1, NAN }, huge = INFINITY;

	(void)state;
	fails(zeros, TB_SAMPLES_FRAME, -EBADF, -EBADF);
	fails(zeros, TB_SAMPLES_FRAME - 1, 0, -EBADF);
	fails(bad, 2, -EINVAL, -EINVAL);
	fails(&huge, 1, -EINVAL, -EINVAL);
}

/* text: the error after "samples: ". */
static void refused_at(int fd, const json_t *description, size_t limit, const char *text)
{
	struct tb_error why = { "" };
	double *out = (double *)1;
	size_t count = 1;

	assert_int_equal(tb_samples_read(fd, description, limit, &out, &count, &why), -EINVAL);
	assert_memory_equal(why.text, "samples: ", 9);
	assert_string_equal(why.text + 9, text);
	assert_null(out);
	assert_int_equal(count, 0);
}

static void refused(int fd, const json_t *description, const char *text)
{
	refused_at(fd, description, 1000000, text);
}

struct change {
	int frame; /* -1: the description itself */
	const char *name, *value, *text;
};

/* The description with one member changed to a JSON value. */
static void refused_with(int fd, const json_t *description, const struct change *c)
{
	json_t *changed = json_deep_copy(description), *at = changed;

	if (c->frame >= 0)
		at = json_array_get(json_object_get(changed, "frames"), (size_t)c->frame);
	json_object_set_new(at, c->name, json_loads(c->value, JSON_DECODE_ANY, NULL));
	refused(fd, changed, c->text);
	json_decref(changed);
}

#define HASH "0000000000000000000000000000000000000000000000000000000000000000"

static void descriptions_refused(void **state)
{
	static const struct change changes[] = {
		{ -1, "numbers", "null", "numbers: not 0 to 1000000" },
		{ -1, "numbers", "-1", "numbers: not 0 to 1000000" },
		{ -1, "numbers", "1000001", "numbers: not 0 to 1000000" },
		{ -1, "numbers", "9223372036854775807", "numbers: not 0 to 1000000" },
		{ -1, "numbers", "300000.0", "numbers: not 0 to 1000000" },
		{ -1, "numbers", "299999", "numbers: not the sum of the frames'" },
		{ -1, "frames", "{}", "frames: not a list" },
		{ -1, "frames", "[]", "numbers: not the sum of the frames'" },
		{ 1, "numbers", "0", "frame 1: numbers: not 1 to 131072" },
		{ 1, "numbers", "131073", "frame 1: numbers: not 1 to 131072" },
		{ 1, "numbers", "-1", "frame 1: numbers: not 1 to 131072" },
		{ 1, "numbers", "131071", "numbers: not the sum of the frames'" },
		{ 0, "bytes", "0", "frame 0: bytes: not what 131072 numbers can take" },
		{ 0, "bytes", "20000000", "frame 0: bytes: not what 131072 numbers can take" },
		{ 0, "bytes", "1000", "frame 1: offset: not the last frame's end" },
		{ 0, "offset", "1", "frame 0: offset: not the last frame's end" },
		{ 1, "offset", "0", "frame 1: offset: not the last frame's end" },
		{ 1, "offset", "-9223372036854775808",
		  "frame 1: offset: not the last frame's end" },
		{ 2, "sha256", "\"abc\"", "frame 2: sha256: not 64 digits" },
		{ 2, "sha256", "\"" HASH "\"", "frame 2: sha256 differs" },
	};
	json_t *description;
	int fd = write_numbers(numbers, 300000, &description);

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		refused_with(fd, description, &changes[i]);
	refused(fd, NULL, "numbers: not 0 to 1000000");
	refused_at(fd, description, 299999, "numbers: not 0 to 299999");
	json_array_set_new(json_object_get(description, "frames"), 1, json_null());
	refused(fd, description, "frame 1: numbers: not 1 to 131072");
	json_decref(description);
	close(fd);
}

static void files_refused(void **state)
{
	json_t *description;
	int fd = write_numbers(numbers, 200000, &description), pipes[2];
	off_t size = lseek(fd, 0, SEEK_END);
	char text[128];

	(void)state;
	for (int more = -1; more <= 1; more += 2) {
		assert_int_equal(ftruncate(fd, size + more), 0);
		snprintf(text, sizeof(text), "the file has %lld bytes, its frames %lld",
			 (long long)size + more, (long long)size);
		refused(fd, description, text);
	}
	assert_int_equal(ftruncate(fd, size - 1), 0);
	assert_int_equal(ftruncate(fd, size), 0);
	refused(fd, description, "frame 1: not 68928 numbers of zstd");
	close(fd);
	assert_int_equal(pipe(pipes), 0);
	refused(pipes[0], description, "not a regular file");
	close(pipes[0]);
	close(pipes[1]);
	json_decref(description);
}

/* A flipped bit is noticed by whichever check, or changes no number: zstd has bits to spare. */
static void damage(void **state)
{
	json_t *description;
	int fd = write_numbers(numbers, 50, &description), unnoticed = 0;
	off_t bits = 8 * lseek(fd, 0, SEEK_END);
	char byte, flipped;
	double *out;
	size_t count;

	(void)state;
	for (off_t bit = 0; bit < bits; bit++) {
		assert_int_equal(pread(fd, &byte, 1, bit / 8), 1);
		flipped = (char)(byte ^ 1 << bit % 8);
		assert_int_equal(pwrite(fd, &flipped, 1, bit / 8), 1);
		if (tb_samples_read(fd, description, 50, &out, &count, NULL) == 0) {
			unnoticed++;
			assert_int_equal(count, 50);
			assert_memory_equal(out, numbers, 50 * sizeof(*out));
			free(out);
		}
		assert_int_equal(pwrite(fd, &byte, 1, bit / 8), 1);
	}
	assert_true(unnoticed < bits / 100);
	json_decref(description);
	close(fd);
}

/* A file of one frame that claims to hold the n plain numbers. */
static void forge(const void *packed, size_t bytes, const double *plain, size_t n, const char *text)
{
	char hex[TB_SHA256_HEX];
	json_t *description;
	int fd = new_file();

	assert_int_equal(pwrite(fd, packed, bytes, 0), bytes);
	tb_sha256_hex(plain, n * sizeof(double), hex);
	description = json_pack("{s:i, s:[{s:i, s:i, s:i, s:s}]}", "numbers", (int)n, "frames",
				"offset", 0, "bytes", (int)bytes, "numbers", (int)n, "sha256", hex);
	refused(fd, description, text);
	json_decref(description);
	close(fd);
}

static void forgeries(void **state)
{
	double plain[64];
	char packed[2000];
	size_t bytes;

	(void)state;
	memcpy(plain, numbers, sizeof(plain));
	/* Two frames in the place of one. */
	bytes = ZSTD_compress(packed, 1000, plain, 256, 3);
	bytes += ZSTD_compress(packed + bytes, 1000, plain + 32, 256, 3);
	forge(packed, bytes, plain, 64, "frame 0: not 64 numbers of zstd");
	/* A frame, and an empty one that zstd skips. */
	bytes = ZSTD_compress(packed, 1000, plain, 512, 3);
	memcpy(packed + bytes, "\x50\x2a\x4d\x18\0\0\0", 8);
	forge(packed, bytes + 8, plain, 64, "frame 0: not 64 numbers of zstd");
	/* More, or fewer, than it says. */
	bytes = ZSTD_compress(packed, 1000, plain, 512, 3);
	forge(packed, bytes, plain, 63, "frame 0: not 63 numbers of zstd");
	bytes = ZSTD_compress(packed, 1000, plain, 511, 3);
	forge(packed, bytes, plain, 64, "frame 0: not 64 numbers of zstd");
	for (size_t i = 0; i < 3; i++) {
		plain[7] = (const double[]){ NAN, INFINITY, -INFINITY }[i];
		bytes = ZSTD_compress(packed, 1000, plain, 512, 3);
		forge(packed, bytes, plain, 64, "frame 0: number 7 is not finite");
	}
}

/*
 * A good frame, and a thousand of a byte each that claim a gigabyte together: it
 * takes no gigabyte to see through the first of them.
 */
static void no_memory_for_claims(void **state)
{
	json_t *description, *frames;
	int fd = write_numbers(numbers, TB_SAMPLES_FRAME, &description);
	int end = (int)get(description, 0, "bytes");
	struct rlimit before, limit;

	(void)state;
	frames = json_object_get(description, "frames");
	for (int i = 0; i < 1000; i++)
		json_array_append_new(frames,
				      json_pack("{s:i, s:i, s:i, s:s}", "offset", end + i, "bytes",
						1, "numbers", TB_SAMPLES_FRAME, "sha256", HASH));
	json_object_set_new(description, "numbers", json_integer(1001LL * TB_SAMPLES_FRAME));
	assert_int_equal(ftruncate(fd, end + 1000), 0);
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	limit = before;
	if (!SANITIZED) /* whose shadow has no room under any limit */
		limit.rlim_cur = 500 << 20;
	assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
	refused_at(fd, description, 1u << 30, "frame 1: not 131072 numbers of zstd");
	setrlimit(RLIMIT_AS, &before);
	json_decref(description);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips),
		cmocka_unit_test(extremes),
		cmocka_unit_test(format),
		cmocka_unit_test(writer_fails),
		cmocka_unit_test(descriptions_refused),
		cmocka_unit_test(files_refused),
		cmocka_unit_test(damage),
		cmocka_unit_test(forgeries),
		cmocka_unit_test(no_memory_for_claims),
	};

	return cmocka_run_group_tests(tests, fill_numbers, NULL);
}
