/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON in a C string without a thousand backslashes: ' stands for ". */
#ifndef TB_TEST_JSON_QUOTED_H
#define TB_TEST_JSON_QUOTED_H

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static inline json_t *json_quoted(const char *text)
{
	char *copy = strdup(text);
	json_error_t error;
	json_t *json;

	assert_non_null(copy);
	for (char *c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	json = json_loads(copy, JSON_DECODE_ANY, &error);
	if (!json)
		fail_msg("%s: %s", error.text, copy);
	free(copy);
	return json;
}

#endif
