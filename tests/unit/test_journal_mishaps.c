// SPDX-License-Identifier: GPL-2.0-or-later
/* Existing journals, failing disks, and too long journals. */
#include "book.h"

/* Who finds a journal in the way is told whose it is. */
static void owner(void **state)
{
	struct book *book = *state;
	long pid = -1;

	assert_int_equal(tb_journal_owner(book->dir, STEM, &pid), -EWOULDBLOCK);
	assert_int_equal(pid, getpid());
	assert_int_equal(tb_journal_owner(book->dir, "absent", &pid), -ENOENT);
	assert_int_equal(pid, 0);
	tb_journal_close(&book->journal);
	assert_int_equal(tb_journal_owner(book->dir, STEM, &pid), -ESRCH);
	assert_int_equal(pid, 0);
	/* Locked, and nothing in it yet. */
	assert_int_equal(tb_journal_open(&book->journal, book->dir, STEM), 0);
	book_cut(book, JOURNAL, book_size(book, JOURNAL));
	assert_int_equal(tb_journal_owner(book->dir, STEM, &pid), -EWOULDBLOCK);
	assert_int_equal(pid, 0);
}

/* A disk that cannot be read has not torn the journal: it must not be thrown away. */
static void unreadable(void **state)
{
	struct book *book = *state;
	struct tb_error why = { "" };
	struct tb_record record;
	int fd = book->journal.fd;

	book_simple(book, 0, 100, TB_EXIT_OK);
	book->journal.fd = openat(book->dir, JOURNAL, O_WRONLY | O_CLOEXEC);
	assert_int_equal(tb_record_from_journal(&book->journal, &record, &why), -EBADF);
	close(book->journal.fd);
	book->journal.fd = book->dir;
	why.text[0] = '\0';
	assert_int_equal(tb_record_from_journal(&book->journal, &record, &why), -ENOTSUP);
	assert_non_null(strstr(why.text, "not a regular file"));
	book->journal.fd = fd;
	record = book_to_record(book);
	assert_length(&record, "benchmarks.0.launches", 1);
	tb_record_free(&record);
}

/* More than any reader takes: what is there stays whole. */
static void too_many_numbers(void **state)
{
	struct book *book = *state;
	struct tb_launch_shm *shm = book_shm();
	off_t before = book_size(book, JOURNAL);
	json_t *launch = json_object();

	book_put(shm, LATENCY, TB_GATED, 1);
	book_put(shm, LATENCY, TB_UNGATED, 1);
	book->journal.numbers = TB_NUMBERS_MAX - 1;
	assert_int_equal(tb_journal_launch(&book->journal, 0, launch, shm), -EFBIG);
	assert_int_equal(book_size(book, JOURNAL), before);
	assert_int_equal(book_size(book, NUMBERS), 0);
	book->journal.numbers = TB_NUMBERS_MAX - 2;
	assert_int_equal(tb_journal_launch(&book->journal, 0, launch, shm), 0);
	json_decref(launch);
	tb_launch_shm_unmap(shm);
}

/* While the journal is there, what is left can be swept. */
static void removed_together(void **state)
{
	struct book *book = *state;

	assert_int_equal(unlinkat(book->dir, NUMBERS, 0), 0);
	assert_int_equal(mkdirat(book->dir, NUMBERS, 0700), 0);
	assert_int_equal(tb_journal_remove(&book->journal), -EISDIR);
	assert_true(book_size(book, JOURNAL) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(owner, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(unreadable, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(too_many_numbers, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(removed_together, book_setup, book_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
