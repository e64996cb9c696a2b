// SPDX-License-Identifier: GPL-2.0-or-later
/* Walks a path as the kernel does, link by link: somebody may interfere at each step. */
#include "module/trust.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* as the kernel has it */

struct walk {
	char done[PATH_MAX]; /* without links; "" is the root */
	char rest[PATH_MAX];
	int links;
	uid_t user;
	char *reason;
	size_t size;
};

static const char *name_of(const struct walk *w)
{
	return w->done[0] ? w->done : "/";
}

static bool check_step(const struct walk *w, const struct stat *st)
{
	/* In a sticky folder nobody replaces another user's entry; the entry is the next step. */
	bool sticky = S_ISDIR(st->st_mode) && st->st_mode & S_ISVTX;

	if (st->st_uid && st->st_uid != w->user) {
		snprintf(w->reason, w->size,
			 "%.200s belongs to user %u, who is neither root nor the caller",
			 name_of(w), (unsigned int)st->st_uid);
		return false;
	}
	if (!S_ISLNK(st->st_mode) && st->st_mode & (S_IWGRP | S_IWOTH) && !sticky) {
		snprintf(w->reason, w->size,
			 "others than its owner may write to %.200s; chmod go-w", name_of(w));
		return false;
	}
	return true;
}

static bool fail(const struct walk *w, int err)
{
	snprintf(w->reason, w->size, "%.200s cannot be examined: %s", name_of(w), strerror(err));
	return false;
}

/* Puts the link's target in front of what is left. */
static bool follow(struct walk *w)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t n = readlink(w->done, target, sizeof(target) - 1);

	if (n < 0)
		return fail(w, errno);
	target[n] = '\0';
	if (++w->links > LINKS_MAX)
		return fail(w, ELOOP);
	if (snprintf(rest, sizeof(rest), "%s/%s", target, w->rest) >= (int)sizeof(rest))
		return fail(w, ENAMETOOLONG);
	memcpy(w->rest, rest, sizeof(rest));
	*(target[0] == '/' ? w->done : strrchr(w->done, '/')) = '\0';
	return true;
}

/* Moves one name from rest to done. */
static bool step(struct walk *w, struct stat *st)
{
	char name[PATH_MAX];
	size_t skip = strspn(w->rest, "/"), n = strcspn(w->rest + skip, "/");
	size_t len = strlen(w->done);

	snprintf(name, sizeof(name), "%.*s", (int)n, w->rest + skip);
	memmove(w->rest, w->rest + skip + n, strlen(w->rest + skip + n) + 1);
	if (!strcmp(name, "") || !strcmp(name, "."))
		return true;
	if (!strcmp(name, "..")) {
		if (len)
			*strrchr(w->done, '/') = '\0';
		return !lstat(name_of(w), st) || fail(w, errno);
	}
	if (len + 1 + n >= sizeof(w->done))
		return fail(w, ENAMETOOLONG);
	w->done[len] = '/';
	memcpy(w->done + len + 1, name, n + 1);
	if (lstat(w->done, st))
		return fail(w, errno);
	return check_step(w, st) && (!S_ISLNK(st->st_mode) || follow(w));
}

bool tb_module_trusted(const char *path, uid_t user, char *reason, size_t size)
{
	struct walk w = { .user = user, .reason = reason, .size = size };
	struct stat st;

	if (path[0] != '/' || strlen(path) >= sizeof(w.rest))
		return fail(&w, EINVAL);
	memcpy(w.rest, path, strlen(path) + 1);
	if (lstat("/", &st))
		return fail(&w, errno);
	if (!check_step(&w, &st))
		return false;
	while (w.rest[0])
		if (!step(&w, &st))
			return false;
	if (S_ISREG(st.st_mode))
		return true;
	/* Reading a pipe would wait for its writer. */
	snprintf(reason, size, "%.200s is no regular file", name_of(&w));
	return false;
}
