# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DFOLDER=bench -DOUTPUT=benches -P benches.cmake: OUTPUT.c has the tables of all descriptors below FOLDER,
# OUTPUT_found.h declares each.
#
# A benchmark exists when a file FOLDER/*/*.c or FOLDER/*/*/*.c defines a `const struct tb_bench NAME = {`, a
# search (tollbooth tune) when one defines a `const struct tb_tune NAME = {`, each at the beginning of a line.
# Runs in the build whenever a source of a benchmark changed; a file whose content stays keeps its time.
file(GLOB sources ${FOLDER}/*/*.c ${FOLDER}/*/*/*.c)
list(SORT sources) # the order of `tollbooth list`, which keeps families together
set(made "/* Made by cmake/benches.cmake from the sources below bench/. */")
set(text "${made}\n#include \"benches.h\"\n\n#include <stddef.h>\n\n")
set(declared "${made}\n#include \"bench.h\"\n#include \"cli/cli.h\"\n\n")
foreach(kind bench tune)
	set(found "")
	foreach(source IN LISTS sources)
		file(STRINGS ${source} lines REGEX "^const struct tb_${kind} [a-z0-9_]+ = {")
		foreach(line IN LISTS lines)
			string(REGEX REPLACE "^const struct tb_${kind} ([a-z0-9_]+) = {.*" "\\1" name "${line}")
			string(APPEND declared "extern const struct tb_${kind} ${name};\n")
			string(APPEND found "&${name}, ")
		endforeach()
	endforeach()
	set(array tb_benches)
	if(kind STREQUAL "tune")
		set(array tb_tunes)
	endif()
	string(APPEND text "const struct tb_${kind} *const ${array}[] = { ${found}NULL };\n")
endforeach()
function(write_changed file content)
	set(before "")
	if(EXISTS ${file})
		file(READ ${file} before)
	endif()
	if(NOT content STREQUAL before)
		file(WRITE ${file} "${content}")
	endif()
endfunction()
write_changed(${OUTPUT}.c "${text}")
write_changed(${OUTPUT}_found.h "${declared}")
