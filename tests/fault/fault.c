// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes one call of libc's fail: a library for LD_PRELOAD.
 *
 *   FAULT=CALL:N:ERRNO[:late]  the Nth CALL fails with this errno; ERRNO "short": a read or
 *                              write of one byte in place of all. late: only calls after the
 *                              first file was made are counted.
 *   FAULT_LOG=FILE             gets a line when it failed: so a driver knows when to stop
 *   FAULT_CLOCK=SECONDS        the wall clock goes back by this at each reading
 *   FAULT_YIELD=NS             sched_yield() takes so much longer, also in workers
 *
 * Only in the process that was started, not in those that it starts. What stdio
 * does inside of libc is out of reach: its fflush and fclose fail instead.
 */
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): RTLD_NEXT
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Not those of the headers: their types differ from name to name, and here only words pass. */
typedef long word;
typedef word call6(word, word, word, word, word, word);

static struct {
	pid_t pid; /* 0: no fault in this process */
	char call[32], log[4096];
	long n, error;
	bool once, one_byte, armed;
	long step; /* of the clock, seconds */
	long yield_ns;
	long looks;
} fault;

static const char *after(const char *text, char *word_out, size_t bytes)
{
	size_t length = strcspn(text, ":");

	snprintf(word_out, bytes, "%.*s", (int)length, text);
	return text[length] ? text + length + 1 : text + length;
}

/* glibc hands main's arguments to constructors, too. */
__attribute__((constructor)) static void begin(int argc, char **argv)
{
	const char *plan = getenv("FAULT"), *log = getenv("FAULT_LOG"),
		   *step = getenv("FAULT_CLOCK"), *yield = getenv("FAULT_YIELD");
	char n[32], error[32], late[32];

	if (step)
		fault.step = atol(step);
	if (yield)
		fault.yield_ns = atol(yield);
	if (!plan || (argc > 1 && !strcmp(argv[1], "worker")))
		return;
	plan = after(plan, fault.call, sizeof(fault.call));
	plan = after(plan, n, sizeof(n));
	plan = after(plan, error, sizeof(error));
	after(plan, late, sizeof(late));
	fault.n = atol(n);
	fault.one_byte = !strcmp(error, "short");
	fault.error = atol(error);
	fault.armed = !late[0];
	snprintf(fault.log, sizeof(fault.log), "%s", log ? log : "");
	fault.pid = getpid();
	/* gnuplot and other children are not under test. */
	unsetenv("FAULT");
}

/* The workers get it all the same, where they are started by an environment of their own. */
static void tell(const char *name)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, fault.log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (fd < 0)
		return;
	(void)syscall(SYS_write, fd, name, strlen(name));
	(void)syscall(SYS_write, fd, "\n", (size_t)1);
	(void)syscall(SYS_close, fd);
}

/* Is this the call? */
static bool hit(const char *name)
{
	if (!fault.pid || !fault.armed || fault.once || strcmp(name, fault.call) || --fault.n > 0 ||
	    syscall(SYS_getpid) != fault.pid)
		return false;
	fault.once = true;
	tell(name);
	return true;
}

static call6 *real(const char *name)
{
	call6 *found;
	void *at = dlsym(RTLD_NEXT, name);

	memcpy(&found, &at, sizeof(found));
	return found;
}

static word fail_or(const char *name, const char *symbol, word failed, const word a[6])
{
	if (hit(name)) {
		errno = (int)fault.error;
		return failed;
	}
	return real(symbol)(a[0], a[1], a[2], a[3], a[4], a[5]);
}

/*
 * Every argument of these calls is a word in a register, and so is what they
 * return: one prototype does for all, under the symbol's name by an asm label. A
 * macro, since the names are what differs.
 */
#define CALL(symbol, name, failed)                                                            \
	word fault_##symbol(word a, word b, word c, word d, word e, word f) __asm__(#symbol); \
	word fault_##symbol(word a, word b, word c, word d, word e, word f)                   \
	{                                                                                     \
		const word all[6] = { a, b, c, d, e, f };                                     \
                                                                                              \
		return fail_or(name, #symbol, failed, all);                                   \
	}

CALL(access, "access", -1)
CALL(dup, "dup", -1)
CALL(dup2, "dup2", -1)
CALL(faccessat, "faccessat", -1)
CALL(fchdir, "fchdir", -1)
CALL(fcntl, "fcntl", -1)
CALL(fcntl64, "fcntl", -1)
CALL(fdatasync, "fdatasync", -1)
CALL(fdopen, "fdopen", 0)
CALL(fdopendir, "opendir", 0)
CALL(flock, "flock", -1)
CALL(fork, "fork", -1)
CALL(fstat, "stat", -1)
CALL(fstat64, "stat", -1)
CALL(fstatat, "stat", -1)
CALL(fstatat64, "stat", -1)
CALL(fsync, "fsync", -1)
CALL(ftruncate, "ftruncate", -1)
CALL(ftruncate64, "ftruncate", -1)
CALL(getrandom, "getrandom", -1)
CALL(kill, "kill", -1)
CALL(linkat, "linkat", -1)
CALL(lstat, "stat", -1)
CALL(lstat64, "stat", -1)
CALL(memfd_create, "memfd_create", -1)
CALL(mkdir, "mkdir", -1)
CALL(mkdtemp, "mkdtemp", 0)
CALL(mmap, "mmap", -1)
CALL(mmap64, "mmap", -1)
CALL(open_memstream, "open_memstream", 0)
CALL(opendir, "opendir", 0)
CALL(readdir, "readdir", 0)
CALL(readdir64, "readdir", 0)
CALL(readlink, "readlink", -1)
CALL(renameat2, "renameat2", -1)
CALL(rmdir, "rmdir", -1)
CALL(sched_getaffinity, "sched_getaffinity", -1)
CALL(sched_setaffinity, "sched_setaffinity", -1)
CALL(sigtimedwait, "sigtimedwait", -1)
CALL(sigprocmask, "sigprocmask", -1)
CALL(stat, "stat", -1)
CALL(stat64, "stat", -1)
CALL(syscall, "syscall", -1)
CALL(unlinkat, "unlinkat", -1)
CALL(waitpid, "waitpid", -1)

/* Which of the files: those that are made arm the fault. */
#define OPEN(symbol, flags)                                                                   \
	word fault_##symbol(word a, word b, word c, word d, word e, word f) __asm__(#symbol); \
	word fault_##symbol(word a, word b, word c, word d, word e, word f)                   \
	{                                                                                     \
		const word all[6] = { a, b, c, d, e, f };                                     \
                                                                                              \
		fault.armed = fault.armed || ((flags)&O_CREAT);                               \
		return fail_or("open", #symbol, -1, all);                                     \
	}

OPEN(open, b)
OPEN(open64, b)
OPEN(openat, c)
OPEN(openat64, c)

/* Calls that may transfer less than requested. */
#define MOVE(symbol, name)                                                                    \
	word fault_##symbol(word a, word b, word c, word d, word e, word f) __asm__(#symbol); \
	word fault_##symbol(word a, word b, word c, word d, word e, word f)                   \
	{                                                                                     \
		const word all[6] = { a, b, c, d, e, f };                                     \
                                                                                              \
		if (fault.one_byte && c > 1 && hit(name))                                     \
			return real(#symbol)(a, b, 1, d, e, f);                               \
		return fault.one_byte ? real(#symbol)(a, b, c, d, e, f)                       \
				      : fail_or(name, #symbol, -1, all);                      \
	}

MOVE(pread, "pread")
MOVE(pread64, "pread")
MOVE(pwrite, "pwrite")
MOVE(read, "read")
MOVE(write, "write")

/* Linux closes the descriptor even if close() fails; stdio frees its buffer, too. */
#define DROP(symbol)                                         \
	word fault_##symbol(word a) __asm__(#symbol);        \
	word fault_##symbol(word a)                          \
	{                                                    \
		word done = real(#symbol)(a, 0, 0, 0, 0, 0); \
                                                             \
		if (!hit(#symbol))                           \
			return done;                         \
		errno = (int)fault.error;                    \
		return -1;                                   \
	}

DROP(close)
DROP(closedir)
DROP(fclose)
DROP(fflush)

int fault_clock_gettime(clockid_t clock, struct timespec *now) __asm__("clock_gettime");
int fault_clock_gettime(clockid_t clock, struct timespec *now)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, now);

	if (!rc && fault.step && clock == CLOCK_REALTIME)
		now->tv_sec -= fault.step * ++fault.looks;
	return rc;
}

static long long now_ns(void)
{
	struct timespec now;

	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

int fault_sched_yield(void) __asm__("sched_yield");
int fault_sched_yield(void)
{
	int rc = (int)syscall(SYS_sched_yield);
	long long end = now_ns() + fault.yield_ns;

	while (fault.yield_ns && now_ns() < end)
		;
	return rc;
}

time_t fault_time(time_t *out) __asm__("time");
time_t fault_time(time_t *out)
{
	struct timespec now;

	fault_clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}
