// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "thread/thread.h"

static long count_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	long n = 0;
	int c;

	if (!file)
		return -1;
	while ((c = fgetc(file)) != EOF)
		n += c == '\n';
	fclose(file);
	return n;
}

static long count_entries(const char *path)
{
	DIR *dir = opendir(path);
	long n = 0;

	if (!dir)
		return -1;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

struct thread_census thread_census(void)
{
	return (struct thread_census){ count_lines("/proc/self/maps"),
				       count_entries("/proc/self/task"),
				       count_entries("/proc/self/fd") };
}

void thread_check_census(struct tb_trial *trial, const struct thread_census *before)
{
	struct thread_census after = thread_census();

	/* A thread is joined a moment before the kernel has taken it off the list. */
	for (int i = 0; i < 100 && after.threads > before->threads; i++) {
		usleep(1000);
		after = thread_census();
	}

	tb_trial_check_count(trial, "maps-left", before->maps, after.maps);
	tb_trial_check_count(trial, "threads-left", before->threads, after.threads);
	tb_trial_check_count(trial, "files-left", before->files, after.files);
}
