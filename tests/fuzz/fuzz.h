/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Common code of the fuzz targets. */
#ifndef TB_FUZZ_H
#define TB_FUZZ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/* Ends the fuzzer, which keeps the input, unless ok. */
void fuzz_need(bool ok, const char *what);
/* A file without a name that holds these bytes; its path in `path`. The caller closes it. */
int fuzz_file(const void *data, size_t size, char path[32]);
/* Text that goes to a terminal: nothing in it but printable characters and new lines. */
void fuzz_inert(const char *text, size_t size);
/* Changes one value of the document into a near, odd or hostile one. */
void fuzz_spoil(json_t *json, unsigned int seed);

#endif
