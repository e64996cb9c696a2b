// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/cpu_signature.h"

/* As x86_family() and x86_model() of Linux, arch/x86/lib/cpu.c. */
struct tb_cpu_signature tb_cpu_signature_of(uint32_t eax)
{
	struct tb_cpu_signature signature = { .family = eax >> 8 & 0xf, .model = eax >> 4 & 0xf };

	if (signature.family == 0xf)
		signature.family += eax >> 20 & 0xff;
	if (signature.family >= 6)
		signature.model |= eax >> 12 & 0xf0;
	return signature;
}
