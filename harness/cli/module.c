// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth module */
#include "module/module.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "version.h"

/* Null also for a text that is not UTF-8: no valid module file has one. */
static json_t *text_or_null(const char *text)
{
	json_t *string = text[0] ? json_string(text) : NULL;

	return string ? string : json_null();
}

static const char *const places[] = { "installed", "cache", "sudo-cache" };

/* The reason why load does not take this file; empty if it does. */
static void why_not_this(const struct tb_module_facts *f, size_t i, char *out, size_t size)
{
	out[0] = '\0';
	if (f->file[i].refused[0])
		snprintf(out, size, "%s", f->file[i].refused);
	else if (i)
		snprintf(out, size, "%.200s takes precedence", f->file[0].path);
}

static json_t *describe_file(const struct tb_module_facts *f, size_t i)
{
	const struct tb_module_file *file = &f->file[i];
	char reason[320];

	why_not_this(f, i, reason, sizeof(reason));
	return json_pack("{s:o,s:s,s:o,s:o,s:o,s:b,s:o,s:b,s:b,s:o}", "path",
			 text_or_null(file->path), "place", places[file->place], "version",
			 text_or_null(file->version), "srcversion", text_or_null(file->srcversion),
			 "vermagic", text_or_null(file->vermagic), "signed", file->is_signed,
			 "signer", text_or_null(file->signer), "current", file->current, "loads",
			 !reason[0], "reason", text_or_null(reason));
}

static json_t *describe_module(const struct tb_module_facts *f)
{
	const struct tb_module_file *chosen = tb_module_chosen(f);
	json_t *files = json_array();
	char differs[320] = "";

	for (size_t i = 0; i < f->files; i++)
		json_array_append_new(files, describe_file(f, i));
	tb_module_loaded_differs(f, differs, sizeof(differs));
	return json_pack("{s:o,s:b,s:o,s:o,s:o,s:s,s:b,s:b,s:o,s:o,s:o,s:b,s:b,s:o}", "kernel",
			 text_or_null(f->release), "loaded", f->loaded, "version",
			 text_or_null(f->version), "srcversion", text_or_null(f->srcversion),
			 "loaded_differs", text_or_null(differs), "program_version", TB_VERSION,
			 "device", f->device, "headers", f->headers, "file",
			 text_or_null(chosen ? chosen->path : ""), "vermagic",
			 text_or_null(chosen ? chosen->vermagic : ""), "files", files,
			 "files_differ", tb_module_files_differ(f), "signed_only", f->signed_only,
			 "lockdown", text_or_null(f->lockdown));
}

static const char *or_unknown(const char *text)
{
	return text[0] ? text : "unknown";
}

/* Paths and the texts in module files may hold any characters. */
static void print_file(struct tb_module_facts *f, size_t i)
{
	struct tb_module_file *file = &f->file[i];
	char reason[320];

	why_not_this(f, i, reason, sizeof(reason));
	tb_make_inert(reason);
	tb_make_inert(file->path);
	tb_make_inert(file->version);
	tb_make_inert(file->srcversion);
	tb_make_inert(file->vermagic);
	tb_make_inert(file->signer);
	if (file->vermagic[0] && file->vermagic[strlen(file->vermagic) - 1] == ' ')
		file->vermagic[strlen(file->vermagic) - 1] = '\0';
	printf("%-10s %s (%s)\n", i ? "" : "file", file->path, places[file->place]);
	if (file->vermagic[0])
		printf("%-10s version %s, srcversion %s, for %s, %s%s%s\n", "",
		       or_unknown(file->version), or_unknown(file->srcversion), file->vermagic,
		       file->is_signed ? "signed" : "unsigned", file->signer[0] ? " by " : "",
		       file->signer);
	printf("%-10s %s%s%s\n", "", reason[0] ? "not loaded: " : "module load takes this file",
	       reason, file->current ? "; built from the present source" : "");
}

static void print_files(struct tb_module_facts *f)
{
	for (size_t i = 0; i < f->files; i++)
		print_file(f, i);
	if (tb_module_files_differ(f))
		printf("%-10s the files were built from different sources\n", "");
	if (!f->files)
		printf("file       none for this kernel: tollbooth module build\n");
	else if (!tb_module_chosen(f))
		printf("%-10s none of these files can be loaded: tollbooth module build\n", "");
}

static void print_loaded(struct tb_module_facts *f)
{
	char differs[320];

	tb_make_inert(f->version);
	tb_make_inert(f->srcversion);
	if (!f->loaded)
		printf("module     not loaded\n");
	else
		printf("module     loaded, version %s, srcversion %s\n", or_unknown(f->version),
		       or_unknown(f->srcversion));
	if (tb_module_loaded_differs(f, differs, sizeof(differs))) {
		tb_make_inert(differs);
		printf("%-10s %s: tollbooth module unload, then load\n", "", differs);
	}
}

static void print_module(struct tb_module_facts *f)
{
	printf("kernel     %s\n", f->release);
	print_loaded(f);
	printf("device     %s\n", f->device ? "/dev/" TB_MODULE_NAME : "none");
	if (f->headers)
		printf("headers    %s\n", f->kdir);
	else
		printf("headers    none: apt-get install linux-headers-%s\n", f->release);
	print_files(f);
	printf("signature  %s, lockdown %s\n", f->signed_only ? "required" : "not required",
	       f->lockdown[0] ? f->lockdown : "unknown");
}

static enum tb_status show_status(struct tb_module_facts *facts, const struct tb_args *args)
{
	json_t *json;

	if (!args->value[TB_OPT_JSON]) {
		print_module(facts);
		return TB_OK;
	}
	json = describe_module(facts);
	json_dumpf(json, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(json);
	return TB_OK;
}

static enum tb_status run_module(const struct tb_cli *cli, const struct tb_args *args)
{
	const char *what = args->names ? args->name[0] : "";
	struct tb_error why = { "" };
	struct tb_module_search search;
	struct tb_module_facts facts;
	size_t most = !strcmp(what, "load") ? 2 : 1;
	int err;

	(void)cli;
	if (strcmp(what, "status") != 0 && strcmp(what, "build") != 0 &&
	    strcmp(what, "load") != 0 && strcmp(what, "unload") != 0)
		return tb_say(TB_USAGE, "module takes status, build, load or unload");
	if (args->names > most)
		return tb_say(TB_USAGE, "module %s does not take '%s'", what, args->name[most]);
	err = tb_module_facts(&search, &facts);
	if (err)
		return tb_say(TB_REFUSED, "cannot read the state of this machine: %s",
			      strerror(-err));
	if (!strcmp(what, "status"))
		return show_status(&facts, args);
	if (!strcmp(what, "build"))
		err = tb_module_build(&facts, &search, &why);
	else if (!strcmp(what, "load"))
		err = tb_module_load(&facts, args->names > 1 ? args->name[1] : NULL, &why);
	else
		err = tb_module_unload(&facts, &why);
	return err ? tb_say(TB_REFUSED, "module %s: %s", what, why.text) : TB_OK;
}

const struct tb_command tb_command_module = {
	.name = "module",
	.arguments = "status|build|load|unload",
	.summary = "manage the kernel module: print its state, build, load, unload",
	.options = TB_OPT(TB_OPT_JSON) | TB_OPT(TB_OPT_HELP),
	.run = run_module,
};
