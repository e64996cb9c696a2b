// SPDX-License-Identifier: GPL-2.0-or-later
#include "l1d/aftermath.h"

#include "measure/clock.h"
#include "measure/sweep.h"

struct walk {
	void (*run)(void *, unsigned long);
	char *set;
	size_t bytes;
};

static struct walk walk_of(const struct l1d_rig *rig, unsigned int kind)
{
	const size_t bytes[L1D_WALK_SETS] = { L1D_PAGE, rig->l1d / 2, rig->l1d };
	unsigned int set = kind % L1D_WALK_SETS;

	return (struct walk){ kind < L1D_WALK_SETS ? tb_flush_chase : tb_flush_unroll8,
			      rig->sets[set], bytes[set] };
}

static double walk_cycles(struct l1d_rig *rig, const struct walk *walk, bool flush)
{
	uint64_t begin, tsc;

	l1d_prepare(rig);
	for (int i = 0; i < 2; i++)
		walk->run(walk->set, walk->bytes);
	tb_sweep_fence();
	if (flush && rig->loop->kind == TB_LOOP_BY_ADDRESS)
		rig->loop->run(walk->set, rig->size < walk->bytes ? rig->size : walk->bytes);
	else if (flush)
		l1d_flush(rig);
	tb_sweep_fence();
	begin = tb_clock_begin();
	walk->run(walk->set, walk->bytes);
	tsc = tb_clock_end() - begin;
	return l1d_core_cycles((double)tsc, tb_clock_core_chain());
}

double l1d_aftermath(struct l1d_rig *rig, unsigned int kind)
{
	struct walk walk = walk_of(rig, kind);
	double flushed = walk_cycles(rig, &walk, true);

	return flushed - walk_cycles(rig, &walk, false);
}
