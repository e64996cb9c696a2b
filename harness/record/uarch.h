/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The name of a microarchitecture, from numbers only: name strings are faked in clouds. */
#ifndef TB_UARCH_H
#define TB_UARCH_H

/*
 * vendor as in /proc/cpuinfo ("GenuineIntel"), family and model as Linux prints
 * them (extended parts added), stepping -1 where unknown. NULL: not in the table.
 */
const char *tb_uarch(const char *vendor, long family, long model, long stepping);

#endif
