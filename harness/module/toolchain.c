// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's configuration says which compiler built it. Another compiler may not know its flags:
 * gcc has no -fsanitize=kcfi. Distributions install gcc as gcc-12, and clang mostly as clang.
 */
#include "module/toolchain.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "in_path.h"

struct config {
	char *text;
	const char *path; /* PATH */
	const struct tb_module_facts *facts;
	struct tb_error *why;
};

/* The value of a setting, without quotes; empty: it is not set. */
static void setting(const struct config *c, const char *name, char *out, size_t size)
{
	size_t n = strlen(name);

	out[0] = '\0';
	for (const char *line = c->text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, n) != 0 || line[n] != '=')
			continue;
		line += n + 1;
		line += *line == '"';
		snprintf(out, size, "%.*s", (int)strcspn(line, "\"\n"), line);
		return;
	}
}

static bool is_set(const struct config *c, const char *name)
{
	char value[8];

	setting(c, name, value, sizeof(value));
	return !strcmp(value, "y");
}

/* 120200 is 12.2.0. */
static int major(const struct config *c, const char *name)
{
	char value[16];

	setting(c, name, value, sizeof(value));
	return atoi(value) / 10000;
}

static bool in_path(const struct config *c, const char *program)
{
	return tb_in_path(AT_FDCWD, c->path, program);
}

static void argument(struct tb_toolchain *t, const char *name, const char *value)
{
	for (size_t i = 0; i < TB_TOOLCHAIN_ARGS; i++)
		if (!t->argument[i][0]) {
			snprintf(t->argument[i], sizeof(t->argument[i]), "%.8s=%.64s", name, value);
			return;
		}
}

/* What the compiler calls itself begins with the name that it was called by. */
static void gcc_name(const struct config *c, char *out, size_t size)
{
	char text[128];
	size_t n;

	setting(c, "CONFIG_CC_VERSION_TEXT", text, sizeof(text));
	n = strcspn(text, " ");
	/* A name for make and the shell, and no path of the machine that built the kernel. */
	if (n != strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-"))
		n = 0;
	snprintf(out, size, "%.*s", (int)n, text);
}

static int choose_gcc(const struct config *c, struct tb_toolchain *t)
{
	char name[3][64] = { "", "", "gcc" };
	int version = major(c, "CONFIG_GCC_VERSION");

	gcc_name(c, name[0], sizeof(name[0]));
	if (version)
		snprintf(name[1], sizeof(name[1]), "gcc-%d", version);
	for (size_t i = 0; i < 3; i++)
		if (name[i][0] && in_path(c, name[i])) {
			argument(t, "CC", name[i]);
			/* A variable of the caller's environment would name clang's linker. */
			argument(t, "LLVM", "");
			return 0;
		}
	return tb_error(
		c->why, -ENOENT,
		"the compiler is missing: this kernel was built with %s; apt-get install %s",
		name[0][0] ? name[0] : "gcc", name[1][0] ? name[1] : "gcc");
}

static const char *const llvm[] = { "clang", "ld.lld", "llvm-nm", "llvm-objcopy" };
static const char *const llvm_package[] = { "clang", "lld", "llvm", "llvm" };

/* The first program of LLVM that is not there under its name with this suffix; -1: all are. */
static int missing_llvm(const struct config *c, const char *suffix, bool lld)
{
	for (int i = 0; i < (lld ? 4 : 1); i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s%s", llvm[i], suffix);
		if (!in_path(c, name))
			return i;
	}
	return -1;
}

/* The kernel's own version where it is installed beside others: an older clang has no kcfi. */
static int choose_clang(const struct config *c, struct tb_toolchain *t)
{
	bool lld = is_set(c, "CONFIG_LD_IS_LLD");
	unsigned int version = 0, patch = 0;
	char suffix[16], name[64];
	int missing;

	/* The suffix in LLVM= is known since Linux 5.18. */
	sscanf(c->facts->release, "%u.%u", &version, &patch);
	snprintf(suffix, sizeof(suffix), "-%d", major(c, "CONFIG_CLANG_VERSION"));
	if (missing_llvm(c, suffix, lld) >= 0 || (lld && version * 1000 + patch < 5018))
		suffix[0] = '\0';
	missing = missing_llvm(c, suffix, lld);
	if (missing >= 0)
		return tb_error(c->why, -ENOENT,
				"%s is missing: this kernel was built with clang %d%s; "
				"apt-get install %s",
				llvm[missing], major(c, "CONFIG_CLANG_VERSION"),
				lld ? " and its linker" : "", llvm_package[missing]);
	if (lld) {
		argument(t, "LLVM", suffix[0] ? suffix : "1");
	} else {
		snprintf(name, sizeof(name), "clang%s", suffix);
		argument(t, "CC", name);
		argument(t, "LLVM", "");
	}
	return 0;
}

/* Whether a program runs at all: the loader exits with 127 where a library is missing. */
static bool starts(const char *program)
{
	posix_spawn_file_actions_t actions;
	char *const argv[] = { (char *)program, NULL };
	pid_t child;
	int err, status;

	if (posix_spawn_file_actions_init(&actions))
		return true;
	err = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	if (!err)
		err = posix_spawn(&child, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		return false;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return !WIFEXITED(status) || WEXITSTATUS(status) != 127;
}

static int check_tools(const struct config *c)
{
	bool objtool = is_set(c, "CONFIG_OBJTOOL") || is_set(c, "CONFIG_STACK_VALIDATION");
	const char *const tool[] = { "scripts/mod/modpost",
				     objtool ? "tools/objtool/objtool" : NULL };
	char program[256];

	for (size_t i = 0; i < 2 && tool[i]; i++) {
		snprintf(program, sizeof(program), "%s/%s", c->facts->kdir, tool[i]);
		if (access(program, X_OK))
			return tb_error(
				c->why, -ENOENT,
				"the kernel headers lack %s: %s; reinstall linux-headers-%s, or run "
				"make modules_prepare in the kernel's source",
				program, strerror(errno), c->facts->release);
	}
	if (objtool && !starts(program))
		return tb_error(c->why, -ENOEXEC,
				"%s does not start: a library is missing, most often libelf; "
				"apt-get install libelf1, or ask ldd for the name",
				program);
	return 0;
}

bool tb_module_path_fits(const char *path)
{
	return !path[strcspn(path, " \t:%#$&;'\"\\()<>|*?[]!`~")];
}

/* kbuild splits the path that the link leads to. */
static int check_path(const struct tb_module_facts *facts, struct tb_error *why)
{
	char path[PATH_MAX];

	if (!realpath(facts->kdir, path) || tb_module_path_fits(path))
		return 0;
	return tb_error(why, -EINVAL,
			"the kernel headers are in '%.300s': kbuild takes no space, colon or "
			"other special character in a path; move them to another folder",
			path);
}

int tb_module_toolchain(const struct tb_module_facts *facts, const char *path,
			struct tb_toolchain *toolchain, struct tb_error *why)
{
	struct config c = { .path = path, .facts = facts, .why = why };
	struct tb_sysroot kdir;
	size_t len;
	int err;

	*toolchain = (struct tb_toolchain){ 0 };
	if (!tb_in_path(AT_FDCWD, path, "make"))
		return tb_error(why, -ENOENT, "make is missing; apt-get install make");
	err = check_path(facts, why);
	if (err)
		return err;
	err = tb_sysroot_open(facts->kdir, &kdir);
	if (!err) {
		err = tb_sysroot_slurp(&kdir, TB_SYSROOT_FILE_MAX, &c.text, &len,
				       "include/config/auto.conf");
		tb_sysroot_close(&kdir);
	}
	if (err)
		return tb_error(why, err,
				"the kernel headers lack %s/include/config/auto.conf: %s; "
				"reinstall linux-headers-%s, or run make modules_prepare in the "
				"kernel's source",
				facts->kdir, strerror(-err), facts->release);
	err = is_set(&c, "CONFIG_CC_IS_CLANG") ? choose_clang(&c, toolchain)
					       : choose_gcc(&c, toolchain);
	if (!err)
		err = check_tools(&c);
	free(c.text);
	return err;
}
