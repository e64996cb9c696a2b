// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the kernel's reports on shadow stacks in /proc. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "thread/shadow.h"
#include "thread/space.h"

static FILE *open_proc(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)(pid ? pid : getpid()), file);
	return fopen(path, "re");
}

static void add(struct thread_shadows *shadows, const struct thread_vma *vma, uint64_t address)
{
	shadows->vmas++;
	shadows->bytes += vma->to - vma->from;
	if (address < vma->from || address >= vma->to)
		return;
	shadows->from = vma->from;
	shadows->to = vma->to;
	shadows->huge_bytes = vma->huge;
	shadows->resident_bytes = vma->anonymous;
}

int thread_shadows(pid_t pid, uint64_t address, struct thread_shadows *shadows)
{
	FILE *file = open_proc(pid, "smaps");
	struct thread_vma vma;

	*shadows = (struct thread_shadows){ 0 };
	if (!file)
		return -errno;
	while (thread_vma_next(file, &vma))
		if (vma.shadow)
			add(shadows, &vma, address);
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
