// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/identity.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "machine/cpuid.h"
#include "json.h"
#include "machine/uarch_cores.h"

enum { LABEL = 48, ROWS = 96 };

/* What the CPU shows, and what follows. */
struct identity {
	const json_t *cpu;
	const char *vendor;
	long family, model, stepping;
	const struct tb_bound *row[ROWS]; /* that are shown */
	size_t rows;
	const struct tb_uarch *named;
	bool agrees;		       /* each row fits to the name */
	enum tb_core oldest[TB_LINES]; /* NO: no core of the line has all rows */
	size_t fitting;		       /* cores */
	bool capped;		       /* a row excludes later cores */
};

static bool has_flag(const json_t *cpu, const char *flag)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(cpu, "flags"), i, one)
		if (json_is_string(one) && !strcmp(json_string_value(one), flag))
			return true;
	return false;
}

static bool has_bit(const json_t *cpu, const uint32_t at[4])
{
	struct tb_cpuid_leaf leaf;

	return tb_cpuid_find(json_object_get(cpu, "cpuid"), at[0], at[1], &leaf) &&
	       leaf.reg[at[2]] >> at[3] & 1;
}

static bool has_avx512(const json_t *cpu)
{
	static const uint32_t avx512f[] = { 7, 0, 1, 16 };

	return has_flag(cpu, "avx512f") || has_bit(cpu, avx512f);
}

static bool has_avx10(const json_t *cpu, uint32_t version)
{
	static const uint32_t avx10[] = { 7, 1, 3, 19 };
	struct tb_cpuid_leaf leaf;

	return has_bit(cpu, avx10) &&
	       tb_cpuid_find(json_object_get(cpu, "cpuid"), 0x24, 0, &leaf) &&
	       (leaf.reg[1] & 0xff) == version;
}

static bool has_cache(const json_t *cpu, const uint32_t at[4])
{
	const json_t *cache;
	size_t i;

	json_array_foreach(json_object_get(cpu, "caches"), i, cache) {
		bool code = !strcmp(tb_json_text(cache, "type", ""), "Instruction");

		if (tb_json_number(cache, "level", 0) == at[0] && code == (at[1] == 1) &&
		    tb_json_number(cache, "size_bytes", 0) == at[2] * 1024.0 &&
		    tb_json_number(cache, "ways", 0) == at[3])
			return true;
	}
	return false;
}

static bool is_shown(const json_t *cpu, const struct tb_bound *row)
{
	switch (row->kind) {
	case TB_BY_FLAG:
		return has_flag(cpu, row->feature) || has_bit(cpu, row->at);
	case TB_BY_BIT:
		return has_bit(cpu, row->at);
	case TB_BY_AVX10:
		return has_avx10(cpu, row->at[0]);
	case TB_BY_LEVEL_512:
		if (!has_avx512(cpu))
			return false;
		/* fall through */
	case TB_BY_LEVEL:
		return tb_json_number(cpu, "cpuid_level", 0) >= row->at[0];
	case TB_BY_CACHE_512:
		if (!has_avx512(cpu))
			return false;
		/* fall through */
	case TB_BY_CACHE:
		return has_cache(cpu, row->at);
	}
	return false;
}

/* "AVX10.1", "L1I 64K/16" */
static const char *label(const struct tb_bound *row, char out[LABEL])
{
	bool flag = row->kind == TB_BY_FLAG || row->kind == TB_BY_BIT || row->kind == TB_BY_AVX10;

	snprintf(out, LABEL, "%s", row->feature);
	for (char *c = out; *c && flag; c++)
		*c = (char)toupper((unsigned char)*c);
	return out;
}

/* Is the line one of the vendor's? Hygon's later cores are none of AMD's. */
static bool of_vendor(const struct identity *id, enum tb_line line, bool bound)
{
	bool amd = line == AMD || line == AMD_SMALL;

	if (!strcmp(id->vendor, "HygonGenuine"))
		return line == AMD && !bound;
	return !strcmp(id->vendor, amd ? "AuthenticAMD" : "GenuineIntel");
}

static bool has_all(const struct identity *id, enum tb_core core, enum tb_line line)
{
	for (size_t i = 0; i < id->rows; i++)
		if (!tb_core_has(core, line, id->row[i]))
			return false;
	return true;
}

/* The line in which the core has each row; TB_LINES: there is none. */
static enum tb_line fitting_line(const struct identity *id, enum tb_core core)
{
	int line = 0;

	while (line < TB_LINES &&
	       !(of_vendor(id, (enum tb_line)line, false) && tb_core_is(core, (enum tb_line)line) &&
		 has_all(id, core, (enum tb_line)line)))
		line++;
	return (enum tb_line)line;
}

static void find_rows(struct identity *id)
{
	size_t n;
	const struct tb_bound *all = tb_bounds(&n);

	for (size_t i = 0; i < n && id->rows < ROWS; i++)
		if (is_shown(id->cpu, &all[i])) {
			id->row[id->rows++] = &all[i];
			id->capped |= all[i].core[UNTIL] != NO;
		}
}

/* The first of the numbers' names that the features fit to, else the first. */
static void find_name(struct identity *id)
{
	const struct tb_uarch *name;

	for (size_t i = 0; !id->agrees; i++) {
		name = tb_uarch_name(id->vendor, id->family, id->model, id->stepping, i);
		if (!name)
			return;
		id->agrees = name->core == NO || fitting_line(id, name->core) != TB_LINES;
		if (!id->named || id->agrees)
			id->named = name;
	}
}

static void find_oldest(struct identity *id)
{
	for (int core = ANY + 1; core < TB_CORES; core++) {
		bool fits = false;

		for (int line = 0; line < TB_LINES; line++) {
			if (!of_vendor(id, (enum tb_line)line, true) ||
			    !tb_core_is((enum tb_core)core, (enum tb_line)line) ||
			    !has_all(id, (enum tb_core)core, (enum tb_line)line))
				continue;
			fits = true;
			if (id->oldest[line] == NO)
				id->oldest[line] = (enum tb_core)core;
		}
		id->fitting += fits;
	}
}

/* The line that evidence is told of: the name's, else the first that has a core. */
static enum tb_line evidence_line(const struct identity *id)
{
	int line = 0;

	if (id->named && id->agrees)
		return fitting_line(id, id->named->core);
	while (line < TB_LINES && id->oldest[line] == NO)
		line++;
	return (enum tb_line)line;
}

/* The rows that need the latest core of the line. */
static json_t *evidence(const struct identity *id)
{
	enum tb_line line = evidence_line(id);
	json_t *list = json_array();
	unsigned char latest = ANY;
	char text[LABEL];

	for (size_t i = 0; line < TB_LINES && i < id->rows; i++)
		if (id->row[i]->core[line] > latest)
			latest = id->row[i]->core[line];
	for (size_t i = 0; latest > ANY && i < id->rows; i++)
		if (id->row[i]->core[line] == latest)
			json_array_append_new(list, json_string(label(id->row[i], text)));
	return list;
}

/* No line of the name has the row. */
static bool refutes(const struct identity *id, const struct tb_bound *row)
{
	for (int line = 0; line < TB_LINES; line++)
		if (of_vendor(id, (enum tb_line)line, false) &&
		    tb_core_is(id->named->core, (enum tb_line)line) &&
		    tb_core_has(id->named->core, (enum tb_line)line, row))
			return false;
	return true;
}

/* QEMU's qemu64 and max; qemu64 has too few features to be refuted by them. */
static bool is_generic(const struct identity *id)
{
	return has_flag(id->cpu, "hypervisor") && !strcmp(id->vendor, "AuthenticAMD") &&
	       id->family == 15 && id->model == 0x6b && id->stepping == 1;
}

/* Numbers of leaf 1 as cpuinfo prints them: a guest may have been moved to another CPU. */
static bool leaf_differs(const struct identity *id)
{
	struct tb_cpu_signature signature;
	struct tb_cpuid_leaf leaf;

	if (!tb_cpuid_find(json_object_get(id->cpu, "cpuid"), 1, 0, &leaf))
		return false;
	signature = tb_cpu_signature_of(leaf.reg[0]);
	return signature.family != id->family || signature.model != id->model;
}

static json_t *contradictions(const struct identity *id)
{
	json_t *list = json_array();
	char text[LABEL];

	for (size_t i = 0; id->named && !id->agrees && i < id->rows; i++)
		if (refutes(id, id->row[i]))
			json_array_append_new(list, json_sprintf("%s has no %s", id->named->name,
								 label(id->row[i], text)));
	/* Each of several lines may have some of the rows. */
	if (id->named && !id->agrees && !json_array_size(list))
		json_array_append_new(
			list, json_sprintf("no %s has all the features shown", id->named->name));
	if (is_generic(id))
		json_array_append_new(
			list, json_string("QEMU's generic model shows these numbers on any CPU"));
	if (leaf_differs(id))
		json_array_append_new(list,
				      json_string("CPUID leaf 1 shows another family or model"));
	return list;
}

/* "Haswell or Gracemont"; a Xeon Phi is worth a word only where no other core fits. */
static void oldest_text(const struct identity *id, char *out, size_t bytes)
{
	size_t used = 0;

	*out = '\0';
	for (int line = 0; line < TB_LINES && used < bytes; line++)
		if (id->oldest[line] != NO && (line != PHI || !used) &&
		    (line != SERVER || id->oldest[SERVER] != id->oldest[CLIENT]))
			used += (size_t)snprintf(out + used, bytes - used, "%s%s",
						 used ? " or " : "",
						 tb_core_name(id->oldest[line]));
}

static const char *settled(const struct identity *id, bool refuted)
{
	if (!refuted && id->named)
		return id->named->name;
	for (int line = 0; line < TB_LINES && id->capped && id->fitting == 1; line++)
		if (id->oldest[line] != NO)
			return tb_core_name(id->oldest[line]);
	return NULL;
}

static json_t *reason(const struct identity *id, const json_t *against)
{
	if (id->family < 0 || id->model < 0 || !*id->vendor)
		return json_string("proc/cpuinfo shows no vendor, family and model");
	if (!json_array_size(against))
		return json_sprintf("no source names %02lX_%02lX of %s", id->family, id->model,
				    id->vendor);
	return json_sprintf("what is shown contradicts itself: %s%s",
			    json_string_value(json_array_get(against, 0)),
			    json_array_size(against) > 1 ? ", and more" : "");
}

static json_t *nothing(const char *why)
{
	return json_pack("{s:n,s:n,s:n,s:[],s:[],s:s}", "uarch", "at_least", "named", "evidence",
			 "contradictions", "reason", why);
}

json_t *tb_identity(const json_t *cpu, bool emulated)
{
	struct identity id = { .cpu = cpu,
			       .vendor = tb_json_text(cpu, "vendor", ""),
			       .family = (long)tb_json_number(cpu, "family", -1),
			       .model = (long)tb_json_number(cpu, "model", -1),
			       .stepping = (long)tb_json_number(cpu, "stepping", -1) };
	json_t *against, *why, *proof;
	const char *uarch;
	char oldest[160];

	if (emulated)
		return nothing("an emulator can show the numbers and features of any CPU");
	find_rows(&id);
	find_name(&id);
	find_oldest(&id);
	against = contradictions(&id);
	uarch = settled(&id, json_array_size(against) > 0);
	why = uarch ? json_null() : reason(&id, against);
	proof = evidence(&id);
	oldest_text(&id, oldest, sizeof(oldest));
	return json_pack("{s:s?,s:s?,s:s?,s:o,s:o,s:o}", "uarch", uarch, "at_least",
			 uarch || !*oldest || !json_array_size(proof) ? NULL : oldest, "named",
			 id.named ? id.named->name : NULL, "evidence", proof, "contradictions",
			 against, "reason", why);
}
