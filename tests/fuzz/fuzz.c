// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

int fuzz_file(const void *data, size_t size, char path[32])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	fuzz_need(fd >= 0 && write(fd, data, size) == (ssize_t)size, "no memory file");
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

void fuzz_inert(const char *text, size_t size)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < size; i++) {
		fuzz_need((p[i] >= 0x20 || p[i] == '\n') && p[i] != 0x7f, "a control character");
		if (i + 1 < size)
			fuzz_need(p[i] != 0xc2 || p[i + 1] < 0x80 || p[i + 1] >= 0xa0,
				  "a C1 control character");
		if (i + 2 < size && p[i] == 0xe2) {
			fuzz_need(p[i + 1] != 0x80 || p[i + 2] < 0xaa || p[i + 2] > 0xae,
				  "text is turned around");
			fuzz_need(p[i + 1] != 0x81 || p[i + 2] < 0xa6 || p[i + 2] > 0xa9,
				  "text is isolated");
		}
	}
}

static json_t *odd_value(unsigned int which)
{
	static const char *const texts[] = {
		"",	 "x",	       "\x1b[31m\n",   "<script>",
		"`id`",	 "\xc2\x9b[m", "\xe2\x80\xae", "%s%n",
		"ok",	 "failed",     "skipped",      "ungated",
		"gated", "1e999",      "../../x",      "tollbooth.run/2",
		"lines", "left-any"
	};
	static const double reals[] = { 0.5, -0.5, 1e308, -1e308, 5e-324, 0.999999, 1e15, -0.0 };
	static const json_int_t integers[] = {
		0, 1, -1, 2, 63, 64, 65536, INT32_MAX, INT64_MAX, INT64_MIN, (json_int_t)1 << 53
	};
	unsigned int kind = which % 8, at = which / 8;

	switch (kind) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(at & 1);
	case 2:
		return json_array();
	case 3:
		return json_object();
	case 4:
		return json_integer(integers[at % (sizeof(integers) / sizeof(*integers))]);
	case 5:
		return json_real(reals[at % (sizeof(reals) / sizeof(*reals))]);
	default:
		return json_string(texts[at % (sizeof(texts) / sizeof(*texts))]);
	}
}

static void spoil_object(json_t *json, unsigned int *seed)
{
	size_t n = (size_t)rand_r(seed) % (json_object_size(json) + 1);
	void *at = json_object_iter(json);
	json_t *value;
	const char *key;

	while (at && n--)
		at = json_object_iter_next(json, at);
	if (!at)
		return;
	value = json_object_iter_value(at);
	key = json_object_iter_key(at);
	if (json_is_object(value) || json_is_array(value)) {
		if (rand_r(seed) % 16) {
			fuzz_spoil(value, (unsigned int)rand_r(seed));
			return;
		}
	}
	if (rand_r(seed) % 8 == 0)
		json_object_del(json, key);
	else if (json_is_integer(value) && rand_r(seed) % 2)
		json_object_set_new(json, key,
				    json_integer((json_int_t)((uint64_t)json_integer_value(value) +
							      (uint64_t)(rand_r(seed) % 5) - 2)));
	else if (json_is_real(value) && rand_r(seed) % 2)
		json_object_set_new(json, key, json_real(json_real_value(value) * 1.01));
	else
		json_object_set_new(json, key, odd_value((unsigned int)rand_r(seed)));
}

static void spoil_array(json_t *json, unsigned int *seed)
{
	size_t n = json_array_size(json), at = n ? (size_t)rand_r(seed) % n : 0;
	json_t *value = json_array_get(json, at);

	if ((json_is_object(value) || json_is_array(value)) && rand_r(seed) % 16) {
		fuzz_spoil(value, (unsigned int)rand_r(seed));
		return;
	}
	switch (rand_r(seed) % 4) {
	case 0:
		json_array_remove(json, at);
		break;
	case 1:
		json_array_append_new(json, value ? json_deep_copy(value)
						  : odd_value((unsigned int)rand_r(seed)));
		break;
	default:
		if (n)
			json_array_set_new(json, at, odd_value((unsigned int)rand_r(seed)));
	}
}

void fuzz_spoil(json_t *json, unsigned int seed)
{
	if (json_is_object(json))
		spoil_object(json, &seed);
	else if (json_is_array(json))
		spoil_array(json, &seed);
}
