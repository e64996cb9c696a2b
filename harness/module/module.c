// SPDX-License-Identifier: GPL-2.0-or-later
#include "module/module.h"

#include <errno.h>
#include <libkmod.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "version.h"

/* Where `module build` puts what it makes. 0, or -EINVAL without a home. */
static int build_folder(const char *release, char *out, size_t size)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int n;

	if (cache && cache[0] == '/')
		n = snprintf(out, size, "%s/tollbooth/module/%s", cache, release);
	else if (home && home[0] == '/')
		n = snprintf(out, size, "%s/.cache/tollbooth/module/%s", home, release);
	else
		return -EINVAL;
	return n < (int)size ? 0 : -EINVAL;
}

/* The module's source: of the checkout that this program was built in, or installed with it. */
static int source_folder(char *out, size_t size)
{
	static const char *const beside[] = { "../kernel-support", "../src/tollbooth-" TB_VERSION };
	char exe[2048], *slash;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0)
		return -ENOENT;
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		int written = snprintf(out, size, "%s/%s", exe, beside[i]);

		if (written < (int)size && !access(out, R_OK))
			return 0;
	}
	return -ENOENT;
}

static void read_vermagic(struct kmod_module *module, char *out, size_t size)
{
	struct kmod_list *info = NULL, *i;

	if (kmod_module_get_info(module, &info) < 0)
		return;
	kmod_list_foreach(i, info) if (!strcmp(kmod_module_info_get_key(i), "vermagic"))
		snprintf(out, size, "%s", kmod_module_info_get_value(i));
	kmod_module_info_free_list(info);
}

/* The file for this kernel: what was built last by us, or what is installed. 0 or -errno. */
static int open_file(struct kmod_ctx *kmod, const char *release, struct kmod_module **module)
{
	char folder[3072], path[4096];

	if (!build_folder(release, folder, sizeof(folder))) {
		snprintf(path, sizeof(path), "%s/" TB_MODULE_NAME ".ko", folder);
		if (!kmod_module_new_from_path(kmod, path, module))
			return 0;
	}
	if (kmod_module_new_from_name_lookup(kmod, TB_MODULE_NAME, module) < 0 || !*module)
		return -ENOENT;
	if (kmod_module_get_path(*module))
		return 0;
	kmod_module_unref(*module);
	return -ENOENT;
}

static int look_at_file(struct tb_module_facts *facts)
{
	struct kmod_ctx *kmod = kmod_new(NULL, NULL);
	struct kmod_module *module = NULL;

	if (!kmod)
		return -ENOMEM;
	if (!open_file(kmod, facts->release, &module)) {
		snprintf(facts->path, sizeof(facts->path), "%s", kmod_module_get_path(module));
		read_vermagic(module, facts->vermagic, sizeof(facts->vermagic));
		kmod_module_unref(module);
	}
	kmod_unref(kmod);
	return 0;
}

int tb_module_facts(struct tb_module_facts *facts)
{
	struct tb_sysroot root;
	struct utsname name;
	int err = tb_sysroot_open(NULL, &root);

	if (err)
		return err;
	if (uname(&name))
		err = -errno;
	else
		tb_module_look(&root, name.release, facts);
	tb_sysroot_close(&root);
	if (err)
		return err;
	facts->root = geteuid() == 0;
	return look_at_file(facts);
}

int tb_module_load(const struct tb_module_facts *facts, const char *options,
		   struct tb_complaint *why)
{
	struct kmod_ctx *kmod;
	struct kmod_module *module = NULL;
	int err;

	if (facts->loaded)
		return tb_module_why_not_loaded(facts, -EEXIST, why);
	if (!facts->path[0])
		return tb_complain(why, -ENOENT, "not built for %s; tollbooth module build",
				   facts->release);
	kmod = kmod_new(NULL, NULL);
	if (!kmod)
		return tb_complain(why, -ENOMEM, "libkmod can't start");
	err = kmod_module_new_from_path(kmod, facts->path, &module);
	if (!err) {
		err = kmod_module_insert_module(module, 0, options);
		kmod_module_unref(module);
	}
	kmod_unref(kmod);
	return err ? tb_module_why_not_loaded(facts, err, why) : 0;
}

int tb_module_unload(const struct tb_module_facts *facts, struct tb_complaint *why)
{
	struct kmod_ctx *kmod;
	struct kmod_module *module = NULL;
	int err;

	if (!facts->loaded)
		return tb_module_why_not_unloaded(facts, -ENOENT, why);
	kmod = kmod_new(NULL, NULL);
	if (!kmod)
		return tb_complain(why, -ENOMEM, "libkmod can't start");
	err = kmod_module_new_from_name(kmod, TB_MODULE_NAME, &module);
	if (!err) {
		err = kmod_module_remove_module(module, KMOD_REMOVE_NOWAIT);
		kmod_module_unref(module);
	}
	kmod_unref(kmod);
	return err ? tb_module_why_not_unloaded(facts, err, why) : 0;
}

/* Runs a program, its output on our stderr. 0, or -errno. */
static int run_program(char *const argv[])
{
	posix_spawn_file_actions_t actions;
	pid_t child;
	int err, status;

	if (posix_spawn_file_actions_init(&actions))
		return -ENOMEM;
	err = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	if (!err)
		err = posix_spawnp(&child, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		return -err;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EPROTO;
}

int tb_module_build(const struct tb_module_facts *facts, struct tb_complaint *why)
{
	char source[3072], from[4096], to[3072], kdir[128];
	char *const make_folder[] = { "mkdir", "-p", to, NULL };
	char *const copy[] = { "cp", "-R", from, to, NULL };
	char *const make[] = { "make", "-C", to, kdir, "modules", NULL };
	int err;

	if (!facts->headers)
		return tb_complain(why, -ENOENT,
				   "no kernel headers for %s; apt-get install linux-headers-%s",
				   facts->release, facts->release);
	if (source_folder(source, sizeof(source)))
		return tb_complain(
			why, -ENOENT,
			"no source of the module: neither in the checkout of this program nor in "
			"/usr/src/tollbooth-" TB_VERSION);
	if (build_folder(facts->release, to, sizeof(to)))
		return tb_complain(why, -EINVAL, "no folder to build in: set HOME");
	snprintf(from, sizeof(from), "%s/.", source);
	snprintf(kdir, sizeof(kdir), "KDIR=/lib/modules/%s/build", facts->release);
	err = run_program(make_folder);
	if (!err)
		err = run_program(copy);
	if (err)
		return tb_complain(why, err, "the source could not be copied to %.160s", to);
	err = run_program(make);
	if (err == -ENOENT)
		return tb_complain(why, err, "make is missing; apt-get install make");
	return err ? tb_complain(why, err, "the build failed, see above") : 0;
}
