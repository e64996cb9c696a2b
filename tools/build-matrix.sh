#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/build-matrix.sh [COMPILER...]: builds everything with each COMPILER (all installed gcc-N and
#     clang-N) as each build type, with LTO (the program alone) and with _FORTIFY_SOURCE=3, by make and by
#     Ninja. Prints a table of warnings and exits with 1 if there was one. MATRIX_DIR=FOLDER keeps the
#     builds and their logs; MATRIX_ONLY="LTO fortify" builds only these columns.
set -euo pipefail
unset CDPATH
export LC_ALL=C # the script searches for the English word warning
top=$(cd "$(dirname "$0")/.." && pwd)
jobs=${JOBS:-$(nproc)}

compilers=("$@")
[ $# -gt 0 ] || mapfile -t compilers < <(compgen -c | grep -xE '(gcc|clang)-[0-9]+' | sort -Vu)
[ ${#compilers[@]} -gt 0 ] || {
	echo "$0: no gcc-N or clang-N is installed; name a compiler" >&2
	exit 2
}
scratch=${MATRIX_DIR-}
[ -n "$scratch" ] || {
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
}
mkdir -p "$scratch"

# Each compiler meets both generators, and each build type once: the generator adds no warning.
declare -A generators=([Debug]=Ninja [RelWithDebInfo]=make [MinSizeRel]=Ninja [Release]=make [LTO]=Ninja [fortify]=make)
columns="Debug RelWithDebInfo MinSizeRel Release LTO fortify"
read -ra kinds <<<"${MATRIX_ONLY-$columns}"
for kind in "${kinds[@]}"; do
	[ -n "${generators[$kind]-}" ] || {
		echo "$0: MATRIX_ONLY: there is no column $kind; the columns are $columns" >&2
		exit 2
	}
done

# configure_arguments COMPILER KIND: prints the arguments of cmake, one a line. Fails with the reason
# if this compiler has no such build here.
configure_arguments() {
	local type=$2 name=${1##*/}
	local linker=ld.lld-${name#clang-}
	[ "$type" = LTO ] || [ "$type" = fortify ] && type=Release
	printf '%s\n' "-DCMAKE_C_COMPILER=$1" "-DCMAKE_ASM_COMPILER=$1" "-DCMAKE_BUILD_TYPE=$type"
	case $2 in
	LTO)
		echo -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON
		# GNU ld reads clang's objects with a plug-in only, which Debian packages elsewhere.
		[[ $name == gcc* ]] || if command -v "$linker" >/dev/null; then
			echo "-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld"
			echo "-DCMAKE_MODULE_LINKER_FLAGS=-fuse-ld=lld"
		else
			echo "no $linker"
			return 1
		fi
		;;
	fortify) echo "-DCMAKE_C_FLAGS=-Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3" ;;
	esac
}

# build COMPILER KIND GENERATOR: prints one word for the table.
build() {
	local folder=$scratch/${1##*/}-$2 arguments generator=$3 go_on=(-k 0) target=all
	local log=$folder.log
	# With LTO each of the unit tests would compile the whole program again.
	[ "$2" != LTO ] || target=tollbooth
	[ "$generator" = Ninja ] || generator="Unix Makefiles" go_on=(-k)
	arguments=$(configure_arguments "$1" "$2") || {
		echo "(${arguments##*$'\n'})"
		return
	}
	mapfile -t arguments <<<"$arguments"
	# In the flags, not as CMAKE_COMPILE_WARNING_AS_ERROR: with LTO the linker compiles.
	if cmake -S "$top" -B "$folder" -G "$generator" -DCMAKE_C_FLAGS=-Werror "${arguments[@]}" >"$log" 2>&1 &&
		cmake --build "$folder" --target $target -j "$jobs" -- "${go_on[@]}" >>"$log" 2>&1 && ! grep -q 'warning:' "$log"; then
		echo ok
	else
		echo FAILED
	fi
	[ -n "${MATRIX_DIR-}" ] || rm -rf "$folder"
}

failed=()
printf '%-12s' compiler
printf '%-16s' "${kinds[@]}"
echo
for compiler in "${compilers[@]}"; do
	printf '%-12s' "${compiler##*/}"
	for kind in "${kinds[@]}"; do
		result=$(build "$compiler" "$kind" "${generators[$kind]}")
		printf '%-16s' "$result"
		[ "$result" != FAILED ] || failed+=("$scratch/${compiler##*/}-$kind.log")
	done
	echo
done
for log in ${failed[@]+"${failed[@]}"}; do
	echo "== ${log##*/}"
	grep -E 'warning:|error:|Error' "$log" | sort | uniq -c | head -n 40
done
[ ${#failed[@]} -eq 0 ]
