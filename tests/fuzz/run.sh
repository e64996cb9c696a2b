#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/fuzz/run.sh [SECONDS [TARGET...]]: fuzzes each target (record samples options proc) for that
#     long (an hour), from the seeds and the corpus of earlier runs in build/fuzz/corpus, and prints
#     which lines of the harness that covers.
# tests/fuzz/run.sh PROGRAM SECONDS: one target, from the seeds alone; the tests do that.
set -euo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)

# fuzz PROGRAM SECONDS CORPUS: inputs that crash stay in the current folder.
fuzz() {
	local name=${1##*/fuzz-} seeds
	seeds=("$here/corpus/$name")
	[ "$name" != record ] || seeds+=("$top/tests/data/golden")
	# The targets' own errors would drown the fuzzer's.
	ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 "$1" -seed=1 -max_total_time="$2" -timeout=20 \
		-rss_limit_mb=4096 -max_len=65536 -close_fd_mask=3 -print_final_stats=1 -verbosity=1 "$3" "${seeds[@]}" 2>fuzz.log ||
		{
			tail -n 60 fuzz.log >&2
			return 1
		}
	grep -E 'number_of_executed_units|new_units_added' fuzz.log
}

if [[ ${1-} == */* ]]; then
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	mkdir "$scratch/corpus"
	program=$(realpath "$1")
	seconds=$2
	cd "$scratch"
	LLVM_PROFILE_FILE=/dev/null fuzz "$program" "$seconds" corpus
	exit
fi

seconds=${1:-3600}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(record samples options proc)
cd "$top"
cmake --preset fuzz >/dev/null
for target in "${targets[@]}"; do
	cmake --build --preset fuzz --target "fuzz-$target" >/dev/null
	program=$top/build/fuzz/tests/fuzz/fuzz-$target
	corpus=$top/build/fuzz/corpus/$target
	mkdir -p "$corpus"
	echo "== $target"
	(cd "$corpus/.." && LLVM_PROFILE_FILE=/dev/null fuzz "$program" "$seconds" "$corpus")
	# Runs the corpus once more to count lines.
	(cd "$corpus/.." && LLVM_PROFILE_FILE=$target.profraw "$program" -runs=0 -close_fd_mask=3 \
		"$corpus" "$here/corpus/$target" 2>/dev/null)
	llvm-profdata merge -o "$corpus.profdata" "$corpus.profraw"
	llvm-cov report "$program" -instr-profile "$corpus.profdata" "$top/harness" |
		awk '/^Filename|^TOTAL|\.c / { print $1, $8, $9, $10 }' | column -t
done
