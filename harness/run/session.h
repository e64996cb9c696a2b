/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session holds the state of the machine and the campaigns that one command runs on it. `run` has
 * one campaign, a tuner has several.
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

	struct tb_claims claims; /* of the CPUs in use */
	json_t *host, *environment;
	int dir; /* folder of journal and record */
	char folder[4096], stem[TB_STEM_MAX];
	bool inline_all; /* the record goes to stdout and contains all samples */
	bool scratch;	 /* the folder is temporary and removed at the end */
};

/*
 * output: a file; a folder (it exists, or ends in '/'); "-" for stdout; or NULL for the default:
 * results/local/ in a checkout, the XDG data folder elsewhere. cpus: "2,4-5", the CPUs of the roles
 * in order, or NULL. 0, or -errno with the error in *why; -EREMOTE if hwloc would describe another
 * machine. Close the session in each case.
 */
int tb_session_open(struct tb_session *session, const char *suite, const char *output,
		    const char *cpus, int argc, char **argv, struct tb_error *why);
/* Chooses folder and name; a part of tb_session_open(). */
int tb_session_output(struct tb_session *session, const char *output, struct tb_error *why);
/* As output (compared by its address): nothing is measured or written. */
extern const char tb_no_output[];
void tb_session_close(struct tb_session *session);

/* Runs the variants and builds the record. tb_session_publish() or _discard() ends the journal. */
int tb_session_run(struct tb_session *session, struct tb_variants *variants,
		   const struct tb_plan *plan, struct tb_journal *journal, struct tb_record *record,
		   struct tb_outcome *outcome, struct tb_error *why);
/* Publishes the record and removes its journal. */
int tb_session_publish(struct tb_session *session, struct tb_journal *journal,
		       struct tb_record *record, struct tb_error *why);
void tb_session_discard(struct tb_journal *journal);

/* Whether STEM.json is a valid name of a record. */
bool tb_stem_fits(const char *stem);

#endif
