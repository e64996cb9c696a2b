/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cores in the order of their generations. For uarch*.c and its test only: the names are short. */
#ifndef TB_UARCH_CORES_H
#define TB_UARCH_CORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A core has each feature of the cores before it in its line, but for the exceptions that
 * a row names. Intel's cores up to BDW belong to two lines: clients and servers. Names that
 * share an enumerator (Sapphire and Emerald Rapids) cannot be told apart by features.
 */
enum tb_core {
	NO,  /* of a row: no core of the line has it. Of a name: in no line here */
	ANY, /* of a row: it says nothing about the line */
	NB,  /* NetBurst */
	MRM, /* Merom */
	PNR, /* Penryn */
	NHM, /* Nehalem */
	WSM, /* Westmere */
	SNB, /* Sandy Bridge */
	IVB, /* Ivy Bridge */
	HSW, /* Haswell */
	BDW, /* Broadwell */
	/* clients */
	SKL, /* Skylake, to Comet Lake */
	CNL, /* Cannon Lake */
	ICL, /* Ice Lake, Rocket Lake */
	TGL, /* Tiger Lake */
	ADL, /* Alder Lake, Raptor Lake */
	MTL, /* Meteor Lake */
	ARL, /* Arrow Lake, Lunar Lake */
	PTL, /* Panther Lake */
	NVL, /* Nova Lake */
	/* servers */
	SKX, /* Skylake-SP */
	CLX, /* Cascade Lake */
	CPX, /* Cooper Lake */
	ICX, /* Ice Lake-SP */
	SPR, /* Sapphire Rapids, Emerald Rapids */
	GNR, /* Granite Rapids */
	DMR, /* Diamond Rapids */
	/* Atoms */
	BNL, /* Bonnell, Saltwell */
	SLM, /* Silvermont, Airmont */
	GLM, /* Goldmont, Goldmont Plus */
	TNT, /* Tremont */
	GRT, /* Gracemont */
	SRF, /* Sierra Forest */
	CWF, /* Clearwater Forest */
	/* Xeon Phi */
	KNL, /* Knights Landing */
	KNM, /* Knights Mill */
	/* AMD */
	K8,
	K10,
	BD, /* Bulldozer */
	PD, /* Piledriver */
	SR, /* Steamroller */
	XV, /* Excavator */
	Z1, /* Zen, Zen+ */
	Z2,
	Z3,
	Z4,
	Z5,
	Z6,
	/* AMD's small cores */
	BC, /* Bobcat */
	JG, /* Jaguar */
	PM, /* Puma */
	TB_CORES
};

enum tb_line {
	CLIENT,
	SERVER,
	ATOM,
	PHI,
	AMD,
	AMD_SMALL,
	TB_LINES,
	/* of a row, behind the lines */
	ALSO = TB_LINES, /* a core before the first one that has the feature, too */
	UNTIL		 /* the last core of its line that has it */
};

/* "Haswell" */
const char *tb_core_name(enum tb_core core);

/* A name for the numbers that CPUID shows. */
struct tb_uarch {
	short family;
	short model, model_last;
	short stepping, stepping_last; /* both 0: any */
	unsigned char core;	       /* enum tb_core */
	const char *name;
};

/*
 * The nth name of the numbers, the likeliest first; NULL after the last. vendor as CPUID has
 * it, blanks around it allowed; family and model with their extended parts, as Linux prints
 * them; stepping -1 where it is unknown.
 */
const struct tb_uarch *tb_uarch_name(const char *vendor, long family, long model, long stepping,
				     size_t nth);

/* What a row looks at, and what at[] holds. */
enum tb_bound_kind {
	TB_BY_FLAG,	 /* a flag of cpuinfo or the CPUID bit: leaf, subleaf, register, bit */
	TB_BY_BIT,	 /* the same bit, of which cpuinfo prints no flag */
	TB_BY_AVX10,	 /* leaf 24H:EBX[7:0]: the version, exactly */
	TB_BY_LEVEL,	 /* "cpuid level": the least */
	TB_BY_LEVEL_512, /* the same where avx512f is shown */
	TB_BY_CACHE,	 /* a cache as /sys shows it: level, 1 for instructions, KiB, ways */
	TB_BY_CACHE_512	 /* the same where avx512f is shown */
};

/* A feature, and the first core of each line that has it. */
struct tb_bound {
	const char *feature;
	enum tb_bound_kind kind;
	uint32_t at[4];
	unsigned char core[TB_LINES + 2]; /* enum tb_core; ALSO and UNTIL: 0 for none */
	const char *source;
};

/* The derivation table; *n is the number of rows. */
const struct tb_bound *tb_bounds(size_t *n);

/* Can a core of the line, as which it is looked at, show the feature? */
bool tb_core_has(enum tb_core core, enum tb_line line, const struct tb_bound *bound);

/* Is the core in the line? */
bool tb_core_is(enum tb_core core, enum tb_line line);

#endif
