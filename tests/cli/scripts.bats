# SPDX-License-Identifier: GPL-2.0-or-later
# run and check in a checkout of their own, with programs that only note how they were called.
load helper

# checkout FOLDER: the scripts, and in system the only programs that they find besides the stubs in bin.
checkout() {
	local tool
	mkdir -p "$1/tools" bin system
	cp "$BATS_TEST_DIRNAME"/../../{run,check,packages.txt} "$1/"
	cp "$BATS_TEST_DIRNAME"/../../tools/{packages,build}.sh "$1/tools/"
	for tool in bash sh env awk cat chmod dirname ln grep head id mkdir mktemp readlink rm sed stat tail tee true; do
		ln -s "$(type -P $tool)" system/$tool
	done
}

# stub NAME [SCRIPT]: a program that notes its arguments, then runs the script. It is never written
# through a link: bin has no link to the system's programs, and its programs take precedence.
stub() {
	rm -f "bin/$1"
	printf '#!%s\necho "%s $*" >>"%s/calls"\n%s\n' "$BASH" "$1" "$PWD" "${2-}" >"bin/$1"
	chmod +x "bin/$1"
}

# all_there: every package is there, and a build makes a program that prints its arguments.
all_there() {
	local tool
	for tool in ninja pkg-config cc gnuplot; do
		stub $tool
	done
	stub cmake 'case $1 in
		--preset) mkdir -p build ;;
		--build) printf "#!%s\necho \"program: \$*\"\n" "'"$PWD/system/bash"'" >build/tollbooth; chmod +x build/tollbooth ;;
	esac'
}

# with_bin COMMAND...: with the programs of bin and system alone.
with_bin() {
	env -u XDG_CACHE_HOME PATH="$PWD/bin:$PWD/system" "$@"
}

@test "run: a path with a space, a link, CDPATH and sh" {
	checkout "with space"
	all_there
	ln -s "with space/run" link
	local way
	for way in "with space/run" ./link; do
		run --separate-stderr -0 with_bin "$way" a "b c"
		[ "$output" = "program: run a b c" ] || fail "$way"
		run --separate-stderr -0 with_bin sh "$way" a
		[ "$output" = "program: run a" ] || fail "sh $way"
	done
	cd "with space"
	mkdir -p elsewhere/tools
	run --separate-stderr -0 env PATH="$PWD/../bin:$PWD/../system" CDPATH="$PWD/elsewhere" bash run
	[ "$output" = "program: run" ]
}

@test "run without apt: names all missing packages at once, by the system's names" {
	checkout tree
	stub dnf
	run --separate-stderr -2 with_bin tree/run
	has "$stderr" "libpfm-devel (perfmon/pfmlib.h): names of events"
	has "$stderr" "Install them as root: dnf install gcc glibc-devel cmake ninja-build pkgconf-pkg-config hwloc-devel jansson-devel libzstd-devel libmd-devel libpfm-devel kmod-devel gnuplot"
	rm bin/dnf
	stub pacman
	run --separate-stderr -2 with_bin tree/run
	has "$stderr" "Install them as root: pacman -Syu --needed gcc glibc"
	rm bin/pacman
	stub apk
	run --separate-stderr -2 with_bin tree/run
	has "$stderr" '"-": this system has no such package; build it from source.'
	has "$stderr" "Install them as root: apk add -U gcc musl-dev"
	rm bin/apk
	run --separate-stderr -2 with_bin tree/run
	has "$stderr" "Install them. The names are Debian's."
	# A system that has all of it needs no package manager.
	all_there
	run --separate-stderr -0 with_bin tree/run
	[ -z "$stderr" ]
	# gnuplot is optional: the program reports its absence.
	rm bin/gnuplot
	run --separate-stderr -0 with_bin tree/run
	[ -z "$stderr" ]
}

@test "run with apt: an ordinary user gets the command, root gets the packages though one source fails" {
	checkout tree
	all_there
	rm bin/ninja bin/gnuplot
	stub id 'echo 1000'
	stub apt-get
	run --separate-stderr -2 with_bin tree/run
	has "$stderr" "Install them as root: apt-get update && apt-get install ninja-build gnuplot-nox"
	not grep -q ^apt-get calls
	stub id 'echo 0'
	stub apt-get 'case $* in *update*) exit 100 ;; *install*) echo dlstatus:1:50.5:x
		ln -s ../system/true "'"$PWD"'/bin/ninja"; ln -s ../system/true "'"$PWD"'/bin/gnuplot" ;; esac'
	run --separate-stderr -0 with_bin tree/run
	has "$stderr" "installing ninja-build gnuplot-nox"
	has "$stderr" "apt-get update failed; trying with what it knows"
	grep -q "^apt-get .*install --no-install-recommends ninja-build gnuplot-nox" calls
	[ "$output" = "program: run" ]
	# The installed packages exist.
	run --separate-stderr -0 with_bin tree/run
	[ -z "$stderr" ]
	# A package that cannot be installed stops a run only if it is required.
	rm bin/ninja bin/gnuplot
	stub apt-get 'case $* in *install*) echo "E: no such package"; exit 100 ;; esac'
	run --separate-stderr -2 with_bin tree/run
	has "$stderr" "E: no such package"
	stub ninja
	run --separate-stderr -0 with_bin tree/run
	not grep -q "installing only" <<<"$stderr"
	# A wanted package that apt does not have stops all that are named with it: the needed ones come alone.
	rm bin/ninja
	stub apt-get 'case $* in
		*gnuplot-nox*) echo "E: Unable to locate package gnuplot-nox"; exit 100 ;;
		*install*) ln -s ../system/true "'"$PWD"'/bin/ninja" ;;
	esac'
	: >calls
	run --separate-stderr -0 with_bin tree/run
	has "$stderr" "E: Unable to locate package gnuplot-nox"
	has "$stderr" "installing only ninja-build"
	grep -qE "^apt-get .*install --no-install-recommends ninja-build$" calls
	[ "$(grep -c '^apt-get .*update' calls)" -eq 1 ]
	[ "$output" = "program: run" ]
}

# cached LINE...: writes cmake's cache in the build folder.
cached() {
	mkdir -p tree/build
	printf '%s\n' "$@" >tree/build/CMakeCache.txt
	: >calls
}

@test "run: a moved checkout and another generator are configured again, another project is rejected" {
	checkout tree
	all_there
	local name=CMAKE_PROJECT_NAME:STATIC=tollbooth generator=CMAKE_GENERATOR:INTERNAL=Ninja
	local source=CMAKE_HOME_DIRECTORY:INTERNAL=$PWD/tree folder=CMAKE_CACHEFILE_DIR:INTERNAL=$PWD/tree/build
	cached $name $generator "$source" "$folder"
	run --separate-stderr -0 with_bin tree/run
	grep -qx "cmake --preset default" calls
	[ -z "$stderr" ]
	cached $name $generator CMAKE_HOME_DIRECTORY:INTERNAL=/nonexistent "$folder"
	run --separate-stderr -0 with_bin tree/run
	grep -qx "cmake --preset default --fresh" calls
	has "$stderr" "was configured for /nonexistent: configuring it anew"
	cached $name "CMAKE_GENERATOR:INTERNAL=Unix Makefiles" "$source" "$folder"
	run --separate-stderr -0 with_bin tree/run
	grep -qx "cmake --preset default --fresh" calls
	has "$stderr" "was not configured for Ninja: configuring it anew"
	cached CMAKE_PROJECT_NAME:STATIC=other $generator "$source" "$folder"
	run --separate-stderr -1 with_bin tree/run
	has "$stderr" "holds a build of something else; move it away"
	not grep -q ^cmake calls
}

@test "run: a build that fails shows its log, not its progress" {
	checkout tree
	all_there
	stub cmake 'echo "[1/2] Building x"; echo "x.c:1: error: y"; exit 1'
	run --separate-stderr -1 with_bin tree/run
	has "$stderr" "x.c:1: error: y"
	has "$stderr" "the default build failed"
	not grep -q Building <<<"$stderr"
}

@test "run: a tree or a build folder that cannot be written is named, with what to do" {
	checkout tree
	all_there
	echo "no folder" >tree/build
	run --separate-stderr -1 with_bin tree/run
	has "$stderr" "cannot create directory"
	has "$stderr" "To build elsewhere: cmake -S '$PWD/tree' -B FOLDER"
	not grep -q ^cmake calls
	rm tree/build
	mkdir -m 555 tree/build
	for_nobody
	touch calls
	chmod a+w calls
	[ "$(id -u)" -ne 0 ] || chown 65534 tree/build
	run --separate-stderr -1 as_nobody env PATH="$PWD/bin:$PWD/system" tree/run
	has "$stderr" "may not write to $PWD/tree/build"$'\n'
	has "$stderr" "To build elsewhere: "
}

@test "run: a build folder of another user is named, with the command that removes it" {
	[ "$(id -u)" -eq 0 ] || skip "only root can make a folder of another user"
	checkout tree
	all_there
	mkdir tree/build
	touch calls
	chmod a+w calls
	for_nobody
	local wanted="which belongs to root; remove $PWD/tree/build"
	run --separate-stderr -1 as_nobody env PATH="$PWD/bin:$PWD/system" tree/run
	has "$stderr" "may not write to $PWD/tree/build, $wanted"
	echo CMAKE_PROJECT_NAME:STATIC=tollbooth >tree/build/CMakeCache.txt
	chown 65534 tree/build
	run --separate-stderr -1 as_nobody env PATH="$PWD/bin:$PWD/system" tree/run
	has "$stderr" "may not write to $PWD/tree/build/CMakeCache.txt, $wanted"
	not grep -q ^cmake calls
}

@test "check: prints duration, space and downloads, then names missing packages" {
	checkout tree
	stub dnf
	run --separate-stderr -2 with_bin sh tree/check
	has "$output" "check: about 20 minutes on two CPUs, 0.9 GB of disk below $PWD/tree/build"
	has "$output" "below $HOME/.cache/tollbooth"
	has "$stderr" "bats"
	# No compiler says where its libraries are.
	has "$stderr" "glibc-static (libc.a)"
	run --separate-stderr -2 with_bin tree/check --all
	has "$output" "check: about an hour on two CPUs, 1.8 GB of disk below $PWD/tree/build"
	run --separate-stderr -2 with_bin tree/check --every
	has "$stderr" "usage: ./check [--all]"
}

@test "check and the module's tests: without HOME the cache is in the home of the password file" {
	checkout tree
	stub dnf
	run --separate-stderr -2 with_bin env -u HOME tree/check
	has "$output" "below $(getent passwd "$(id -u)" | cut -d: -f6)/.cache/tollbooth"
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr -0 env -u HOME -u XDG_CACHE_HOME "$BASH" -uc 'here=$1; . "$1/kernel.sh"; echo "$tb_cache"' - \
		"$BATS_TEST_DIRNAME/../vm"
	[ "$output" = "$(getent passwd "$(id -u)" | cut -d: -f6)/.cache/tollbooth" ]
}

@test "check: names failed tests at the end, also when the summary itself fails" {
	checkout tree
	echo 'need_packages() { :; }' >tree/tools/packages.sh
	stub cmake
	stub ctest 'exit 8'
	stub python3 'exit 1'
	run --separate-stderr -1 with_bin tree/check
	has "$output" "check: failed: gcc, tests"
	has "$output" "check: failed: summary of the tests"
	not grep -q "all passed" <<<"$output"
}

@test "build-matrix: a compiler by its path, and columns by their names" {
	mkdir bin
	stub cmake
	run --separate-stderr -0 env PATH="$PWD/bin:$PATH" MATRIX_DIR="$PWD/out" MATRIX_ONLY="Debug LTO" JOBS=1 \
		"$BATS_TEST_DIRNAME/../../tools/build-matrix.sh" /nonexistent/clang-99 /nonexistent/gcc-99
	[ "${lines[1]}" = "clang-99    ok              (no ld.lld-99)  " ] || fail "clang"
	[ "${lines[2]}" = "gcc-99      ok              ok              " ] || fail "gcc"
	[ -e out/clang-99-Debug.log ]
	grep -q -- "-DCMAKE_C_COMPILER=/nonexistent/clang-99 " calls
	run --separate-stderr -2 env MATRIX_ONLY="Debug fast" "$BATS_TEST_DIRNAME/../../tools/build-matrix.sh" gcc
	has "$stderr" "MATRIX_ONLY: there is no column fast; the columns are Debug RelWithDebInfo"
}

@test "summary: lists skips with their reasons and failures by name" {
	mkdir results
	cat >results/dev-1.xml <<-'END'
		<testsuite>
		<testcase name="cli-a" status="run"><system-out>1..3
		ok 1 first
		ok 2 second in 5ms # skip no mount
		</system-out></testcase>
		<testcase name="cli-b" status="fail"><failure message="Failed"/><system-out>not ok 1 third
		ok 2 fourth # skip
		</system-out></testcase>
		<testcase name="vm" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/><system-out>SKIP: no kernel</system-out></testcase>
		<testcase name="test_x" status="run"><system-out>[ RUN      ] one
		breakpoints do not fire
		[  SKIPPED ] one
		[ RUN      ] two
		[  SKIPPED ] two
		[  SKIPPED ] 2 test(s), listed below:
		[  SKIPPED ] one
		</system-out></testcase>
		<testcase name="guest" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/><system-out>skipped: there is no KVM</system-out></testcase>
		<testcase name="vectors" status="fail"><failure message=""/><system-out>
		vectors.json: cannot be read
		</system-out></testcase>
		<testcase name="hangs" status="fail"><failure message="Timeout"/><system-out/></testcase>
		<testcase name="gone" status="notrun"><skipped message="Unable to find executable"/><system-out>Unable to find executable: /x/gone</system-out></testcase>
		<testcase name="off" status="disabled"><system-out>Disabled</system-out></testcase>
		</testsuite>
	END
	sed 's/not ok/ok/; s/<failure message="Failed".>//; s/no kernel/no room/' results/dev-1.xml >results/asan-1.xml
	: >results/fuzz-1.xml
	run -0 python "$BATS_TEST_DIRNAME/../../tools/summary.py" results
	[ "$output" = "== skipped tests: 8; each with its reason, and the presets in brackets
  cli-a: second: no mount (asan, dev)
  cli-b: fourth: no reason is given (asan, dev)
  vm: no room (asan)
  test_x: one: breakpoints do not fire (asan, dev)
  test_x: two: no reason is given (asan, dev)
  guest: there is no KVM (asan, dev)
  off: Disabled (asan, dev)
  vm: no kernel (dev)
== failed tests: 5; each with its reason, and the presets in brackets
  vectors: vectors.json: cannot be read (asan, dev)
  hangs: Timeout (asan, dev)
  gone: Unable to find executable: /x/gone (asan, dev)
  cli-b: third (dev)
  ctest ended before it wrote its results (fuzz)" ]
}
