// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth doctor */
#include "machine/folders.h"
#include "doctor/doctor.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "cli/cli.h"
#include "text/wrap.h"
#include "measure/clock.h"
#include "run/session.h"

enum { LOOK_NS = 500000000 }; /* between two readings: 50 ticks of /proc/stat */

/* Owns the texts that the snapshot points to. */
struct visit {
	char *stat[2], *interrupts[2], folder[4096];
};

static void look(const struct tb_sysroot *root, struct visit *visit, int i)
{
	size_t length;

	tb_sysroot_slurp(root, TB_SYSROOT_FILE_MAX, &visit->stat[i], &length, "proc/stat");
	tb_sysroot_slurp(root, TB_SYSROOT_FILE_MAX, &visit->interrupts[i], &length,
			 "proc/interrupts");
}

static void look_twice(const struct tb_session *session, struct visit *visit,
		       struct tb_snapshot *snapshot)
{
	const struct timespec pause = { 0, LOOK_NS };
	uint64_t begin = tb_clock_ns();
	struct statvfs fs;

	look(&session->root, visit, 0);
	nanosleep(&pause, NULL);
	look(&session->root, visit, 1);
	*snapshot = (struct tb_snapshot){ .root = &session->root,
					  .place = session->place,
					  .cpu = session->stage.cpu[0],
					  .seconds = (double)(tb_clock_ns() - begin) / 1e9,
					  .path = getenv("PATH"),
					  .folder = visit->folder,
					  .free_bytes = -1 };
	for (int i = 0; i < 2; i++) {
		snapshot->stat[i] = visit->stat[i];
		snapshot->interrupts[i] = visit->interrupts[i];
	}
	for (int cpu = 0; cpu < TB_CPUS_MAX_POSSIBLE; cpu++)
		snapshot->cpus += tb_place_allowed(session->place, cpu);
	/*
	 * Before the first run the folder is missing; its parents are on the same disk in most
	 * cases.
	 */
	if (tb_default_folder(visit->folder, sizeof(visit->folder)))
		snprintf(visit->folder, sizeof(visit->folder), ".");
	while (statvfs(visit->folder, &fs) && strrchr(visit->folder, '/') > visit->folder)
		*strrchr(visit->folder, '/') = '\0';
	if (!statvfs(visit->folder, &fs))
		snapshot->free_bytes = (double)fs.f_bavail * (double)fs.f_frsize;
}

/* The families of the finding; all registered families if it affects all. */
static const char *families_of(const struct tb_finding *finding, const struct tb_cli *cli,
			       char *out, size_t bytes)
{
	const char *before = "";
	size_t used = 0;

	if (finding->families)
		return finding->families;
	*out = '\0';
	for (size_t i = 0; cli->benches[i] && used < bytes; i++) {
		const char *name = cli->benches[i]->name;
		int length = (int)strcspn(name, "/");

		if (strncmp(before, name, (size_t)length + 1) != 0)
			used += (size_t)snprintf(out + used, bytes - used, "%s%.*s",
						 used ? " " : "", length, name);
		before = name;
	}
	return out;
}

static void print_findings(const struct tb_cli *cli, const struct tb_snapshot *snapshot,
			   const struct tb_finding *finding, size_t n, size_t looked)
{
	size_t count[TB_SPOILS + 1] = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct tb_finding *f = &finding[i];
		char text[2048], families[256];

		count[f->severity]++;
		snprintf(text, sizeof(text), "%s %s: %s", tb_severity_name(f->severity), f->id,
			 f->seen);
		tb_print_wrapped(text, 0);
		snprintf(text, sizeof(text), "%s: %s",
			 families_of(f, cli, families, sizeof(families)), f->effect);
		tb_print_wrapped(text, 7);
		/* Not wrapped: a command is one line, so that it can be copied. */
		printf("       -> %s\n", f->remedy);
	}
	printf("%sCPU %d, %zu checks: %zu spoil, %zu widen, %zu limit, %zu note; "
	       "nothing was changed\n",
	       n ? "\n" : "", snapshot->cpu, looked, count[TB_SPOILS], count[TB_WIDENS],
	       count[TB_LIMITS], count[TB_NOTE]);
}

static void print_json(const struct tb_cli *cli, const struct tb_snapshot *snapshot,
		       const struct tb_finding *finding, size_t n, size_t looked)
{
	json_t *all = json_array(), *json;
	char families[256];

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
			all, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "id", finding[i].id, "severity",
				       tb_severity_name(finding[i].severity), "seen",
				       finding[i].seen, "families",
				       families_of(&finding[i], cli, families, sizeof(families)),
				       "effect", finding[i].effect, "remedy", finding[i].remedy));
	json = json_pack("{s:i,s:I,s:o}", "cpu", snapshot->cpu, "looked_at", (json_int_t)looked,
			 "findings", all);
	json_dumpf(json, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(json);
}

static enum tb_status doctor(const struct tb_cli *cli, const struct tb_args *args)
{
	struct tb_finding finding[TB_FINDINGS_MAX];
	struct visit visit = { { NULL, NULL }, { NULL, NULL }, "" };
	struct tb_error why = { "" };
	struct tb_session session;
	struct tb_snapshot snapshot;
	size_t n, looked;
	int err;

	if (args->names)
		return tb_say(TB_USAGE, "doctor takes no name; see tollbooth doctor --help");
	err = tb_session_open(&session, "doctor", tb_no_output, args->value[TB_OPT_CPUS], cli->argc,
			      cli->argv, &why);
	if (err) {
		tb_session_close(&session);
		return tb_say(tb_status_of(err), "%s", why.text[0] ? why.text : strerror(-err));
	}
	look_twice(&session, &visit, &snapshot);
	n = tb_doctor(&snapshot, finding, &looked);
	if (args->value[TB_OPT_JSON])
		print_json(cli, &snapshot, finding, n, looked);
	else
		print_findings(cli, &snapshot, finding, n, looked);
	for (int i = 0; i < 2; i++) {
		free(visit.stat[i]);
		free(visit.interrupts[i]);
	}
	tb_session_close(&session);
	return args->value[TB_OPT_STRICT_DOCTOR] && n && finding[0].severity == TB_SPOILS
		       ? TB_BENCH_FAILED
		       : TB_OK;
}

const struct tb_command tb_command_doctor = {
	.name = "doctor",
	.arguments = "[--cpus LIST] [--strict] [--json]",
	.summary =
		"report conditions that would spoil a measurement, and their remedies; change nothing",
	.options = TB_OPT(TB_OPT_CPUS) | TB_OPT(TB_OPT_JSON) | TB_OPT(TB_OPT_STRICT_DOCTOR) |
		   TB_OPT(TB_OPT_HELP),
	.run = doctor,
};
