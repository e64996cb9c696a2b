# SPDX-License-Identifier: GPL-2.0-or-later
# Guests on this machine's KVM through the command line, and machines with missing features.
load ../cli/helper

# needs_kvm: a guest can be run here.
needs_kvm() {
	"$TOLLBOOTH" list apf/contract-kvm --json >kvm.json
	python -c 'import json; l = json.load(open("kvm.json"))[0]; print(l["runnable"] or l["unavailable"][0]["reason"])' >kvm.why
	[[ $(<kvm.why) == [1-9]* ]] || skip "$(<kvm.why)"
}

# lacks CODE WORDS: the last run was skipped with this reason and had no other error.
lacks() {
	[ "$status" -eq 77 ] || fail "not skipped"
	is out/r.json "{(b['status'], b['reason_code']) for b in r['benchmarks']}" "{('skipped', '$1')}"
	has "$(joined)" "$2"
}

kvm_run() {
	"$TOLLBOOTH" run "$@" -q --no-report -o out/r.json
}

@test "every mode: counts are exact, and KVM's own account agrees" {
	needs_kvm
	kvm_run apf/wake-kvm -p mode=async,halt,sync,no-irqchip --launches 5 >table
	is out/r.json "min(len(b['launches']) for b in r['benchmarks']) >= 5" True
	is out/r.json "[c for b in r['benchmarks'] for l in b['launches'] for c in l['checks'] if not c['pass']]" "[]"
	is out/r.json "{l['exit'] for b in r['benchmarks'] for l in b['launches']} <= {'ok', 'disturbed'}" True
	valid out/r.json
}

@test "many threads, batches, two vCPUs, every backing: counts are exact" {
	needs_kvm
	kvm_run apf/wake-kvm -p threads=1,16,100 -p vcpus=1,2 -p backing=copy,continue,copy-2M,continue-2M \
		-p delay=20 -p delay-per=batch --launches 1 >table
	of out/r.json "sum(b['status'] != 'skipped' for b in r['benchmarks'])" >ran
	[ "$(<ran)" -ge 12 ] || fail "$(<ran) rows"
	is out/r.json "[c for b in r['benchmarks'] for l in b['launches'] for c in l['checks'] if not c['pass']]" "[]"
	is out/r.json "{b['reason_code'] for b in r['benchmarks'] if b['status'] == 'skipped'} <= {'no-huge-pages', 'not-applicable'}" True
}

@test "one thread: the parts sum to the whole, where KVM's tracepoints are readable" {
	needs_kvm
	kvm_run apf/wake-kvm -p mode=async --launches 6 >table
	of out/r.json "[m['reason'] for m in r['benchmarks'][0]['metrics'] if m['name'] == 'parts-over-whole'][0]" >why
	[ "$(<why)" = None ] || skip "$(<why)"
	of out/r.json "[0.9 < m['summary']['estimate'] < 1.1 for m in r['benchmarks'][0]['metrics'] if m['name'] == 'parts-over-whole'][0]" >sums
	[ "$(<sums)" = True ] || fail "the parts do not sum to the whole"
}

@test "the contract: each cell as promised, or not showable here with the reason" {
	needs_kvm
	kvm_run apf/contract-kvm --launches 5 >table
	is out/r.json "len(r['benchmarks'])" 10
	is out/r.json "[b['reason_code'] for b in r['benchmarks'] if b['status'] == 'skipped' and b['reason_code'] != 'not-showable']" "[]"
	is out/r.json "[c for b in r['benchmarks'] for l in b['launches'] for c in l['checks'] if not c['pass']]" "[]"
	is out/r.json "[{l['checks'][0]['got'] for l in b['launches']} for b in r['benchmarks'] if b['params']['cpl'] == '3' and b['params']['hlt'] == 'exit']" \
		"[{'synchronous'}, {'delivered'}, {'synchronous'}, {'delivered'}, {'halted'}]"
}

@test "a record of guests in a virtual machine is nested, and names what runs them" {
	needs_kvm
	kvm_run apf/contract-kvm -p cpl=3 --launches 1 >table
	virtual=$(of out/r.json "r['environment']['virtualization']['class']")
	[ "$virtual" = vm ] || skip "this machine is no virtual one but $virtual"
	is out/r.json "r['class']" nested
	has "$(tr -s " \n" " " <table)" "class nested ($(of out/r.json "r['environment']['kvm']['module']") in "
}

@test "a guest that is stopped leaves no process" {
	needs_kvm
	# shellcheck disable=SC2016 # for the inner shell
	setsid "$BASH" -c 'echo $$ >session; exec "$@"' - "$TOLLBOOTH" run apf/wake-kvm -p delay=100000 -q \
		--no-report -o out/r.json 2>err &
	run=$!
	sleep 1
	kill -TERM "$run"
	wait "$run" || true
	gone --sid "$(<session)"
}

@test "no /dev/kvm, one that is something else, and one that may not be opened" {
	local hide='mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/urandom c 1 9'
	can_hide "$hide"
	run --separate-stderr hiding "$hide" "$TOLLBOOTH" run apf/wake-kvm -p mode=async,halt -q --no-report -o out/r.json
	lacks no-kvm "there is no /dev/kvm"
	rm out/r.*
	[ -e /dev/kvm ] || skip "no /dev/kvm to cover"
	run --separate-stderr hiding "mount --bind /dev/null /dev/kvm" "$TOLLBOOTH" run apf/wake-kvm -p mode=async -q --no-report -o out/r.json
	lacks no-kvm "is not KVM's"
	rm out/r.*
	for_nobody
	as_nobody test -r /dev/kvm && skip "anybody may open /dev/kvm here"
	mkdir bin && cp "$TOLLBOOTH" bin/tollbooth && chmod a+rx bin bin/tollbooth
	run --separate-stderr as_nobody bin/tollbooth run apf/wake-kvm -p mode=async -q --no-report -o out/r.json
	lacks no-permission "cannot open"
}

@test "userfaultfd for user mode only: no guest is run on it" {
	needs_kvm
	local hide='[ ! -e /dev/userfaultfd ] || mount --bind /dev/null /dev/userfaultfd'
	can_hide "$hide"
	[ "$(id -u)" -eq 0 ] || skip "needs root, to drop what permits it"
	[ "$(</proc/sys/vm/unprivileged_userfaultfd)" -eq 0 ] || skip "anybody may have all faults here"
	run --separate-stderr hiding "$hide" setpriv --inh-caps=-sys_ptrace --bounding-set=-sys_ptrace \
		"$TOLLBOOTH" run apf/wake-kvm -p mode=async,sync -q --no-report -o out/r.json
	lacks no-userfaultfd "user mode only"
}
