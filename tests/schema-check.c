// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * schema-check SCHEMA DOC...: the verdict of our own schema interpreter, for
 * tests/schema_agrees.py. Prints a line for each document: "ok" (0), the error
 * (1), or "no verdict" (2) and the reason on stderr. Exits with the highest.
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

static int check(const struct tb_schema *schema, const char *path)
{
	struct tb_error why = { "" };
	json_error_t error;
	json_t *doc = json_load_file(path, JSON_DECODE_ANY, &error);
	int rc;

	if (!doc) {
		fprintf(stderr, "%s: line %d: %s\n", path, error.line, error.text);
		puts("no verdict");
		return 2;
	}
	rc = tb_schema_check(schema, doc, &why);
	puts(rc ? why.text : "ok");
	json_decref(doc);
	return rc ? 1 : 0;
}

int main(int argc, char **argv)
{
	static char text[1 << 20];
	struct tb_error why = { "" };
	struct tb_schema *schema;
	int rc, worst = 0;

	if (argc < 3) {
		fputs("usage: schema-check SCHEMA DOC...\n", stderr);
		return 2;
	}
	rc = tb_schema_load(text, slurp(argv[1], text, sizeof(text)), &schema, &why);
	if (rc) {
		fprintf(stderr, "%s: %s (%d)\n", argv[1], why.text, rc);
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		rc = check(schema, argv[i]);
		worst = rc > worst ? rc : worst;
	}
	tb_schema_free(schema);
	return worst;
}
