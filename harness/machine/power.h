/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts "frequency" and "idle" of a record's environment. */
#ifndef TB_POWER_H
#define TB_POWER_H

#include <jansson.h>

#include "machine/facts.h"

/* As environment.h describes them, of one CPU. NULL or incomplete: short of memory. */
json_t *tb_power_frequency(struct tb_facts *gather, int cpu);
json_t *tb_power_idle(struct tb_facts *gather, int cpu);

#endif
