// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "json.h"

static const struct tb_strip_rule rules[] = { { "gone", TB_STRIP_MEMBER },
					      { "list", TB_STRIP_TO_FIRST },
					      { "kept", TB_STRIP_NOTHING },
					      { NULL, TB_STRIP_NOTHING } };

static void cuts_to(const char *from, const char *to)
{
	char *text = strdup(from);
	size_t n = tb_json_strip(text, strlen(text), rules);

	assert_int_equal(n, strlen(text));
	if (strcmp(text, to) != 0)
		fail_msg("%s became %s, not %s", from, text, to);
	free(text);
}

static void members(void **state)
{
	(void)state;
	cuts_to("{\"gone\":1,\"a\":2}", "{\"a\":2}");
	cuts_to("{\"a\":2,\"gone\":[{\"b\":[]}]}", "{\"a\":2}");
	cuts_to("{\"gone\":{}}", "{}");
	cuts_to("{\"gone\":1,\"gone\":\"x,}\"}", "{}");
	cuts_to("{ \"a\" : 2 , \"gone\" : null }", "{ \"a\" : 2 }");
	cuts_to("[{\"gone\":1},{\"b\":{\"gone\":-1e9,\"c\":0}}]", "[{},{\"b\":{\"c\":0}}]");
	cuts_to("{\"gone\":\"\\\\\",\"a\":\"gone\"}", "{\"a\":\"gone\"}");
	cuts_to("{\"a\":\"x\\\"gone\\\":1\"}", "{\"a\":\"x\\\"gone\\\":1\"}");
	cuts_to("{\"goner\":1,\"gon\":2,\"one\":3}", "{\"goner\":1,\"gon\":2,\"one\":3}");
}

static void first_elements(void **state)
{
	(void)state;
	cuts_to("{\"list\":[{\"a\":1},{\"b\":2},{\"c\":3}],\"d\":4}",
		"{\"list\":[{\"a\":1}],\"d\":4}");
	cuts_to("{\"list\":[1,2]}", "{\"list\":[1]}");
	cuts_to("{\"list\":[\"]\" , 2 ]}", "{\"list\":[\"]\" ]}");
	cuts_to("{\"list\":[1]}", "{\"list\":[1]}");
	cuts_to("{\"list\":[{\"gone\":1,\"a\":2},{}]}", "{\"list\":[{\"a\":2}]}");
	cuts_to("{\"list\":[{\"list\":[1,2]},{}],\"gone\":1}", "{\"list\":[{\"list\":[1]}]}");
	cuts_to("{\"list\":[]}", "{\"list\":[]}");
	cuts_to("{\"list\":{\"a\":[1,2]}}", "{\"list\":{\"a\":[1,2]}}");
}

static void kept(void **state)
{
	(void)state;
	cuts_to("{\"kept\":{\"gone\":1,\"list\":[1,2]},\"gone\":2}",
		"{\"kept\":{\"gone\":1,\"list\":[1,2]}}");
}

static void spaces(void **state)
{
	(void)state;
	cuts_to("{\n   \"a\":   [ 1,\n    2 ]\n}", "{\n\"a\": [ 1,\n2 ]\n}");
	cuts_to("[1    2]", "[1 2]"); /* no number comes of two */
	cuts_to("[\"a    b\"]", "[\"a    b\"]");
}

/* What does not end, ends where the text does; what is no JSON is none afterwards. */
static void broken(void **state)
{
	static const char *const texts[] = { "",
					     "\"",
					     "{\"gone",
					     "{\"gone\"",
					     "{\"gone\":",
					     "{\"gone\":[",
					     "{\"gone\":[1,{",
					     "{\"gone\":\"x",
					     "{\"gone\":\"x\\",
					     "{\"list\":[",
					     "{\"list\":[1",
					     "{\"list\":[1,",
					     "{\"list\":[}",
					     "{\"kept\":{",
					     "{\"kept\"",
					     "]",
					     "}\"gone\":1}",
					     "{\"gone\":1,",
					     "{\"a\":1,\"gone\":[1}",
					     "\"\\",
					     "{,\"gone\":1" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char *text = strdup(texts[i]);
		size_t n = tb_json_strip(text, strlen(text), rules);
		json_t *json;

		assert_true(n <= strlen(texts[i]));
		json = json_loadb(text, n, 0, NULL);
		if (json)
			fail_msg("%s became %s", texts[i], text);
		free(text);
	}
}

static json_t *without(json_t *json)
{
	static const char *const keys[] = { "samples", "summary", "checks", "name" };
	json_t *member;
	const char *key;
	size_t i;

	for (i = 0; json_is_object(json) && i < sizeof(keys) / sizeof(*keys); i++)
		json_object_del(json, keys[i]);
	json_object_foreach(json, key, member)
		without(member);
	json_array_foreach(json, i, member)
		without(member);
	return json;
}

/* The same as taking the members out of what was parsed, however it is written. */
static void records(void **state)
{
	static const struct tb_strip_rule some[] = { { "samples", TB_STRIP_MEMBER },
						     { "summary", TB_STRIP_MEMBER },
						     { "checks", TB_STRIP_MEMBER },
						     { "name", TB_STRIP_MEMBER },
						     { NULL, TB_STRIP_NOTHING } };
	static const char *const names[] = { "flush", "partial", "skipped" };
	static const size_t flags[] = { JSON_COMPACT, JSON_INDENT(1), JSON_INDENT(7), 0 };

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		char path[512];
		json_t *whole, *cut;
		char *text;

		snprintf(path, sizeof(path), "%s/golden/%s.json", TB_TEST_DATA, names[i % 3]);
		whole = json_load_file(path, 0, NULL);
		assert_non_null(whole);
		text = json_dumps(whole, flags[i / 3]);
		cut = json_loadb(text, tb_json_strip(text, strlen(text), some), 0, NULL);
		assert_non_null(cut);
		assert_true(json_equal(cut, without(whole)));
		json_decref(cut);
		json_decref(whole);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members), cmocka_unit_test(first_elements),
		cmocka_unit_test(kept),	   cmocka_unit_test(spaces),
		cmocka_unit_test(broken),  cmocka_unit_test(records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
