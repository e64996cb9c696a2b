// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A side file: the input's first line is its description, what follows the file.
 * Where that is refused, the bytes are numbers: written, they must read back,
 * and with any byte of the file changed be refused.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "record/samples.h"

enum { LIMIT = 1 << 20 };

static void foreign(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	json_t *description = end ? json_loadb((const char *)data, (size_t)(end - data), 0, NULL)
				  : NULL;
	struct tb_error why = { "" };
	double *number = NULL;
	char path[32];
	size_t n;
	int fd;

	if (!description)
		return;
	fd = fuzz_file(end + 1, size - (size_t)(end + 1 - data), path);
	if (!tb_samples_read(fd, description, LIMIT, &number, &n, &why))
		fuzz_need(n <= LIMIT, "more than the limit");
	fuzz_inert(why.text, strlen(why.text));
	free(number);
	close(fd);
	json_decref(description);
}

/* NAN is replaced by a number. */
static size_t make_numbers(const uint8_t *data, size_t size, double *x)
{
	size_t n = size / sizeof(*x);

	memcpy(x, data, n * sizeof(*x));
	for (size_t i = 0; i < n; i++)
		x[i] = isfinite(x[i]) ? x[i] : 0;
	return n;
}

static void ours(const uint8_t *data, size_t size)
{
	double *x = malloc(size + 1), *back = NULL;
	size_t n = make_numbers(data, size, x), n_back = 0;
	struct tb_samples_writer *writer = NULL;
	struct tb_error why = { "" };
	json_t *description = NULL;
	unsigned char byte;
	off_t at, bytes;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	fuzz_need(fd >= 0 && !tb_samples_open(fd, &writer), "no memory");
	fuzz_need(!tb_samples_put(writer, x, n), "numbers are refused");
	fuzz_need(!tb_samples_finish(writer, &description), "not finished");
	fuzz_need(!tb_samples_read(fd, description, LIMIT, &back, &n_back, &why), why.text);
	fuzz_need(n == n_back && (!n || !memcmp(x, back, n * sizeof(*x))), "other numbers");
	free(back);
	bytes = lseek(fd, 0, SEEK_END);
	at = bytes ? (off_t)(size * 2654435761u % (size_t)bytes) : 0;
	if (bytes && pread(fd, &byte, 1, at) == 1) {
		byte ^= 1 << (size % 8);
		fuzz_need(pwrite(fd, &byte, 1, at) == 1, "not changed");
		/* Bits of a frame that mean nothing may change; numbers may not. */
		if (!tb_samples_read(fd, description, LIMIT, &back, &n_back, &why))
			fuzz_need(n == n_back && !memcmp(x, back, n * sizeof(*x)),
				  "changed numbers");
		free(back);
	}
	json_decref(description);
	close(fd);
	free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	foreign(data, size);
	ours(data, size);
	return 0;
}
