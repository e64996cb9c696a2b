// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/schema_rules.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

size_t tb_put_inert(char *out, size_t room, size_t len, const char *text)
{
	for (; *text && len < room - 4; text++)
		out[len++] = (char)(*text >= 0x20 && *text < 0x7f ? *text : '?');
	snprintf(out + len, room - len, "%s", *text ? "..." : "");
	return len;
}

const char *tb_value_type(const json_t *value)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "object",   [JSON_ARRAY] = "array", [JSON_STRING] = "string",
		[JSON_INTEGER] = "integer", [JSON_REAL] = "number", [JSON_TRUE] = "boolean",
		[JSON_FALSE] = "boolean",   [JSON_NULL] = "null",
	};

	return names[json_typeof(value)];
}

const char *tb_value_describe(const json_t *value, char out[TB_VALUE_ROOM])
{
	if (json_is_string(value)) {
		char text[TB_VALUE_ROOM - 2];

		tb_put_inert(text, sizeof(text), 0, json_string_value(value));
		snprintf(out, TB_VALUE_ROOM, "\"%s\"", text);
	} else if (json_is_integer(value)) {
		snprintf(out, TB_VALUE_ROOM, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	} else if (json_is_real(value)) {
		snprintf(out, TB_VALUE_ROOM, "%.17g", json_real_value(value));
	} else {
		snprintf(out, TB_VALUE_ROOM, "%s", tb_value_type(value));
	}
	return out;
}

bool tb_value_is(const json_t *value, const char *name)
{
	if (json_is_real(value) && strcmp(name, "integer") == 0)
		return trunc(json_real_value(value)) == json_real_value(value);
	return strcmp(tb_value_type(value), name) == 0 ||
	       (json_is_integer(value) && strcmp(name, "number") == 0);
}

/* Exact, as in Python: a double cannot hold every 64-bit integer. */
static int compare_mixed(const json_t *integer, double d)
{
	json_int_t i = json_integer_value(integer);
	double whole = trunc(d);

	if (d >= 0x1p63)
		return -1;
	if (d < -0x1p63)
		return 1;
	if (i != (json_int_t)whole)
		return i < (json_int_t)whole ? -1 : 1;
	return (d < whole) - (d > whole);
}

int tb_value_compare(const json_t *a, const json_t *b)
{
	if (json_is_integer(a) && json_is_integer(b)) {
		json_int_t x = json_integer_value(a), y = json_integer_value(b);

		return (x > y) - (x < y);
	}
	if (json_is_integer(a))
		return compare_mixed(a, json_real_value(b));
	if (json_is_integer(b))
		return -compare_mixed(b, json_real_value(a));
	return (json_real_value(a) > json_real_value(b)) -
	       (json_real_value(a) < json_real_value(b));
}

/* Not json_equal(): in JSON Schema 1 and 1.0 are the same number. */
bool tb_value_same(json_t *a, json_t *b)
{
	if (json_is_number(a) && json_is_number(b))
		return tb_value_compare(a, b) == 0;
	if (json_is_array(a) && json_is_array(b)) {
		if (json_array_size(a) != json_array_size(b))
			return false;
		for (size_t i = 0; i < json_array_size(a); i++)
			if (!tb_value_same(json_array_get(a, i), json_array_get(b, i)))
				return false;
		return true;
	}
	if (json_is_object(a) && json_is_object(b)) {
		if (json_object_size(a) != json_object_size(b))
			return false;
		for (void *i = json_object_iter(a); i; i = json_object_iter_next(a, i)) {
			json_t *other = json_object_get(b, json_object_iter_key(i));

			if (!other || !tb_value_same(json_object_iter_value(i), other))
				return false;
		}
		return true;
	}
	return json_equal(a, b);
}

/* Counts characters: bytes that are not UTF-8 continuations. */
json_int_t tb_value_length(const json_t *string)
{
	const char *text = json_string_value(string);
	json_int_t n = 0;

	for (size_t i = 0; i < json_string_length(string); i++)
		n += (text[i] & 0xc0) != 0x80;
	return n;
}
