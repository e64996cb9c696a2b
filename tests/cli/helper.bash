# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # bats sets lines, output, status and stderr_lines
# Loaded by every suite. ctest sets TOLLBOOTH and FAKE, the programs, and DATA, tests/data.
bats_require_minimum_version 1.5.0
: "${TOLLBOOTH:?}" "${FAKE:?}" "${DATA:?}"
export TOLLBOOTH FAKE DATA

# Each test has its own current folder, home and TMPDIR; records go to out/.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir out tmp home
	export TMPDIR=$PWD/tmp HOME=$PWD/home
	unset XDG_DATA_HOME
	# In LD_PRELOAD a space ends a name, and the path of the checkout may have one.
	if [[ ${FAULT_LIBRARY-} == *" "* ]]; then
		ln -sf "$FAULT_LIBRARY" "$BATS_RUN_TMPDIR/fault.so"
		FAULT_LIBRARY=$BATS_RUN_TMPDIR/fault.so
	fi
}

# Names are compared in the order of bytes, whatever LANG is.
ls() {
	LC_ALL=C command ls "$@"
}

sort() {
	LC_ALL=C command sort "$@"
}

# mktemp ARGUMENT...: as mktemp, which bats starts before each command whose stderr it separates: a name that is this
# test's own is enough for that. A command in a command has one of its own.
mktemp() {
	case $* in
	"$BATS_TEST_TMPDIR"/separate-stderr-XXXXXX) printf %s "${1%XXXXXX}$BASHPID" ;;
	*) command mktemp "$@" ;;
	esac
}

# tidy: ends and removes the run, the cgroups and the disk of a test, also of a failed one.
tidy() {
	local group
	cd "$BATS_TEST_TMPDIR" || return
	[ ! -s pid ] || kill -9 "$(<pid)" 2>/dev/null || true
	[ ! -s groups ] || while read -r group; do
		# A process that was killed is in its cgroup for some time yet.
		for _ in {1..50}; do
			[ -e "$group" ] || break
			rmdir "$group" 2>/dev/null || sleep 0.1
		done
	done <groups
	[ ! -e disk ] || umount -l disk 2>/dev/null || true
}

teardown() {
	tidy
}

# fail TEXT...: prints the expectation and the last command's output.
fail() {
	echo "$*"
	printf '%.2000s\n' "status ${status-}" "stdout: ${output-}" "stderr: ${stderr-}" | cat -v
	return 1
}

# joined: the last output without its line breaks, as messages wrap at the terminal's width.
joined() {
	tr -s ' \n' ' ' <<<"$output"
}

# has TEXT WORDS: the text holds the words.
has() {
	[[ $1 == *"$2"* ]] || fail "without '$2'"
}

# not COMMAND...: it fails. (bats passes over a `!` that is not a test's last word.)
not() {
	! "$@" || fail "should not have been: $*"
}

# drop_lines LINES: takes lines that match the pattern out of the last stderr.
drop_lines() {
	local text=$stderr line
	stderr='' stderr_lines=()
	while [ -n "$text" ]; do
		line=${text%%$'\n'*}
		text=${text:${#line}+1}
		if ! [[ $line =~ $1 ]]; then
			stderr+=${stderr:+$'\n'}$line
			stderr_lines+=("$line")
		fi
	done
}

# drop_losses: removes the lines about FIFO, locked memory and the TSC.
drop_losses() {
	drop_lines 'without SCHED_FIFO|was not locked|TSC may mislead'
}

# drop_chance: removes the lines about other runs, and progress, which runs of some seconds print.
drop_chance() {
	drop_lines 'another run( \(process [0-9]+\))? on CPU|other runs on CPU|^tollbooth: [0-9]+ % .* of [0-9]+ launches '
}

# one_line: the last command's stderr is one line of the program's, with nothing that commands a terminal.
one_line() {
	# Somebody else may measure on this machine, too.
	drop_lines 'another run( \(process [0-9]+\))? on CPU|other runs on CPU'
	[ "${#stderr_lines[@]}" -eq 1 ] || fail "not one line on stderr"
	has "$stderr" "tollbooth: "
	inert "$stderr"
}

# The same as grep's pattern in inert.
commanding=$'[\x01-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]'

# inert TEXT: no C0 but newline, DEL, C1 or character that turns text around.
inert() {
	local found LC_ALL=C
	# bash is slow on long texts, and starting programs is slow for short ones.
	[ ${#1} -gt 20000 ] || [[ $1 =~ $commanding ]] || return 0
	found=$(printf %s "$1" | LC_ALL=C grep -anP \
		'[\x01-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]' | head -3 | cat -v)
	[ -z "$found" ] || fail "control characters: $found"
}

# empty FOLDER: nothing in it.
empty() {
	local name
	[ -d "$1" ] || fail "$1 is no folder" || return
	for name in "$1"/* "$1"/.*; do
		case $name in
		"$1"/. | "$1"/..) continue ;;
		esac
		# Without a match the pattern itself is the name.
		if [ -e "$name" ] || [ -L "$name" ]; then
			fail "$1 holds $(ls -A "$1")" || return
		fi
	done
}

# run_here COMMAND...: as run --separate-stderr of a program, without the subshells that it starts. Empty lines are
# dropped, too.
run_here() {
	local out=$BATS_TEST_TMPDIR/separate-stdout err=$BATS_TEST_TMPDIR/separate-stderr
	status=0 output='' stderr='' lines=() stderr_lines=()
	"$@" >"$out" 2>"$err" || status=$?
	if [ -s "$out" ]; then
		output=$(<"$out")
		IFS=$'\n' read -d '' -r -a lines <<<"$output" || true
	fi
	if [ -s "$err" ]; then
		read -d '' -r stderr <"$err" || true
		IFS=$'\n' read -d '' -r -a stderr_lines <<<"$stderr" || true
	fi
}

# refused WORDS COMMAND...: exit 2, one line that holds the words, nothing on stdout, nothing made.
refused() {
	local words=$1
	shift
	run_here "$@"
	[ "$status" -eq 2 ] || fail "not exit 2"
	[ -z "$output" ] || fail "something on stdout"
	one_line
	has "$stderr" "$words"
	empty out
	empty tmp
}

# refuses_run WORDS ARGUMENT...: the same of the fake's run.
refuses_run() {
	local words=$1
	shift
	refused "$words" "$FAKE" run --launches 1 -o out "$@"
}

# The python3 program itself: a shim such as pyenv's costs more than the command.
PYTHON=${PYTHON:-$(python3 -c 'import sys; print(sys.executable)')}
export PYTHON
python() {
	"$PYTHON" "$@"
}

# ask ARGUMENT...: as record.py, one process of which serves a test. The answer is in got.
ask() {
	local code
	# A subshell cannot reach it.
	if [ "${served_in-}" != "$BASHPID" ]; then
		coproc RECORDS { exec "$PYTHON" -S "${BASH_SOURCE[0]%/*}/record.py" --serve 3>&-; }
		served_in=$BASHPID
	fi
	printf '%s\0' "$PWD" "$@" $'\n' >&"${RECORDS[1]}"
	IFS= read -r -d '' got <&"${RECORDS[0]}" || fail "record.py has ended" || return
	code=${got%% *} got=${got#* }
	[ "$code" = 0 ] || fail "$*: $got"
}

# of RECORD EXPRESSION: a Python expression in which r is the record.
of() {
	local got
	if [ "${served_in-}" != "$BASHPID" ] && [ "$BASH_SUBSHELL" -gt 0 ]; then
		python "${BASH_SOURCE[0]%/*}/record.py" "$@"
	else
		ask "$@" || return
		[ -z "$got" ] || printf '%s\n' "$got"
	fi
}

# is RECORD EXPRESSION WANTED
is() {
	local got
	ask "$1" "$2" || return
	[ "$got" = "$3" ] || fail "$2 is $got, not $3"
}

# valid RECORD...: validate agrees.
valid() {
	run_here "$TOLLBOOTH" validate "$@"
	[ "$status" -eq 0 ] || fail "not valid"
	[ -z "$stderr" ] || fail "valid, but"
	[ "${#lines[@]}" -eq $# ] || fail "not a line a record"
}

# as_nobody COMMAND...: runs it as an ordinary user, also if the tests run as root.
as_nobody() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"
	else
		"$@"
	fi
}

# for_nobody: gives the user nobody access to this folder, and write access to out, tmp and home.
for_nobody() {
	[ "$(id -u)" -eq 0 ] || return 0
	command -v setpriv >/dev/null || skip "no setpriv to become an ordinary user with"
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" \
		"$(dirname "$BATS_TEST_TMPDIR")"
	chown 65534 out tmp home
	as_nobody test -w "$PWD/out" || skip "nobody cannot come to $PWD"
}

# hiding MOUNTS COMMAND...: in a mount namespace of its own, where these commands are run first.
hiding() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m "$BASH" -c 'eval "$1" && shift && exec "$@"' - "$@"
}

# can_hide MOUNTS: skips where that cannot be done: it needs root, and "/" to be a mount point, not a chroot's.
can_hide() {
	hiding "$1" true 2>/dev/null || skip "not possible in a mount namespace here: ${1%%&&*}"
}

# gone SELECTION: waits until no process of it lives, ten seconds at most; as ps: -p PID, --sid SESSION.
gone() {
	local i
	for ((i = 0; i < 200; i++)); do
		# A zombie counts as ended: its new parent decides when to reap it.
		# shellcheck disable=SC2009 # of these processes, by number
		ps -o stat= "$@" | grep -qv '^Z' || return 0
		sleep 0.05
	done
	fail "still there: $(ps -o pid,stat,args "$@")"
}

# begin ARGUMENT...: starts the fake's run of 10000 launches into out/a in the background, as from a terminal. Its
# number is in the file pid. Returns when the journal has lines_before lines (3: two launches are done).
begin() {
	env --default-signal=INT,TERM,HUP "$FAKE" run -o out/a --launches 10000 "$@" \
		>stdout 2>stderr 3>&- &
	echo $! >pid
	local i
	for ((i = 0; i < 200; i++)); do
		[ "$(wc -l 2>/dev/null <out/.a.journal || echo 0)" -lt "${lines_before:-3}" ] || return 0
		sleep 0.05
	done
	fail "no launch was journalled: $(<stderr)"
}

# end STATUS: waits for that run, which exits with the status.
end() {
	status=0
	wait "$(<pid)" || status=$?
	: >pid
	[ "$status" -eq "$1" ] || fail "not $1: $(<stderr)"
}

# group CONTROLLER FILE...: makes a cgroup, of version 1 or 2, that has one of the files. group is its folder, limit
# the first of the files. tidy removes it.
group() {
	local controller=$1 parent file
	shift
	for parent in "/sys/fs/cgroup/$controller" /sys/fs/cgroup; do
		group=$parent/tollbooth-$$-$BATS_TEST_NUMBER
		[ -e "$parent/cgroup.procs" ] || continue
		mkdir "$group" 2>/dev/null || continue
		echo "$group" >>groups
		for file in "$@"; do
			limit=$group/$file
			[ ! -e "$limit" ] || return 0
		done
	done
	skip "no $controller cgroup can be made: it needs root and the controller"
}
