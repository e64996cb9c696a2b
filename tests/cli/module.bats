# SPDX-License-Identifier: GPL-2.0-or-later
# tollbooth module, as far as its answers do not depend on the machine. tests/vm tests the rest.
load helper

# module FOLDER VERSION SRCVERSION: a file there that states this, for the running kernel.
module() {
	mkdir -p "$1"
	python - "$1/tollbooth.ko" "$2" "$3" <<-'EOF'
		import os, struct, sys
		path, version, srcversion = sys.argv[1:]
		names = b"\0.modinfo\0.shstrtab\0"
		info = "".join(f"{text}\0" for text in (
		    "license=GPL", f"version={version}", f"srcversion={srcversion}", "name=tollbooth",
		    f"vermagic={os.uname().release} SMP preempt ")).encode()
		head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 1, 62, 1, 0, 0, 64, 0, 64, 0, 0, 64, 3, 2)
		def section(name, kind, at, size):
		    return struct.pack("<IIQQQQIIQQ", name, kind, 0, 0, at, size, 0, 0, 1, 0)
		data = 64 + 3 * 64
		open(path, "wb").write(head + section(0, 0, 0, 0) + section(1, 1, data + len(names), len(info)) +
		                       section(10, 3, data, len(names)) + names + info)
	EOF
}

# files EXPRESSION: of what status --json says, as j; by is j["files"] by place.
files() {
	"$TOLLBOOTH" module status --json >status.json
	python - "$1" <<-'EOF'
		import json, sys
		j = json.load(open("status.json"))
		by = {file["place"]: file for file in j["files"]}
		assert eval(sys.argv[1]), j
	EOF
}

@test "module status is a table, or one JSON document" {
	run --separate-stderr -0 "$TOLLBOOTH" module status
	[[ $output == *"kernel     $(uname -r)"* ]]
	[[ $output == *headers* && $output == *lockdown* && -z $stderr ]]
	"$TOLLBOOTH" module status --json >a.json
	python - a.json <<-'EOF'
		import json, os, sys
		a = json.load(open(sys.argv[1]))
		assert a["kernel"] == os.uname().release
		assert set(a) == {"kernel", "loaded", "version", "srcversion", "loaded_differs", "program_version", "device", "headers",
		                  "file", "vermagic", "files", "files_differ", "signed_only", "lockdown"}
	EOF
}

@test "module rejects unknown actions and options" {
	refused "module takes status, build, load or unload" "$TOLLBOOTH" module
	refused "module takes status, build, load or unload" "$TOLLBOOTH" module stats
	refused "module status does not take 'x'" "$TOLLBOOTH" module status x
	refused "module load does not take 'b'" "$TOLLBOOTH" module load a b
}

@test "rows that need the module are skipped with that reason where it is missing" {
	[ ! -e /dev/tollbooth ] || skip "it is here"
	run --separate-stderr -77 "$TOLLBOOTH" run l1d/flush-kernel apf/wake-kernel -q --no-report -o out/
	[[ $output == *"the kernel module is not loaded"*"tollbooth module load"* ]]
}

@test "module status lists every file, with the reason why it is not loaded" {
	umask 022
	version=$("$TOLLBOOTH" --version | sed 's/^tollbooth \([0-9.]*\).*/\1/;q')
	export XDG_CACHE_HOME=$PWD/cache
	folder=$XDG_CACHE_HOME/tollbooth/module/$(uname -r)
	module "$folder" "$version" ABCD
	files 'by["cache"]["srcversion"] == "ABCD" and by["cache"]["version"] == j["program_version"]'
	files '[file for file in j["files"] if file["loads"]] == j["files"][:1] and j["file"] == j["files"][0]["path"]'
	run --separate-stderr -0 "$TOLLBOOTH" module status
	has "$output" "$folder/tollbooth.ko (cache)"
	has "$output" "version $version, srcversion ABCD, for $(uname -r)"

	module "$folder" 0.0.9 ABCD
	files '"version is 0.0.9" in by["cache"]["reason"] and not by["cache"]["loads"]'
	[ ! -e /sys/module/tollbooth ] || return 0
	files 'j["file"] is None or by["installed"]["loads"]'
	if [ -z "$(modinfo -n tollbooth 2>/dev/null)" ]; then
		run --separate-stderr -5 "$TOLLBOOTH" module load
		has "$stderr" "version is 0.0.9"
		has "$stderr" "module build"
	fi
}

@test "a module file that other users can write is rejected by name and not read" {
	umask 022
	export XDG_CACHE_HOME=$PWD/cache
	folder=$XDG_CACHE_HOME/tollbooth/module/$(uname -r)
	module "$folder" 0.1.0 ABCD
	chmod g+w "$folder"
	files 'by["cache"]["path"] == "'"$folder/tollbooth.ko"'" and by["cache"]["version"] is None'
	files '"'"$folder"'; chmod go-w" in by["cache"]["reason"]'
}

@test "under sudo the calling user's module file is found, another user's is not" {
	[ "$(id -u)" -eq 0 ] || skip "only root is called by sudo"
	umask 022
	echo "caller:x:1234:1234::$PWD/caller:/bin/sh" | cat /etc/passwd - >passwd
	can_hide "mount --bind '$PWD/passwd' /etc/passwd"
	module "caller/.cache/tollbooth/module/$(uname -r)" 0.1.0 ABCD
	chown -R 1234:1234 caller
	found() {
		hiding "mount --bind '$PWD/passwd' /etc/passwd" "$@" "$TOLLBOOTH" module status --json >status.json
		python -c 'import json; print([(f["path"], f["reason"]) for f in
			json.load(open("status.json"))["files"] if f["place"] == "sudo-cache"])'
	}
	[ "$(found env SUDO_UID=1234)" = "[('$PWD/caller/.cache/tollbooth/module/$(uname -r)/tollbooth.ko', None)]" ] ||
		fail "not found: $(cat status.json)"
	[ "$(found env -u SUDO_UID)" = "[]" ] || fail "found without sudo"
	for wrong in '' -1 x 1234x 99999999999; do
		[ "$(found env SUDO_UID="$wrong")" = "[]" ] || fail "found for SUDO_UID=$wrong"
	done
	chown 1235 "caller/.cache/tollbooth/module/$(uname -r)/tollbooth.ko"
	has "$(found env SUDO_UID=1234)" "belongs to user 1235"
}

# kernel SETTING...: headers of a kernel that is configured so, in kdir.
kernel() {
	mkdir -p kdir/include/config
	printf '%s\n' "$@" >kdir/include/config/auto.conf
	echo 'modules: ; @echo "CC=$(CC) LLVM=$(LLVM)"' >kdir/Makefile
}

# made WORDS ARGUMENT...: make in the module's source, with the kernel's compiler. The checkout's path may have a
# space, which kbuild does not take.
made() {
	local words=$1
	shift
	mkdir -p source
	cp "$BATS_TEST_DIRNAME/../../kernel-support/Makefile" source/
	run --separate-stderr -0 make -s --no-print-directory -C source KDIR="$PWD/kdir" "$@" modules
	[ "$output" = "$words" ] || fail "not $words"
}

@test "make in the module's source uses the compiler that built the kernel" {
	mkdir bin
	printf '#!/bin/sh\n' >bin/gcc-99
	chmod +x bin/gcc-99
	PATH=$PWD/bin:$PATH
	kernel 'CONFIG_CC_VERSION_TEXT="gcc-99 (Debian 99.1) 99.1"' CONFIG_CC_IS_GCC=y
	made 'CC=gcc-99 LLVM='
	made 'CC=other LLVM=' CC=other
	# Without quotes since Linux 6.1.
	kernel 'CONFIG_CC_VERSION_TEXT=gcc-99 (Debian 99.1) 99.1' CONFIG_CC_IS_GCC=y
	made 'CC=gcc-99 LLVM='
	kernel 'CONFIG_CC_VERSION_TEXT="clang version 17.0.6"' CONFIG_CC_IS_CLANG=y CONFIG_LD_IS_LLD=y
	made 'CC=cc LLVM=1'
	made 'CC=clang LLVM=' CC=clang
	kernel 'CONFIG_CC_VERSION_TEXT="clang version 17.0.6"' CONFIG_CC_IS_CLANG=y CONFIG_LD_IS_BFD=y
	made 'CC=clang LLVM='
}

@test "make names a folder whose path kbuild cannot handle" {
	kernel CONFIG_CC_IS_GCC=y
	for folder in "a b" a:b a%b; do
		mkdir "$folder"
		cp "$BATS_TEST_DIRNAME/../../kernel-support/Makefile" "$folder/"
		run --separate-stderr -2 make -C "$folder" KDIR="$PWD/kdir" modules
		has "$stderr" "kbuild does not take"
		has "$stderr" "$folder"
	done
}
