# SPDX-License-Identifier: GPL-2.0-or-later
# The compiler's flags as a record may name them: without a path of the machine that built.

# Sets OUT to FLAGS, ready for a C string. Below source and binary folder paths become
# relative, others become PATH: the flags of two machines then are the same text.
function(recorded_flags out flags)
	separate_arguments(words UNIX_COMMAND "${flags}")
	set(text "")
	foreach(word IN LISTS words)
		foreach(folder ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
			string(REPLACE "${folder}" "." word "${word}")
		endforeach()
		string(REGEX REPLACE "(^|^-[A-Z]|^-isystem|^-iquote|^-include|[=,:])/[^=,:]*" "\\1PATH" word "${word}")
		string(APPEND text "${word} ")
	endforeach()
	string(STRIP "${text}" text)
	string(REPLACE "\\" "\\\\" text "${text}")
	string(REPLACE "\"" "\\\"" text "${text}")
	set(${out} "${text}" PARENT_SCOPE)
endfunction()
