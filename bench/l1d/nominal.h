/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the makers say an L2 can deliver to the L1D. */
#ifndef TB_L1D_NOMINAL_H
#define TB_L1D_NOMINAL_H

#include <jansson.h>

struct l1d_nominal {
	unsigned int bytes; /* per core cycle, peak */
	const char *source;
};

/* By the core that the record's host.cpu derives; NULL: it is not settled, or no source covers it. */
const struct l1d_nominal *l1d_nominal(const json_t *cpu);

#endif
