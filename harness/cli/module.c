// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth module */
#include "module/module.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* What is no UTF-8 is none of what these files hold. */
static json_t *text_or_null(const char *text)
{
	json_t *string = text[0] ? json_string(text) : NULL;

	return string ? string : json_null();
}

static json_t *describe(const struct tb_module_facts *f)
{
	return json_pack("{s:o,s:b,s:o,s:b,s:b,s:o,s:o,s:b,s:o}", "kernel",
			 text_or_null(f->release), "loaded", f->loaded, "version",
			 text_or_null(f->version), "device", f->device, "headers", f->headers,
			 "file", text_or_null(f->path), "vermagic", text_or_null(f->vermagic),
			 "signed_only", f->signed_only, "lockdown", text_or_null(f->lockdown));
}

static void print(struct tb_module_facts *f)
{
	/* A file says of itself what it likes. */
	tb_make_inert(f->version);
	tb_make_inert(f->vermagic);
	tb_make_inert(f->path);
	printf("kernel     %s\n", f->release);
	printf("module     %s%s\n", f->loaded ? "loaded, version " : "not loaded",
	       f->loaded ? f->version : "");
	printf("device     %s\n", f->device ? "/dev/" TB_MODULE_NAME : "none");
	if (f->headers)
		printf("headers    /lib/modules/%s/build\n", f->release);
	else
		printf("headers    none: apt-get install linux-headers-%s\n", f->release);
	if (f->path[0])
		printf("file       %s, for %s\n", f->path, f->vermagic);
	else
		printf("file       none for this kernel: tollbooth module build\n");
	printf("signature  %s, lockdown %s\n", f->signed_only ? "demanded" : "not demanded",
	       f->lockdown[0] ? f->lockdown : "unknown");
}

static enum tb_status show_status(struct tb_module_facts *facts, const struct tb_args *args)
{
	json_t *json;

	if (!args->value[TB_OPT_JSON]) {
		print(facts);
		return TB_OK;
	}
	json = describe(facts);
	json_dumpf(json, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(json);
	return TB_OK;
}

static enum tb_status run_module(const struct tb_cli *cli, const struct tb_args *args)
{
	const char *what = args->names ? args->name[0] : "";
	struct tb_complaint why = { "" };
	struct tb_module_facts facts;
	size_t most = !strcmp(what, "load") ? 2 : 1;
	int err;

	(void)cli;
	if (strcmp(what, "status") != 0 && strcmp(what, "build") != 0 &&
	    strcmp(what, "load") != 0 && strcmp(what, "unload") != 0)
		return tb_say(TB_USAGE, "module takes status, build, load or unload");
	if (args->names > most)
		return tb_say(TB_USAGE, "module %s does not take '%s'", what, args->name[most]);
	err = tb_module_facts(&facts);
	if (err)
		return tb_say(TB_REFUSED, "this machine can't be looked at: %s", strerror(-err));
	if (!strcmp(what, "status"))
		return show_status(&facts, args);
	if (!strcmp(what, "build"))
		err = tb_module_build(&facts, &why);
	else if (!strcmp(what, "load"))
		err = tb_module_load(&facts, args->names > 1 ? args->name[1] : NULL, &why);
	else
		err = tb_module_unload(&facts, &why);
	return err ? tb_say(TB_REFUSED, "module %s: %s", what, why.text) : TB_OK;
}

const struct tb_command tb_command_module = {
	.name = "module",
	.arguments = "status|build|load|unload",
	.summary = "the kernel module: is it there, build it, load it, take it out",
	.options = TB_OPT(TB_OPT_JSON) | TB_OPT(TB_OPT_HELP),
	.run = run_module,
};
