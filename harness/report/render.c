// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/render.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gnuplot.h"
#include "scratch.h"

enum { LIMIT_MS = 60000, TICK_MS = 10, NOT_FOUND = 127, FILE_MAX = 64 << 20 };

int tb_render_open(const struct tb_plots *plots, struct tb_render *render, struct tb_complaint *why)
{
	int err = tb_scratch_folder("tollbooth-plots", render->folder, sizeof(render->folder), why);

	if (err)
		return err;
	render->dir = open(render->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = render->dir < 0 ? -errno : tb_plots_export(plots, render->dir);
	if (err) {
		tb_complain(why, err, "%s: %s; set TMPDIR to a folder with room", render->folder,
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
	/* -d: nobody's ~/.gnuplot in our figures. */
	char *argv[] = { "gnuplot", "-d", (char *)script, NULL };
	int svg = openat(render->dir, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, STDIN_FILENO);
	dup2(svg, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	if (!fchdir(render->dir))
		execvp("gnuplot", argv);
	_exit(NOT_FOUND);
}

/* Reaps the process, which is killed after LIMIT_MS. Returns its wait status. */
static int reap(pid_t pid)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000 };
	int status = 0;

	for (int ms = 0; ms < LIMIT_MS; ms += TICK_MS) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		nanosleep(&tick, NULL);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

int tb_render_plot(struct tb_render *render, const char *name, struct tb_complaint *why)
{
	char script[64], output[64];
	unsigned char *log;
	size_t n;
	int status;
	pid_t pid;

	snprintf(script, sizeof(script), "%s.gp", name);
	snprintf(output, sizeof(output), "%s.svg", name);
	pid = fork();
	if (pid < 0)
		return tb_complain(why, -errno, "gnuplot: %s", strerror(errno));
	if (!pid)
		become_gnuplot(render, script, output);
	status = reap(pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		return tb_complain(why, -ENOENT, "%s", tb_no_gnuplot);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		log = tb_render_file(render, "gnuplot.log", &n);
		tb_complain(why, -EIO, "gnuplot failed on %s: %.160s", script,
			    log ? (char *)log : "killed");
		free(log);
		return -EIO;
	}
	return 0;
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
	DIR *dir = opendir(render->folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(render->folder);
	if (render->dir >= 0)
		close(render->dir);
}
