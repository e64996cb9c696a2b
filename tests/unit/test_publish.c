// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): renameat2, unshare
#include "own_mounts.h"
#include "publish_fake.h"
#include "skip.h"

#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void publishes(void **state)
{
	struct folder *folder = *state;
	struct stat st;
	mode_t mask = umask(022);

	assert_int_equal(tb_publish(folder->fd, "run.json", write_blob, NULL), 0);
	umask(mask);
	/* The bytes before the name, the name before the return. */
	assert_string_equal(fake.trace, "wwwfcrd");
	assert_whole(folder->fd, "run.json");
	assert_int_equal(fstatat(folder->fd, "run.json", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(list(folder, NULL), 1);
}

static void never_overwrites(void **state)
{
	struct folder *folder = *state;
	struct stat st;

	touch(folder->fd, "run.json");
	assert_int_equal(tb_publish(folder->fd, "run.json", write_blob, NULL), -EEXIST);
	fake.fail = 'r';
	fake.fail_errno = ENOSYS;
	assert_int_equal(tb_publish(folder->fd, "run.json", write_blob, NULL), -EEXIST);
	assert_int_equal(fstatat(folder->fd, "run.json", &st, 0), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(list(folder, NULL), 1);
}

static void falls_back_to_links(void **state)
{
	static const int missing[] = { EINVAL, ENOSYS };
	struct folder *folder = *state;
	struct stat st;

	for (size_t i = 0; i < 2; i++) {
		char name[2] = { (char)('a' + i) };

		fake_reset();
		fake.fail = 'r';
		fake.fail_errno = missing[i];
		assert_int_equal(tb_publish(folder->fd, name, write_blob, NULL), 0);
		assert_string_equal(fake.trace, "wwwfcrld");
		assert_whole(folder->fd, name);
		assert_int_equal(fstatat(folder->fd, name, &st, 0), 0);
		assert_int_equal(st.st_nlink, 1);
	}
	assert_int_equal(list(folder, NULL), 2);
}

static void failures_leave_nothing(void **state)
{
	static const char letters[] = "wfcr";
	struct folder *folder = *state;
	int given = -EPERM;

	for (size_t i = 0; letters[i]; i++) {
		fake_reset();
		fake.fail = letters[i];
		fake.fail_errno = EDQUOT;
		assert_int_equal(tb_publish(folder->fd, "x", write_blob, NULL), -EDQUOT);
		assert_int_equal(list(folder, NULL), 0);
	}
	fake_reset();
	assert_int_equal(tb_publish(folder->fd, "x", write_given, &given), -EPERM);
	given = 5;
	assert_int_equal(tb_publish(folder->fd, "x", write_given, &given), -EIO);
	assert_int_equal(list(folder, NULL), 0);
	fake.fail = 'd';
	fake.fail_errno = EDQUOT;
	assert_int_equal(tb_publish(folder->fd, "x", write_blob, NULL), -EDQUOT);
	assert_whole(folder->fd, "x");
	fake.fail_errno = EINVAL;
	assert_int_equal(tb_publish(folder->fd, "y", write_blob, NULL), 0);
}

static void refuses_names(void **state)
{
	static const char *const names[] = { "", ".", "..", "a/b", "/a" };
	struct folder *folder = *state;
	char name[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(tb_publish(folder->fd, names[i], write_blob, NULL), -EINVAL);
	memset(name, 'n', sizeof(name) - 1);
	name[255] = '\0';
	assert_int_equal(tb_publish(folder->fd, name, write_blob, NULL), -ENAMETOOLONG);
	assert_int_equal(tb_publish(-1, "x", write_blob, NULL), -EBADF);
	assert_int_equal(list(folder, NULL), 0);
}

static void writes_all(void **state)
{
	struct folder *folder = *state;

	fake.chunk = 7;
	fake.interrupt = true;
	assert_int_equal(tb_publish(folder->fd, "x", write_blob, NULL), 0);
	assert_false(fake.interrupt);
	assert_whole(folder->fd, "x");
	fake.nothing = true;
	assert_int_equal(tb_publish(folder->fd, "y", write_blob, NULL), -EIO);
	fake.nothing = false;
	assert_int_equal(list(folder, NULL), 1);
	assert_int_equal(tb_write_all(-1, "x", 1), -EBADF);
	assert_int_equal(tb_write_all(-1, "x", 0), 0);
}

static void too_large(void **state)
{
	struct folder *folder = *state;
	struct rlimit before, limit;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = BLOB / 2;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(tb_publish(folder->fd, "x", write_blob, NULL), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, handler);
	assert_int_equal(list(folder, NULL), 0);
}

/* In a child with mounts of its own: 0 as it should be, 77 where it may not mount. */
static int full_disk_child(const char *path)
{
	struct folder disk = { .fd = -1 };
	bool empty;
	int rc;

	if (!may_mount() || mount("none", path, "tmpfs", 0, "size=64k") < 0)
		return 77;
	snprintf(disk.path, sizeof(disk.path), "%s", path);
	disk.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = tb_publish(disk.fd, "x", write_blob, NULL);
	empty = list(&disk, NULL) == 0;
	return rc == -ENOSPC && empty ? 0 : 1;
}

static void full_disk(void **state)
{
	struct folder *folder = *state;
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(full_disk_child(folder->path));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip_because("this process may not mount a file system of its own");
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A second writer of the same name, while the first one is at it. */
static int publish_again(int fd, void *arg)
{
	struct folder *folder = arg;

	(void)fd;
	return tb_publish(folder->fd, "x", write_blob, NULL) == -EBUSY ? 0 : -EPROTO;
}

static void own_leftover(void **state)
{
	struct folder *folder = *state;
	char temp[64];
	int fd;

	snprintf(temp, sizeof(temp), ".x.%ld.tmp", (long)getpid());
	touch(folder->fd, temp);
	fd = openat(folder->fd, temp, O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(tb_publish(folder->fd, "x", write_blob, NULL), -EBUSY);
	assert_true(exists(folder->fd, temp));
	close(fd);
	assert_int_equal(tb_publish(folder->fd, "x", publish_again, folder), 0);
	assert_int_equal(unlinkat(folder->fd, "x", 0), 0);
	touch(folder->fd, temp);
	assert_int_equal(tb_publish(folder->fd, "x", write_blob, NULL), 0);
	assert_whole(folder->fd, "x");
	/* A link planted under the temporary name is not followed. */
	touch(folder->fd, "victim");
	snprintf(temp, sizeof(temp), ".y.%ld.tmp", (long)getpid());
	assert_int_equal(symlinkat("victim", folder->fd, temp), 0);
	assert_int_equal(tb_publish(folder->fd, "y", write_blob, NULL), 0);
	assert_whole(folder->fd, "y");
	assert_int_equal(list(folder, NULL), 3);
	/* What cannot be taken away stays, and is told of. */
	snprintf(temp, sizeof(temp), ".z.%ld.tmp", (long)getpid());
	assert_int_equal(mkdirat(folder->fd, temp, 0700), 0);
	assert_int_equal(tb_publish(folder->fd, "z", write_blob, NULL), -EISDIR);
	assert_int_equal(unlinkat(folder->fd, temp, AT_REMOVEDIR), 0);
}

static pid_t dead_pid(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pid;
}

static void sweeps(void **state)
{
	static const char *const kept[] = {
		"xy.%ld.tmp",  ".x.%ld.tnp",	     ".x.%ld", "..%ld.tmp", ".xy%ld.tmp",
		".x.%lda.tmp", ".x.%ld00000000.tmp",
	};
	struct folder *folder = *state;
	long dead = dead_pid();
	char name[64];
	int fd;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		char *percent;

		snprintf(name, sizeof(name), "%s", kept[i]);
		percent = strstr(name, "%ld");
		snprintf(percent, sizeof(name) - (size_t)(percent - name), "%ld%s", dead,
			 strstr(kept[i], "%ld") + 3);
		touch(folder->fd, name);
	}
	touch(folder->fd, ".x.0.tmp");
	touch(folder->fd, ".x.1.tmp");
	snprintf(name, sizeof(name), ".x.%ld.tmp", (long)getpid());
	touch(folder->fd, name);
	snprintf(name, sizeof(name), ".folder.%ld.tmp", dead);
	assert_int_equal(mkdirat(folder->fd, name, 0700), 0);
	snprintf(name, sizeof(name), ".locked.%ld.tmp", dead);
	touch(folder->fd, name);
	fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	snprintf(name, sizeof(name), ".run.json.%ld.tmp", dead);
	touch(folder->fd, name);

	assert_int_equal(list(folder, NULL), 7 + 6);
	fake.fail = 'k'; /* as of another user's process */
	fake.fail_errno = EPERM;
	assert_int_equal(tb_publish_sweep(folder->fd), 0);
	assert_true(exists(folder->fd, name));
	fake.fail = 0;
	assert_int_equal(tb_publish_sweep(folder->fd), 0);
	assert_false(exists(folder->fd, name));
	assert_int_equal(list(folder, NULL), 7 + 5);
	close(fd);
	assert_int_equal(tb_publish_sweep(folder->fd), 0);
	assert_int_equal(list(folder, NULL), 7 + 4);
	assert_int_equal(tb_publish_sweep(-1), -EBADF);
}

static int n_temps;

static void whole_or_temp(int dirfd, const char *name)
{
	if (name[0] == '.')
		n_temps++;
	else
		assert_whole(dirfd, name);
}

/* What a killed publisher may leave behind. */
static void assert_recoverable(const struct folder *folder)
{
	n_temps = 0;
	list(folder, whole_or_temp);
	assert_true(n_temps <= 1);
	assert_int_equal(tb_publish_sweep(folder->fd), 0);
	n_temps = 0;
	list(folder, whole_or_temp);
	assert_int_equal(n_temps, 0);
}

static void killed_at_each_step(void **state)
{
	struct folder *folder = *state;

	for (int way = 0; way < 2; way++) {
		bool killed = true;

		for (long at = 0; killed; at++) {
			pid_t pid = fork();
			int status = 0;

			assert_true(pid >= 0);
			if (pid == 0) {
				fake_reset();
				fake.fail = way ? 'r' : 0;
				fake.fail_errno = ENOSYS;
				fake.die_at = at;
				_exit(tb_publish(folder->fd, "x", write_blob, NULL) != 0);
			}
			assert_int_equal(waitpid(pid, &status, 0), pid);
			killed = WIFSIGNALED(status);
			/* Steps: w w w f c r d, and l before d. */
			assert_int_equal(killed, at < 7 + way);
			assert_int_equal(exists(folder->fd, "x"), at >= 6 + way);
			assert_recoverable(folder);
			unlinkat(folder->fd, "x", 0);
		}
	}
}

static void publish_forever(const struct folder *folder, int round)
{
	char name[32];

	for (int i = 0;; i++) {
		snprintf(name, sizeof(name), "run-%d-%d", round, i);
		if (tb_publish(folder->fd, name, write_blob, NULL))
			_exit(1);
	}
}

static void killed_at_random(void **state)
{
	struct folder *folder = *state;

	srandom(20240607);
	for (int round = 0; round < 60; round++) {
		pid_t pid = fork();
		int status = 0;

		assert_true(pid >= 0);
		if (pid == 0)
			publish_forever(folder, round);
		usleep((useconds_t)(random() % 4000));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_recoverable(folder);
		list(folder, remove_any);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(publishes),	   TEST(never_overwrites),
		TEST(falls_back_to_links), TEST(failures_leave_nothing),
		TEST(refuses_names),	   TEST(writes_all),
		TEST(too_large),	   TEST(full_disk),
		TEST(own_leftover),	   TEST(sweeps),
		TEST(killed_at_each_step), TEST(killed_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
