// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/render.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gnuplot.h"
#include "measure/clock.h"
#include "machine/folders.h"

enum { LIMIT_MS = 20000, TICK_MS = 100, NOT_FOUND = 127, FILE_MAX = 64 << 20 };

int tb_render_open(const struct tb_plots *plots, struct tb_render *render, struct tb_error *why)
{
	int err = tb_stops_block(&render->stops);

	if (err)
		return tb_error(why, err, "signals cannot be blocked: %s", strerror(-err));
	render->blocked = true;
	err = tb_scratch_folder("tollbooth-plots", render->folder, sizeof(render->folder), why);
	if (err) {
		render->folder[0] = '\0';
		tb_render_close(render);
		return err;
	}
	render->dir = open(render->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = render->dir < 0 ? -errno : tb_plots_export(plots, render->dir);
	if (err) {
		tb_error(why, err, "%s: %s; set TMPDIR to a folder with room", render->folder,
			 strerror(-err));
		tb_render_close(render);
	}
	return err;
}

static _Noreturn void become_gnuplot(const struct tb_render *render, const char *script,
				     const char *output)
{
	int log = openat(render->dir, "gnuplot.log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int null = open("/dev/null", O_RDWR);
	/* -d: ignore the user's ~/.gnuplot. */
	char *argv[] = { "gnuplot", "-d", (char *)script, NULL };
	int svg = openat(render->dir, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Its own process group, so that its children are killed with it. */
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, STDIN_FILENO);
	dup2(svg, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	if (!fchdir(render->dir))
		execvp("gnuplot", argv);
	_exit(NOT_FOUND);
}

/*
 * Reaps the process, and kills it after LIMIT_MS or when a signal arrives. Returns its wait status.
 * The time comes from the clock, because a signal ends a tick early.
 */
static int reap(struct tb_render *render, pid_t pid)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000 };
	uint64_t end = tb_clock_ns() + LIMIT_MS * 1000000ull;
	sigset_t awaited = render->stops.stops;
	int status = 0;

	sigaddset(&awaited, SIGCHLD);
	while (!waitpid(pid, &status, WNOHANG)) {
		int signal = sigtimedwait(&awaited, NULL, &tick);

		render->hung = tb_clock_ns() > end;
		if (signal > 0 && signal != SIGCHLD)
			render->signal = signal;
		if (!render->hung && !render->signal)
			continue;
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL); /* its process group may not exist yet */
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		break;
	}
	return status;
}

static int judge(struct tb_render *render, const char *script, const char *output, int status,
		 struct tb_error *why)
{
	struct stat st;
	unsigned char *log;
	size_t n;

	if (render->hung)
		return tb_error(why, -EIO, "gnuplot did not end within %d s on %s, and was killed",
				LIMIT_MS / 1000, script);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		return tb_error(why, -ENOENT, "%s", tb_no_gnuplot);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		log = tb_render_file(render, "gnuplot.log", &n);
		tb_error(why, -EIO, "gnuplot failed on %s: %.160s", script,
			 log && n ? (char *)log : "it printed no message");
		free(log);
		return -EIO;
	}
	if (fstatat(render->dir, output, &st, AT_SYMLINK_NOFOLLOW) || !st.st_size)
		return tb_error(
			why, -EIO,
			"gnuplot wrote no picture of %s and reported no error; see gnuplot --version",
			script);
	return 0;
}

int tb_render_plot(struct tb_render *render, const char *name, struct tb_error *why)
{
	char script[64], output[64];
	int status;
	pid_t pid;

	snprintf(script, sizeof(script), "%s.gp", name);
	snprintf(output, sizeof(output), "%s.svg", name);
	if (render->hung)
		return tb_error(why, -EIO, "gnuplot was not started on %s: it hung before", script);
	pid = fork();
	if (pid < 0)
		return tb_error(why, -errno, "gnuplot: %s", strerror(errno));
	if (!pid)
		become_gnuplot(render, script, output);
	status = reap(render, pid);
	if (!render->signal)
		render->signal = tb_stops_take(&render->stops);
	if (render->signal)
		return tb_error(why, -EINTR, "stopped by signal %d (%s)", render->signal,
				strsignal(render->signal));
	return judge(render, script, output, status, why);
}

unsigned char *tb_render_file(const struct tb_render *render, const char *name, size_t *bytes)
{
	int fd = openat(render->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	unsigned char *text = NULL;
	struct stat st;
	ssize_t n;

	*bytes = 0;
	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && st.st_size < FILE_MAX)
		text = calloc(1, (size_t)st.st_size + 1);
	while (text && *bytes < (size_t)st.st_size) {
		n = read(fd, text + *bytes, (size_t)st.st_size - *bytes);
		if (n <= 0)
			break;
		*bytes += (size_t)n;
	}
	close(fd);
	return text;
}

void tb_render_close(struct tb_render *render)
{
	DIR *dir = render->folder[0] ? opendir(render->folder) : NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	if (render->folder[0])
		rmdir(render->folder);
	if (render->dir >= 0)
		close(render->dir);
	render->dir = -1;
	if (!render->blocked)
		return;
	render->blocked = false;
	/* Deliver the signal now. A run that blocks signals itself handles it later. */
	if (render->signal)
		raise(render->signal);
	tb_stops_release(&render->stops);
}
