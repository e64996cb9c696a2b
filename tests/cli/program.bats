#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The program's version, commit and flags in --version and in records, and the measuring CPU.
load helper

# The system's configuration may take any owner (safe.directory = *), or sign commits.
export GIT_CONFIG_NOSYSTEM=1
cmake=$BATS_TEST_DIRNAME/../../cmake

# checkout FOLDER: a git checkout of one commit with all files that a build reads.
checkout() {
	mkdir -p "$1"/{cmake,harness,bench,kernel-support,plots,completion,results}
	touch "$1"/CMakeLists.txt "$1"/harness/a.c
	echo /build/ >"$1/.gitignore"
	git -C "$1" init -q
	git -C "$1" add .
	git -C "$1" -c user.name=a -c user.email=a@b commit -qm first
}

# commit FOLDER: runs the build's step there.
commit() {
	run cmake -DSOURCE="$1" -DOUTPUT="$PWD/commit.h" -P "$cmake/commit.cmake"
	[ "$status" -eq 0 ] || fail "the build would have stopped"
}

# says COMMIT DIRTY REASON
says() {
	grep -q "TB_COMMIT	 \"$1\"" commit.h || fail "commit: $(cat commit.h)"
	grep -q "TB_COMMIT_DIRTY	 ($2)" commit.h || fail "dirty: $(cat commit.h)"
	grep -q "TB_COMMIT_REASON \"$3\"" commit.h || fail "reason: $(cat commit.h)"
}

@test "the commit of a checkout, with a space in its path" {
	checkout "a b"
	commit "$PWD/a b"
	says "$(git -C "a b" rev-parse HEAD)" 0 ""
}

@test "changed and new source files mark the version as changed, other files do not" {
	checkout a
	mkdir a/out a/results/local
	touch a/out/x.o a/notes a/results/local/r.json
	commit "$PWD/a"
	says "[0-9a-f]*" 0 ""
	echo change >>a/harness/a.c
	commit "$PWD/a"
	says "[0-9a-f]*" 1 ""
	git -C a checkout -q harness
	touch a/bench/new.c
	commit "$PWD/a"
	says "[0-9a-f]*" 1 ""
}

@test "the version header is rewritten only for a new commit" {
	checkout a
	commit "$PWD/a"
	touch -d 2001-01-01 commit.h
	commit "$PWD/a"
	[ "$(stat -c %Y commit.h)" -eq "$(date -d 2001-01-01 +%s)" ]
	git -C a -c user.name=a -c user.email=a@b commit -qm second --allow-empty
	commit "$PWD/a"
	says "$(git -C a rev-parse HEAD)" 0 ""
}

@test "a tarball, alone and inside another checkout" {
	mkdir tarball
	commit "$PWD/tarball"
	says "" -1 "the program was not built in a git checkout"
	checkout a
	mkdir a/tarball
	commit "$PWD/a/tarball"
	says "" -1 "the program was not built in a git checkout"
	mkdir a/tarball/.git
	commit "$PWD/a/tarball"
	says "" -1 "git found no commit in the checkout (exit status 128)"
}

@test "a checkout without a commit" {
	git init -q a
	commit "$PWD/a"
	says "" -1 "git found no commit in the checkout (exit status 128)"
}

@test "without git" {
	checkout a
	mkdir bin
	ln -s "$(command -v cmake)" bin/cmake
	PATH=$PWD/bin commit "$PWD/a"
	says "" -1 "git could not be run when the program was built"
}

@test "git refuses the checkout of another user" {
	[ "$(id -u)" -eq 0 ] || skip "only root can give a checkout away"
	checkout a
	chown -R 65534 a
	commit "$PWD/a"
	says "" -1 "git refused the checkout, which another user owns (safe.directory)"
}

@test "GIT_ variables of a hook do not select another repository" {
	checkout a
	checkout b
	git -C b -c user.name=a -c user.email=a@b commit -qm second --allow-empty
	GIT_DIR=$PWD/b/.git GIT_WORK_TREE=$PWD/b commit "$PWD/a"
	says "$(git -C a rev-parse HEAD)" 0 ""
}

# flags WANTED FLAGS: compares the recorded flags.
flags() {
	cat >flags.cmake <<-EOF
		set(CMAKE_SOURCE_DIR "/home/me/a tree")
		set(CMAKE_BINARY_DIR "/home/me/a tree/build")
		include("$cmake/flags.cmake")
		recorded_flags(text [==[$2]==])
		message("\${text}")
	EOF
	run cmake -P flags.cmake
	[ "$output" = "$1" ] || fail "not $1"
}

@test "recorded compiler flags hold no absolute path" {
	flags "-O2 -g -DNDEBUG" " -O2  -g -DNDEBUG "
	flags "-ffile-prefix-map=.=. -I./include" '-ffile-prefix-map="/home/me/a tree"=. "-I/home/me/a tree/build/include"'
	flags "-IPATH -isystem PATH -Wl,-rpath,PATH -specs=PATH" \
		"-I/home/me/include -isystem /opt/x -Wl,-rpath,/opt/lib -specs=/usr/share/x.specs"
	flags '-DX=\"a\" -Ia/b' "-DX='\"a\"' -Ia/b"
}

@test "a record and show name the same version as --version" {
	version=$("$TOLLBOOTH" --version)
	"$FAKE" run -p way=steady -p size=4K --launches 1 --no-report -o out/a >text 2>/dev/null
	has "$(sed -n 2p text)" "; $version"
	run --separate-stderr -0 "$FAKE" show out/a.json
	has "${lines[1]}" "; $version"
	is out/a.json 'sorted(r["tool"])' \
		"['build_type', 'commit', 'compiler', 'dirty', 'flags', 'libc', 'name', 'nulls', 'version']"
	is out/a.json '[f for f in r["tool"] if r["tool"][f] is None]' \
		"$(of out/a.json '[n["field"] for n in r["tool"]["nulls"]]')"
}

@test "a record holds the measuring CPU and its fingerprint" {
	"$FAKE" run -p way=steady -p size=4K --launches 1 --no-report -o out/a >text 2>/dev/null
	is out/a.json 'r["host"]["cpu"]["number"] == r["fingerprint"]["cpu"] == l["cpu"]' True
	is out/a.json '[f for f in r["fingerprint"] if r["fingerprint"][f] is None]' \
		"$(of out/a.json '[n["field"] for n in r["fingerprint"]["nulls"]]')"
	# That it was measured: a slow CPU is faster than this, and no TSC stands still.
	is out/a.json 'r["fingerprint"]["core_hz"] > 1e8 and r["fingerprint"]["tsc_step"] > 0' True
	has "$(sed -n 2p text)" "CPU $(of out/a.json 'l["cpu"]')"
	valid out/a.json
}
