#compdef tollbooth
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for zsh: the program itself knows what can follow. FILE and FOLDER mean: any such.

_tollbooth() {
	local line candidate
	local -a lines whole begun

	lines=("${(@f)$("${(Q)words[1]}" completion words -- "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
	for line in $lines; do
		candidate=${line%%$'\t'*}
		case $candidate in
		FILE) _files ;;
		FOLDER) _files -/ ;;
		# The value comes next.
		*=) begun+=("${candidate//:/\\:}:${line#*$'\t'}") ;;
		*) whole+=("${candidate//:/\\:}:${line#*$'\t'}") ;;
		esac
	done
	(( $#whole )) && _describe tollbooth whole
	(( $#begun )) && _describe tollbooth begun -S ''
}

# Autoloaded this file is the function's body; sourced it only defines it.
if [[ $funcstack[1] == _tollbooth ]]; then
	_tollbooth "$@"
else
	compdef _tollbooth tollbooth
fi
