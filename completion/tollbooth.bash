# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion for bash: the program itself knows what can follow. FILE and FOLDER mean: any such.

_tollbooth() {
	local i candidate begun program=${COMP_WORDS[0]/#\~/$HOME} cur=${COMP_WORDS[COMP_CWORD]} word=()

	# Bash takes words apart at = and :, and completes the last piece only.
	for ((i = 1; i <= COMP_CWORD; i++)); do
		if [[ ${#word[@]} -gt 0 && (${COMP_WORDS[i]} == [=:]* || ${word[-1]} == *[=:]) ]]; then
			word[-1]+=${COMP_WORDS[i]}
		else
			word+=("${COMP_WORDS[i]}")
		fi
	done
	[[ $cur == [=:] ]] && cur=
	begun=${word[-1]%"$cur"}

	COMPREPLY=()
	while IFS=$'\t' read -r candidate _; do
		case $candidate in
		FILE | FOLDER)
			compopt -o filenames 2>/dev/null
			[[ $candidate == FILE ]] && i=-f || i=-d
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "$i" -- "$cur")
			;;
		*) COMPREPLY+=("${candidate#"$begun"}") ;;
		esac
	done < <("$program" completion words -- "${word[@]}" 2>/dev/null)
	# The value comes next.
	[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
	return 0
}
complete -F _tollbooth tollbooth
