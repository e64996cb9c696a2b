// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/params.h"

#include <string.h>

#include "error.h"
#include "size.h"

void tb_params_add(struct tb_params *params, const json_t *row, bool vary)
{
	json_t *own = json_object_get(row, "params"), *value;
	const char *name;
	void *next;

	if (!params->all) {
		params->all = json_copy(own);
		params->common = vary ? json_object() : json_copy(own);
		return;
	}
	json_object_update_missing(params->all, own);
	json_object_foreach_safe(params->common, next, name, value)
	{
		if (!json_equal(value, json_object_get(own, name)))
			json_object_del(params->common, name);
	}
}

size_t tb_params_put_names(const struct tb_params *params, struct tb_grid *grid)
{
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach(params->all, name, value) {
		if (json_object_get(params->common, name))
			continue;
		tb_grid_put(grid, name);
		n++;
	}
	return n;
}

static const char *value_text(const json_t *value, char *size, size_t bytes)
{
	if (json_is_string(value))
		return json_string_value(value);
	if (!value)
		return "-";
	tb_size_text((unsigned long)json_integer_value(value), size, bytes);
	return size;
}

void tb_params_put(const struct tb_params *params, const json_t *row, struct tb_grid *grid)
{
	json_t *value;
	const char *name;
	char size[32];

	json_object_foreach(params->all, name, value)
		if (!json_object_get(params->common, name))
			tb_grid_put(grid, value_text(json_object_get(json_object_get(row, "params"),
								     name),
						     size, sizeof(size)));
}

void tb_params_text(const struct tb_params *params, char *out, size_t bytes)
{
	json_t *value;
	const char *name;
	char size[32], a[512], b[512];

	json_object_foreach(params->common, name, value) {
		size_t used = strlen(out);

		snprintf(out + used, bytes - used, " %s=%s", tb_inert(name, a, sizeof(a)),
			 tb_inert(value_text(value, size, sizeof(size)), b, sizeof(b)));
	}
}

void tb_params_free(struct tb_params *params)
{
	json_decref(params->all);
	json_decref(params->common);
	*params = (struct tb_params){ NULL, NULL };
}
