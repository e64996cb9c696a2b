// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_ROOM = 400 };

/* A page counter of version 1 without a limit: LONG_MAX in whole pages. */
static const double unlimited = 0x1p62;

static const char *const controllers[] = {
	[TB_CGROUP_CPU] = "cpu", [TB_CGROUP_MEMORY] = "memory", [TB_CGROUP_PIDS] = "pids"
};

/* This process's group in the hierarchy that has the controller. */
struct group {
	int version;
	char list[64];	      /* the controllers of a version 1 hierarchy: "cpu,cpuacct" */
	char path[PATH_ROOM]; /* below the hierarchy's root: "/", "/a/b" */
	char top[PATH_ROOM];  /* where the hierarchy is mounted, below the root of files */
};

/* A word of a list with commas. */
static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (; list; list = strchr(list, ',')) {
		list += *list == ',';
		if (!strncmp(list, word, n) && (list[n] == ',' || !list[n]))
			return true;
	}
	return false;
}

/* "4:cpu,cpuacct:/a" or "0::/a": a version 1 hierarchy has the controller for itself. */
static int find_group(const struct tb_sysroot *root, const char *controller, struct group *group)
{
	char *text, *rest, *line;
	size_t len;
	int err = tb_sysroot_slurp(root, TB_SYSROOT_TEXT_MAX, &text, &len, "proc/self/cgroup");

	group->version = 0;
	if (err)
		return err;
	rest = text;
	while (group->version != 1 && (line = strsep(&rest, "\n"))) {
		const char *id = strsep(&line, ":"), *list = strsep(&line, ":");

		if (!line || (strcmp(id, "0") && !has_word(list, controller)))
			continue;
		err = strlen(line) < sizeof(group->path) ? 0 : -ENAMETOOLONG;
		group->version = strcmp(id, "0") ? 1 : 2;
		snprintf(group->list, sizeof(group->list), "%s", list);
		/* "/.." is outside of the cgroup namespace: its root is what can be seen. */
		snprintf(group->path, sizeof(group->path), "%s",
			 !strcmp(line, "/") || !strncmp(line, "/..", 3) ? "" : line);
	}
	free(text);
	return err ? err : group->version ? 0 : -ENOENT;
}

/* mountinfo writes a blank as \040. In place. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		unsigned int byte;

		if (*text == '\\' && strspn(text + 1, "01234567") >= 3 &&
		    sscanf(text + 1, "%3o", &byte) == 1) {
			*out++ = (char)byte;
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

/* A mount of a part of the hierarchy shows the groups below that part only. */
static void take_mount(const struct tb_sysroot *root, const char *part, const char *point,
		       struct group *group)
{
	size_t n = strcmp(part, "/") ? strlen(part) : 0;

	if (*point != '/' || strlen(point) >= sizeof(group->top))
		return;
	if (!strncmp(group->path, part, n) && (group->path[n] == '/' || !group->path[n]))
		memmove(group->path, group->path + n, strlen(group->path + n) + 1);
	else if (n)
		group->path[0] = '\0';
	snprintf(group->top, sizeof(group->top), "%s", point + 1);
	if (!tb_sysroot_has(root, "%s%s", group->top, group->path))
		group->path[0] = '\0';
}

/* One line of mountinfo: proc_pid_mountinfo(5). */
static void read_mount(const struct tb_sysroot *root, const char *controller, char *line,
		       struct group *group)
{
	char *field[6] = { NULL }, *word, *type, *options;

	for (size_t i = 0; i < 6; i++)
		field[i] = strsep(&line, " ");
	do
		word = strsep(&line, " ");
	while (word && strcmp(word, "-") != 0);
	type = strsep(&line, " ");
	strsep(&line, " ");
	options = line;
	if (!type || strcmp(type, group->version == 1 ? "cgroup" : "cgroup2") != 0 ||
	    (group->version == 1 && (!options || !has_word(options, controller))))
		return;
	unescape(field[3]);
	unescape(field[4]);
	take_mount(root, field[3], field[4], group);
}

/* A root without mountinfo: where distributions mount the hierarchies. */
static void guess_mount(const struct tb_sysroot *root, const char *controller, struct group *group)
{
	const char *const places[] = { group->version == 1 ? group->list : "unified",
				       group->version == 1 ? controller : "" };

	for (size_t i = 0; i < 2 && !*group->top; i++) {
		const char *slash = *places[i] ? "/" : "";

		if (tb_sysroot_has(root, "sys/fs/cgroup%s%s%s", slash, places[i], group->path))
			snprintf(group->top, sizeof(group->top), "sys/fs/cgroup%s%s", slash,
				 places[i]);
	}
}

static int find_mount(const struct tb_sysroot *root, const char *controller, struct group *group)
{
	char *text, *rest, *line;
	size_t len;

	group->top[0] = '\0';
	if (!tb_sysroot_slurp(root, TB_SYSROOT_FILE_MAX, &text, &len, "proc/self/mountinfo")) {
		rest = text;
		while (!*group->top && (line = strsep(&rest, "\n")))
			read_mount(root, controller, line, group);
		free(text);
	}
	if (!*group->top)
		guess_mount(root, controller, group);
	return *group->top ? 0 : -ENOENT;
}

/* The limit that the file of one group sets; false: none. */
static bool read_limit(const struct tb_sysroot *root, enum tb_cgroup_kind kind,
		       const struct group *group, struct tb_cgroup_limit *limit)
{
	static const char *const files[][3] = {
		[TB_CGROUP_CPU] = { NULL, "cpu.cfs_quota_us", "cpu.max" },
		[TB_CGROUP_MEMORY] = { NULL, "memory.limit_in_bytes", "memory.max" },
		[TB_CGROUP_PIDS] = { NULL, "pids.max", "pids.max" },
	};
	char *end, *behind;
	uint64_t period = 0;
	double part = 0;

	if (snprintf(limit->path, sizeof(limit->path), "%s%s/%s", group->top, group->path,
		     files[kind][group->version]) >= (int)sizeof(limit->path) ||
	    tb_sysroot_text(root, limit->text, sizeof(limit->text), "%s", limit->path) <= 0)
		return false;
	limit->value = strtod(limit->text, &end); /* "max", "-1", "50000", "50000 100000" */
	if (end == limit->text || limit->value < 0 || !(limit->value < unlimited))
		return false;
	if (kind != TB_CGROUP_CPU)
		return true;
	if (group->version == 2)
		part = strtod(end, &behind);
	else if (!tb_sysroot_u64(root, &period, "%s%s/cpu.cfs_period_us", group->top, group->path))
		part = (double)period;
	limit->value /= part;
	return part > 0;
}

int tb_cgroup_walk(const struct tb_sysroot *root, enum tb_cgroup_kind kind, tb_cgroup_visit visit,
		   void *arg)
{
	const char *controller = controllers[kind];
	struct tb_cgroup_limit limit = { .value = 0 };
	struct group group;
	int err = find_group(root, controller, &group);

	if (!err)
		err = find_mount(root, controller, &group);
	if (err)
		return err;
	for (;;) {
		char *slash;

		if (read_limit(root, kind, &group, &limit) && visit(root, &limit, arg))
			return 0;
		slash = strrchr(group.path, '/');
		if (!slash)
			return -ENODATA;
		*slash = '\0';
	}
}

static bool keep_tightest(const struct tb_sysroot *root, const struct tb_cgroup_limit *limit,
			  void *arg)
{
	struct tb_cgroup_limit *tightest = arg;

	(void)root;
	if (!*tightest->path || limit->value < tightest->value)
		*tightest = *limit;
	return false;
}

int tb_cgroup_limit(const struct tb_sysroot *root, enum tb_cgroup_kind kind,
		    struct tb_cgroup_limit *limit)
{
	int err;

	*limit = (struct tb_cgroup_limit){ .path = "" };
	err = tb_cgroup_walk(root, kind, keep_tightest, limit);
	return *limit->path ? 0 : err;
}
