// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/subject.h"

#include <stdio.h>
#include <string.h>

#include "machine/identity.h"
#include "json.h"
#include "record/format.h"

static const char *class_of(const struct tb_record *record)
{
	return tb_json_text(record->json, "class", "unknown");
}

/* Two unknown values are equal. */
static bool same_member(const json_t *a, const json_t *b)
{
	return a && b ? json_equal((json_t *)a, (json_t *)b) : a == b;
}

/*
 * Compares the facts that identify a machine; a record has no serial number. Facts that can change
 * between two runs (kernel, microcode, the measured clock) are ignored.
 */
static bool same_machine(const struct tb_record *a, const struct tb_record *b)
{
	static const char *const fields[] = { "host.cpu.vendor",
					      "host.cpu.family",
					      "host.cpu.model",
					      "host.cpu.stepping",
					      "host.cpu.name",
					      "host.topology",
					      "host.cpu.derived.uarch",
					      "host.cpu.derived.at_least",
					      "host.memory_bytes",
					      "class",
					      "environment.virtualization.hypervisor" };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!same_member(tb_json_at(a->json, fields[i]), tb_json_at(b->json, fields[i])))
			return false;
	return true;
}

void tb_subjects_name(const struct tb_record *records, size_t n, struct tb_subject *subjects)
{
	int machines = 0;

	for (size_t i = 0; i < n; i++) {
		char name[40];

		subjects[i].record = &records[i];
		snprintf(subjects[i].name, sizeof(subjects[i].name), "%c %s", 'A' + (char)i,
			 tb_identity_name(tb_json_at(records[i].json, "host.cpu"), name,
					  sizeof(name)));
		subjects[i].machine = 0;
		for (size_t k = 0; k < i && !subjects[i].machine; k++)
			if (same_machine(&records[i], &records[k]))
				subjects[i].machine = subjects[k].machine;
		if (!subjects[i].machine)
			subjects[i].machine = ++machines;
	}
}

/* "class vm (kvm, xen)": each hypervisor once. */
static void name_group(struct tb_group *group)
{
	char word[40], all[100] = "";

	for (size_t i = 0; i < group->n; i++) {
		size_t used = strlen(all);

		tb_hypervisor_text(group->at[i]->record, word, sizeof(word));
		if (!strstr(all, word))
			snprintf(all + used, sizeof(all) - used, "%s%s", used ? ", " : "", word);
	}
	tb_inert(class_of(group->at[0]->record), word, sizeof(word));
	snprintf(group->text, sizeof(group->text), *all ? "class %s (%s)" : "class %s", word, all);
}

size_t tb_subjects_group(const struct tb_subject *subjects, size_t n, struct tb_group *groups)
{
	size_t count = 0, g;

	for (size_t i = 0; i < n; i++) {
		for (g = 0; g < count; g++)
			if (!strcmp(class_of(groups[g].at[0]->record),
				    class_of(subjects[i].record)))
				break;
		if (g == count)
			groups[count++].n = 0;
		groups[g].at[groups[g].n++] = &subjects[i];
	}
	for (g = 0; g < count; g++)
		name_group(&groups[g]);
	return count;
}

double tb_l1d_bytes(const struct tb_record *record)
{
	const json_t *cache;
	double bytes = 0;
	size_t i;

	json_array_foreach(tb_json_at(record->json, "host.cpu.caches"), i, cache)
		if (tb_json_number(cache, "level", 0) == 1 &&
		    strcmp(tb_json_text(cache, "type", ""), "Instruction") != 0)
			bytes = tb_json_number(cache, "size_bytes", 0);
	return bytes;
}
