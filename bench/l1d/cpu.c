// SPDX-License-Identifier: GPL-2.0-or-later
/* Which flush loops this CPU can run. */
#include "l1d/l1d.h"

#include <cpuid.h>
#include <string.h>

const char *l1d_loop_name(unsigned int i)
{
	return i < sizeof(tb_flush_loops) / sizeof(tb_flush_loops[0]) ? tb_flush_loops[i].name
								      : NULL;
}

const struct tb_flush_loop *l1d_loop(const char *name)
{
	for (size_t i = 0; i < sizeof(tb_flush_loops) / sizeof(tb_flush_loops[0]); i++)
		if (!strcmp(tb_flush_loops[i].name, name))
			return &tb_flush_loops[i];
	return NULL;
}

/* Subleaf 0 of a leaf that this CPU has. A unit test gives its own: tests/unit/given.h. */
static bool read_cpuid(unsigned int leaf, unsigned int *a, unsigned int *b, unsigned int *c,
		       unsigned int *d)
{
#ifdef TB_GIVEN_CLOCK
	return tb_given_cpuid(leaf, a, b, c, d);
#else
	return __get_cpuid_count(leaf, 0, a, b, c, d);
#endif
}

static unsigned int read_xcr0(void)
{
#ifdef TB_GIVEN_CLOCK
	return tb_given_xcr0();
#else
	unsigned int a, d;

	asm volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return a;
#endif
}

/* CPUID reports the core's features, XCR0 what the kernel saves: AVX-512 needs both. */
static bool os_saves_zmm(void)
{
	enum { SSE = 1 << 1, AVX = 1 << 2, OPMASK = 1 << 5, ZMM_HI256 = 1 << 6, HI16_ZMM = 1 << 7 };
	const unsigned int all = SSE | AVX | OPMASK | ZMM_HI256 | HI16_ZMM;
	unsigned int a, b, c, d;

	if (!read_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		return false;
	return (read_xcr0() & all) == all;
}

bool l1d_loop_runs(const struct tb_flush_loop *loop, const char **missing)
{
	unsigned int a, b = 0, c, d = 0;
	bool has = true;

	read_cpuid(7, &a, &b, &c, &d);
	switch (loop->need) {
	case TB_NEED_NOTHING:
		break;
	case TB_NEED_SERIALIZE:
		has = d & (1u << 14);
		*missing = "SERIALIZE";
		break;
	case TB_NEED_AVX512F:
		has = (b & bit_AVX512F) && os_saves_zmm();
		*missing = "AVX-512F (or the kernel does not save its registers)";
		break;
	case TB_NEED_CLFLUSHOPT:
		has = b & bit_CLFLUSHOPT;
		*missing = "CLFLUSHOPT";
		break;
	case TB_NEED_FLUSH_CMD:
	case TB_NEED_WBINVD:
		has = false;
		*missing = "ring 0";
		break;
	}
	return has;
}

bool l1d_hypervised(void)
{
	unsigned int a, b, c, d;

	return read_cpuid(1, &a, &b, &c, &d) && (c & (1u << 31));
}

bool l1d_is_amd(void)
{
	unsigned int a, b = 0, c, d;

	read_cpuid(0, &a, &b, &c, &d);
	return b == signature_AMD_ebx;
}
