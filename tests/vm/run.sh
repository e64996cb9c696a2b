#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: run.sh SERIES[-FLAVOUR]|kasan|lockdep PROGRAM MODULE-TEST [EFFORT]
# The module on Debian's kernel of a series (6.1, 7-rt), or on a debug kernel, in QEMU: built, loaded, tested,
# attacked, measured with.
set -uo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
series=$1 program=$2 test=$3 effort=${4:-1}
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/machine.sh"

for tool in qemu-system-x86_64 cpio busybox; do
	command -v "$tool" >/dev/null || skip "$tool is missing; see packages.txt"
done
fetch_kernel "$series"

scratch=$(mktemp -d)
trap leave EXIT

root=$scratch/root
new_root "$root" "$here/init"
install "$test" "$root/bin/module-test"
with_libraries "$root" "$program" tollbooth
add_modules "$root"
"$here/same_loops.py" "$program" "$scratch/kernel-support/tollbooth.ko" || fail "program and module do not run the same loops"
# With symbol versions the kernel compares only the text after the release.
sed 's/vermagic=[0-9]\([^ ]*\) SMP/vermagic=4\1 smp/' "$root/tollbooth.ko" >"$root/foreign.ko"
[ ! -e "$kernel_dir/checks" ] || cp "$kernel_dir/checks" "$root/checks"
initramfs "$root" "$scratch/initrd"

for attempt in 1 2; do
	boot "$kernel_dir/vmlinuz" "$scratch/initrd" "$scratch/log" "$scratch/records.tar.gz" 90 "tb_effort=$effort"
	# Retried only when it never came up: TCG's timers stick now and then on a busy host.
	grep -aq '^TB-BOOT' "$scratch/log" && break
	echo "# attempt $attempt: no boot"
done
tr -d '\r' <"$scratch/log" | grep -aE '^(# |ok|not ok|TB-|KTAP|1\.\.)'
judge "$scratch/log" || fail "$kernel_release" $?
# Only what a kernel can't do may be left out: Debian's inject no faults, those with PREEMPT_RT have no wait table.
# A debug kernel can do all.
may_be_unavailable='this kernel injects no faults' records=(flush flush-counted)
if grep -qx CONFIG_PREEMPT_RT=y "$kernel_dir/build/.config"; then
	may_be_unavailable+='|PREEMPT_RT: no wait table'
else
	records+=(wake wake-counted)
fi
[ ! -e "$kernel_dir/checks" ] || may_be_unavailable='nothing'
left_out=$(tr -d '\r' <"$scratch/log" | grep -a '# SKIP' | grep -avE "# SKIP ($may_be_unavailable)\$")
[ -z "$left_out" ] || fail "left out: $left_out"

take_records "$scratch/records.tar.gz" "$scratch/records" "$program" "${records[@]}" || fail "the records"
# How long interrupts were off is in the record, whether or not the controls of a flush hold in an emulator.
python3 - "$scratch/records/flush.json" <<'EOF' || fail "the flush record does not say how long interrupts were off"
import json, sys
rows = json.load(open(sys.argv[1]))["benchmarks"]
controls = [launch["controls"] for row in rows for launch in row["launches"] if launch["controls"]]
assert controls and all(of_launch["irqs-off-max-ns"] > 0 for of_launch in controls), controls
EOF
# Of the table's rows those across CPUs ran, too, and every row kept its checks.
[ ! -e "$scratch/records/wake.json" ] || python3 - "$scratch/records/wake.json" <<'EOF' || fail "the wake record lacks rows"
import json, sys
rows = [row for row in json.load(open(sys.argv[1]))["benchmarks"] if row["status"] != "skipped"]
placements = {row["params"]["placement"] for row in rows}
assert len(rows) >= 12 and "same-cpu" in placements and len(placements) > 1, (len(rows), placements)
for row in rows:
    for launch in row["launches"]:
        assert all(check["pass"] for check in launch["checks"]) and launch["checks"], row["params"]
        assert launch["controls"]["irqs-off-max-ns"] > 0, row["params"]
EOF
"$here/judge_counts.py" "$scratch/records" "${records[@]}" || fail "the counts of the windows are wrong"

# An emulator's numbers are never compared with a machine's.
refused=$("$program" compare "$top/tests/data/golden/flush.json" "$scratch/records/flush.json" 2>&1 >/dev/null) &&
	fail "compare takes an emulator's record for a machine's"
grep -q 'class' <<<"$refused" || fail "compare refuses for another reason: $refused"
echo "ok - $kernel_release"
