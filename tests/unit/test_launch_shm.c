// SPDX-License-Identifier: GPL-2.0-or-later
/* The harness checks the bounds of all data of a worker. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/describe.h"
#include "run/launch_shm.h"

enum { METRICS = 3, CAPACITY = 16 };

struct given {
	int fd;
	struct tb_launch_shm *shm;
};

static struct given given;

static int setup(void **state)
{
	(void)state;
	return tb_launch_shm_create(METRICS, CAPACITY, &given.fd, &given.shm);
}

static int teardown(void **state)
{
	(void)state;
	tb_launch_shm_unmap(given.shm);
	return close(given.fd);
}

static void created(void **state)
{
	struct tb_launch_shm *t = given.shm, zero = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(t->magic, TB_SHM_MAGIC);
	assert_int_equal(t->metrics, METRICS);
	assert_int_equal(t->capacity, CAPACITY);
	assert_memory_equal(&t->job, &zero.job, sizeof(t->job));
	assert_int_equal(fcntl(given.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(given.fd, &st), 0);
	assert_int_equal(st.st_size, sizeof(*t) + sizeof(double) * METRICS * 3 * CAPACITY);
	assert_int_equal(tb_launch_shm_check(t), 0);
}

static void columns_lie_apart(void **state)
{
	struct tb_launch_shm *t = given.shm;

	(void)state;
	for (unsigned int m = 0; m < METRICS; m++)
		for (int c = 0; c < TB_COLUMNS; c++)
			for (int i = 0; i < CAPACITY; i++)
				tb_launch_shm_column(t, m, (enum tb_column)c)[i] =
					100 * m + 10 * c + i;
	for (unsigned int m = 0; m < METRICS; m++)
		for (int c = 0; c < TB_COLUMNS; c++)
			for (int i = 0; i < CAPACITY; i++)
				assert_true(tb_launch_shm_column(t, m, (enum tb_column)c)[i] ==
					    100 * m + 10 * c + i);
	assert_ptr_equal(tb_launch_shm_column(t, 0, TB_UNGATED), t->number);
	assert_ptr_equal(tb_launch_shm_column(t, METRICS - 1, TB_DISTURBED) + CAPACITY,
			 t->number + METRICS * 3 * CAPACITY);
}

static void shared(void **state)
{
	struct tb_launch_shm *other;

	(void)state;
	assert_int_equal(tb_launch_shm_open(given.fd, &other), 0);
	assert_ptr_not_equal(other, given.shm);
	tb_launch_shm_column(other, 2, TB_GATED)[15] = 42;
	other->count[2][TB_GATED] = 8;
	assert_int_equal(given.shm->count[2][TB_GATED], 8);
	assert_true(tb_launch_shm_column(given.shm, 2, TB_GATED)[15] == 42);
	tb_launch_shm_unmap(other);
}

static void opens_no_other_file(void **state)
{
	struct tb_launch_shm *t = given.shm, *other;
	struct stat st;
	int small = memfd_create("small", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(tb_launch_shm_open(-1, &other), -EBADF);
	assert_int_equal(tb_launch_shm_open(small, &other), -EPROTO);
	assert_int_equal(ftruncate(small, sizeof(struct tb_launch_shm)), 0);
	assert_int_equal(tb_launch_shm_open(small, &other), -EPROTO);
	close(small);
	t->magic ^= 1;
	assert_int_equal(tb_launch_shm_open(given.fd, &other), -EPROTO);
	t->magic ^= 1;
	t->capacity++;
	assert_int_equal(tb_launch_shm_open(given.fd, &other), -EPROTO);
	t->capacity--;
	/* As many numbers, but in more metrics than there is room for counts. */
	t->metrics = TB_METRICS_MAX * 2;
	t->capacity = 1;
	assert_int_equal(t->metrics * t->capacity, METRICS * CAPACITY);
	assert_int_equal(tb_launch_shm_open(given.fd, &other), -EPROTO);
	t->metrics = METRICS;
	t->capacity = CAPACITY;
	assert_int_equal(fstat(given.fd, &st), 0);
	assert_int_equal(ftruncate(given.fd, st.st_size - 8), 0);
	assert_int_equal(tb_launch_shm_open(given.fd, &other), -EPROTO);
	assert_int_equal(ftruncate(given.fd, st.st_size + 8), 0);
	assert_int_equal(tb_launch_shm_open(given.fd, &other), -EPROTO);
	assert_int_equal(ftruncate(given.fd, st.st_size), 0);
	assert_int_equal(tb_launch_shm_open(given.fd, &other), 0);
	tb_launch_shm_unmap(other);
}

static void counts(void **state)
{
	struct tb_launch_shm *t = given.shm;

	(void)state;
	for (unsigned int m = 0; m < METRICS; m++)
		for (int c = 0; c < TB_COLUMNS; c++) {
			t->count[m][c] = CAPACITY;
			assert_int_equal(tb_launch_shm_check(t), 0);
			t->count[m][c] = CAPACITY + 1;
			assert_int_equal(tb_launch_shm_check(t), -EPROTO);
			t->count[m][c] = UINT32_MAX;
			assert_int_equal(tb_launch_shm_check(t), -EPROTO);
			t->count[m][c] = 0;
		}
	t->n_controls = TB_CONTROLS_MAX;
	t->n_checks = TB_CHECKS_MAX;
	assert_int_equal(tb_launch_shm_check(t), 0);
	t->n_controls = TB_CONTROLS_MAX + 1;
	assert_int_equal(tb_launch_shm_check(t), -EPROTO);
	t->n_controls = 0;
	t->n_checks = UINT32_MAX;
	assert_int_equal(tb_launch_shm_check(t), -EPROTO);
	t->n_checks = 0;
	t->noise.cpus = TB_CPUS_MAX;
	assert_int_equal(tb_launch_shm_check(t), 0);
	t->noise.cpus = TB_CPUS_MAX + 1;
	assert_int_equal(tb_launch_shm_check(t), -EPROTO);
}

static void numbers_are_finite(void **state)
{
	static const double odd[] = { NAN, INFINITY, -INFINITY };
	struct tb_launch_shm *t = given.shm;
	double *x = tb_launch_shm_column(t, 2, TB_DISTURBED);

	(void)state;
	for (int i = 0; i < 3; i++) {
		x[4] = odd[i];
		t->count[2][TB_DISTURBED] = 5;
		assert_int_equal(tb_launch_shm_check(t), -EPROTO);
		/* Behind the count it is nobody's number. */
		t->count[2][TB_DISTURBED] = 4;
		assert_int_equal(tb_launch_shm_check(t), 0);
	}
}

/* Texts without an end, whatever else is wrong. */
static void texts_end(void **state)
{
	struct tb_launch_shm *t = given.shm;

	(void)state;
	for (int bad = 0; bad < 2; bad++) {
		memset(t->why, 'w', sizeof(t->why));
		memset(t->control, 'c', sizeof(t->control));
		memset(t->check, 'k', sizeof(t->check));
		memset(t->unavailable, 'l', sizeof(t->unavailable));
		t->n_controls = bad ? TB_CONTROLS_MAX + 1 : TB_CONTROLS_MAX;
		t->n_checks = TB_CHECKS_MAX;
		assert_int_equal(tb_launch_shm_check(t), bad ? -EPROTO : 0);
		assert_int_equal(strlen(t->why), TB_TEXT - 1);
		for (int i = 0; i < TB_CONTROLS_MAX; i++)
			assert_int_equal(strnlen(t->control[i].name, 72), 71);
		for (int i = 0; i < TB_CHECKS_MAX; i++) {
			assert_int_equal(strnlen(t->check[i].name, 40), 39);
			assert_int_equal(strnlen(t->check[i].want, 64), 63);
			assert_int_equal(strnlen(t->check[i].got, 64), 63);
		}
		for (int m = 0; m < METRICS; m++)
			assert_int_equal(strnlen(t->unavailable[m], TB_TEXT), TB_TEXT - 1);
	}
}

static json_t *described(const char *reason)
{
	struct tb_launch launch = { .exit = TB_EXIT_ERROR, .ns_fork = 1, .ns_reap = 9 };

	snprintf(launch.reason, sizeof(launch.reason), "%s", reason);
	return tb_describe_launch(&launch, given.shm, 3, 5);
}

/* A text cut inside a character, figures that are none: still a launch to be told of. */
static void describes_invalid_content(void **state)
{
	struct tb_launch_shm *t = given.shm;
	json_t *json;

	(void)state;
	t->n_checks = t->n_controls = 1;
	snprintf(t->check[0].name, sizeof(t->check[0].name), "name");
	snprintf(t->check[0].want, sizeof(t->check[0].want), "300 \xc2");
	snprintf(t->check[0].got, sizeof(t->check[0].got), "\xff\x1b[2J");
	snprintf(t->control[0].name, sizeof(t->control[0].name), "c\xc2");
	t->control[0].value = NAN;
	t->gate.looks = 1;
	t->gate.floor = NAN;
	assert_int_equal(tb_launch_shm_check(t), -EPROTO);
	json = described("after 300 \xc2");
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "reason")), "after 300 ?");
	assert_int_equal(json_array_size(json_object_get(json, "checks")), 1);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(created, setup, teardown),
		cmocka_unit_test_setup_teardown(columns_lie_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(shared, setup, teardown),
		cmocka_unit_test_setup_teardown(opens_no_other_file, setup, teardown),
		cmocka_unit_test_setup_teardown(counts, setup, teardown),
		cmocka_unit_test_setup_teardown(numbers_are_finite, setup, teardown),
		cmocka_unit_test_setup_teardown(texts_end, setup, teardown),
		cmocka_unit_test_setup_teardown(describes_invalid_content, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
