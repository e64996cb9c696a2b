// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which module file loads. A file is refused if somebody else could have written it, if it was built
 * for another kernel, or if its version is not this program's. The others are ordered by these
 * criteria: signed, where the kernel demands signatures; known to be built from the source that is
 * here; installed before the user's own, and that before the file of the user who called sudo.
 */
#include <errno.h>
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module/module.h"
#include "module/modinfo.h"
#include "module/source.h"
#include "module/trust.h"
#include "version.h"

#define FILE_NAME TB_MODULE_NAME ".ko"

static const struct {
	const char *key;
	size_t at, size;
} keys[] = {
#define KEY(name)                                                  \
	{                                                          \
#name, offsetof(struct tb_module_file, name),      \
			sizeof(((struct tb_module_file *)0)->name) \
	}
	KEY(version),
	KEY(srcversion),
	KEY(vermagic),
	KEY(signer),
#undef KEY
};

static int read_info(struct kmod_module *module, struct tb_module_file *file)
{
	struct kmod_list *info = NULL, *i;
	int err = kmod_module_get_info(module, &info);

	if (err < 0)
		return err;
	kmod_list_foreach(i, info) {
		const char *key = kmod_module_info_get_key(i);

		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			if (!strcmp(key, keys[k].key))
				snprintf((char *)file + keys[k].at, keys[k].size, "%s",
					 kmod_module_info_get_value(i));
		/* A libkmod without a crypto library knows of a signature, and not whose. */
		if (!strcmp(key, "sig_id"))
			file->is_signed = true;
	}
	kmod_module_info_free_list(info);
	return 0;
}

int tb_module_info(struct kmod_ctx *kmod, struct tb_module_file *file)
{
	struct kmod_module *module = NULL;
	int err = kmod_module_new_from_path(kmod, file->path, &module);

	if (err < 0)
		return err;
	err = read_info(module, file);
	kmod_module_unref(module);
	return err;
}

/* The release is vermagic's first word. */
static bool foreign(const char *vermagic, const char *release)
{
	size_t n = strlen(release);

	return strncmp(vermagic, release, n) != 0 || (vermagic[n] && vermagic[n] != ' ');
}

/*
 * Why the file is never loaded; empty: it may be. A file that a stranger could have written is not
 * read, because root may be the reader.
 */
static void examine(struct kmod_ctx *kmod, const char *release, uid_t user,
		    struct tb_module_file *file, char *why, size_t size)
{
	why[0] = '\0';
	if (!tb_module_trusted(file->path, user, why, size))
		return;
	if (tb_module_info(kmod, file) < 0)
		snprintf(why, size, "it is no kernel module, or only a part of one");
	/* Below /lib/modules the distribution may offer one kernel's module to another one. */
	else if (file->place != TB_MODULE_INSTALLED && foreign(file->vermagic, release))
		snprintf(why, size, "it was built for %.*s, this kernel is %s",
			 file->vermagic[0] ? (int)strcspn(file->vermagic, " ") : 17,
			 file->vermagic[0] ? file->vermagic : "an unknown kernel", release);
	else if (!file->version[0])
		snprintf(why, size, "it states no version, this program is " TB_VERSION);
	else if (strcmp(file->version, TB_VERSION) != 0)
		snprintf(why, size, "its version is %s, this program is " TB_VERSION,
			 file->version);
}

static void add_file(struct kmod_ctx *kmod, const struct tb_module_search *search,
		     enum tb_module_place place, const char *path, struct tb_module_facts *facts)
{
	struct tb_module_file *file = &facts->file[facts->files];
	char why[sizeof(file->refused)];

	for (size_t i = 0; i < facts->files; i++)
		if (!strcmp(facts->file[i].path, path))
			return;
	*file = (struct tb_module_file){ .place = place };
	if (snprintf(file->path, sizeof(file->path), "%s", path) >= (int)sizeof(file->path))
		return;
	facts->files++;
	examine(kmod, facts->release, search->user, file, why, sizeof(why));
	memcpy(file->refused, why, sizeof(why));
}

static void add_installed(struct kmod_ctx *kmod, const struct tb_module_search *search,
			  struct tb_module_facts *facts)
{
	struct kmod_module *module = NULL;

	if (kmod_module_new_from_name_lookup(kmod, TB_MODULE_NAME, &module) < 0 || !module)
		return;
	if (kmod_module_get_path(module))
		add_file(kmod, search, TB_MODULE_INSTALLED, kmod_module_get_path(module), facts);
	kmod_module_unref(module);
}

static void add_built(struct kmod_ctx *kmod, const struct tb_module_search *search,
		      enum tb_module_place place, const char *folder, struct tb_module_facts *facts)
{
	char path[4096];

	if (!folder[0])
		return;
	snprintf(path, sizeof(path), "%s/" FILE_NAME, folder);
	/* A folder that cannot be searched is reported; one that is absent is not. */
	if (access(path, F_OK) && errno != EACCES)
		return;
	add_file(kmod, search, place, path, facts);
}

/* A note in a cache says which srcversion the source that is here has. */
static void mark_current(const struct tb_module_search *search, struct tb_module_facts *facts)
{
	char digest[TB_SOURCE_DIGEST];

	if (!search->source[0] || tb_module_source_digest(search->source, digest))
		return;
	for (size_t i = 0; i < facts->files; i++) {
		const struct tb_module_file *file = &facts->file[i];
		const char *folder = file->place == TB_MODULE_CACHE ? search->cache
								    : search->sudo_cache;

		if (file->place == TB_MODULE_INSTALLED || file->refused[0] ||
		    !tb_module_note_agrees(folder, file->srcversion, digest))
			continue;
		for (size_t k = 0; k < facts->files; k++)
			if (!strcmp(facts->file[k].srcversion, file->srcversion))
				facts->file[k].current = true;
	}
}

/* Smaller is better. */
static int rank(const struct tb_module_facts *facts, const struct tb_module_file *file)
{
	bool demanded = facts->signed_only ||
			(facts->lockdown[0] && strcmp(facts->lockdown, "none") != 0);

	return (file->refused[0] ? 32 : 0) + (demanded && !file->is_signed ? 16 : 0) +
	       (file->current ? 0 : 8) + (int)file->place;
}

static void sort(struct tb_module_facts *facts)
{
	for (size_t i = 1; i < facts->files; i++)
		for (size_t k = i;
		     k && rank(facts, &facts->file[k]) < rank(facts, &facts->file[k - 1]); k--) {
			struct tb_module_file file = facts->file[k];

			facts->file[k] = facts->file[k - 1];
			facts->file[k - 1] = file;
		}
}

int tb_module_find(const struct tb_sysroot *root, const struct tb_module_search *search,
		   struct tb_module_facts *facts)
{
	char base[1024] = "", self[32], folder[1200];
	struct kmod_ctx *kmod;
	ssize_t n;

	facts->files = 0;
	if (!root->real) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", root->fd);
		n = readlink(self, base, sizeof(base) - 1);
		if (n < 0)
			return -errno;
		base[n] = '\0';
	}
	snprintf(folder, sizeof(folder), "%s/lib/modules/%s", base, facts->release);
	kmod = kmod_new(folder, NULL);
	if (!kmod)
		return -ENOMEM;
	add_installed(kmod, search, facts);
	add_built(kmod, search, TB_MODULE_CACHE, search->cache, facts);
	add_built(kmod, search, TB_MODULE_SUDO_CACHE, search->sudo_cache, facts);
	kmod_unref(kmod);
	mark_current(search, facts);
	sort(facts);
	return 0;
}

const struct tb_module_file *tb_module_chosen(const struct tb_module_facts *facts)
{
	return facts->files && !facts->file[0].refused[0] ? &facts->file[0] : NULL;
}

bool tb_module_files_differ(const struct tb_module_facts *facts)
{
	const struct tb_module_file *chosen = tb_module_chosen(facts);

	for (size_t i = 1; chosen && i < facts->files; i++)
		if (!facts->file[i].refused[0] &&
		    strcmp(facts->file[i].srcversion, chosen->srcversion) != 0)
			return true;
	return false;
}

bool tb_module_loaded_differs(const struct tb_module_facts *facts, char *how, size_t size)
{
	const struct tb_module_file *chosen = tb_module_chosen(facts);

	if (!facts->loaded)
		return false;
	if (strcmp(facts->version, TB_VERSION) != 0)
		snprintf(how, size, "its version is %s, this program is " TB_VERSION,
			 facts->version[0] ? facts->version : "unknown");
	else if (chosen && facts->srcversion[0] && chosen->srcversion[0] &&
		 strcmp(facts->srcversion, chosen->srcversion) != 0)
		snprintf(how, size, "its srcversion is %s, that of %.200s is %s", facts->srcversion,
			 chosen->path, chosen->srcversion);
	else
		return false;
	return true;
}
