// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/json.h"

#include <string.h>

const char *tb_json_text(const json_t *object, const char *key, const char *fallback)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : fallback;
}

double tb_json_number(const json_t *object, const char *key, double fallback)
{
	const json_t *number = json_object_get(object, key);

	return json_is_number(number) ? json_number_value(number) : fallback;
}

const json_t *tb_json_at(const json_t *object, const char *path)
{
	char key[64];

	while (object && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		object = json_object_get(object, key);
		path += n + (path[n] == '.');
	}
	return object;
}

const json_t *tb_json_named(const json_t *array, const char *name)
{
	const json_t *object;
	size_t i;

	json_array_foreach(array, i, object)
		if (!strcmp(tb_json_text(object, "name", ""), name))
			return object;
	return NULL;
}
