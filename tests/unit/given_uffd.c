// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A region whose faults a handler resolves: contents of pages, absent pages, and requested kinds of
 * faults.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "apf/uffd.h"
#include "given_threads.h"
#include "played.h"

enum { PAGE = 4096, PAGES = 4, WORDS = PAGE / 8 };
enum { PRESENT = 63, PROTECTED = 57 }; /* bits of /proc/self/pagemap */

static const enum uffd_way ways[] = { UFFD_COPY, UFFD_ZEROPAGE, UFFD_CONTINUE, UFFD_WP,
				      UFFD_SIGBUS };
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static long asked; /* flags of the last userfaultfd(2) */

long syscall(long number, ...)
{
	long word[6];

	PLAYED_WORDS(word, number, PLAYED_ARGUMENTS(number));
	if (number == SYS_userfaultfd)
		asked = word[0];
	return real_call(number, word[0], word[1], word[2], word[3], word[4], word[5]);
}

static void open_region_of(struct uffd *u, enum uffd_whose whose, enum uffd_way way)
{
	const char *why = "";

	if (uffd_open(u, whose, way, PAGE, PAGES, &why))
		fail_msg("%s", why);
}

static bool page_bit(const struct uffd *u, size_t page, int bit)
{
	uintptr_t at = (uintptr_t)u->region + page * PAGE;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	assert_int_equal(pread(fd, &entry, 8, (off_t)(at / PAGE * 8)), 8);
	close(fd);
	return entry >> bit & 1;
}

/* Whether a touch of the page faults. */
static bool faults(const struct uffd *u, size_t page)
{
	return u->way == UFFD_WP ? page_bit(u, page, PROTECTED) : !page_bit(u, page, PRESENT);
}

static uint64_t word_wanted(const struct uffd *u, size_t word)
{
	size_t page = word / WORDS;

	switch (u->way) {
	case UFFD_ZEROPAGE:
		return 0;
	case UFFD_WP:
		return word % WORDS ? 0x0101010101010101 : (uintptr_t)(u->region + page * PAGE);
	default:
		return UFFD_CONTENTS + word * 8;
	}
}

/* Supplied before it is touched, each page by itself, by an address in its middle. */
static void each_page_holds_its_own_bytes(void **state)
{
	(void)state;
	for (int w = 0; w < WAYS; w++) {
		struct uffd u;

		open_region_of(&u, UFFD_USERS, ways[w]);
		for (int turn = 0; turn < 2; turn++) {
			for (size_t i = 0; i < PAGES; i++) {
				assert_true(faults(&u, i));
				assert_int_equal(
					uffd_resolve(&u, (uintptr_t)u.region + i * PAGE + 1234), 0);
				assert_false(faults(&u, i));
				assert_true(i + 1 == PAGES || faults(&u, i + 1));
			}
			for (size_t i = 0; i < PAGES; i++)
				uffd_touch(&u, u.region + i * PAGE);
			for (size_t i = 0; i < PAGES * WORDS; i++)
				assert_true(((uint64_t *)u.region)[i] == word_wanted(&u, i));
			for (size_t i = 0; i < PAGES; i++)
				assert_true(uffd_page_right(&u, i));
			assert_int_equal(uffd_reset(&u), 0);
		}
		uffd_close(&u);
	}
}

/* A wrong word is found at any place of a page. */
static void a_wrong_word_is_found(void **state)
{
	static const size_t words[] = { 0, WORDS / 2, WORDS - 1 };

	(void)state;
	for (int w = 0; w < WAYS; w++) {
		for (size_t k = 0; k < 3; k++) {
			size_t word = ways[w] == UFFD_WP ? 0 : words[k];
			struct uffd u;

			if (ways[w] == UFFD_CONTINUE) /* the file's one page is both */
				continue;
			open_region_of(&u, UFFD_USERS, ways[w]);
			for (size_t i = 0; i < PAGES; i++) {
				uffd_resolve(&u, (uintptr_t)u.region + i * PAGE);
				uffd_touch(&u, u.region + i * PAGE);
			}
			((uint64_t *)u.region)[2 * WORDS + word] += 8;
			for (size_t i = 0; i < PAGES; i++)
				assert_int_equal(uffd_page_right(&u, i), i != 2);
			uffd_close(&u);
		}
	}
}

/* A page that was not written since it was protected is no right one. */
static void a_page_without_its_write_is_wrong(void **state)
{
	struct uffd u;

	(void)state;
	open_region_of(&u, UFFD_USERS, UFFD_WP);
	assert_int_equal(uffd_resolve(&u, (uintptr_t)u.region), 0);
	assert_false(uffd_page_right(&u, 0));
	uffd_touch(&u, u.region);
	assert_true(uffd_page_right(&u, 0));
	uffd_close(&u);
}

static void present_page_is_rejected(void **state)
{
	(void)state;
	for (int w = 0; w < WAYS; w++) {
		struct uffd u;

		if (ways[w] == UFFD_WP) /* to unprotect twice is nothing */
			continue;
		open_region_of(&u, UFFD_USERS, ways[w]);
		assert_int_equal(uffd_resolve(&u, (uintptr_t)u.region), 0);
		assert_int_equal(uffd_resolve(&u, (uintptr_t)u.region), -EEXIST);
		uffd_close(&u);
	}
}

struct toucher {
	struct uffd *u;
	pthread_t thread;
	atomic_int tid;
	size_t page;
	atomic_bool through;
};

static void *touch(void *arg)
{
	struct toucher *t = arg;

	atomic_store(&t->tid, (int)real_call(SYS_gettid, 0, 0, 0, 0, 0, 0));
	uffd_touch(t->u, t->u->region + t->page * PAGE);
	atomic_store(&t->through, true);
	return NULL;
}

static struct uffd_msg event_of(struct toucher *t)
{
	struct uffd_msg msg;

	assert_int_equal(pthread_create(&t->thread, NULL, touch, t), 0);
	assert_int_equal(read(t->u->fd, &msg, sizeof(msg)), sizeof(msg));
	assert_false(atomic_load(&t->through));
	return msg;
}

/* The kind of fault is the way's, and everybody's events say whose they are. */
static void events_are_of_their_kind(void **state)
{
	static const uint64_t kinds[] = { [UFFD_CONTINUE] = UFFD_PAGEFAULT_FLAG_MINOR,
					  [UFFD_WP] = UFFD_PAGEFAULT_FLAG_WP |
						      UFFD_PAGEFAULT_FLAG_WRITE };

	(void)state;
	for (int w = 0; w < WAYS; w++) {
		struct uffd u;
		struct toucher t = { .u = &u, .page = 2 };
		struct uffd_msg msg;

		if (ways[w] == UFFD_SIGBUS) /* no event */
			continue;
		open_region_of(&u, UFFD_EVERYBODYS, ways[w]);
		assert_false(asked & UFFD_USER_MODE_ONLY);
		msg = event_of(&t);
		assert_int_equal(msg.event, UFFD_EVENT_PAGEFAULT);
		assert_int_equal(msg.arg.pagefault.flags, kinds[ways[w]]);
		assert_int_equal(msg.arg.pagefault.feat.ptid, atomic_load(&t.tid));
		assert_true(msg.arg.pagefault.address == (uintptr_t)u.region + 2 * PAGE);
		assert_int_equal(uffd_resolve(&u, msg.arg.pagefault.address), 0);
		pthread_join(t.thread, NULL);
		assert_true(uffd_page_right(&u, 2));
		uffd_close(&u);
	}
}

static void faults_of_threads_need_no_privilege(void **state)
{
	struct uffd u;

	(void)state;
	open_region_of(&u, UFFD_USERS, UFFD_COPY);
	assert_true(asked & UFFD_USER_MODE_ONLY);
	uffd_close(&u);
}

/* A thread that waits for a page resolved without a wake continues after uffd_wake(). */
static void a_waiting_thread_is_woken(void **state)
{
	struct uffd u;
	struct toucher t = { .u = &u, .page = 1 };
	struct uffdio_copy copy = { .len = PAGE, .mode = UFFDIO_COPY_MODE_DONTWAKE };

	(void)state;
	open_region_of(&u, UFFD_USERS, UFFD_COPY);
	event_of(&t);
	copy.dst = (uintptr_t)u.region + PAGE;
	copy.src = (uintptr_t)u.contents + PAGE;
	assert_int_equal(ioctl(u.fd, UFFDIO_COPY, &copy), 0);
	assert_int_equal(uffd_wake(&u, (uintptr_t)u.region + PAGE + 99), 0);
	pthread_join(t.thread, NULL);
	uffd_close(&u);
}

/* Without its handler the kernel resolves the fault, and a second close is nothing. */
static void waiters_continue_when_the_handler_ends(void **state)
{
	struct uffd u;
	struct toucher t = { .u = &u, .page = 3 };

	(void)state;
	open_region_of(&u, UFFD_USERS, UFFD_COPY);
	event_of(&t);
	uffd_let_go(&u);
	pthread_join(t.thread, NULL);
	assert_int_equal(u.fd, -1);
	assert_false(uffd_page_right(&u, 3));
	uffd_close(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_page_holds_its_own_bytes),
		cmocka_unit_test(a_wrong_word_is_found),
		cmocka_unit_test(a_page_without_its_write_is_wrong),
		cmocka_unit_test(present_page_is_rejected),
		cmocka_unit_test(events_are_of_their_kind),
		cmocka_unit_test(faults_of_threads_need_no_privilege),
		cmocka_unit_test(a_waiting_thread_is_woken),
		cmocka_unit_test(waiters_continue_when_the_handler_ends),
	};
	const char *why = "";
	struct uffd u;
	int err = uffd_open(&u, UFFD_EVERYBODYS, UFFD_COPY, PAGE, 1, &why);

	uffd_close(&u);
	if (err) {
		print_message("skipped: %s\n", why);
		return 77;
	}
	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
