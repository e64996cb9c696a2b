// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#include "doctor/check.h"
#include "error.h"

const char *tb_severity_name(enum tb_severity severity)
{
	static const char *const names[] = { "note", "limits", "widens", "spoils" };

	return names[severity];
}

void check_expand(const char *text, int number, char *out, size_t bytes)
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

/* Root needs no sudo, and containers often do not have it. */
static void drop_sudo(char *command)
{
	static const char sudo[] = "sudo ";
	const size_t n = sizeof(sudo) - 1;

	for (char *at = command; (at = strstr(at, sudo));)
		memmove(at, at + n, strlen(at + n) + 1);
}

size_t tb_doctor_rules(const struct tb_snapshot *snapshot, const char *prefix,
		       struct tb_finding finding[TB_FINDINGS_MAX])
{
	struct check check = { .snapshot = snapshot };
	struct tb_virt_facts facts;
	size_t n = 0;

	tb_rights_read(snapshot->root, &check.rights);
	tb_cpuinfo_open_of(snapshot->root, snapshot->cpu, &check.info);
	tb_virt_facts(snapshot->root, &check.info, &facts);
	tb_virt_classify(&facts, &check.virt);
	/* The rules are in the order of their severity. */
	for (size_t i = 0; i < tb_rule_count && n < TB_FINDINGS_MAX; i++) {
		const struct rule *rule = &tb_rules[i];
		struct seen seen = { .number = snapshot->cpu };

		if (strncmp(rule->id, prefix, strlen(prefix)) != 0 ||
		    !rule->look(&check, rule, &seen))
			continue;
		finding[n] = (struct tb_finding){ .id = rule->id,
						  .severity = rule->severity,
						  .families = rule->families,
						  .effect = rule->effect };
		memcpy(finding[n].seen, seen.text, sizeof(seen.text));
		tb_make_inert(finding[n].seen);
		check_expand(seen.remedy ? seen.remedy : rule->remedy, seen.number,
			     finding[n].remedy, sizeof(finding[n].remedy));
		if (check.rights.root)
			drop_sudo(finding[n].remedy);
		n++;
	}
	tb_cpuinfo_close(&check.info);
	return n;
}

size_t tb_doctor(const struct tb_snapshot *snapshot, struct tb_finding finding[TB_FINDINGS_MAX],
		 size_t *looked)
{
	if (looked)
		*looked = tb_rule_count;
	return tb_doctor_rules(snapshot, "", finding);
}
