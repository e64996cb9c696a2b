# SPDX-License-Identifier: GPL-2.0-or-later
# Records made to break their readers: every command ends in seconds, as documented, and nothing comes of it.
load helper

@test "every command that reads records survives every crafted record" {
	"$FAKE" run -p way=steady --launches 90 -o side --no-report >/dev/null 2>&1
	mkdir cases
	touch before
	PYTHONDONTWRITEBYTECODE=1 python "$BATS_TEST_DIRNAME/crafted.py" "$TOLLBOOTH" "$DATA/golden/flush.json" side cases
	[ -z "$(find "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" /tmp -maxdepth 4 -name '*pwned*' -newer before 2>/dev/null)" ] ||
		fail "something ran"
	empty tmp
}
