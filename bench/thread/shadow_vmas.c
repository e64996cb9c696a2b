// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel tells of shadow stacks in /proc. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "thread/shadow.h"

/* The VMA that smaps is telling of. */
struct vma {
	uint64_t from, to, huge_kib, resident_kib;
};

static FILE *open_proc(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)(pid ? pid : getpid()), file);
	return fopen(path, "re");
}

static void add(struct thread_shadows *shadows, const struct vma *vma, uint64_t address)
{
	shadows->vmas++;
	shadows->bytes += vma->to - vma->from;
	if (address < vma->from || address >= vma->to)
		return;
	shadows->from = vma->from;
	shadows->to = vma->to;
	shadows->huge_bytes = vma->huge_kib << 10;
	shadows->resident_bytes = vma->resident_kib << 10;
}

/* "7f00-7f80 rw-p ..." begins a VMA; its other lines have a key, VmFlags the last of them. */
static void read_line(const char *line, struct vma *vma, struct thread_shadows *shadows,
		      uint64_t address)
{
	char *end;
	uint64_t from = strtoull(line, &end, 16);

	if (*end == '-')
		*vma = (struct vma){ .from = from, .to = strtoull(end + 1, NULL, 16) };
	else if (!strncmp(line, "Rss:", 4))
		vma->resident_kib = strtoull(line + 4, NULL, 10);
	else if (!strncmp(line, "AnonHugePages:", 14))
		vma->huge_kib = strtoull(line + 14, NULL, 10);
	else if (!strncmp(line, "VmFlags:", 8) && strstr(line, " ss"))
		add(shadows, vma, address);
}

int thread_shadows(pid_t pid, uint64_t address, struct thread_shadows *shadows)
{
	FILE *file = open_proc(pid, "smaps");
	struct vma vma = { 0 };
	char *line = NULL;
	size_t bytes = 0;

	*shadows = (struct thread_shadows){ 0 };
	if (!file)
		return -errno;
	while (getline(&line, &bytes, file) > 0)
		read_line(line, &vma, shadows, address);
	free(line);
	fclose(file);
	return 0;
}

int thread_features(pid_t tid, char *text, size_t bytes)
{
	static const char key[] = "x86_Thread_features:";
	FILE *file = open_proc(tid, "status");
	char line[256];
	int err = -ENOENT; /* the kernel has no such line */

	if (!file)
		return -errno;
	while (err && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, strlen(key)))
			continue;
		const char *value = line + strlen(key);

		value += strspn(value, " \t");
		snprintf(text, bytes, "%.*s", (int)strcspn(value, " \n"), value);
		if (!text[0])
			snprintf(text, bytes, "none");
		err = 0;
	}
	fclose(file);
	return err;
}
