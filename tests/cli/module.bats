# SPDX-License-Identifier: GPL-2.0-or-later
# Of tollbooth module, what no machine may change its answer to; the rest is tried in tests/vm.
load helper

@test "module status is a table, or one JSON document" {
	run --separate-stderr -0 "$TOLLBOOTH" module status
	[[ $output == *"kernel     $(uname -r)"* ]]
	[[ $output == *headers* && $output == *lockdown* && -z $stderr ]]
	"$TOLLBOOTH" module status --json >a.json
	python - a.json <<-'EOF'
		import json, os, sys
		a = json.load(open(sys.argv[1]))
		assert a["kernel"] == os.uname().release
		assert set(a) == {"kernel", "loaded", "version", "device", "headers", "file", "vermagic", "signed_only", "lockdown"}
	EOF
}

@test "module refuses what it does not know" {
	refused "module takes status, build, load or unload" "$TOLLBOOTH" module
	refused "module takes status, build, load or unload" "$TOLLBOOTH" module stats
	refused "module status does not take 'x'" "$TOLLBOOTH" module status x
	refused "module load does not take 'b'" "$TOLLBOOTH" module load a b
}

@test "what needs the module says so where it is not" {
	[ ! -e /dev/tollbooth ] || skip "it is here"
	run --separate-stderr -77 "$TOLLBOOTH" run l1d/flush-kernel apf/wake-kernel -q --no-report -o out/
	[[ $output == *"the kernel module is not loaded"*"tollbooth module load"* ]]
}
