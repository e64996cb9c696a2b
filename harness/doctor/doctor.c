// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "complaint.h"
#include "doctor/look.h"

const char *tb_severity_name(enum tb_severity severity)
{
	static const char *const names[] = { "note", "limits", "widens", "spoils" };

	return names[severity];
}

void look_expand(const char *text, int number, char *out, size_t bytes)
{
	size_t used = 0;

	for (; *text && used + 1 < bytes; text++) {
		if (*text == '@')
			used += (size_t)snprintf(out + used, bytes - used, "%d", number);
		else
			out[used++] = *text;
	}
	out[used < bytes ? used : bytes - 1] = '\0';
}

/* Root needs none, and containers have none. */
static void drop_sudo(char *command)
{
	static const char sudo[] = "sudo ";
	const size_t n = sizeof(sudo) - 1;

	for (char *at = command; (at = strstr(at, sudo));)
		memmove(at, at + n, strlen(at + n) + 1);
}

size_t tb_doctor_rules(const struct tb_patient *patient, const char *prefix,
		       struct tb_finding finding[TB_FINDINGS_MAX])
{
	struct exam exam = { .patient = patient };
	struct tb_virt_facts facts;
	size_t n = 0;

	tb_rights_read(patient->root, &exam.rights);
	tb_cpuinfo_open_of(patient->root, patient->cpu, &exam.info);
	tb_virt_facts(patient->root, &exam.info, &facts);
	tb_virt_classify(&facts, &exam.virt);
	/* The rules stand in the order of their severity. */
	for (size_t i = 0; i < tb_rule_count && n < TB_FINDINGS_MAX; i++) {
		const struct rule *rule = &tb_rules[i];
		struct seen seen = { .number = patient->cpu };

		if (strncmp(rule->id, prefix, strlen(prefix)) != 0 ||
		    !rule->look(&exam, rule, &seen))
			continue;
		finding[n] = (struct tb_finding){ .id = rule->id,
						  .severity = rule->severity,
						  .families = rule->families,
						  .effect = rule->effect };
		memcpy(finding[n].seen, seen.text, sizeof(seen.text));
		tb_make_inert(finding[n].seen);
		look_expand(seen.mend ? seen.mend : rule->mend, seen.number, finding[n].mend,
			    sizeof(finding[n].mend));
		if (exam.rights.root)
			drop_sudo(finding[n].mend);
		n++;
	}
	tb_cpuinfo_close(&exam.info);
	return n;
}

size_t tb_doctor(const struct tb_patient *patient, struct tb_finding finding[TB_FINDINGS_MAX],
		 size_t *looked)
{
	if (looked)
		*looked = tb_rule_count;
	return tb_doctor_rules(patient, "", finding);
}
