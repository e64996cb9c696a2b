/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The name of a run's claim to a CPU, which other runs and the doctor look for. */
#ifndef TB_CLAIM_NAME_H
#define TB_CLAIM_NAME_H

/* How a name begins in /proc/net/unix, where '@' stands for the first NUL; the CPU and a place follow. */
#define TB_CLAIM_NAME "tollbooth-cpu"

#endif
