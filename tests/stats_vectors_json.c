// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers between JSON and the ops. */
#include "stats_vectors.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *vectors_number(double value)
{
	if (isfinite(value))
		return json_real(value);
	if (isnan(value))
		return json_string("NaN");
	return json_string(value > 0 ? "Infinity" : "-Infinity");
}

int vectors_number_read(const json_t *from, double *value)
{
	const char *name = json_is_string(from) ? json_string_value(from) : "";

	if (json_is_number(from))
		*value = json_number_value(from);
	else if (json_is_null(from) || !strcmp(name, "NaN"))
		*value = NAN;
	else if (!strcmp(name, "Infinity"))
		*value = INFINITY;
	else if (!strcmp(name, "-Infinity"))
		*value = -INFINITY;
	else
		return -EPROTO;
	return 0;
}

int vectors_numbers_read(const json_t *array, struct vectors_numbers *out)
{
	size_t n = json_array_size(array);
	double *value;

	if (!json_is_array(array))
		return -EPROTO;
	value = calloc(n + 1, sizeof(*value)); /* + 1: an empty array is no lack of memory */
	if (!value)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int err = vectors_number_read(json_array_get(array, i), &value[i]);

		if (err) {
			free(value);
			return err;
		}
	}
	*out = (struct vectors_numbers){ value, n };
	return 0;
}

static int read_array_member(const json_t *input, const char *key, struct vectors_numbers *out)
{
	const json_t *member = json_object_get(input, key);

	/* p is an array for one op and a number for another. */
	return json_is_array(member) ? vectors_numbers_read(member, out) : 0;
}

int vectors_args_read(const json_t *input, struct vectors_args *args)
{
	const json_t *confidence = json_object_get(input, "confidence");
	int err;

	*args = (struct vectors_args){ .input = input, .got = json_object() };
	err = read_array_member(input, "x", &args->x);
	if (!err)
		err = read_array_member(input, "y", &args->y);
	if (!err)
		err = read_array_member(input, "p", &args->p);
	if (!err && confidence)
		err = vectors_number_read(confidence, &args->confidence);
	return err;
}

void vectors_args_free(struct vectors_args *args)
{
	free(args->x.value);
	free(args->y.value);
	free(args->p.value);
	json_decref(args->got);
}

int vectors_real(const struct vectors_args *args, const char *key, double *value)
{
	const json_t *member = json_object_get(args->input, key);

	return member ? vectors_number_read(member, value) : -EPROTO;
}

int vectors_count(const struct vectors_args *args, const char *key, size_t *count)
{
	double value;

	if (vectors_real(args, key, &value) || !(value >= 0 && value < 1e15))
		return -EPROTO;
	*count = (size_t)value;
	return 0;
}

void vectors_put(const struct vectors_args *args, const char *key, double value)
{
	json_object_set_new(args->got, key, vectors_number(value));
}

void vectors_put_if(const struct vectors_args *args, const char *key, bool present, double value)
{
	json_object_set_new(args->got, key, present ? vectors_number(value) : json_null());
}

void vectors_put_text(const struct vectors_args *args, const char *key, const char *text)
{
	json_object_set_new(args->got, key, json_string(text));
}

void vectors_put_array(const struct vectors_args *args, const char *key, const double *value,
		       size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, vectors_number(value[i]));
	json_object_set_new(args->got, key, array);
}
