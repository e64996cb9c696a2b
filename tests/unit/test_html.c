// SPDX-License-Identifier: GPL-2.0-or-later
/* HTML in which no text of a record becomes markup, and data URIs. */
#include "report/html.h"
#include "report/machines.h"
#include "report/sections.h"
#include "report_help.h"

static void machines(FILE *out, const struct tb_record *record)
{
	struct tb_subject subjects[2];
	const struct tb_record twice[] = { *record, *record };

	tb_subjects_name(twice, 2, subjects);
	tb_machines_legend(out, subjects, 2);
	tb_machines_table(out, subjects, 2);
}

static void hostile_html(void **state)
{
	static const print all[] = { tb_section_intro,	tb_section_rows, tb_section_noise,
				     tb_section_doubts, machines,	 tb_section_again };
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		char *text = printed(all[i], hostile);

		assert_null(strstr(text, "<img"));
		found += !!strstr(text, "&lt;img src=x onerror=alert(1)&gt;&amp;");
		for (const char *c = text; *c; c++)
			if (*c != '\n' && ((unsigned char)*c < 0x20 || *c == 0x7f))
				fail_msg("byte %#x", (unsigned char)*c);
		free(text);
	}
	assert_int_equal(found, COUNT(all) - 1); /* the noise has figures only */
}

/* What differs stands in a table of its own; a command is one that a shell takes as it was. */
static void differences(void **state)
{
	static const char json
		[] = "{'host': {'a': 1, 'b': {'c': 'x'}, 'nulls': [1], 'd': null, 'f': [{'g': 3}, {'g': 4}]}}",
	    other[] = "{'host': {'a': 1, 'b': {'c': 'y'}, 'e': 2, 'f': [{'g': 3}, {'g': 5}]}}";
	struct tb_record records[] = { { .json = json_quoted(json) },
				       { .json = json_quoted(other) } };
	struct tb_subject subjects[2];
	char *text = NULL, *all;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	(void)state;
	tb_subjects_name(records, 2, subjects);
	tb_machines_table(out, subjects, 2);
	fclose(out);
	all = strstr(text, "<h2>The machines</h2>");
	assert_non_null(all);
	assert_non_null(
		strstr(all, ">a</td><td class=\"text wrap\">1</td><td class=\"text wrap\">1<"));
	*all = '\0';
	assert_null(strstr(text, ">a</td>"));
	assert_null(strstr(text, ">nulls"));
	assert_null(strstr(text, ">f.0.g"));
	assert_non_null(strstr(text, ">f.1.g"));
	assert_non_null(
		strstr(text, ">b.c</td><td class=\"text wrap\">x</td><td class=\"text wrap\">y<"));
	assert_non_null(
		strstr(text, ">e</td><td class=\"text wrap\">-</td><td class=\"text wrap\">2<"));
	free(text);
	json_decref(records[0].json);
	json_decref(records[1].json);
}

static void again(void **state)
{
	static const struct {
		const char *json, *want;
	} cases[] = {
		{ "{'suite': {'command': ['tollbooth', 'run', 'l1d/*'], 'seed': 7}}",
		  "tollbooth run &#39;l1d/*&#39; --seed 7</pre>" },
		{ "{'suite': {'command': ['a b', '', 'it\\u0027s'], 'seed': 7}}",
		  ">&#39;a b&#39; &#39;&#39; &#39;it&#39;\\&#39;&#39;s&#39; --seed 7</pre>" },
		{ "{'suite': {'command': ['run', '--seed', '9'], 'seed': 9}}",
		  ">run --seed 9 </pre>" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = printed(tb_section_again, cases[i].json);

		if (!strstr(text, cases[i].want))
			fail_msg("no %s in %s", cases[i].want, text);
		free(text);
	}
}

static char *html(void (*write)(FILE *out, const void *arg), const void *arg)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	write(out, arg);
	fclose(out);
	return text;
}

static void write_text(FILE *out, const void *arg)
{
	tb_html_text(out, arg);
}

static void write_format(FILE *out, const void *arg)
{
	tb_html_format(out, "<%s>", (const char *)arg);
}

static void assert_html(void (*write)(FILE *out, const void *arg), const char *in, const char *want)
{
	char *text = html(write, in);

	assert_string_equal(text, want);
	free(text);
}

static void escapes(void **state)
{
	char longest[4000];
	char *text;

	(void)state;
	assert_html(write_text, "", "");
	assert_html(write_text, "<a href=\"x\">&amp;'",
		    "&lt;a href=&quot;x&quot;&gt;&amp;amp;&#39;");
	assert_html(write_text, "a\tb\nc\x1b\x7f", "a?b?c??");
	assert_html(write_text, "\xc2\xb5s", "\xc2\xb5s");
	/* The format's own text is escaped like the rest. */
	assert_html(write_format, "\"", "&lt;&quot;&gt;");
	memset(longest, '<', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	text = html(write_format, longest);
	assert_int_equal(strlen(text), 4 * 2047);
	free(text);
}

struct blob {
	const unsigned char *bytes;
	size_t n;
};

static void write_data(FILE *out, const void *arg)
{
	const struct blob *blob = arg;

	tb_html_data(out, "text/plain", blob->bytes, blob->n);
}

#define URI "data:text/plain;base64,"

/* RFC 4648, section 10; and every digit. */
static void data_uris(void **state)
{
	static const char *const vectors[] = { "",	   "Zg==",     "Zm8=",	  "Zm9v",
					       "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	static const unsigned char digits[] = {
		0x00, 0x10, 0x83, 0x10, 0x51, 0x87, 0x20, 0x92, 0x8b, 0x30, 0xd3, 0x8f,
		0x41, 0x14, 0x93, 0x51, 0x55, 0x97, 0x61, 0x96, 0x9b, 0x71, 0xd7, 0x9f,
		0x82, 0x18, 0xa3, 0x92, 0x59, 0xa7, 0xa2, 0x9a, 0xab, 0xb2, 0xdb, 0xaf,
		0xc3, 0x1c, 0xb3, 0xd3, 0x5d, 0xb7, 0xe3, 0x9e, 0xbb, 0xf3, 0xdf, 0xbf,
	};
	struct blob blob = { digits, sizeof(digits) };
	char *text = html(write_data, &blob);

	(void)state;
	assert_string_equal(text,
			    URI "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
	free(text);
	for (size_t n = 0; n < COUNT(vectors); n++) {
		blob = (struct blob){ (const unsigned char *)"foobar", n };
		text = html(write_data, &blob);
		assert_memory_equal(text, URI, strlen(URI));
		assert_string_equal(text + strlen(URI), vectors[n]);
		free(text);
	}
	blob = (struct blob){ (const unsigned char *)"\xff\xfe\xfd", 2 };
	text = html(write_data, &blob);
	assert_string_equal(text, URI "//4=");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_html), cmocka_unit_test(differences),
		cmocka_unit_test(again),	cmocka_unit_test(escapes),
		cmocka_unit_test(data_uris),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
