/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vendors' peak rates from L2 to the L1D. */
#ifndef TB_L1D_NOMINAL_H
#define TB_L1D_NOMINAL_H

#include <jansson.h>

struct l1d_nominal {
	unsigned int bytes; /* per core cycle, peak */
	const char *source;
};

/* By the core in the record's host.cpu; NULL if the core is ambiguous or no source covers it. */
const struct l1d_nominal *l1d_nominal(const json_t *cpu);

#endif
