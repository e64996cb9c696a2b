/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PMU of pmu/fake-pmu.c. */
#ifndef TB_TEST_PMU_H
#define TB_TEST_PMU_H

#include "ktap.h"

/*
 * Counter i goes on by i + 1 at each read. Then an event for which there is no room, and one whose
 * RDPMC yields no count.
 */
enum { PMU_COUNTERS = 4, PMU_NO_ROOM = 4, PMU_NO_COUNT = 5 };

/* Without it this machine has no PMU at all. */
bool pmu_load(void);
void pmu_unload(void); /* expects that no event of it is left */
/* The counters from 0 to n - 1, on a CPU. */
struct tb_pmu_setup pmu_setup(uint32_t cpu, uint32_t n);

#endif
