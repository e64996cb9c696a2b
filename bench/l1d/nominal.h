/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the makers say an L2 can deliver to the L1D. */
#ifndef TB_L1D_NOMINAL_H
#define TB_L1D_NOMINAL_H

#include <jansson.h>

struct l1d_nominal {
	unsigned int bytes; /* per core cycle, peak */
	const char *source;
};

/* By the record's host.cpu; NULL for a core that no source here covers. */
const struct l1d_nominal *l1d_nominal(const json_t *cpu);

#endif
