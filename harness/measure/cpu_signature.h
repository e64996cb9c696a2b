/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers of CPUID leaf 1, EAX. */
#ifndef TB_CPU_SIGNATURE_H
#define TB_CPU_SIGNATURE_H

#include <stdint.h>

struct tb_cpu_signature {
	unsigned int family, model; /* with their extended parts, as Linux prints them */
};

struct tb_cpu_signature tb_cpu_signature_of(uint32_t eax);

#endif
