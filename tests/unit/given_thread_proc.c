// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of /proc that benchmarks of thread/ read, given by the test. */
#include "given.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "benches.h"
#include "thread/shadow.h"
#include "thread/space.h"
#include "thread/thread.h"

__typeof__(fopen) __wrap_fopen, __real_fopen;
__typeof__(opendir) __wrap_opendir, __real_opendir;

/* The file's text. "": the file is missing. NULL: the real file. */
static struct {
	const char *path, *text;
} files[2];
static bool no_directories;

static void give(const char *path, const char *text)
{
	files[0].path = path;
	files[0].text = text;
	files[1].path = NULL;
}

static void give_second(const char *path, const char *text)
{
	files[1].path = path;
	files[1].text = text;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	for (int i = 0; i < 2; i++) {
		if (!files[i].path || strcmp(files[i].path, path))
			continue;
		if (files[i].text[0])
			return fmemopen((void *)files[i].text, strlen(files[i].text), "r");
		errno = ENOENT;
		return NULL;
	}
	return __real_fopen(path, mode);
}

DIR *__wrap_opendir(const char *path)
{
	return no_directories ? NULL : __real_opendir(path);
}

static const char smaps[] = "7f0000000000-7f0000800000 rw-p 00000000 00:00 0 \n"
			    "Size:               8192 kB\n"
			    "Anonymous:            12 kB\n"
			    "AnonHugePages:         4 kB\n"
			    "VmFlags: rd wr mr mw me ac ss \n"
			    "7f0000801000-7f0000802000 r-xp 00000000 fe:00 31  /lib/a\n"
			    "Anonymous:             0 kB\n"
			    "VmFlags: rd ex mr mw me sd \n"
			    "7f0000802000-7f0000803000 rw-p 00000000 00:00 0 \n"
			    "Anonymous:             4 kB\n"
			    "AnonHugePages:         0 kB\n"
			    "VmFlags: rd wr mr mw me ac \n"
			    "7f0000803000-7f0000813000 rw-p 00000000 00:00 0 \n"
			    "Anonymous:            64 kB\n"
			    "AnonHugePages:        32 kB\n"
			    "VmFlags: rd wr mr mw me ac ss \n";
static const char status[] = "VmRSS:\t     100 kB\nVmPTE:\t      44 kB\nVmSwap:\t       8 kB\n";

enum { KIB = 1024 };

static void sums_of_a_space(void **state)
{
	struct thread_space space;

	(void)state;
	give("/proc/self/smaps", smaps);
	give_second("/proc/self/status", status);
	assert_int_equal(thread_space(&space), 0);
	assert_int_equal(space.of[THREAD_VMAS], 4);
	assert_int_equal(space.of[THREAD_MAPPED], (8192 + 4 + 4 + 64) * KIB);
	assert_int_equal(space.of[THREAD_COMMITTED], (8192 + 4 + 64) * KIB);
	assert_int_equal(space.of[THREAD_RESIDENT], (12 + 4 + 64) * KIB);
	assert_int_equal(space.of[THREAD_HUGE], (4 + 32) * KIB);
	assert_int_equal(space.of[THREAD_PAGE_TABLES], 44 * KIB);
	assert_int_equal(space.shadow_vmas, 2);
	assert_int_equal(space.shadow_bytes, (8192 + 64) * KIB);
}

static void unreadable_smaps_are_errors(void **state)
{
	struct thread_space space;

	(void)state;
	give("/proc/self/smaps", "");
	assert_int_equal(thread_space(&space), -ENOENT);
	give("/proc/self/smaps", "7f0000000000-7f0000800000 rw-p 00000000 00:00 0 \n"
				 "Anonymous:            12 kB\n");
	give_second("/proc/self/status", status);
	assert_int_equal(thread_space(&space), -ENODATA);
	give("/proc/self/smaps", smaps);
	give_second("/proc/self/status", "VmRSS:\t     100 kB\n");
	assert_int_equal(thread_space(&space), -ENODATA);
	give_second("/proc/self/status", "");
	assert_int_equal(thread_space(&space), -ENOENT);
}

static void vma_of_an_address(void **state)
{
	struct thread_vma vma;

	(void)state;
	give("/proc/self/smaps", smaps);
	assert_false(thread_vma_at(0x7effffffffff, &vma));
	assert_true(thread_vma_at(0x7f0000000000, &vma));
	assert_int_equal(vma.to, 0x7f0000800000);
	assert_true(thread_vma_at(0x7f00007fffff, &vma));
	assert_int_equal(vma.from, 0x7f0000000000);
	assert_false(thread_vma_at(0x7f0000800000, &vma));
	assert_true(thread_vma_at(0x7f0000802000, &vma));
	assert_int_equal(vma.from, 0x7f0000802000);
	assert_false(thread_vma_at(0x7f0000813000, &vma));
	give("/proc/self/smaps", "");
	assert_false(thread_vma_at(0x7f0000802000, &vma));
}

/* All of them count. The one that holds the address gets more fields. */
static void shadow_stacks(void **state)
{
	struct thread_shadows shadows;
	char own[64];

	(void)state;
	give("/proc/77/smaps", smaps);
	assert_int_equal(thread_shadows(77, 0x7f0000803000, &shadows), 0);
	assert_int_equal(shadows.vmas, 2);
	assert_int_equal(shadows.bytes, (8192 + 64) * KIB);
	assert_int_equal(shadows.from, 0x7f0000803000);
	assert_int_equal(shadows.to, 0x7f0000813000);
	assert_int_equal(shadows.resident_bytes, 64 * KIB);
	assert_int_equal(shadows.huge_bytes, 32 * KIB);
	assert_int_equal(thread_shadows(77, 0x7f0000802000, &shadows), 0);
	assert_int_equal(shadows.vmas, 2);
	assert_int_equal(shadows.to, 0); /* it is no shadow stack */
	assert_int_equal(thread_shadows(77, 0x7f0000800000, &shadows), 0);
	assert_int_equal(shadows.to, 0);
	assert_int_equal(shadows.resident_bytes, 0);
	snprintf(own, sizeof(own), "/proc/%d/smaps", (int)getpid());
	give(own, smaps);
	assert_int_equal(thread_shadows(0, 0x7f0000000000, &shadows), 0);
	assert_int_equal(shadows.from, 0x7f0000000000);
	give("/proc/77/smaps", "");
	assert_int_equal(thread_shadows(77, 0, &shadows), -ENOENT);
}

static void features_are(const char *line, int err, const char *want)
{
	char text[32] = "?";

	give("/proc/77/status", line);
	assert_int_equal(thread_features(77, text, sizeof(text)), err);
	assert_string_equal(text, want);
}

static void features(void **state)
{
	(void)state;
	features_are("Name:\tx\nx86_Thread_features:\tshstk \nSeccomp:\t0\n", 0, "shstk");
	features_are("x86_Thread_features:\t\n", 0, "none");
	features_are("x86_Thread_features:\twrss shstk\n", 0, "wrss");
	features_are("x86_Thread_features_locked:\tshstk\n", -ENOENT, "?");
	features_are("Name:\tshstk\n", -ENOENT, "?");
	features_are("", -ENOENT, "?");
}

static void *sleep_some(void *arg)
{
	usleep(*(useconds_t *)arg);
	return NULL;
}

static void judge_census(struct tb_trial *trial, const struct thread_census *before,
			 const char *failed)
{
	trial->shm->n_checks = 0;
	thread_check_census(trial, before);
	given_judged(trial, "maps-left threads-left files-left", failed);
}

static const char three[] = "a\nb\nc\n", four[] = "a\nb\nc\nd\n";

static void leaks_are_counted(void **state)
{
	struct thread_census before, seen;
	struct tb_trial trial;
	int file;

	(void)state;
	given_open(&trial, &thread_call, NULL);
	give("/proc/self/maps", three);
	before = thread_census();
	assert_int_equal(before.maps, 3);
	judge_census(&trial, &before, "");
	give("/proc/self/maps", four);
	judge_census(&trial, &before, "maps-left");
	give("/proc/self/maps", "a\n");
	judge_census(&trial, &before, "maps-left");
	give("/proc/self/maps", three);
	file = dup(2);
	seen = thread_census();
	assert_int_equal(seen.files, before.files + 1);
	judge_census(&trial, &before, "files-left");
	judge_census(&trial, &seen, "");
	close(file);
	judge_census(&trial, &seen, "files-left");
	give("/proc/self/maps", "");
	no_directories = true;
	seen = thread_census();
	assert_true(seen.maps == -1 && seen.threads == -1 && seen.files == -1);
	no_directories = false;
	given_close(&trial);
}

/* One that is about to end is waited for; one that stays is reported. */
static void remaining_threads_are_counted(void **state)
{
	useconds_t soon = 20000, late = 400000;
	struct thread_census before;
	struct tb_trial trial;
	pthread_t thread;

	(void)state;
	given_open(&trial, &thread_call, NULL);
	give("/proc/self/maps", three);
	/* A sanitizer's own thread may come with the first. */
	assert_int_equal(pthread_create(&thread, NULL, sleep_some, &soon), 0);
	pthread_join(thread, NULL);
	usleep(1000);
	before = thread_census();
	assert_int_equal(pthread_create(&thread, NULL, sleep_some, &soon), 0);
	assert_int_equal(thread_census().threads, before.threads + 1);
	judge_census(&trial, &before, "");
	pthread_join(thread, NULL);
	assert_int_equal(pthread_create(&thread, NULL, sleep_some, &late), 0);
	judge_census(&trial, &before, "threads-left");
	pthread_join(thread, NULL);
	given_close(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_of_a_space),
		cmocka_unit_test(vma_of_an_address),
		cmocka_unit_test(unreadable_smaps_are_errors),
		cmocka_unit_test(shadow_stacks),
		cmocka_unit_test(features),
		cmocka_unit_test(leaks_are_counted),
		cmocka_unit_test(remaining_threads_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
