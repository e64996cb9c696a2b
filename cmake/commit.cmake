# SPDX-License-Identifier: GPL-2.0-or-later
# Writes OUTPUT, a header that names the commit of the checkout SOURCE, or why there is
# none. Runs in every build; an unchanged header keeps its time, so nothing is compiled again.
set(COMMIT "")
set(DIRTY -1)
set(REASON "")

# A hook of git runs with these set, for a repository that need not be SOURCE.
foreach(variable GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_NAMESPACE)
	unset(ENV{${variable}})
endforeach()
# A tarball that was unpacked inside of some other checkout is not at that one's commit.
get_filename_component(above "${SOURCE}" DIRECTORY)
set(ENV{GIT_CEILING_DIRECTORIES} "${above}")
set(ENV{LC_ALL} C)

# Sets status, said and error. Takes no lock: another git may work here meanwhile.
macro(git)
	execute_process(COMMAND git --no-optional-locks -c core.fsmonitor=false ${ARGN}
		WORKING_DIRECTORY "${SOURCE}" RESULT_VARIABLE status OUTPUT_VARIABLE said
		ERROR_VARIABLE error OUTPUT_STRIP_TRAILING_WHITESPACE)
endmacro()

if(NOT EXISTS "${SOURCE}/.git")
	set(REASON "the program was not built in a git checkout")
else()
	git(rev-parse --verify HEAD)
	if(NOT status MATCHES "^[0-9]+$")
		set(REASON "git could not be run when the program was built")
	elseif(error MATCHES "dubious ownership|unsafe repository")
		set(REASON "git refused the checkout, which another user owns (safe.directory)")
	elseif(NOT status EQUAL 0 OR NOT said MATCHES "^[0-9a-f]+$")
		set(REASON "git found no commit in the checkout (exit status ${status})")
	else()
		set(COMMIT ${said})
		# Source files only: a build folder or a record of a run does not mark the version as changed.
		git(status --porcelain -- CMakeLists.txt cmake harness bench kernel-support plots
			completion results/tollbooth.run-2.schema.json)
		if(NOT status EQUAL 0)
			set(REASON "git could not compare the checkout with its commit (exit status ${status})")
		elseif(said STREQUAL "")
			set(DIRTY 0)
		else()
			set(DIRTY 1)
		endif()
	endif()
endif()
configure_file("${CMAKE_CURRENT_LIST_DIR}/commit.h.in" "${OUTPUT}" @ONLY)
