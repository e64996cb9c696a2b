// SPDX-License-Identifier: GPL-2.0-or-later
/* l1d/flush-user: a software flush of the L1D in user space. */
#include <stdio.h>

#include "explain.h"
#include "l1d/flush.h"

static int flush_probe(struct tb_probe *probe)
{
	const struct tb_flush_loop *loop = l1d_loop(tb_probe_choice(probe, "loop"));
	const char *missing = NULL;
	char reason[128];

	if (!l1d_loop_runs(loop, &missing)) {
		snprintf(reason, sizeof(reason), "this CPU does not support %s", missing);
		return tb_probe_unavailable(probe, "no-cpu-feature", reason, "use another loop");
	}
	return l1d_flush_fits(probe);
}

static int flush_setup(struct tb_trial *trial)
{
	return l1d_flush_begin(trial, l1d_realm_here);
}

static const struct tb_param flush_params[] = {
	{ "loop",
	  "kvm|kvm-lfence|kvm-serialize|unroll8|avx512|prefetcht0|page-interleaved|chase|store|clflushopt",
	  "kvm-lfence", "order and means of the flush" },
	{ "size", "4K..1G/4K", "64K",
	  "bytes that the flush reads; l1d*4/3 is relative to this L1D" },
	{ "victim", "full|page|dirty|reused", "page",
	  "what lies in the L1D when the flush begins" },
	{ "buffer", "l2|l3|dram", "l2", "where the flush buffer lies when the flush begins" },
	{ 0 }
};

static const char *const flush_quick[] = {
	"loop=kvm-lfence size=l1d*2/3,l1d,l1d*13/12,l1d*7/6,l1d*5/4,l1d*4/3,64K,l1d*5/3,l1d*2",
	"loop=kvm-lfence,unroll8 size=64K victim=full,dirty,reused",
	"loop=kvm-lfence size=64K buffer=l3,dram",
	"loop=kvm,kvm-serialize,chase,clflushopt size=64K",
	"loop=unroll8,avx512,prefetcht0,store,page-interleaved size=l1d,64K,l1d*2",
	NULL
};

static const char *const flush_full[] = {
	"loop=kvm-lfence,unroll8,avx512,prefetcht0 size=l1d*1/3,l1d*2/3,l1d,l1d*13/12,l1d*7/6,l1d*4/3",
	"loop=kvm-lfence,unroll8,avx512,prefetcht0 size=64K,l1d*5/3,l1d*2,l1d*3,256K",
	"loop=page-interleaved,chase,store size=l1d*2/3,l1d,l1d*7/6,64K,l1d*2,l1d*3,256K",
	"loop=kvm-lfence,unroll8,prefetcht0,store size=l1d,l1d*7/6,64K,l1d*2 victim=full,dirty,reused",
	"loop=kvm-lfence,unroll8,page-interleaved,chase size=64K buffer=l3,dram",
	"loop=kvm,kvm-serialize,clflushopt size=64K",
	NULL
};

const struct tb_bench l1d_flush_user = {
	.name = "l1d/flush-user",
	.summary = "flush the L1D by software: cost, lines left, refill",
	.explain = &l1d_flush_user_explained,
	.realm = "user",
	.version = 1,
	.cpus = 1,
	.metrics = l1d_flush_metrics,
	.params = flush_params,
	.quick = flush_quick,
	.full = flush_full,
	.rounds = L1D_ROUNDS,
	.probe = flush_probe,
	.setup = flush_setup,
	.sample = l1d_flush_sample,
	.verify = l1d_flush_verify,
	.teardown = l1d_flush_teardown,
};
