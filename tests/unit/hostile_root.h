/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For test_environment_hostile.c: a root folder for each test, and comparisons of its values. */
#ifndef TB_TEST_HOSTILE_ROOT_H
#define TB_TEST_HOSTILE_ROOT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "json_path.h"
#include "machine/environment.h"
#include "machine/host.h"

static int open_fake(void **state)
{
	static struct fakeroot fake;

	fakeroot_open(&fake);
	*state = &fake;
	return 0;
}

static int close_fake(void **state)
{
	fakeroot_close(*state);
	return 0;
}

static void check_value(json_t *doc, const char *path, const char *want)
{
	json_t *value = json_path(doc, path);
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	if (!text || strcmp(text, want) != 0)
		fail_msg("%s is %s, not %s", path, text ? text : "missing", want);
	free(text);
}

static bool has_reason(json_t *host, const char *field)
{
	const json_t *entry;
	size_t i, found = 0;

	json_array_foreach(json_object_get(host, "nulls"), i, entry)
		found += !strcmp(json_string_value(json_object_get(entry, "field")), field);
	return found == 1;
}

/* Each null has one reason. "derived" says itself why it derives nothing. */
static void check_reasons(json_t *host, const char *path, json_t *value)
{
	const char *key;
	char below[256];
	json_t *child;
	size_t i;

	if (json_is_null(value) && !has_reason(host, path))
		fail_msg("%s is null without one reason", path);
	json_object_foreach(value, key, child) {
		snprintf(below, sizeof(below), "%s%s%s", path, *path ? "." : "", key);
		if (strcmp(below, "cpu.derived") != 0)
			check_reasons(host, below, child);
	}
	json_array_foreach(value, i, child) {
		snprintf(below, sizeof(below), "%s.%zu", path, i);
		check_reasons(host, below, child);
	}
}

static void check_host(const struct fakeroot *fake, const char *path, const char *want)
{
	json_t *host = tb_host(&fake->root);

	check_value(host, path, want);
	check_reasons(host, "", host);
	json_decref(host);
}

/* The value, and where it is null the end of its reason. */
static void check_environment(const struct fakeroot *fake, const char *path, const char *want,
			      const char *reason)
{
	json_t *environment = tb_environment(&fake->root);
	const char *got = json_reason(environment, path);

	check_value(environment, path, want);
	got = got ? got : "";
	if (strlen(got) < strlen(reason) ||
	    strcmp(got + strlen(got) - strlen(reason), reason) != 0 || !*reason != !*got)
		fail_msg("%s: the reason is \"%s\", not \"...%s\"", path, got, reason);
	json_decref(environment);
}

#endif
