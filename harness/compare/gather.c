// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/gather.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* gcc's analyzer does not follow memory that an array owns. LeakSanitizer finds no leak. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

enum { THREADS_MAX = 16 };

struct file {
	char path[4096];
	char folder[256]; /* below the named folder; "" for none */
	size_t side;
	json_t *record;
	struct tb_error why;
	int err;
};

struct list {
	struct file *at;
	size_t n;
	atomic_size_t next; /* index of the next file to read */
};

static int add_file(struct list *list, size_t side, const char *path, const char *folder)
{
	struct file *grown = reallocarray(list->at, list->n + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	list->at = grown;
	grown += list->n;
	*grown = (struct file){ .side = side };
	if ((size_t)snprintf(grown->path, sizeof(grown->path), "%s", path) >= sizeof(grown->path) ||
	    (size_t)snprintf(grown->folder, sizeof(grown->folder), "%s", folder) >=
		    sizeof(grown->folder))
		return -ENAMETOOLONG;
	list->n++;
	return 0;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool is_record_name(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && !strcmp(name + length - 5, ".json");
}

typedef int (*each_child)(void *arg, const char *path, const char *name, bool folder);

/* Calls each for the records and folders in a folder, sorted by name, so that labels are stable. */
static int for_children(const char *folder, each_child each, void *arg)
{
	struct dirent **child;
	int n = scandir(folder, &child, visible, alphasort), err = n < 0 ? -errno : 0;

	for (int i = 0; i < n; i++) {
		char *path;

		if (!err && asprintf(&path, "%s/%s", folder, child[i]->d_name) < 0)
			err = -ENOMEM;
		if (!err) {
			bool deeper = is_folder(path);

			if (deeper || is_record_name(child[i]->d_name))
				err = each(arg, path, child[i]->d_name, deeper);
			free(path);
		}
		free(child[i]);
	}
	if (n >= 0)
		free(child);
	return err;
}

struct place {
	struct list *list;
	size_t side;
	const char *folder; /* the current folder below the named one; NULL: the named one */
};

static int add_child(void *arg, const char *path, const char *name, bool folder)
{
	const struct place *p = arg;
	struct place below = { p->list, p->side, name };

	if (!folder)
		return add_file(p->list, p->side, path, p->folder ? p->folder : "");
	return p->folder ? 0 : for_children(path, add_child, &below);
}

static int add_named(struct list *list, size_t side, const char *path)
{
	struct place there = { list, side, NULL };

	return is_folder(path) ? for_children(path, add_child, &there)
			       : add_file(list, side, path, "");
}

struct naming {
	struct tb_sides *sides;
	struct list *list;
	struct tb_error *why;
};

/* A, B, ... Z, AA, AB, ... */
static void label_side(struct tb_side *side, size_t number)
{
	char reversed[sizeof(side->label)];
	size_t n = 0;

	for (number++; number && n + 1 < sizeof(reversed); number = (number - 1) / 26)
		reversed[n++] = (char)('A' + (number - 1) % 26);
	for (size_t i = 0; i < n; i++)
		side->label[i] = reversed[n - 1 - i];
}

static int add_side(void *arg, const char *path, const char *name, bool folder)
{
	struct naming *to = arg;
	struct tb_sides *sides = to->sides;
	struct tb_side *grown = reallocarray(sides->at, sides->n + 1, sizeof(*grown));
	size_t files = to->list->n;
	int err;

	(void)folder;
	if (!grown)
		return -ENOMEM;
	sides->at = grown;
	grown[sides->n] = (struct tb_side){ 0 };
	label_side(&grown[sides->n], sides->n);
	snprintf(grown[sides->n].name, sizeof(grown[sides->n].name), "%s", name);
	err = add_named(to->list, sides->n++, path);
	if (err)
		return tb_error(to->why, err, "%s: %s", path, strerror(-err));
	if (to->list->n == files)
		return tb_error(to->why, -EINVAL,
				"%s: no record in this folder: no file is named *.json", path);
	return 0;
}

static void *read_files(void *arg)
{
	struct list *list = arg;
	size_t i;

	while ((i = atomic_fetch_add(&list->next, 1)) < list->n)
		list->at[i].err =
			tb_side_load(list->at[i].path, &list->at[i].record, &list->at[i].why);
	return NULL;
}

/* Parsing takes most of the time, and files are independent. */
static void read_all(struct list *list)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t thread[THREADS_MAX];
	size_t started = 0;

	json_object_seed(0); /* else jansson would seed in one of the threads */
	while ((long)started + 1 < cpus && started + 1 < list->n && started < THREADS_MAX &&
	       !pthread_create(&thread[started], NULL, read_files, list))
		started++;
	read_files(list);
	while (started)
		pthread_join(thread[--started], NULL);
}

static int fill_sides(struct tb_sides *sides, struct list *list, struct tb_error *why)
{
	for (size_t i = 0; i < list->n; i++) {
		struct file *file = &list->at[i];
		struct tb_error detail = { "" };
		json_t *record = file->record;
		int err = file->err;

		if (err)
			return tb_error(why, err, "%s",
					file->why.text[0] ? file->why.text : strerror(-err));
		file->record = NULL;
		err = tb_side_add(&sides->at[file->side], record, file->folder, &detail);
		if (err)
			return tb_error(why, err, "%s: %s", file->path, detail.text);
	}
	return 0;
}

static int close_sides(struct tb_sides *sides, double confidence, struct tb_error *why)
{
	int err = 0;

	for (size_t i = 0; i < sides->n && !err; i++) {
		err = tb_side_close(&sides->at[i], confidence);
		if (err)
			tb_error(why, err, "%s: %s", sides->at[i].name, strerror(-err));
	}
	return err;
}

int tb_gather(const char *const *names, size_t n, double confidence, struct tb_sides *out,
	      struct tb_error *why)
{
	struct list list = { 0 };
	struct naming to = { out, &list, why };
	int err = 0;

	*out = (struct tb_sides){ 0 };
	if (n == 1 && is_folder(names[0]))
		err = for_children(names[0], add_side, &to);
	else
		for (size_t i = 0; i < n && !err; i++)
			err = add_side(&to, names[i], names[i], false);
	if (!err)
		read_all(&list);
	if (!err)
		err = fill_sides(out, &list, why);
	if (!err)
		err = close_sides(out, confidence, why);
	for (size_t i = 0; i < list.n; i++)
		json_decref(list.at[i].record);
	free(list.at);
	if (err)
		tb_sides_free(out);
	return err;
}

void tb_sides_free(struct tb_sides *sides)
{
	for (size_t i = 0; i < sides->n; i++)
		tb_side_free(&sides->at[i]);
	free(sides->at);
	*sides = (struct tb_sides){ 0 };
}
