// SPDX-License-Identifier: GPL-2.0-or-later
/* The place of a session's record, and files that must not exist there. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "run/session.h"

struct rig {
	struct tb_session s;
	struct tb_error why;
};

static int output_of(struct rig *rig, const struct fakeroot *folder, const char *name)
{
	char path[160];
	int err;

	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	rig->why.text[0] = '\0';
	err = tb_session_output(&rig->s, path, &rig->why);
	if (rig->s.dir >= 0)
		close(rig->s.dir);
	rig->s.dir = -1;
	return err;
}

/* A record is never replaced, nor one of the files beside it. */
static void outputs(void **state)
{
	static const char *const taken[] = { "a.json", "b.samples.zst", "c.html" };
	static const char *const names[] = { "a", "b", "c" };
	struct rig rig = { .s = { .suite = "quick", .dir = -1 } };
	struct fakeroot folder;
	char name[32];

	(void)state;
	assert_int_equal(tb_sysroot_open(NULL, &rig.s.root), 0);
	fakeroot_open(&folder);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s.json", names[i]);
		assert_int_equal(output_of(&rig, &folder, name), 0);
		assert_string_equal(rig.s.stem, names[i]);
		assert_string_equal(rig.s.folder, folder.path);
		fakeroot_text(&folder, taken[i], "");
		assert_int_equal(output_of(&rig, &folder, name), -EEXIST);
		assert_int_equal(output_of(&rig, &folder, names[i]), -EEXIST);
		assert_non_null(strstr(rig.why.text, "a record is never replaced"));
	}
	assert_int_equal(output_of(&rig, &folder, "d"), 0);
	fakeroot_text(&folder, ".d.journal", "");
	assert_int_equal(output_of(&rig, &folder, "d"), -EEXIST);
	assert_non_null(strstr(rig.why.text, "a killed run of this name left it"));
	assert_int_equal(output_of(&rig, &folder, "-d"), -EINVAL);
	assert_int_equal(output_of(&rig, &folder, "new/folder/"), 0);
	assert_true(tb_sysroot_has(&folder.root, "new/folder"));
	fakeroot_close(&folder);
	tb_sysroot_close(&rig.s.root);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(outputs) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
