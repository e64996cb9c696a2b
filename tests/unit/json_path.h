/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TB_JSON_PATH_H
#define TB_JSON_PATH_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "a.0.b" in a document, or NULL. */
static inline json_t *json_path(json_t *value, const char *path)
{
	char copy[256], *rest = copy;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *key; value && (key = strtok_r(rest, ".", &rest));)
		value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
					     : json_object_get(value, key);
	return value;
}

/* The reason in "nulls" of a field that is null; NULL where no entry has it, or more than one. */
static inline const char *json_reason(json_t *value, const char *field)
{
	const char *reason = NULL;
	json_t *entry;
	size_t i, found = 0;

	json_array_foreach(json_object_get(value, "nulls"), i, entry)
		if (!strcmp(json_string_value(json_object_get(entry, "field")), field)) {
			reason = json_string_value(json_object_get(entry, "reason"));
			found++;
		}
	return found == 1 ? reason : NULL;
}

#endif
