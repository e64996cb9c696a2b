// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "record/schema.h"

/* A schema, a document, and the error that must come of it; NULL: the document fits. */
struct verdict {
	const char *schema, *doc, *error;
};

static void judge(const struct verdict *v)
{
	struct tb_error why = { "" };
	struct tb_schema *schema = NULL;
	json_t *doc = json_loads(v->doc, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	int rc = tb_schema_load(v->schema, strlen(v->schema), &schema, &why);

	assert_string_equal(why.text, "");
	assert_int_equal(rc, 0);
	assert_non_null(doc);
	rc = tb_schema_check(schema, doc, &why);
	assert_string_equal(why.text, v->error ? v->error : "");
	assert_int_equal(rc, v->error ? -EINVAL : 0);
	assert_int_equal(tb_schema_check(schema, doc, NULL), rc);
	json_decref(doc);
	tb_schema_free(schema);
}

#define JUDGE(verdicts)                                                          \
	for (size_t i_ = 0; i_ < sizeof(verdicts) / sizeof((verdicts)[0]); i_++) \
	judge(&(verdicts)[i_])

static void types(void **state)
{
	static const struct verdict verdicts[] = {
		{ "{\"type\":\"integer\"}", "3", NULL },
		{ "{\"type\":\"integer\"}", "3.0", NULL },
		{ "{\"type\":\"integer\"}", "1e300", NULL },
		{ "{\"type\":\"integer\"}", "3.5", "document: expected integer, found number" },
		{ "{\"type\":\"number\"}", "3", NULL },
		{ "{\"type\":\"number\"}", "true", "document: expected number, found boolean" },
		{ "{\"type\":\"boolean\"}", "false", NULL },
		{ "{\"type\":\"boolean\"}", "0", "document: expected boolean, found integer" },
		{ "{\"type\":[\"array\",\"string\",\"null\"]}", "{}",
		  "document: expected array, string or null, found object" },
		{ "{\"type\":[\"number\",\"null\"]}", "null", NULL },
		{ "{}", "null", NULL },
		{ "{\"items\":false}", "[]", NULL },
		{ "{\"items\":false}", "[1]", "[0]: nothing is allowed here" },
	};

	(void)state;
	JUDGE(verdicts);
}

static void values(void **state)
{
	static const struct verdict verdicts[] = {
		{ "{\"const\":1}", "1.0", NULL },
		{ "{\"const\":1}", "true", "document: found boolean, expected the value 1" },
		{ "{\"const\":false}", "0", "document: found 0, expected the value false" },
		{ "{\"const\":{\"a\":[1,{}]}}", "{\"a\":[1.0,{}]}", NULL },
		{ "{\"const\":{\"a\":1}}", "{\"b\":1}",
		  "document: found object, expected the value {\"a\":1}" },
		{ "{\"const\":[1]}", "[1,1]", "document: found array, expected the value [1]" },
		{ "{\"const\":[1]}", "[2]", "document: found array, expected the value [1]" },
		{ "{\"const\":{}}", "{\"a\":1}", "document: found object, expected the value {}" },
		{ "{\"const\":{\"a\":1}}", "{}",
		  "document: found object, expected the value {\"a\":1}" },
		{ "{\"const\":[1]}", "[]", "document: found array, expected the value [1]" },
		{ "{\"enum\":[\"ns\",null,2]}", "2.0", NULL },
		{ "{\"enum\":[\"ns\",null]}", "\"n\\u001bs\"",
		  "document: found \"n?s\", expected one of [\"ns\",null]" },
		/* 2^53 + 1 is no double: compared as doubles, these would be equal. */
		{ "{\"const\":9007199254740993}", "9007199254740992.0",
		  "document: found 9007199254740992, expected the value 9007199254740993" },
		{ "{\"minimum\":9007199254740993}", "9007199254740992.0",
		  "document: found 9007199254740992, expected at least 9007199254740993" },
		{ "{\"maximum\":1e300}", "9223372036854775807", NULL },
		{ "{\"minimum\":-9223372036854775808}", "-1e300",
		  "document: found -1.0000000000000001e+300, expected at least -9223372036854775808" },
		{ "{\"minimum\":-1e300}", "-9223372036854775808", NULL },
		{ "{\"maximum\":9223372036854775807}", "9223372036854775808.0",
		  "document: found 9.2233720368547758e+18, expected at most 9223372036854775807" },
		{ "{\"maximum\":-1}", "-1", NULL },
		{ "{\"maximum\":-1.5}", "-1", "document: found -1, expected at most -1.5" },
		{ "{\"minimum\":0.5}", "0", "document: found 0, expected at least 0.5" },
		{ "{\"minimum\":5}", "\"4\"", NULL },
		{ "{\"minLength\":2}", "\"\\u00e9\"",
		  "document: has 1 characters, expected at least 2" },
		{ "{\"maxLength\":2}", "\"\\ud83d\\ude00\\u20ac\"", NULL },
		{ "{\"maxLength\":2}", "\"abc\"",
		  "document: has 3 characters, expected at most 2" },
		{ "{\"minItems\":1}", "[]", "document: has 0 items, expected at least 1" },
		{ "{\"maxItems\":1}", "[1,2]", "document: has 2 items, expected at most 1" },
		{ "{\"maxItems\":0,\"minLength\":3}", "{}", NULL },
	};

	(void)state;
	JUDGE(verdicts);
}

static void patterns(void **state)
{
	static const struct verdict verdicts[] = {
		{ "{\"pattern\":\"b+\"}", "\"abbc\"", NULL },
		{ "{\"pattern\":\"^b\"}", "\"ab\"",
		  "document: found \"ab\", expected a match for \"^b\"" },
		{ "{\"pattern\":\"^[a-z]{2,3}$\"}", "\"abc\"", NULL },
		{ "{\"pattern\":\"^[^/]*$\"}", "\"\\u00e9\\u20ac\"", NULL },
		{ "{\"pattern\":\"^(a|b\\\\.)+$\"}", "\"ab.a\"", NULL },
		/* '$' is the end of the text: neither before a last newline, nor at a NUL. */
		{ "{\"pattern\":\"^[a-z]+$\"}", "\"abc\\n\"",
		  "document: found \"abc?\", expected a match for \"^[a-z]+$\"" },
		{ "{\"pattern\":\"^[a-z]+$\"}", "\"abc\\u0000 \"",
		  "document: found \"abc\", expected a match for \"^[a-z]+$\"" },
		{ "{\"pattern\":\"x\"}", "17", NULL },
	};

	(void)state;
	JUDGE(verdicts);
}

#define QUIET                                                                                  \
	"{\"properties\":{\"benchmarks\":{\"items\":{\"properties\":{\"launches\":{\"items\":" \
	"{\"$ref\":\"#/$defs/launch\"}}}}}},\"$defs\":{\"launch\":{\"required\":[\"gate\"],"   \
	"\"properties\":{\"gate\":{\"properties\":{\"quiet\":{\"type\":[\"number\",\"null\"]}}}}}}}"

static void nested(void **state)
{
	static const struct verdict verdicts[] = {
		{ QUIET, "{\"benchmarks\":[{},{\"launches\":[{\"gate\":{\"quiet\":null}}]}]}",
		  NULL },
		{ QUIET, "{\"benchmarks\":[{},{\"launches\":[{\"gate\":{\"quiet\":\"no\"}}]}]}",
		  "benchmarks[1].launches[0].gate.quiet: expected number or null, found string" },
		{ QUIET, "{\"benchmarks\":[{\"launches\":[{}]}]}",
		  "benchmarks[0].launches[0]: has no \"gate\"" },
		{ "{\"required\":[\"a\"]}", "[]", NULL },
		{ "{\"properties\":{\"a\":true},\"additionalProperties\":false}", "{\"a\":1}",
		  NULL },
		{ "{\"properties\":{\"a\":true},\"additionalProperties\":false}",
		  "{\"a\":1,\"\\u001b[2J\\u009b\":1}",
		  "document: has an unknown member \"?[2J??\"" },
		{ "{\"additionalProperties\":{\"type\":\"null\"}}", "{\"\\u001b\\n\":1}",
		  "??: expected null, found integer" },
		/* Both the rule beside a $ref and the rule behind it hold. */
		{ "{\"$ref\":\"#/$defs/n\",\"minimum\":2,\"$defs\":{\"n\":{\"maximum\":3}}}", "1",
		  "document: found 1, expected at least 2" },
		{ "{\"minimum\":2,\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"maximum\":3}}}", "4",
		  "document: found 4, expected at most 3" },
	};

	(void)state;
	JUDGE(verdicts);
}

#define ONE "{\"oneOf\":[{\"maximum\":4},{\"minimum\":4}]}"
#define OPTIONAL                                                                     \
	"{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"object\",\"required\":[\"a\"]," \
	"\"properties\":{\"a\":{\"type\":\"number\"}}}]}"

static void alternatives(void **state)
{
	static const struct verdict verdicts[] = {
		{ ONE, "3", NULL },
		{ ONE, "4", "document: fits 2 of 2 alternatives, expected one" },
		{ "{\"oneOf\":[{\"type\":\"null\"},{\"type\":\"array\"}]}", "4",
		  "document: fits 0 of 2 alternatives, expected one" },
		{ "{\"anyOf\":[{\"maximum\":4},{\"minimum\":4}]}", "4", NULL },
		{ OPTIONAL, "null", NULL },
		{ OPTIONAL, "7", "document: fits 0 of 2 alternatives, expected at least one" },
		{ OPTIONAL, "{}", "document: has no \"a\"" },
		{ "{\"anyOf\":[{\"anyOf\":[" OPTIONAL
		  ",{\"type\":\"array\"}]},{\"type\":\"null\"}]}",
		  "{\"a\":\"b\"}", "a: expected number, found string" },
		{ OPTIONAL, "{\"a\":\"b\"}", "a: expected number, found string" },
	};

	(void)state;
	JUDGE(verdicts);
}

/* A chain of documents {"n":{"n":...}} as deep as asked. */
static int judge_depth(const char *text, int depth, struct tb_error *why)
{
	struct tb_schema *schema;
	json_t *doc = json_object();
	int rc;

	for (int i = 0; i < depth; i++)
		doc = json_pack("{s:o}", "n", doc);
	assert_int_equal(tb_schema_load(text, strlen(text), &schema, why), 0);
	rc = tb_schema_check(schema, doc, why);
	json_decref(doc);
	tb_schema_free(schema);
	return rc;
}

static void depth(void **state)
{
	const char *chain = "{\"properties\":{\"n\":{\"$ref\":\"#/$defs/n\"}},\"$defs\":{\"n\":"
			    "{\"properties\":{\"n\":{\"$ref\":\"#/$defs/n\"}}}}}";
	const char *loop = "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"anyOf\":["
			   "{\"$ref\":\"#/$defs/a\"},{\"$ref\":\"#/$defs/a\"},true]}}}";
	static const struct verdict wide = {
		/* 70 siblings are not nested */
		"{\"items\":{\"items\":{\"type\":\"integer\"}}}",
		"[[1,2,3,4,5,6,7],[1,2,3,4,5,6,7],[1,2,3,4,5,6,7],[1,2,3,4,5,6,7],[1,2,3,4,5,6,7],"
		"[1,2,3,4,5,6,7],[1,2,3,4,5,6,7],[1,2,3,4,5,6,7],[1,2,3,4,5,6,7],[1,2,3,4,5,6,7]]",
		NULL
	};
	struct tb_error why = { "" };

	(void)state;
	assert_int_equal(judge_depth(chain, 30, &why), 0);
	judge(&wide);
	assert_string_equal(why.text, "");
	assert_int_equal(judge_depth(chain, 1000, &why), -EINVAL);
	assert_non_null(strstr(why.text, ": needs more than 64 nested subschemas"));
	why.text[0] = '\0';
	/* Would take 2^64 steps if each alternative were tried to the bottom. */
	assert_int_equal(judge_depth(loop, 0, &why), -EINVAL);
	assert_non_null(strstr(why.text, "needs more than 64"));
}

static void long_names_are_cut(void **state)
{
	const char *text = "{\"additionalProperties\":{\"additionalProperties\":false}}";
	struct tb_error why = { "" };
	struct tb_schema *schema;
	char name[1000];
	json_t *doc;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	doc = json_pack("{s:{s:i}}", name, name, 1);
	assert_int_equal(tb_schema_load(text, strlen(text), &schema, &why), 0);
	assert_int_equal(tb_schema_check(schema, doc, &why), -EINVAL);
	assert_non_null(strstr(why.text, "nnn...: has an unknown member \"nnn"));
	assert_non_null(strstr(why.text, "nnn...\""));
	json_decref(doc);
	tb_schema_free(schema);
}

static void schemas_refused(void **state)
{
	static const struct {
		const char *schema, *error;
	} refused[] = {
		{ "{\"properties\":{\"a\":{\"not\":{}}}}",
		  "properties.a: unknown keyword \"not\"" },
		{ "{\"multipleOf\":2}", "schema: unknown keyword \"multipleOf\"" },
		{ "{\"oneOf\":[true,{\"if\":true}]}", "oneOf[1]: unknown keyword \"if\"" },
		{ "{\"items\":{\"prefixItems\":[]}}", "items: unknown keyword \"prefixItems\"" },
		{ "{\"additionalProperties\":3}", "additionalProperties: is no schema" },
		{ "{\"$defs\":{\"a\":{\"contains\":1}}}", "$defs.a: unknown keyword \"contains\"" },
		{ "{\"items\":{\"$defs\":{}}}", "items.$defs: stands below the root" },
		{ "{\"items\":{\"$id\":\"a\"}}", "items.$id: stands below the root" },
		{ "{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}",
		  "$schema: is not https://json-schema.org/draft/2020-12/schema" },
		{ "{\"$ref\":\"#/$defs/a\",\"$defs\":{}}", "$ref: has no definition: a" },
		{ "{\"$ref\":\"other.json\"}", "$ref: is not #/$defs/NAME" },
		{ "{\"$ref\":\"#/$defs/a~1b\"}", "$ref: has ~, % or / in the name" },
		{ "{\"type\":\"float\"}", "type: is not a type's name" },
		{ "{\"type\":[\"null\",1]}", "type[1]: is not a type's name" },
		{ "{\"type\":[]}", "type: is not a type's name" },
		{ "{\"required\":\"a\"}", "required: is not a list of names" },
		{ "{\"required\":[1]}", "required: is not a list of names" },
		{ "{\"enum\":3}", "enum: is not a list" },
		{ "{\"enum\":[[1]]}", "enum: lists an array or an object" },
		{ "{\"minLength\":-1}", "minLength: is not a count" },
		{ "{\"maxItems\":1.5}", "maxItems: is not a count" },
		{ "{\"minimum\":\"1\"}", "minimum: is not a number" },
		{ "{\"anyOf\":[]}", "anyOf: is not a list of schemas" },
		{ "{\"properties\":[]}", "properties: is not an object" },
		{ "{\"a\":1,\"a\":2}", "schema: line 1: duplicate object key near '\"a\"'" },
		{ "[]", "schema: is no schema" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct tb_error why = { "" };
		struct tb_schema *schema = (void *)1;
		size_t len = strlen(refused[i].schema);

		assert_int_equal(tb_schema_load(refused[i].schema, len, &schema, &why), -EINVAL);
		assert_null(schema);
		assert_string_equal(why.text, refused[i].error);
	}
	tb_schema_free(NULL);
}

static void patterns_refused(void **state)
{
	static const char *const refused[] = {
		"a.b",	   "^\\\\d+$", "a\\\\",	   "(?:a)",	 "a+?",	   "a**",	  "*a",
		"a|*",	   "[^a]",     "[^a]+",	   "[]a]",	 "[a",	   "[[:alpha:]]", "[\\\\n]",
		"[a-c-e]", "[z-a]",    "a{",	   "a{,2}",	 "a{x}",   "a]",	  "a}",
		"a)",	   "(a",       "\xc3\xa9", "[\xc3\xa9]", "a{3,2}", "^*",	  "\\\\b",
		"[a-[]",   "a^",       "$a",	   "(^a)",	 "a$|b",
	};
	static const char *const allowed[] = {
		"",	     "^$",    "a|b",   "(a|b)*c?",   "[a-zA-Z0-9._-]+", "[-a]",
		"a{2}b{2,}", "[^a]*", "[.^$]", "\\\\.\\\\[", "^(a|b)$",
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct tb_error why = { "" };
		struct tb_schema *schema;
		int len = snprintf(text, sizeof(text), "{\"pattern\":\"%s\"}", refused[i]);

		if (tb_schema_load(text, (size_t)len, &schema, &why) != -EINVAL)
			fail_msg("pattern accepted: %s", refused[i]);
		assert_int_equal(strncmp(why.text, "pattern: ", 9), 0);
	}
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		struct tb_error why = { "" };
		struct tb_schema *schema;
		int len = snprintf(text, sizeof(text), "{\"pattern\":\"%s\"}", allowed[i]);

		if (tb_schema_load(text, (size_t)len, &schema, &why))
			fail_msg("pattern refused: %s: %s", allowed[i], why.text);
		tb_schema_free(schema);
	}
}

static void errors(void **state)
{
	struct tb_error why = { "" };
	char text[sizeof(why.text) + 2];
	size_t whole = sizeof(why.text) - 2;

	(void)state;
	assert_int_equal(tb_error(&why, -EIO, "%s \x1b[0m\n\x7f\xc2\x9b\xc2\xb5", "a"), -EIO);
	assert_string_equal(why.text, "a ?[0m????\xc2\xb5");
	assert_int_equal(tb_error(&why, -EPERM, "second"), -EPERM);
	assert_int_equal(why.text[0], 'a');
	assert_int_equal(tb_error(NULL, 7, "nobody"), 7);
	/* One byte is left at the cut, for a sign of two. */
	memset(text, 'x', whole);
	memcpy(text + whole, "\xc2\xb5", 3);
	why.text[0] = '\0';
	tb_error(&why, 0, "%s", text);
	assert_int_equal(strlen(why.text), whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types),
		cmocka_unit_test(values),
		cmocka_unit_test(patterns),
		cmocka_unit_test(nested),
		cmocka_unit_test(alternatives),
		cmocka_unit_test(depth),
		cmocka_unit_test(long_names_are_cut),
		cmocka_unit_test(schemas_refused),
		cmocka_unit_test(patterns_refused),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
