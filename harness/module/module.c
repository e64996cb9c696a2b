// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/folders.h"
#include "module/module.h"

#include <errno.h>
#include <libkmod.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "version.h"

/* The module's source: of the checkout that this program was built in, or installed with it. */
static void find_source(char *out, size_t size)
{
	static const char *const beside[] = { "../kernel-support", "../src/tollbooth-" TB_VERSION };
	char exe[2048], *slash;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	out[0] = '\0';
	if (n <= 0)
		return;
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		int written = snprintf(out, size, "%s/%s", exe, beside[i]);

		if (written < (int)size && !access(out, R_OK | X_OK))
			return;
	}
	out[0] = '\0';
}

static void cache_below(const char *cache, const char *release, char *out, size_t size)
{
	if (snprintf(out, size, "%s/tollbooth/module/%s", cache, release) >= (int)size)
		out[0] = '\0';
}

static void find_cache(const char *release, char *out, size_t size)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	char home[2048], path[2060];

	out[0] = '\0';
	if (cache && cache[0] == '/') {
		cache_below(cache, release, out, size);
	} else if (!tb_home_folder(home, sizeof(home))) {
		snprintf(path, sizeof(path), "%s/.cache", home);
		cache_below(path, release, out, size);
	}
}

/* Only root asks who called sudo: to others SUDO_UID is any variable of theirs. */
static bool sudo_caller(uid_t *user)
{
	const char *text = getenv("SUDO_UID");
	uint64_t number;

	if (geteuid() || !text || tb_sysroot_parse_u64(text, strlen(text), &number) ||
	    number >= (uid_t)-1)
		return false;
	*user = (uid_t)number;
	return true;
}

/* The caller's XDG_CACHE_HOME is not known: sudo does not pass it on. */
static void find_sudo_cache(uid_t user, const char *release, char *out, size_t size)
{
	struct passwd entry, *found = NULL;
	char text[4096], path[2060];

	if (getpwuid_r(user, &entry, text, sizeof(text), &found) || !found ||
	    found->pw_dir[0] != '/')
		return;
	if (snprintf(path, sizeof(path), "%s/.cache", found->pw_dir) < (int)sizeof(path))
		cache_below(path, release, out, size);
}

void tb_module_search_here(const char *release, struct tb_module_search *search)
{
	*search = (struct tb_module_search){ .user = geteuid() };
	find_source(search->source, sizeof(search->source));
	find_cache(release, search->cache, sizeof(search->cache));
	if (sudo_caller(&search->user))
		find_sudo_cache(search->user, release, search->sudo_cache,
				sizeof(search->sudo_cache));
}

int tb_module_facts(struct tb_module_search *search, struct tb_module_facts *facts)
{
	struct tb_sysroot root;
	struct utsname name;
	int err = tb_sysroot_open(NULL, &root);

	if (err)
		return err;
	if (uname(&name)) {
		err = -errno;
	} else {
		tb_module_look(&root, name.release, facts);
		facts->root = geteuid() == 0;
		tb_module_search_here(name.release, search);
		err = tb_module_find(&root, search, facts);
	}
	tb_sysroot_close(&root);
	return err;
}

static int why_no_file(const struct tb_module_facts *facts, struct tb_error *why)
{
	if (!facts->files)
		return tb_error(why, -ENOENT, "not built for %s; tollbooth module build",
				facts->release);
	return tb_error(why, -ENOENT,
			"no file can be loaded: %.200s: %s; tollbooth module status shows all "
			"files, tollbooth module build makes a new one",
			facts->file[0].path, facts->file[0].refused);
}

int tb_module_load(const struct tb_module_facts *facts, const char *options, struct tb_error *why)
{
	const struct tb_module_file *file = tb_module_chosen(facts);
	struct kmod_ctx *kmod;
	struct kmod_module *module = NULL;
	int err;

	if (facts->loaded)
		return tb_module_why_not_loaded(facts, -EEXIST, why);
	if (!file)
		return why_no_file(facts, why);
	kmod = kmod_new(NULL, NULL);
	if (!kmod)
		return tb_error(why, -ENOMEM, "libkmod can't start");
	err = kmod_module_new_from_path(kmod, file->path, &module);
	if (!err) {
		err = kmod_module_insert_module(module, 0, options);
		kmod_module_unref(module);
	}
	kmod_unref(kmod);
	return err ? tb_module_why_not_loaded(facts, err, why) : 0;
}

int tb_module_unload(const struct tb_module_facts *facts, struct tb_error *why)
{
	struct kmod_ctx *kmod;
	struct kmod_module *module = NULL;
	int err;

	if (!facts->loaded)
		return tb_module_why_not_unloaded(facts, -ENOENT, why);
	kmod = kmod_new(NULL, NULL);
	if (!kmod)
		return tb_error(why, -ENOMEM, "libkmod can't start");
	err = kmod_module_new_from_name(kmod, TB_MODULE_NAME, &module);
	if (!err) {
		err = kmod_module_remove_module(module, KMOD_REMOVE_NOWAIT);
		kmod_module_unref(module);
	}
	kmod_unref(kmod);
	return err ? tb_module_why_not_unloaded(facts, err, why) : 0;
}
