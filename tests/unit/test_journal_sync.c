// SPDX-License-Identifier: GPL-2.0-or-later
/* The order in which a journal reaches the disk, and its state after a failed write. */
#include <fcntl.h>
#include <unistd.h>

#include "book.h"
#include "publish.h"

static struct {
	char did[512]; /* "N": numbers written, "L": a line; "n", "l": the file synced */
	int fail;      /* the n-th of these from now fails; 0: none */
	const struct tb_journal *journal;
} given;

static bool is_next_to_fail(void)
{
	return given.fail && !--given.fail;
}

static void did(int fd, char numbers, char line)
{
	size_t used = strlen(given.did);

	assert_true(used + 1 < sizeof(given.did));
	given.did[used] = fd == given.journal->numbers_fd ? numbers : line;
}

static int given_sync(int fd)
{
	did(fd, 'n', 'l');
	if (!is_next_to_fail())
		return 0;
	errno = EIO;
	return -1;
}

static int given_write(int fd, const void *data, size_t bytes)
{
	if (!bytes)
		return 0;
	did(fd, 'N', 'L');
	return is_next_to_fail() ? -ENOSPC : tb_write_all(fd, data, bytes);
}

#define fdatasync(fd)		     given_sync(fd)
#define tb_write_all(fd, data, size) given_write(fd, data, size)
#include "run/journal.c"

static int open_book(void **state)
{
	static const struct tb_journal unknown = { .numbers_fd = -1 };
	struct book *book;
	int err;

	/* The first line is written before anybody knows the files' numbers. */
	given.journal = &unknown;
	memset(given.did, 0, sizeof(given.did));
	given.fail = 0;
	err = book_setup(state);
	book = *state;
	given.journal = &book->journal;
	return err;
}

static int close_book(void **state)
{
	given.fail = 0;
	return book_teardown(state);
}

static void assert_did(const char *want)
{
	if (strcmp(given.did, want) != 0)
		fail_msg("did %s, not %s", given.did, want);
	memset(given.did, 0, sizeof(given.did));
}

static struct tb_launch_shm *two_numbers(void)
{
	struct tb_launch_shm *shm = book_shm();

	book_put(shm, LATENCY, TB_GATED, 100);
	book_put(shm, LEFT, TB_UNGATED, 101);
	return shm;
}

static int launch_into(struct book *book, struct tb_launch_shm *shm)
{
	json_t *launch = json_pack("{s:i}", "made", 1);
	int err = tb_journal_launch(&book->journal, 0, launch, shm);

	json_decref(launch);
	return err;
}

/* Numbers are written and synced before the line that names them. */
static void numbers_first(void **state)
{
	struct book *book = *state;
	struct tb_launch_shm *shm = two_numbers();
	json_t *end = json_object();

	assert_did("Lll"); /* the run's own line; both files are named by line here */
	assert_int_equal(launch_into(book, shm), 0);
	assert_did("NNL");
	assert_int_equal(tb_journal_sync(&book->journal), 0);
	assert_did("nl");
	assert_int_equal(tb_journal_end(&book->journal, end), 0);
	assert_did("Lnl");
	json_decref(end);
	tb_launch_shm_unmap(shm);
}

/* Whichever of the two files fails to sync. */
static void sync_fails(void **state)
{
	struct book *book = *state;
	json_t *end = json_object();

	for (int fail = 1; fail <= 2; fail++) {
		given.fail = fail;
		assert_int_equal(tb_journal_sync(&book->journal), -EIO);
		given.fail = 1 + fail;
		assert_int_equal(tb_journal_end(&book->journal, end), -EIO);
	}
	given.fail = 1;
	assert_int_equal(tb_journal_end(&book->journal, end), -ENOSPC);
	json_decref(end);
}

/* Without its numbers a launch has no line; without its line it is no launch. */
static void write_fails(void **state)
{
	struct book *book = *state;
	struct tb_launch_shm *shm = two_numbers();
	off_t before = book_size(book, JOURNAL);

	assert_did("Lll");
	for (int fail = 1; fail <= 3; fail++) {
		given.fail = fail;
		assert_int_equal(launch_into(book, shm), -ENOSPC);
		assert_int_equal(book_size(book, JOURNAL), before);
		assert_did(fail == 1 ? "N" : fail == 2 ? "NN" : "NNL");
	}
	tb_launch_shm_unmap(shm);
}

/* A journal whose first line is not on the disk is no journal. */
static void begin_fails(void **state)
{
	struct book *book = *state;
	struct tb_journal other;
	json_t *run = book_run();

	for (int fail = 1; fail <= 3; fail++) {
		given.fail = fail;
		assert_int_equal(tb_journal_begin(&other, book->dir, "other", run),
				 fail == 1 ? -ENOSPC : -EIO);
		assert_int_equal(book_size(book, ".other.journal"), -1);
		assert_int_equal(book_size(book, ".other.numbers"), -1);
	}
	json_decref(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numbers_first, open_book, close_book),
		cmocka_unit_test_setup_teardown(sync_fails, open_book, close_book),
		cmocka_unit_test_setup_teardown(write_fails, open_book, close_book),
		cmocka_unit_test_setup_teardown(begin_fails, open_book, close_book),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
