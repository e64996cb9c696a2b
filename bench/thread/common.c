// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "machine/refusal.h"
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

	/* The kernel removes a thread from the list a moment after its join. */
	for (int i = 0; i < 100 && after.threads > before->threads; i++) {
		usleep(1000);
		after = thread_census();
	}

	tb_trial_check_count(trial, "maps-left", before->maps, after.maps);
	tb_trial_check_count(trial, "threads-left", before->threads, after.threads);
	tb_trial_check_count(trial, "files-left", before->files, after.files);
}

/* vfork has no arguments that could be rejected, so it is tried with a child that ends at once. */
static int try_vfork(void)
{
	struct thread_child child = { 0 };
	pid_t pid = thread_vfork(&child);

	if (pid < 0)
		return pid;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

int thread_probe_method(struct tb_probe *probe, const char *method)
{
	int err;

	if (!strcmp(method, "pthread") || !strcmp(method, "spawn"))
		return tb_probe_threads(probe);
	err = strcmp(method, "vfork") ? tb_call_try(method) : try_vfork();
	return tb_is_refusal(err) ? tb_probe_refused(probe, err, method) : 0;
}
