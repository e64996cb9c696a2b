/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An exchange of stamps between a running guest and a thread on another CPU:
 * guest, host, guest. It bounds the offset of their clocks to less than a microsecond;
 * an entry and an exit only to several.
 */
#ifndef TB_GUEST_EXCHANGE_H
#define TB_GUEST_EXCHANGE_H

#include "apf/guest_round.h"

/*
 * Narrows each vCPU's clock bounds by one round without touches. Does nothing without a
 * second CPU. 0, or -errno with *why, as guest_rounds_run().
 */
int guest_rounds_exchange(struct guest_rounds *rounds, const char **why);

#endif
