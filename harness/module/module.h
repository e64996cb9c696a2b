/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel module seen from the program: its files, the one to load, and reasons for failure. */
#ifndef TB_MODULE_H
#define TB_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "error.h"
#include "machine/sysroot.h"

#define TB_MODULE_NAME "tollbooth"

/* In the order of preference. */
enum tb_module_place {
	TB_MODULE_INSTALLED,  /* below /lib/modules, by DKMS or a distribution */
	TB_MODULE_CACHE,      /* built by `module build` of this user */
	TB_MODULE_SUDO_CACHE, /* built by the user who called sudo */
	TB_MODULE_PLACES,
};

/* One module file. Empty texts: the file does not state it, or was not read. */
struct tb_module_file {
	enum tb_module_place place;
	char path[4096];
	char version[32], srcversion[32];
	char vermagic[128]; /* its kernel's release, and more */
	char signer[128];
	char refused[320]; /* why it must not be loaded; empty: it may be loaded */
	bool is_signed;
	bool current; /* known to be built from the present source */
};

/* What decides whether a module loads. Empty texts: unknown, or there is none. */
struct tb_module_facts {
	char release[65];		  /* of the running kernel */
	char version[32], srcversion[32]; /* of the loaded module */
	char lockdown[32];		  /* "none", "integrity", "confidentiality" */
	char kdir[128];			  /* the kernel's headers */
	bool loaded, device, headers;
	bool signed_only; /* the kernel demands signatures */
	bool disabled;	  /* kernel.modules_disabled: no module until the next boot */
	bool root;
	struct tb_module_file
		file[TB_MODULE_PLACES]; /* those that may be loaded first, the best one in front */
	size_t files;
};

/* Where files are looked for and built. Empty texts: nowhere. */
struct tb_module_search {
	char cache[3072];      /* of `module build`, for this kernel */
	char sudo_cache[3072]; /* the same of the user who called sudo */
	char source[3072];
	uid_t user; /* files of this user may be loaded, and root's */
};

/* What the files of a root tell; file and root stay empty. */
void tb_module_look(const struct tb_sysroot *root, const char *release,
		    struct tb_module_facts *facts);
/* Fills facts->file; facts are those of tb_module_look(). 0 or -errno. */
int tb_module_find(const struct tb_sysroot *root, const struct tb_module_search *search,
		   struct tb_module_facts *facts);
/* The file that load takes, or NULL. */
const struct tb_module_file *tb_module_chosen(const struct tb_module_facts *facts);
/* Two files that may be loaded were built from different sources. */
bool tb_module_files_differ(const struct tb_module_facts *facts);
/* How the loaded module differs from the program and from the chosen file. False: it does not. */
bool tb_module_loaded_differs(const struct tb_module_facts *facts, char *how, size_t size);

/* The places of this machine and user, for one kernel. */
void tb_module_search_here(const char *release, struct tb_module_search *search);
/* All of it, of this machine. 0 or -errno. */
int tb_module_facts(struct tb_module_search *search, struct tb_module_facts *facts);

/* Why loading or unloading failed with err (-errno), and what to do, by name. Returns err. */
int tb_module_why_not_loaded(const struct tb_module_facts *facts, int err, struct tb_error *why);
int tb_module_why_not_unloaded(const struct tb_module_facts *facts, int err, struct tb_error *why);

/* Builds it for the running kernel into search->cache; make's output goes to stderr. */
int tb_module_build(const struct tb_module_facts *facts, const struct tb_module_search *search,
		    struct tb_error *why);
/* options: "wbinvd=1", or NULL. */
int tb_module_load(const struct tb_module_facts *facts, const char *options, struct tb_error *why);
int tb_module_unload(const struct tb_module_facts *facts, struct tb_error *why);

#endif
