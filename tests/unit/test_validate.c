// SPDX-License-Identifier: GPL-2.0-or-later
/* Validation of a record: each value that follows from its samples must match them. */
#include "book.h"

#define NAME STEM ".json"

/* Row 0: eleven launches, shares, a check, one launch that does not count. Row 1: few launches. */
static void fill(struct book *book)
{
	for (int i = 0; i < 12; i++) {
		struct tb_launch_shm *shm = book_shm();

		for (int k = 0; k < 10; k++) {
			book_put(shm, LATENCY, TB_GATED, 100 + i % 3 + 0.1 * k);
			book_put(shm, LATENCY, TB_UNGATED, 110 + i % 3 + 0.1 * k);
			book_put(shm, LEFT, TB_GATED, k % 3 / 32.0);
			book_put(shm, LEFT_REFERENCE, TB_GATED, 0);
		}
		shm->n_checks = 1;
		shm->gate.disturbed = i == 2 ? 3 : 1;
		snprintf(shm->check[0].name, sizeof(shm->check[0].name), "slope");
		shm->check[0].pass = i > 0;
		book_launch(book, 0, shm, i ? TB_EXIT_OK : TB_EXIT_CHECK);
	}
	for (int i = 0; i < 2; i++)
		book_simple(book, 1, 100, TB_EXIT_OK);
	book_end(book);
}

static int publish(void **state)
{
	struct tb_record record;
	struct book *book;

	if (book_setup(state))
		return -1;
	book = *state;
	fill(book);
	record = book_to_record(book);
	assert_int_equal(tb_record_publish(&record, book->dir, STEM, NULL), 0);
	tb_record_free(&record);
	return 0;
}

static struct tb_record read_good(const struct book *book)
{
	struct tb_error why = { "" };
	struct tb_record record;

	if (tb_record_read(book->dir, NAME, &record, &why) || tb_record_validate(&record, &why))
		fail_msg("%s", why.text);
	return record;
}

/* The value behind a path is another one. */
static void change(struct tb_record *record, const char *path, const char *to)
{
	const char *dot = strrchr(path, '.'), *key = dot ? dot + 1 : path;
	json_t *value = json_quoted(to), *parent = record->json;
	char holder[128];

	snprintf(holder, sizeof(holder), "%.*s", dot ? (int)(dot - path) : 0, path);
	if (dot)
		parent = book_at(record, holder);
	if (json_is_array(parent))
		assert_int_equal(json_array_set(parent, strtoul(key, NULL, 10), value), 0);
	else
		assert_int_equal(json_object_set(parent, key, value), 0);
	json_decref(value);
}

static void caught(const struct book *book, const char *path, const char *to, const char *part)
{
	struct tb_record record = read_good(book);
	struct tb_error why = { "" };

	change(&record, path, to);
	if (tb_record_validate(&record, &why) != -EINVAL)
		fail_msg("%s = %s is believed", path, to);
	if (!strstr(why.text, part))
		fail_msg("%s = %s: '%s' lacks '%s'", path, to, why.text, part);
	tb_record_free(&record);
}

#define ROW	"benchmarks.0."
#define SUMMARY ROW "metrics.0.summary."

static void changed_summaries(void **state)
{
	static const struct {
		const char *path, *to;
	} changes[] = {
		{ SUMMARY "estimate", "101.4" },
		{ SUMMARY "estimate", "null" },
		{ SUMMARY "n_launches", "12" },
		{ SUMMARY "n_samples", "111" },
		{ SUMMARY "column", "'ungated'" },
		{ SUMMARY "centres.0", "1" },
		{ SUMMARY "centres", "[]" },
		{ SUMMARY "ci", "null" },
		{ SUMMARY "ci.lo", "101.3" },
		{ SUMMARY "ci.hi", "101.3" },
		{ SUMMARY "ci.coverage", "0.95" },
		{ SUMMARY "ci.more", "1" },
		{ SUMMARY "quantiles", "{}" },
		{ SUMMARY "quantiles.max", "1" },
		{ SUMMARY "quantiles.p25", "null" },
		{ SUMMARY "quantiles.p999", "7" },
		{ SUMMARY "outliers.far", "3" },
		{ SUMMARY "modes", "{'low': 1, 'high': 2, 'share_high': 0.5}" },
		{ SUMMARY "drift.p", "0.001" },
		{ SUMMARY "warnings", "['drift']" },
		{ SUMMARY "ungated", "null" },
		{ SUMMARY "ungated.estimate", "1" },
		{ ROW "metrics.0.summary", "null" },
		{ ROW "metrics.1.summary.excess.empty", "true" },
		{ ROW "metrics.1.summary.excess.upper", "0.001" },
		{ ROW "metrics.1.summary.excess", "null" },
		{ "benchmarks.1.metrics.0.summary.warnings", "[]" },
	};

	for (size_t i = 0; i < COUNT(changes); i++)
		caught(*state, changes[i].path, changes[i].to, "does not follow from the samples");
}

static void changed_samples(void **state)
{
	caught(*state, ROW "metrics.0.samples.3.gated.4", "103.5", "the summary of latency");
	caught(*state, ROW "metrics.0.samples.3.gated.4", "1e308", "the summary of latency");
	caught(*state, ROW "metrics.0.samples.3.ungated.4", "150", "the summary of latency");
	caught(*state, ROW "metrics.0.samples.3.gated", "[]", "the summary of latency");
	caught(*state, ROW "metrics.0.samples", "null", "the summary of latency");
	caught(*state, ROW "metrics.1.samples.3.gated.0", "0.5", "the summary of left-any");
	/* The verdict rests on the reference, too. */
	caught(*state, ROW "metrics.2.samples.3.gated.0", "0.5", "the summary of left-any");
	caught(*state, ROW "metrics.1.trials", "64", "the summary of left-any");
	caught(*state, ROW "metrics.1.within", "'median'", "the summary of left-any");
	caught(*state, ROW "launches.1.exit", "'error'", "the summary of latency");
}

static void changed_rows(void **state)
{
	static const struct {
		const char *path, *to;
	} changes[] = {
		{ ROW "status", "'unstable'" },
		{ ROW "status", "'failed'" },
		{ "benchmarks.1.status", "'noisy'" },
		{ ROW "reason_code", "'noisy-core'" },
		{ ROW "quiet_share", "1" },
		{ ROW "quiet_share", "null" },
		{ ROW "launches.2.gate.quiet", "3" },
		{ ROW "launches.2.gate", "null" },
		{ ROW "checks", "[]" },
		{ ROW "checks.0.pass", "false" },
		{ ROW "checks.0.got", "'12 of 12 launches'" },
		{ ROW "checks.0.name", "'slop'" },
		{ ROW "launches.0.checks.0.pass", "true" },
		{ ROW "launches.0.checks", "[]" },
	};

	for (size_t i = 0; i < COUNT(changes); i++)
		caught(*state, changes[i].path, changes[i].to, "does not follow from the launches");
	/* A row with launches was not skipped, so its values are validated. */
	caught(*state, ROW "status", "'skipped'", "skipped");
}

static void harmless(void **state)
{
	struct tb_record record = read_good(*state);
	double estimate = json_number_value(book_at(&record, SUMMARY "estimate"));
	char text[64];

	/* The last digits are another libm's. */
	snprintf(text, sizeof(text), "%.17g", estimate * (1 + 1e-12));
	change(&record, SUMMARY "estimate", text);
	change(&record, "x", "{'mine': 1}");
	assert_int_equal(tb_record_validate(&record, NULL), 0);
	tb_record_free(&record);
}

/* Reads the replaced record. The error must contain the part. */
static void refused(const struct book *book, const char *text, const char *part)
{
	struct tb_error why = { "" };
	struct tb_record record;
	int fd = openat(book->dir, "bad.json", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	int err;

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	err = tb_record_read(book->dir, "bad.json", &record, &why);
	if (err != -EINVAL && err != -ENOENT) /* a side file that is missing */
		fail_msg("read: %.60s", text);
	if (!strstr(why.text, part))
		fail_msg("'%s' lacks '%s'", why.text, part);
	assert_null(record.json);
	assert_null(record.number);
}

static void not_records(void **state)
{
	refused(*state, "", "not JSON");
	refused(*state, "{", "not JSON");
	refused(*state, "{\"a\": 1, \"a\": 1}", "not JSON");
	refused(*state, "[]", "its schema is missing");
	refused(*state, "{}", "its schema is missing");
	refused(*state, "{\"schema\": \"tollbooth.run/1\"}", "its schema is tollbooth.run/1");
	refused(*state, "{\"schema\": \"tollbooth.run/1\"}", "bad.json: ");
	refused(*state,
		"{\"schema\": \"tollbooth.run/1\", \"benchmarks\": [{}, {\"params\": {\"loop\": \"seed\"}}]}",
		"tollbooth.run/2; loop=seed is called kvm");
	refused(*state,
		"{\"schema\": \"tollbooth.run/1\", \"benchmarks\": [{\"metrics\": [{\"name\": \"aftermath\"}]}]}",
		"metric=aftermath is called refill");
}

static void changed_on_disk(const struct book *book, const char *path, const char *to,
			    const char *part)
{
	struct tb_record record = read_good(book);
	char *text;

	change(&record, path, to);
	text = json_dumps(record.json, 0);
	refused(book, text, part);
	free(text);
	tb_record_free(&record);
}

/* Each record of a run has the field, so a record without it comes from elsewhere. */
static void field_missing(void **state)
{
	struct tb_record record = read_good(*state);
	char *text;

	assert_int_equal(json_object_del(book_at(&record, "host"), "topology_contradictions"), 0);
	text = json_dumps(record.json, 0);
	refused(*state, text, "topology_contradictions");
	free(text);
	tb_record_free(&record);
}

static void refused_on_disk(void **state)
{
	const struct book *book = *state;
	struct tb_error why = { "" };
	struct tb_record record;

	changed_on_disk(book, ROW "status", "'fine'", "status");
	changed_on_disk(book, ROW "metrics.0.samples.3.gated.4", "'100'", "samples");
	changed_on_disk(book, ROW "launches.0", "{}", "launches[0]");
	changed_on_disk(book, ROW "metrics.0.samples", "[]",
			"the number of sample entries is not that of the launches");
	changed_on_disk(book, ROW "metrics.0.samples.3.gated", "{'first': 0, 'count': 1}",
			"samples beyond the side file");
	changed_on_disk(book, ROW "metrics.0.samples.3.gated",
			"{'first': 9007199254740991, 'count': 0}", "samples beyond the side file");
	changed_on_disk(book, ROW "metrics.0.samples.3.gated", "{'first': -1, 'count': 1}",
			"samples");
	assert_int_equal(tb_record_read(book->dir, "absent.json", &record, &why), -ENOENT);
	why.text[0] = '\0';
	assert_int_equal(tb_record_read(book->dir, ".", &record, &why), -EINVAL);
	assert_non_null(strstr(why.text, "not a regular file"));
}

/* A link is not followed: it could lead to a file that the user did not name. */
static void linked_side_file(const struct book *book)
{
	struct tb_record record = read_good(book);
	int fd = openat(book->dir, "linked.json", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_int_equal(symlinkat(NAME, book->dir, "link"), 0);
	change(&record, "samples_file", "{'file': 'link', 'numbers': 0, 'frames': []}");
	assert_int_equal(tb_record_write(record.json, fd), 0);
	close(fd);
	tb_record_free(&record);
	assert_int_equal(tb_record_read(book->dir, "linked.json", &record, NULL), -ELOOP);
}

#define FRAME "{'offset': 0, 'bytes': 1, 'numbers': 1, 'sha256': '" ZEROS ZEROS "'}"
#define ZEROS "00000000000000000000000000000000"

static void side_files(void **state)
{
	const struct book *book = *state;

	changed_on_disk(book, "samples_file", "{'file': '../x', 'numbers': 0, 'frames': []}",
			"samples_file");
	changed_on_disk(book, "samples_file", "{'file': '.x', 'numbers': 0, 'frames': []}",
			"samples_file");
	changed_on_disk(book, "samples_file", "{'file': 'absent.zst', 'numbers': 0, 'frames': []}",
			"absent.zst");
	assert_int_equal(mkdirat(book->dir, "folder", 0700), 0);
	changed_on_disk(book, "samples_file", "{'file': 'folder', 'numbers': 0, 'frames': []}",
			"not a regular file");
	linked_side_file(book);
	changed_on_disk(book, "samples_file",
			"{'file': 'bad.json', 'numbers': 1, 'frames': [" FRAME "]}", "samples: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(changed_summaries, publish, book_teardown),
		cmocka_unit_test_setup_teardown(changed_samples, publish, book_teardown),
		cmocka_unit_test_setup_teardown(changed_rows, publish, book_teardown),
		cmocka_unit_test_setup_teardown(harmless, publish, book_teardown),
		cmocka_unit_test_setup_teardown(not_records, publish, book_teardown),
		cmocka_unit_test_setup_teardown(field_missing, publish, book_teardown),
		cmocka_unit_test_setup_teardown(refused_on_disk, publish, book_teardown),
		cmocka_unit_test_setup_teardown(side_files, publish, book_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
