// SPDX-License-Identifier: GPL-2.0-or-later
/* The derived identity of a CPU in words. */
#include <stdio.h>
#include <string.h>

#include "machine/identity.h"
#include "json.h"
#include "error.h"

enum { EVIDENCE = 2 }; /* features that a line names; the record has all of them */

const char *tb_identity_numbers(const json_t *cpu, char *out, size_t bytes)
{
	snprintf(out, bytes, "%s-%.0f-%.0f-%.0f", tb_json_text(cpu, "vendor", "?"),
		 tb_json_number(cpu, "family", 0), tb_json_number(cpu, "model", 0),
		 tb_json_number(cpu, "stepping", 0));
	return out;
}

static const json_t *derived(const json_t *cpu)
{
	return json_object_get(cpu, "derived");
}

const char *tb_identity_name(const json_t *cpu, char *out, size_t bytes)
{
	const char *uarch = tb_json_text(derived(cpu), "uarch", NULL);
	const char *oldest = tb_json_text(derived(cpu), "at_least", NULL);
	char inert[160];

	if (!uarch && oldest)
		snprintf(out, bytes, "at least %s", tb_inert(oldest, inert, sizeof(inert)));
	else if (!uarch && tb_identity_distrust(cpu))
		snprintf(out, bytes, "unknown core");
	else
		tb_inert(uarch ? uarch : tb_json_text(cpu, "name", "unknown CPU"), out, bytes);
	return out;
}

/* "1A_02", as the manuals write it; "" where it is not known. */
static const char *signature(const json_t *cpu, char out[24])
{
	double family = tb_json_number(cpu, "family", -1), model = tb_json_number(cpu, "model", -1);

	*out = '\0';
	if (family >= 0 && family < 0x10000 && model >= 0 && model < 0x10000)
		snprintf(out, 24, "%02X_%02X", (unsigned int)family, (unsigned int)model);
	return out;
}

static void add(char *out, size_t bytes, const char *before, const char *text)
{
	size_t used = strlen(out);
	char inert[160];

	if (used < bytes)
		snprintf(out + used, bytes - used, "%s%s", before,
			 tb_inert(text, inert, sizeof(inert)));
}

const char *tb_identity_text(const json_t *cpu, char *out, size_t bytes)
{
	const json_t *evidence = json_object_get(derived(cpu), "evidence"), *one;
	const char *uarch = tb_json_text(derived(cpu), "uarch", NULL), *before = " (derived: ";
	const char *named = tb_json_text(derived(cpu), "named", NULL);
	bool agrees = uarch && named && !strcmp(uarch, named);
	char numbers[24];
	size_t i;

	tb_identity_name(cpu, out, bytes);
	signature(cpu, numbers);
	if (agrees && *numbers) {
		add(out, bytes, " (derived: CPUID ", numbers);
		before = ", ";
	}
	json_array_foreach(evidence, i, one) {
		if (i == EVIDENCE)
			break;
		add(out, bytes, before, json_is_string(one) ? json_string_value(one) : "?");
		before = ", ";
	}
	if (!agrees && *numbers)
		add(out, bytes, *before == ',' ? "; CPUID shows " : " (CPUID shows ", numbers);
	if (*before == ',' || *numbers)
		add(out, bytes, "", ")");
	return out;
}

const char *tb_identity_distrust(const json_t *cpu)
{
	const json_t *against = json_object_get(derived(cpu), "contradictions");

	return json_string_value(json_array_get(against, 0));
}
