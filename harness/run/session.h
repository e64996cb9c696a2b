/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: this machine as one command finds it, and the campaigns that the
 * command runs on it. `run` holds one campaign, a tuner several.
 */
#ifndef TB_SESSION_H
#define TB_SESSION_H

#include <jansson.h>

#include "measure/clock.h"
#include "machine/place.h"
#include "machine/sysroot.h"
#include "record/record.h"
#include "run/campaign.h"
#include "run/claim.h"

struct tb_session {
	const char *suite; /* "quick", "full", "custom", "tune-l1d" */
	int argc;	   /* the command, for the record */
	char **argv;
	struct tb_place *place;
	struct tb_machine stage;
	struct tb_sysroot root;
	struct tb_launcher launcher;

	struct tb_claims claims; /* of CPUs, against other runs */
	json_t *host, *environment;
	int dir; /* where journal and record go */
	char folder[4096], stem[TB_STEM_MAX];
	bool inline_all; /* the record goes to stdout, so nothing may lie beside it */
	bool scratch;	 /* the folder is a temporary one of ours */
};

/*
 * output: a file, a folder (it exists, or ends in '/'), "-" for none, or NULL
 * for the default: results/local/ in a checkout, the XDG data folder elsewhere.
 * cpus: "2,4-5", the roles' CPUs in order, or NULL. 0; -errno with the error said:
 * -EREMOTE where hwloc would describe another machine. Close the session in either case.
 */
int tb_session_open(struct tb_session *session, const char *suite, const char *output,
		    const char *cpus, int argc, char **argv, struct tb_error *why);
/* The part of it that chooses folder and name. */
int tb_session_output(struct tb_session *session, const char *output, struct tb_error *why);
/* As output, by its address: nothing will be measured, and nothing written. */
extern const char tb_no_output[];
void tb_session_close(struct tb_session *session);

/* Runs the variants and folds what came of it. The journal stays until tb_session_publish() or _discard(). */
int tb_session_run(struct tb_session *session, struct tb_variants *variants,
		   const struct tb_plan *plan, struct tb_journal *journal, struct tb_record *record,
		   struct tb_outcome *outcome, struct tb_error *why);
/* Publishes the record and removes its journal. */
int tb_session_publish(struct tb_session *session, struct tb_journal *journal,
		       struct tb_record *record, struct tb_error *why);
void tb_session_discard(struct tb_journal *journal);

/* Whether a record may be called so: STEM.json. */
bool tb_stem_fits(const char *stem);

#endif
