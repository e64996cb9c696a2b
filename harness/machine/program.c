// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/program.h"

#include <features.h>
#include <stdio.h>
#include <string.h>

#include "commit.h"
#include "machine/facts.h"
#include "version.h"

void tb_compiler_text(char *out, size_t bytes)
{
#ifdef __clang__
	snprintf(out, bytes, "clang %d.%d.%d", __clang_major__, __clang_minor__,
		 __clang_patchlevel__);
#else
	snprintf(out, bytes, "gcc %s", __VERSION__);
#endif
}

static void put_text(struct tb_facts *gather, json_t *tool, const char *name, const char *text,
		     const char *reason)
{
	if (*text)
		tb_facts_put(gather, tool, name, json_string(text));
	else
		tb_facts_null(gather, tool, "", name, "%s", reason);
}

static void put_libc(struct tb_facts *gather, json_t *tool)
{
	char text[32] = "";

#ifdef __GLIBC__
	snprintf(text, sizeof(text), "glibc %d.%d", __GLIBC__, __GLIBC_MINOR__);
#endif
	put_text(gather, tool, "libc", text, "not glibc: no macro names it");
}

json_t *tb_program(void)
{
	struct tb_facts gather = { .nulls = json_array() };
	json_t *tool = json_object();
	char compiler[128];

	tb_compiler_text(compiler, sizeof(compiler));
	put_text(&gather, tool, "name", "tollbooth", "");
	put_text(&gather, tool, "version", TB_VERSION, "");
	put_text(&gather, tool, "commit", TB_COMMIT, TB_COMMIT_REASON);
	if (TB_COMMIT_DIRTY < 0)
		tb_facts_null(&gather, tool, "", "dirty", "%s", TB_COMMIT_REASON);
	else
		tb_facts_put(&gather, tool, "dirty", json_boolean(TB_COMMIT_DIRTY));
	put_text(&gather, tool, "compiler", compiler, "");
	tb_facts_put(&gather, tool, "flags", json_string(TB_BUILD_FLAGS));
	put_text(&gather, tool, "build_type", TB_BUILD_TYPE,
		 "the generator builds several types, and only it knows which this is");
	put_libc(&gather, tool);
	tb_facts_put(&gather, tool, "nulls", gather.nulls);
	if (!gather.short_of_memory)
		return tool;
	json_decref(tool);
	return NULL;
}
