# SPDX-License-Identifier: GPL-2.0-or-later
# Wrong command lines: exit status 2, one line with error, reason and remedy, and no file is created.
load helper

commands=(list explain doctor run tune show report validate recover export completion compare aa-test)
manual=$BATS_TEST_DIRNAME/../../docs/man/tollbooth.1.scd

@test "no command: help and exit status 2" {
	run --separate-stderr -2 "$TOLLBOOTH"
	has "$stderr" "usage: tollbooth COMMAND"
}

@test "help, -h and --help list every command" {
	for word in help -h --help; do
		run --separate-stderr -0 "$TOLLBOOTH" "$word"
		[ -z "$stderr" ]
		for command in "${commands[@]}"; do
			has "$output" $'\n'"  $command "
		done
	done
}

@test "--version" {
	run --separate-stderr -0 "$TOLLBOOTH" --version
	[[ $output =~ ^tollbooth\ [0-9]+\.[0-9]+\.[0-9]+,\ commit\ ([0-9a-f]{12}(, with local changes)?|unknown: .+)$ ]]
}

@test "every command has a help, and the manual has every option of it" {
	for command in "${commands[@]}"; do
		for word in -h --help; do
			run --separate-stderr -0 "$TOLLBOOTH" "$command" "$word"
			[ -z "$stderr" ]
			has "$output" "usage: tollbooth $command"
		done
		grep -q "^\*$command" "$manual"
		for option in $(grep -o -- '^  [- ].* --[a-z-]*' <<<"$output" | grep -o -- '--[a-z-]*'); do
			grep -q -- "$option" "$manual" || fail "$option is not in the manual"
		done
	done
}

@test "--help takes precedence over other errors" {
	run --separate-stderr -0 "$FAKE" run nosuch --help
	has "$output" "usage: tollbooth run"
}

@test "unknown command: the message names the nearest one or the help" {
	refused "no command 'rum'; did you mean 'run'?" "$TOLLBOOTH" rum
	refused "no command 'lst'; did you mean 'list'?" "$TOLLBOOTH" lst
	refused "no command 'valdate'; did you mean 'validate'?" "$TOLLBOOTH" valdate
	refused "no command 'xyzzy'; see tollbooth --help" "$TOLLBOOTH" xyzzy
	refused "no command ''" "$TOLLBOOTH" ""
}

@test "worker is not a command for users" {
	refused "only tollbooth run can start it" "$TOLLBOOTH" worker 3<&-
	refused "only tollbooth run can start it" "$TOLLBOOTH" worker 3</dev/null
}

@test "unknown option: the message names the nearest one or the help" {
	refuses_run "run has no option --lanches=3; did you mean --launches?" --lanches=3
	refuses_run "run has no option --jsn; did you mean --json?" --jsn
	refuses_run "run has no option --xyzzyxyzzy; see tollbooth run --help" --xyzzyxyzzy
	refuses_run "run has no option -z; see tollbooth run --help" -z
	refused "list has no option --launches" "$TOLLBOOTH" list --launches 3
	refused "validate has no option --json" "$TOLLBOOTH" validate --json x
	refused "show has no option -p" "$TOLLBOOTH" show -p size=4K
}

@test "unknown letter within combined short options" {
	refuses_run "run has no option -z;" -qz
	refuses_run "run has no option -z;" -zq
	refuses_run "run has no option -z;" -qzn
}

@test "an option without its value, and a flag with a value" {
	refuses_run "--launches needs a value; see tollbooth run --help" --launches
	refuses_run "-p needs a value" -p
	refuses_run "-o needs a value" -o
	refuses_run "--json=yes" --json=yes
}

@test "unknown benchmark: the message names the nearest one or list" {
	refuses_run "no benchmark 'fake/on'; did you mean 'fake/one'?" fake/on
	refuses_run "no benchmark 'fake/onee'; did you mean 'fake/one'?" fake/one fake/onee
	refuses_run "no benchmark 'nosuch'; tollbooth list shows them" nosuch
	refuses_run "no benchmark 'nosuch/*'" 'nosuch/*'
	refuses_run "no benchmark ''" ""
	refuses_run "no benchmark '--json'" -- --json
	refused "no benchmark 'l1d/flush-usr'; did you mean 'l1d/flush-user'?" \
		"$TOLLBOOTH" run l1d/flush-usr -o out
	refused "no benchmark 'fake/oen'; did you mean 'fake/one'?" "$FAKE" list fake/oen
}

@test "hundreds of names and records" {
	mapfile -t names < <(seq 300)
	refuses_run "no benchmark '1'; tollbooth list shows them" "${names[@]}"
	mapfile -t names < <(yes fake/one | head -1000)
	run --separate-stderr -0 "$FAKE" run -n "${names[@]}" -p size=4K
	has "$output" "1 variants"
	mapfile -t names < <(yes "$DATA/golden/skipped.json" | head -300)
	valid "${names[@]}"
	refused "report takes 26 records at most" "$TOLLBOOTH" report "${names[@]}" -o out/a.html
}

@test "a list option that is given twice is rejected" {
	refuses_run "--cpus is given twice; write one list: --cpus 0,1" --cpus 0 --cpus 1
	refuses_run "--events is given twice; write one list: --events cycles,page-faults" \
		--events cycles --events=page-faults
}

@test "unknown parameter: the message names the nearest one or list" {
	refuses_run "-p sise: no selected benchmark has it; did you mean 'size'?" -p sise=4K
	refuses_run "-p SIZE: no selected benchmark has it" -p SIZE=4K
	refuses_run "-p weather: no selected benchmark has it; see tollbooth list" -p weather=fair
	refuses_run "-p : no selected benchmark has it" -p =4K
	refuses_run "-p size: write NAME=VALUE" -p size
	refuses_run "-p : write NAME=VALUE" -p ""
}

@test "a parameter of another benchmark" {
	refused "-p way: no selected benchmark has it" "$TOLLBOOTH" run l1d -p way=steady -o out
	refuses_run "-p loop: no selected benchmark has it" -p size=4K -p loop=kvm
}

@test "unknown value: the message names the nearest one or all values" {
	refuses_run "way has no value 'stedy'; did you mean 'steady'?" -p way=stedy
	refuses_run "way has no value 'modse'; did you mean 'modes'?" -p way=steady,modse
	refuses_run "way has no value 'xyzzyxyzzyxyzzy'; it takes steady|" -p way=xyzzyxyzzyxyzzy
	refuses_run "way: an empty value; it takes steady|" -p way=
	refuses_run "way: an empty value" -p way=steady,
	refuses_run "way: an empty value" -p way=,steady
	refuses_run "way: too long a value" -p "way=$(printf 'x%.0s' {1..500})"
	refused "loop has no value 'kvm-lfense'; did you mean 'kvm-lfence'?" \
		"$TOLLBOOTH" run l1d -p loop=kvm-lfense -o out
	refused "loop=seed-lfence is called loop=kvm-lfence now" "$TOLLBOOTH" run l1d -p loop=seed-lfence -o out
	refused "storm=model is called storm=threads with shadow=model now" \
		"$TOLLBOOTH" run thread/sibling-fault -p storm=model -o out
}

@test "too many values, and too many -p" {
	refuses_run "size: more than 64 values" -p "size=$(seq -s, 4096 4096 $((65 * 4096)))"
	mapfile -t many < <(for ((i = 0; i < 33; i++)); do printf '%s\n' -p size=4K; done)
	refuses_run "-p is given more than 32 times" "${many[@]}"
}

@test "a size outside the range, and one between two steps" {
	for size in 0 1 100 4095 4097 3K 6K 2M 1M1 2G 1073741824; do
		refuses_run "size=$size: " -p "size=$size"
	done
	refuses_run "size=100: must be 4K..1M, in steps of 4K" -p size=100
	for size in 0 100 1000 2G 64G; do
		refused "size=$size: must be 4K..1G, in steps of 4K" "$TOLLBOOTH" run l1d/flush-user -p "size=$size" -o out
	done
}

@test "a size that is not a number" {
	for size in -1 -4K +4K 0x1000 1e6 64KB 64KiB 4k4 K ' 64K' '64K ' 4.5K 4,5K 64K/2 NaN inf ٤K; do
		refuses_run "size" -p "size=$size"
	done
	refuses_run "size=64KB: not a number; use bytes, K, M, G or l1d*N/D" -p size=64KB
}

@test "a size that overflows" {
	for size in 18446744073709551616 99999999999999999999K 17179869184G 18014398509481984K; do
		refuses_run "size=$size: must be " -p "size=$size"
	done
	# These come round to 64K, 1M and 1G.
	for size in 18014398509482048K 17592186044417M 18446744073709617152; do
		refuses_run "size=$size: must be " -p "size=$size"
	done
	refused "size=17179869185G: must be " "$TOLLBOOTH" run l1d -p size=17179869185G -o out
}

@test "an invalid size relative to the L1D" {
	for size in 'l1d*' 'l1d*0' 'l1d*0/0' 'l1d*1/0' 'l1d*0/1' l1d/2 'l1d**2' 'l1d*2/' 'l1d*2/x' l1dx \
		'l1d*99999' 'l1d*9999/1' 'l1d*-1' 'l1d*-1/-1' 'l1d*1/-9' L1D; do
		refuses_run "size=$size: " -p "size=$size"
	done
}

@test "--launches rejects invalid numbers" {
	for number in 0 -1 1e99 nan inf 1,5 2.5 10001 "3 4" three ""; do
		refused "--launches $number: must be a whole number from 1 to 10000" \
			"$FAKE" run -o out --launches "$number"
	done
}

@test "--rounds rejects invalid numbers" {
	for number in 7 0 -8 nan 8.5 1e7 ""; do
		refuses_run "--rounds $number: must be a whole number from 8 to" --rounds "$number"
	done
}

@test "a comma is not a decimal point in any locale" {
	LC_ALL=de_DE.UTF-8 refuses_run "--precision 1,5: must be a number" --precision 1,5
}

@test "--seed rejects invalid numbers" {
	for number in -1 0.5 1e17 nan x ""; do
		refuses_run "--seed $number: must be a whole number from 0 to" --seed "$number"
	done
	refused "--seed 0.5" "$TOLLBOOTH" tune l1d --seed 0.5 -o out
}

@test "--precision rejects invalid numbers" {
	for number in 0 -1 101 nan 1% 1e-9; do
		refuses_run "--precision $number: must be a number from 0.01 to 100" --precision "$number"
	done
}

@test "--time-budget rejects invalid numbers" {
	for number in 0 -5 nan inf 1s 0.01; do
		refuses_run "--time-budget $number: must be a number from 0.1 to" --time-budget "$number"
	done
}

@test "--suite rejects unknown suites" {
	for suite in "" fast Quick quick,full; do
		refuses_run "--suite $suite: must be quick or full" --suite "$suite"
	done
}

@test "--cpus rejects text that is not a CPU list" {
	for list in "" x 0x1 +0 1- -1 3-1 0,,1 0, "0, 1" "0;1" "0 1" 1-2-3 all; do
		refuses_run "--cpus $list: " --cpus "$list"
	done
	for list in 8192 99999 18446744073709551616; do
		refuses_run "--cpus $list: a CPU number is above 8191" --cpus "$list"
	done
}

@test "--cpus rejects CPUs that this process may not use" {
	local last
	last=$(cut -d- -f2 /sys/devices/system/cpu/possible)
	refuses_run "--cpus 4095: this process may not use all of them" --cpus 4095
	refuses_run "this process may not use all of them; see taskset -p and cpusets" --cpus "$((last + 1))"
	refuses_run "this process may not use all of them; see taskset -p and cpusets" --cpus "0-$((last + 1))"
}

@test "--cpus rejects CPUs outside the affinity" {
	local mine
	mapfile -t mine < <(taskset -cp $$ | sed 's/.*: //' | tr , '\n' |
		while IFS=- read -r from to; do seq "$from" "${to:-$from}"; done)
	[ "${#mine[@]}" -ge 2 ] || skip "one CPU only"
	refused "--cpus ${mine[1]}: this process may not use all of them" \
		taskset -c "${mine[0]}" "$FAKE" run -o out --cpus "${mine[1]}"
}

@test "-o rejects invalid record names" {
	for name in .json .hidden out/.json "out/a b" out/ä out/a.json: 'out/$(a)' out/a%; do
		refused "invalid name of a record; begin with a letter or digit" "$FAKE" run -o "$name"
	done
	refused "and fewer than 128 characters" "$FAKE" run -o "out/$(printf 'x%.0s' {1..128})"
	refused "-o: an empty path" "$FAKE" run -o ""
	refused "-o: too long a path" "$FAKE" run -o "$(printf 'out/%.0s' {1..2000})"
	[ ! -e .json ]
	[ ! -e .html ]
}

@test "-o rejects a missing folder" {
	refused "nowhere: No such file or directory; choose a folder with -o" \
		"$FAKE" run -o nowhere/record.json
	[ ! -e nowhere ]
}

@test "commands that read records require a record" {
	for command in show validate report; do
		refused "$command needs a record; see tollbooth $command --help" "$TOLLBOOTH" "$command"
	done
	refused "export needs a record, and a folder with -o" "$TOLLBOOTH" export
	refused "export needs a record, and a folder with -o" "$TOLLBOOTH" export a.json
	refused "a.json: No such file or directory" "$TOLLBOOTH" report a.json b.json
	refused "recover takes one folder" "$TOLLBOOTH" recover out out
}

@test "missing records, and records that are not regular files" {
	mkfifo fifo
	for command in show validate report "export -o out"; do
		# shellcheck disable=SC2086 # two words
		for record in nowhere.json /proc/nowhere out fifo /dev/zero ""; do
			refused "$record: " "$TOLLBOOTH" $command "$record"
		done
	done
	refused "nowhere: No such file or directory" "$TOLLBOOTH" recover nowhere
}

@test "tune requires a known name" {
	refused "tune needs one name: l1d" "$TOLLBOOTH" tune -o out
	refused "no search 'l2d'; tune has l1d" "$TOLLBOOTH" tune l2d -o out
	refused "tune needs one name: l1d" "$TOLLBOOTH" tune l1d l1d -o out
}

@test "escapes on the command line reach no terminal, and messages stay one line" {
	local evil=$'a\e[31m\nb\rc\x7f\xc2\x9b31m\xe2\x80\xae'
	refused "a?[31m?b?c?" "$TOLLBOOTH" "$evil"
	refuses_run "a?[31m?b?c?" "$evil"
	refuses_run "a?[31m?b?c?" "--$evil"
	refuses_run "a?[31m?b?c?" -p "$evil"
	refuses_run "a?[31m?b?c?" -p "way=$evil"
	refuses_run "a?[31m?b?c?" --launches "$evil"
	refuses_run "a?[31m?b?c?" --suite "$evil"
	refuses_run "a?[31m?b?c?" --cpus "$evil"
	refused "a?[31m?b?c?" "$FAKE" run -o "$evil"
	for command in show validate report recover tune "export -o out"; do
		# shellcheck disable=SC2086 # two words
		refused "a?[31m?b?c?" "$TOLLBOOTH" $command "$evil"
	done
}
