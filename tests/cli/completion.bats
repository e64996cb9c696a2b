# SPDX-License-Identifier: GPL-2.0-or-later
# Completion as each shell does it, with the script that the program prints.
load helper

# in_bash WORD...: bash's completions of the last word, sorted. As bash, it splits words at =.
in_bash() {
	"$TOLLBOOTH" completion bash >script.bash
	bash -c '
		. ./script.bash
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_tollbooth
		[ ${#COMPREPLY[@]} -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}" | LC_ALL=C sort
	' - "$@"
}

# in_fish LINE: the same of fish.
in_fish() {
	"$TOLLBOOTH" completion fish >script.fish
	PATH=$(dirname "$TOLLBOOTH"):$PATH fish --no-config -c '
		source script.fish
		complete -C $argv[1] | string replace -r "\t.*" "" | LC_ALL=C sort' "$1"
}

# in_zsh WORD...: the same for zsh.
in_zsh() {
	"$TOLLBOOTH" completion zsh >script.zsh
	zsh -f -c '
		compdef() { [[ $* == "_tollbooth tollbooth" ]] || exit 1 }
		_describe() { print -l -- ${${(P)2}%%:*} }
		_files() { print -- files $* }
		. ./script.zsh
		words=("$@") CURRENT=$# PREFIX=${@[-1]}
		_tollbooth | LC_ALL=C sort' - "$@"
}

# offers WANTED COMMAND...
offers() {
	local wanted=$1
	shift
	run --separate-stderr -0 "$@"
	[ "$output" = "$wanted" ] || fail "$*: not $wanted"
	[ -z "$stderr" ]
}

commands() {
	"$TOLLBOOTH" --help | awk '/^  [a-z]/ { print $1 }' | sort
}

# options COMMAND: of its help.
options() {
	"$TOLLBOOTH" "$1" --help | sed -n 's/^  ....\(--[a-z-]*\).*/\1/p' | sort
}

two() {
	printf '%s\n' "$@"
}

@test "bash: completes all commands, and exactly the options of each command" {
	offers "$(commands)" in_bash "$TOLLBOOTH" ""
	for command in $(commands); do
		offers "$(options "$command")" in_bash "$TOLLBOOTH" "$command" -
	done
}

@test "bash: completes values, also where bash splits the line at =" {
	offers "$(two full quick)" in_bash "$TOLLBOOTH" run --suite ""
	offers "$(two full quick)" in_bash "$TOLLBOOTH" run --suite =
	offers full in_bash "$TOLLBOOTH" run --suite = fu
	offers "loop=" in_bash "$TOLLBOOTH" run l1d -p lo
	offers "$(two kvm kvm-lfence kvm-serialize)" in_bash "$TOLLBOOTH" run l1d -p loop = kv
	offers seed,unroll8 in_bash "$TOLLBOOTH" run -p loop = seed,un
	offers "$(two l1d/flush-kernel l1d/flush-user)" in_bash "$TOLLBOOTH" run -p loop = kvm l1d/
	offers "" in_bash "$TOLLBOOTH" run nosuch -p lo
}

@test "bash: completes files and folders with unusual names" {
	mkdir 'out/a b' out/ac
	touch 'out/a$(touch pwned)' 'out/a;x'
	offers "$(LC_ALL=C ls -d out/a* | sort)" in_bash "$TOLLBOOTH" show out/a
	offers "$(two 'out/a b' out/ac | sort)" in_bash "$TOLLBOOTH" recover out/a
	[ ! -e pwned ]
}

@test "bash: completion executes no text of the command line" {
	offers "" in_bash "$TOLLBOOTH" run '$(touch pwned)' -p 'lo`touch pwned`'
	offers "" in_bash "$TOLLBOOTH" run -p 'loop=*' = '`touch pwned`'
	offers "" in_bash ./nosuch run ""
	[ ! -e pwned ]
}

@test "bash: shellcheck accepts the script" {
	command -v shellcheck >/dev/null || skip "no shellcheck"
	"$TOLLBOOTH" completion bash | shellcheck -
}

@test "fish: commands, options, values, files" {
	command -v fish >/dev/null || skip "no fish"
	offers "$(commands)" in_fish "tollbooth "
	for command in $(commands); do
		offers "$(options "$command")" in_fish "tollbooth $command -"
	done
	offers "$(two full quick)" in_fish "tollbooth run --suite "
	offers --suite=full in_fish "tollbooth run --suite=f"
	offers loop=kvm,unroll8 in_fish "tollbooth run l1d -p loop=kvm,un"
	touch out/a.json
	offers out/a.json in_fish "tollbooth show out/a"
	offers out/ in_fish "tollbooth recover ou"
}

@test "zsh: commands, options, values, files" {
	command -v zsh >/dev/null || skip "no zsh"
	offers "$(commands)" in_zsh "$TOLLBOOTH" ""
	for command in $(commands); do
		offers "$(options "$command")" in_zsh "$TOLLBOOTH" "$command" -
	done
	offers "$(two full quick)" in_zsh "$TOLLBOOTH" run --suite ""
	offers --suite=full in_zsh "$TOLLBOOTH" run --suite=f
	offers loop= in_zsh "$TOLLBOOTH" run -p lo
	offers loop=kvm,unroll8 in_zsh "$TOLLBOOTH" run -p loop=kvm,un
	offers files in_zsh "$TOLLBOOTH" show ""
	offers "files -/" in_zsh "$TOLLBOOTH" recover ""
}

@test "the scripts are installed in the folders that the shells search" {
	cmake --install "$(dirname "$TOLLBOOTH")" --prefix "$PWD/usr" >/dev/null
	"$TOLLBOOTH" completion bash | cmp - usr/share/bash-completion/completions/tollbooth
	"$TOLLBOOTH" completion zsh | cmp - usr/share/zsh/site-functions/_tollbooth
	"$TOLLBOOTH" completion fish | cmp - usr/share/fish/vendor_completions.d/tollbooth.fish
}

@test "unknown shells are rejected" {
	for shell in "" csh BASH; do
		refused "completion needs one shell: bash, zsh or fish" "$TOLLBOOTH" completion "$shell"
	done
	refused "completion needs one shell: bash, zsh or fish" "$TOLLBOOTH" completion
	refused "completion needs one shell: bash, zsh or fish" "$TOLLBOOTH" completion bash zsh
}
