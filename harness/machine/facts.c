// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/facts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "size.h"

int tb_facts_string(const char *text, size_t len, json_t **value)
{
	if (!len)
		return -ENODATA;
	*value = tb_text(text, len);
	return 0;
}

int tb_facts_integer(const char *text, size_t len, json_t **value)
{
	int64_t number;
	int err = tb_sysroot_parse_i64(text, len, &number);

	if (err)
		return err;
	*value = json_integer(number);
	return 0;
}

int tb_facts_positive(const char *text, size_t len, json_t **value)
{
	int64_t number;
	int err = tb_sysroot_parse_i64(text, len, &number);

	if (err)
		return err;
	if (number <= 0)
		return -ENODATA;
	*value = json_integer(number);
	return 0;
}

int tb_facts_size(const char *text, size_t len, json_t **value)
{
	unsigned long size;
	int err = strlen(text) == len ? tb_size_read(text, &size) : -EINVAL;

	if (err)
		return err;
	if (!size)
		return -ENODATA;
	if (size > INT64_MAX)
		return -ERANGE;
	*value = json_integer((json_int_t)size);
	return 0;
}

static int parse_switch(const char *text, size_t len, json_t **value, bool on)
{
	if (len != 1 || !strchr("01YN", text[0]))
		return -EINVAL;
	*value = json_boolean((text[0] == '1' || text[0] == 'Y') == on);
	return 0;
}

int tb_facts_switch(const char *text, size_t len, json_t **value)
{
	return parse_switch(text, len, value, true);
}

int tb_facts_not(const char *text, size_t len, json_t **value)
{
	return parse_switch(text, len, value, false);
}

int tb_facts_bracketed(const char *text, size_t len, json_t **value)
{
	size_t open = strcspn(text, "[("), width;

	if (open >= len)
		return -EINVAL;
	width = strcspn(text + open + 1, "])");
	if (!width || open + 1 + width >= len)
		return -EINVAL;
	*value = tb_text(text + open + 1, width);
	return 0;
}

void tb_facts_put(struct tb_facts *gather, json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, value))
		gather->short_of_memory = true;
}

void tb_facts_null(struct tb_facts *gather, json_t *object, const char *section, const char *name,
		   const char *fmt, ...)
{
	char field[256], reason[512];
	va_list args;
	json_t *entry;

	tb_facts_put(gather, object, name, json_null());
	if (!gather->nulls)
		return;
	snprintf(field, sizeof(field), "%s%s%s", section, *section ? "." : "", name);
	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	entry = json_object();
	tb_facts_put(gather, entry, "field", tb_text(field, strlen(field)));
	tb_facts_put(gather, entry, "reason", tb_text(reason, strlen(reason)));
	if (json_array_append_new(gather->nulls, entry))
		gather->short_of_memory = true;
}

static const char *why(int err)
{
	switch (err) {
	case -EINVAL:
		return "its content is not what was expected";
	case -ERANGE:
		return "its number does not fit";
	case -ENODATA:
		return "it says nothing";
	default:
		return strerror(-err);
	}
}

void tb_facts_file(struct tb_facts *gather, json_t *object, const char *section, const char *prefix,
		   const struct tb_facts_field *field)
{
	char text[8192];
	json_t *value = NULL;
	int len = tb_sysroot_text(gather->root, text, sizeof(text), "%s%s", prefix, field->path);
	int err = len < 0 ? len : field->parse(text, (size_t)len, &value);

	if (err)
		tb_facts_null(gather, object, section, field->name, "%s%s: %s", prefix, field->path,
			      why(err));
	else
		tb_facts_put(gather, object, field->name, value);
}

void tb_facts_files(struct tb_facts *gather, json_t *object, const char *section,
		    const char *prefix, const struct tb_facts_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		tb_facts_file(gather, object, section, prefix, &fields[i]);
}
