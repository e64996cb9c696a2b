// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * module build: copies the source to a new temporary folder, builds it there, and moves the module
 * alone to the cache. So the source may be read-only. No path of the user reaches kbuild, which
 * splits paths at spaces. No object that an earlier build left becomes a part of this one.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "module/modinfo.h"
#include "module/module.h"
#include "module/source.h"
#include "module/toolchain.h"
#include "publish.h"
#include "machine/folders.h"
#include "version.h"

#define FILE_NAME TB_MODULE_NAME ".ko"

/* Runs a program, its output on our stderr. 0, or -errno. */
static int spawn(char *const argv[])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t interrupts;
	pid_t child;
	int err, status;

	sigemptyset(&interrupts);
	sigaddset(&interrupts, SIGINT);
	sigaddset(&interrupts, SIGQUIT);
	if (posix_spawn_file_actions_init(&actions))
		return -ENOMEM;
	if (posix_spawnattr_init(&attributes)) {
		posix_spawn_file_actions_destroy(&actions);
		return -ENOMEM;
	}
	err = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	if (!err)
		err = posix_spawnattr_setsigdefault(&attributes, &interrupts);
	if (!err)
		err = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	if (!err)
		err = posix_spawnp(&child, argv[0], &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		return -err;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EPROTO;
}

/* As system() does: Ctrl-C ends make, and we clean up behind it. */
static int run_make(char *const argv[])
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction interrupt, quit;
	int err;

	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	err = spawn(argv);
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	return err;
}

/* The folder for objects, of a path that kbuild takes. */
static int make_work(char *out, size_t size, struct tb_error *why)
{
	struct tb_error first = { "" };

	if (tb_module_path_fits(tb_scratch_parent()))
		return tb_scratch_folder("tollbooth-module", out, size, why);
	snprintf(out, size, "/tmp/tollbooth-module.XXXXXX");
	if (mkdtemp(out))
		return 0;
	tb_error(&first, -errno, "%s", strerror(errno));
	return tb_error(why, -EINVAL,
			"no folder to build in: kbuild takes no space or colon in a path, TMPDIR "
			"is '%.200s', and /tmp cannot be written (%.80s); set TMPDIR",
			tb_scratch_parent(), first.text);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int copy_one(void *arg, const char *name, const char *text, size_t len)
{
	const int *work = arg;
	char folder[512];
	const char *slash = strchr(name, '/');
	int fd, err;

	if (slash) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - name), name);
		if (mkdirat(*work, folder, 0755) && errno != EEXIST)
			return -errno;
	}
	fd = openat(*work, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	err = tb_write_all(fd, text, len);
	if (close(fd) && !err)
		err = -errno;
	return err;
}

static int copy_source(const char *source, const char *work, struct tb_error *why)
{
	struct tb_sysroot from, to;
	int err = tb_sysroot_open(source, &from);

	if (!err) {
		err = tb_sysroot_open(work, &to);
		if (!err) {
			err = tb_module_source_walk(&from, copy_one, &to.fd);
			tb_sysroot_close(&to);
		}
		tb_sysroot_close(&from);
	}
	return err ? tb_error(why, err, "the source in %.200s cannot be copied to %.200s: %s",
			      source, work, strerror(-err))
		   : 0;
}

struct built {
	char *text;
	size_t len;
};

static int write_built(int fd, void *arg)
{
	const struct built *built = arg;

	return tb_write_all(fd, built->text, built->len);
}

static void state(const struct tb_module_search *search)
{
	struct tb_module_file file = { 0 };
	struct kmod_ctx *kmod = kmod_new(NULL, NULL);
	char digest[TB_SOURCE_DIGEST];

	if (!kmod)
		return;
	snprintf(file.path, sizeof(file.path), "%s/" FILE_NAME, search->cache);
	/* Without the note status cannot say that the file is current; it loads all the same. */
	if (!tb_module_info(kmod, &file) && !tb_module_source_digest(search->source, digest))
		tb_module_note_write(search->cache, file.srcversion, digest);
	kmod_unref(kmod);
}

static int keep(const char *work, const struct tb_module_search *search, struct tb_error *why)
{
	struct tb_sysroot from, to;
	struct built built = { NULL, 0 };
	int err = tb_sysroot_open(work, &from);

	if (!err) {
		err = tb_sysroot_slurp(&from, TB_SYSROOT_FILE_MAX, &built.text, &built.len,
				       FILE_NAME);
		tb_sysroot_close(&from);
	}
	if (err)
		return tb_error(why, err, "make left no " FILE_NAME " in %.200s: %s", work,
				strerror(-err));
	err = tb_sysroot_open(search->cache, &to);
	if (!err) {
		err = unlinkat(to.fd, FILE_NAME, 0) && errno != ENOENT ? -errno : 0;
		if (!err)
			err = tb_publish(to.fd, FILE_NAME, write_built, &built);
		tb_sysroot_close(&to);
	}
	free(built.text);
	if (err)
		return tb_error(why, err, FILE_NAME " cannot be written to %.200s: %s",
				search->cache, strerror(-err));
	state(search);
	return 0;
}

static int build_in(const char *work, const struct tb_module_facts *facts,
		    const struct tb_module_search *search, struct tb_toolchain *toolchain,
		    struct tb_error *why)
{
	char kdir[160];
	char *argv[6 + TB_TOOLCHAIN_ARGS + 1] = {
		"make", "-C", (char *)work, kdir,
		/* Not what the caller's environment says: never the tests' module. */
		"TB_TEST="
	};
	size_t n = 5;
	int err = copy_source(search->source, work, why);

	if (err)
		return err;
	snprintf(kdir, sizeof(kdir), "KDIR=%s", facts->kdir);
	for (size_t i = 0; i < TB_TOOLCHAIN_ARGS; i++)
		if (toolchain->argument[i][0])
			argv[n++] = toolchain->argument[i];
	argv[n++] = "modules";
	argv[n] = NULL;
	err = run_make(argv);
	if (err)
		return tb_error(why, err,
				"the build for %s failed, its errors are above; is this kernel "
				"newer than tollbooth " TB_VERSION "?",
				facts->release);
	return keep(work, search, why);
}

static int check(const struct tb_module_facts *facts, const struct tb_module_search *search,
		 struct tb_error *why)
{
	int err;

	if (!facts->headers)
		return tb_error(why, -ENOENT,
				"no kernel headers for %s; apt-get install linux-headers-%s",
				facts->release, facts->release);
	if (!search->source[0])
		return tb_error(
			why, -ENOENT,
			"no source of the module: neither in the checkout of this program nor in "
			"/usr/src/tollbooth-" TB_VERSION);
	if (!search->cache[0])
		return tb_error(why, -EINVAL, "no folder for the module: set HOME");
	err = tb_make_folders(search->cache);
	if (!err && access(search->cache, W_OK | X_OK))
		err = -errno;
	return err ? tb_error(why, err,
			      "the module cannot be written to %.200s: %s; set XDG_CACHE_HOME to "
			      "a folder that can be written",
			      search->cache, strerror(-err))
		   : 0;
}

int tb_module_build(const struct tb_module_facts *facts, const struct tb_module_search *search,
		    struct tb_error *why)
{
	/* Files that others may write are never loaded, whatever the caller's umask is. */
	mode_t mask = umask(022);
	struct tb_toolchain toolchain;
	char work[4096];
	int err = check(facts, search, why);

	if (!err)
		err = tb_module_toolchain(facts, getenv("PATH"), &toolchain, why);
	if (!err)
		err = make_work(work, sizeof(work), why);
	if (!err) {
		err = build_in(work, facts, search, &toolchain, why);
		nftw(work, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	umask(mask);
	return err;
}
