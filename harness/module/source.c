// SPDX-License-Identifier: GPL-2.0-or-later
#include "module/source.h"

#include <errno.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module/module.h"
#include "publish.h"

#define NOTE TB_MODULE_NAME ".ko.source"

typedef int each_fn(void *arg, const char *name, const char *text, size_t len);

static bool ends(const char *name, const char *with)
{
	size_t n = strlen(name), k = strlen(with);

	return n > k && !strcmp(name + n - k, with);
}

/* modpost writes NAME.mod.c; everything else that a build leaves is no source by its name. */
static bool is_source(const char *name)
{
	if (!strcmp(name, "Kbuild") || !strcmp(name, "Makefile"))
		return true;
	return !ends(name, ".mod.c") && (ends(name, ".c") || ends(name, ".h") || ends(name, ".S"));
}

static int walk(const struct tb_sysroot *folder, const char *below, each_fn *each, void *arg)
{
	char **names;
	size_t count;
	int err = tb_sysroot_names(folder, &names, &count, "%s", below[0] ? below : ".");

	for (size_t i = 0; !err && i < count; i++) {
		char path[512], *text;
		size_t len;

		if (snprintf(path, sizeof(path), "%s%s%s", below, below[0] ? "/" : "", names[i]) >=
		    (int)sizeof(path)) {
			err = -ENAMETOOLONG;
		} else if (is_source(names[i])) {
			err = tb_sysroot_slurp(folder, TB_SYSROOT_FILE_MAX, &text, &len, "%s",
					       path);
			if (!err)
				err = each(arg, path, text, len);
			free(text);
		} else if (!below[0]) {
			err = walk(folder, path, each, arg);
			if (err == -ENOTDIR) /* a file of no concern */
				err = 0;
		}
	}
	tb_sysroot_names_free(names, count);
	return err;
}

int tb_module_source_walk(const struct tb_sysroot *folder, each_fn *each, void *arg)
{
	return walk(folder, "", each, arg);
}

static int add(void *arg, const char *name, const char *text, size_t len)
{
	SHA2_CTX *sha = arg;
	char head[600];
	int n = snprintf(head, sizeof(head), "%s %zu\n", name, len);

	SHA256Update(sha, (const uint8_t *)head, (size_t)n);
	SHA256Update(sha, (const uint8_t *)text, len);
	return 0;
}

int tb_module_source_digest(const char *folder, char digest[TB_SOURCE_DIGEST])
{
	struct tb_sysroot root;
	SHA2_CTX sha;
	int err = tb_sysroot_open(folder, &root);

	digest[0] = '\0';
	if (err)
		return err;
	SHA256Init(&sha);
	err = tb_module_source_walk(&root, add, &sha);
	tb_sysroot_close(&root);
	if (!err)
		SHA256End(&sha, digest);
	return err;
}

static void note(char *out, size_t size, const char *srcversion, const char *digest)
{
	snprintf(out, size, "srcversion %s\nsource %s", srcversion, digest);
}

static int write_note(int fd, void *arg)
{
	const char *text = arg;
	int err = tb_write_all(fd, text, strlen(text));

	return err ? err : tb_write_all(fd, "\n", 1);
}

int tb_module_note_write(const char *folder, const char *srcversion, const char *digest)
{
	struct tb_sysroot root;
	char text[128];
	int err = tb_sysroot_open(folder, &root);

	if (err)
		return err;
	note(text, sizeof(text), srcversion, digest);
	err = unlinkat(root.fd, NOTE, 0) && errno != ENOENT ? -errno : 0;
	if (!err)
		err = tb_publish(root.fd, NOTE, write_note, text);
	tb_sysroot_close(&root);
	return err;
}

bool tb_module_note_agrees(const char *folder, const char *srcversion, const char *digest)
{
	struct tb_sysroot root;
	char text[128], read[128];
	bool agrees;

	if (!srcversion[0] || !digest[0] || tb_sysroot_open(folder, &root))
		return false;
	note(text, sizeof(text), srcversion, digest);
	agrees = tb_sysroot_text(&root, read, sizeof(read), NOTE) > 0 && !strcmp(read, text);
	tb_sysroot_close(&root);
	return agrees;
}
