/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel module from outside: is it built, does it load, and if not, why. */
#ifndef TB_MODULE_H
#define TB_MODULE_H

#include <stdbool.h>

#include "complaint.h"
#include "measure/sysroot.h"

#define TB_MODULE_NAME "tollbooth"

/* What decides whether a module loads. Empty texts: unknown, or there is none. */
struct tb_module_facts {
	char release[65];   /* of the running kernel */
	char version[32];   /* of the loaded module */
	char lockdown[32];  /* "none", "integrity", "confidentiality" */
	char path[4096];    /* of the module file for this kernel */
	char vermagic[128]; /* of that file: its kernel's release, and more */
	bool loaded, device, headers;
	bool signed_only; /* the kernel demands signatures */
	bool disabled;	  /* kernel.modules_disabled: no module until the next boot */
	bool root;
};

/* What the files of a root tell; path, vermagic and root stay empty. */
void tb_module_look(const struct tb_sysroot *root, const char *release,
		    struct tb_module_facts *facts);
/* All of it, of this machine. 0 or -errno. */
int tb_module_facts(struct tb_module_facts *facts);

/* Why loading or unloading failed with err (-errno), and what to do, by name. Returns err. */
int tb_module_why_not_loaded(const struct tb_module_facts *facts, int err,
			     struct tb_complaint *why);
int tb_module_why_not_unloaded(const struct tb_module_facts *facts, int err,
			       struct tb_complaint *why);

/* Builds it for the running kernel, below the user's cache; make's output goes to stderr. */
int tb_module_build(const struct tb_module_facts *facts, struct tb_complaint *why);
/* options: "wbinvd=1", or NULL. */
int tb_module_load(const struct tb_module_facts *facts, const char *options,
		   struct tb_complaint *why);
int tb_module_unload(const struct tb_module_facts *facts, struct tb_complaint *why);

#endif
