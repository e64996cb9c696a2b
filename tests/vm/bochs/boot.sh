# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced: a machine in Bochs, which has the shadow stacks that no other emulator has.

# The including script sets here, the folder tests/vm, and a scratch folder.
here=${here:?}
scratch=${scratch:?}

# Parts that the kernel leaves out, since each costs an emulator seconds: self-tests, certificates,
# and the types of BPF's functions.
tb_needless=jent_mod_init,load_system_certificate_list,init_kprobe_trace,trace_eval_init,\
deferred_probe_initcall,kfunc_init,bpf_kfunc_init,bpf_fs_kfuncs_init,bpf_key_sig_kfuncs_init,\
bpf_kprobe_multi_kfuncs_init,bpf_mptcp_kfunc_init,bpf_prog_test_run_init,bpf_rstat_kfunc_init,\
bpf_tcp_ca_kfunc_init,cpumask_kfunc_init,crypto_kfunc_init,bpf_crypto_skcipher_init,xdp_metadata_init,\
bpf_dummy_struct_ops_init,bpf_map_iter_init,bpf_link_iter_init,bpf_prog_iter_init,bpf_cgroup_iter_init,\
bpf_ksym_iter_register,bpf_sk_storage_map_iter_init,bpf_sockmap_iter_init

# need_bochs: or skips.
need_bochs() {
	local tool file
	for tool in bochs-bin script zstd cc ld python3 cpio busybox; do
		command -v "$tool" >/dev/null || skip "$tool is missing; see packages.txt"
	done
	for file in bochs/BIOS-bochs-latest vgabios/vgabios.bin ../lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so; do
		[ -e "/usr/share/$file" ] || skip "/usr/share/$file is missing; see packages.txt"
	done
}

# flat SOURCE ADDRESS FILE: assembled for this address, without any header.
flat() {
	cc -c -o "$3.o" "$1" && ld -m elf_x86_64 -Ttext="$2" -e _start --oformat=binary -o "$3" "$3.o"
}

# boot_bochs MODEL COUNT KERNEL INITRAMFS LOG RECORDS SECONDS [WORD...]: as boot(), on a CPU model of
# Bochs; COUNT is packages:cores:threads. What Bochs says is in LOG.bochs.
boot_bochs() {
	local model=$1 count=$2 kernel=$3 initrd=$4 log=$5 records=$6 timeout_s=$7 kit=$scratch/kit
	shift 7
	: >"$log"
	mkdir -p "$kit"
	cc -O2 -Wall -Wextra -Werror -shared -fPIC -o "$kit/shim.so" "$here/bochs/shim.c" -ldl &&
		flat "$here/bochs/rom.S" 0 "$kit/rom.bin" &&
		flat "$here/bochs/stub.S" 0x100000 "$kit/stub.bin" &&
		"$here/bochs/image.py" "$kernel" "$initrd" "$kit/rom.bin" "$kit" \
			"console=ttyS0 quiet panic=-1 oops=panic panic_on_warn=1 softlockup_panic=1 hung_task_panic=1 \
mitigations=off nokaslr no_timer_check tsc=reliable cryptomgr.notests nopku clearcpuid=avx $* \
initcall_blacklist=$tb_needless" || return
	# Time is counted in instructions, so an idle machine waits for nothing. Bochs itself always ends
	# with 1, by "panic": powered off, reset after a kernel's panic, or at a triple fault.
	cat >"$kit/bochsrc" <<-END
		plugin_ctrl: unmapped=1, biosdev=1, extfpuirq=1, serial=1, speaker=0, parallel=0
		display_library: term
		cpu: model=$model, count=$count, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=1
		clock: sync=none
		memory: guest=512, host=512
		romimage: file=/usr/share/bochs/BIOS-bochs-latest
		vgaromimage: file=/usr/share/vgabios/vgabios.bin
		optromimage1: file=$kit/boot.rom, address=0xd0000
		optramimage1: file=$kit/setup.bin, address=0x90000
		optramimage2: file=$kit/stub.bin, address=0x100000
		optramimage3: file=$kit/image.bin, address=0x7000000
		boot: disk
		ata0: enabled=0
		ata1: enabled=0
		com1: enabled=1, mode=file, dev=$log
		com2: enabled=1, mode=file, dev=$records
		log: $log.bochs
		panic: action=fatal
		error: action=report
		info: action=ignore
		debug: action=ignore
	END
	# Debian's Bochs starts in its debugger: c, continue.
	echo c >"$kit/commands"
	# Its text display wants a terminal and TERM, which a job without a terminal has not; it dies with
	# the terminal.
	TERM=vt100 script -qec "echo \$\$ >$kit/pid; LD_PRELOAD=$kit/shim.so exec bochs-bin -q -f $kit/bochsrc -rc $kit/commands" \
		"$log.screen" </dev/null >/dev/null 2>&1 &
	watch $! "$log" "$records" "$timeout_s" "$kit/pid"
}
