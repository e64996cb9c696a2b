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

#endif
