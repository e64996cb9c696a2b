// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * schema-check SCHEMA DOC: the verdict of our own schema interpreter, for
 * tests/schema_agrees.py. Prints "ok" (0), the complaint (1), or to stderr why
 * there is no verdict (2).
 */
#include <stdio.h>
#include <jansson.h>

#include "record/schema.h"

static size_t slurp(const char *path, char *text, size_t room)
{
	FILE *file = fopen(path, "re");
	size_t len;

	if (!file)
		return 0;
	len = fread(text, 1, room, file);
	fclose(file);
	return len;
}

int main(int argc, char **argv)
{
	static char text[1 << 20];
	struct tb_complaint why = { "" };
	struct tb_schema *schema;
	json_error_t error;
	json_t *doc;
	int rc;

	if (argc != 3) {
		fputs("usage: schema-check SCHEMA DOC\n", stderr);
		return 2;
	}
	rc = tb_schema_load(text, slurp(argv[1], text, sizeof(text)), &schema, &why);
	if (rc) {
		fprintf(stderr, "%s: %s (%d)\n", argv[1], why.text, rc);
		return 2;
	}
	doc = json_load_file(argv[2], JSON_DECODE_ANY, &error);
	if (!doc) {
		fprintf(stderr, "%s: line %d: %s\n", argv[2], error.line, error.text);
		tb_schema_free(schema);
		return 2;
	}
	rc = tb_schema_check(schema, doc, &why);
	puts(rc ? why.text : "ok");
	json_decref(doc);
	tb_schema_free(schema);
	return rc ? 1 : 0;
}
