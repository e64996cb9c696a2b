// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/campaign.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/clock.h"
#include "machine/refusal.h"
#include "run/describe.h"
#include "run/nulls.h"
#include "run/progress.h"
#include "stats/describe.h"
#include "stats/random.h"
#include "stats/interval.h"

enum { HEADLINES_MAX = 4, INITIAL_FAILURES_MAX = 3 };

/* The state of a variant. */
struct row {
	/* numbers of launches: all, counted, on a disturbed core, failed */
	size_t made, counted, disturbed, broken;
	bool finished;
	double *centre; /* of the counted launches: plan->launches for each headline */
	unsigned int headlines;
};

struct campaign {
	struct tb_variants *variants;
	const struct tb_machine *stage;
	const struct tb_plan *plan;
	struct tb_launcher *launcher;
	struct tb_journal *journal;
	struct tb_outcome *outcome;
	struct tb_error *why;
	struct tb_random random;
	struct tb_progress progress;
	struct row *rows;
	double *floors; /* of the gate, one for each launch so far */
	size_t n_floors;
	uint64_t begin_ns;
};

/* The lower quartile: a single low floor may be a clock error, a frequent one is the core's. */
static double campaign_floor(const struct campaign *c)
{
	const double p = 0.25;
	double floor = 0;

	if (c->n_floors)
		tb_stats_quantiles(c->floors, c->n_floors, &p, 1, &floor);
	return floor;
}

static void fill_job(const struct campaign *c, size_t i, struct tb_job *job)
{
	const struct tb_variant *v = &c->variants->at[i];

	strncpy(job->bench, v->bench->name, sizeof(job->bench) - 1);
	memcpy(job->value, v->value, sizeof(job->value));
	for (unsigned int role = 0; role < TB_CPUS_MAX; role++)
		job->cpu[role] = v->cpu[role];
	for (int level = 0; level < 4; level++)
		job->cache[level] = c->stage->cache[level];
	job->seed = c->plan->seed;
	job->stream = 1 + c->outcome->launches;
	job->rounds = v->bench->rounds;
	if (c->plan->rounds && c->plan->rounds < job->rounds)
		job->rounds = c->plan->rounds;
	job->slot_ms = c->plan->slot_ms;
	job->gate_floor = campaign_floor(c);
	job->tsc_hz = tb_clock_rate(c->stage->begin, tb_clock_mark()).hz;
}

static double *centres_of(const struct campaign *c, const struct row *row, unsigned int headline)
{
	return row->centre + headline * c->plan->launches;
}

static void remember_centres(const struct campaign *c, struct row *row,
			     const struct tb_bench *bench, struct tb_launch_shm *shm)
{
	unsigned int h = 0;

	if (row->counted == c->plan->launches)
		return;
	for (unsigned int m = 0; bench->metrics[m].name && h < HEADLINES_MAX; m++) {
		enum tb_column column = shm->count[m][TB_GATED] ? TB_GATED : TB_UNGATED;
		const double *x = tb_launch_shm_column(shm, m, column);
		uint32_t n = shm->count[m][column];
		double *centre;

		if (!bench->metrics[m].headline)
			continue;
		centre = centres_of(c, row, h++) + row->counted;
		if (!n || (bench->metrics[m].within == TB_MEAN ? tb_stats_mean(x, n, centre)
							       : tb_stats_median(x, n, centre)))
			*centre = NAN;
	}
	row->headlines = h;
}

static unsigned int count_known(const double *x, unsigned int n)
{
	unsigned int known = 0;

	for (unsigned int i = 0; i < n; i++)
		known += !isnan(x[i]);
	return known;
}

/*
 * A headline without a value in all launches is not measured in this variant. A headline that is
 * missing in some launches is not precise.
 */
static bool precise(const struct campaign *c, const struct row *row)
{
	unsigned int measured = 0;
	struct tb_precision p;

	for (unsigned int h = 0; h < row->headlines; h++) {
		const double *centres = centres_of(c, row, h);
		unsigned int known = count_known(centres, row->counted);

		if (!known)
			continue;
		measured++;
		if (known < row->counted || tb_stats_precision(centres, known, 0.95, &p) ||
		    !p.present || p.relative > c->plan->precision)
			return false;
	}
	return measured > 0;
}

static double spent_s(const struct campaign *c)
{
	return (double)(tb_clock_ns() - c->begin_ns) / 1e9;
}

/*
 * Launches that do not count are repeated. Failed launches: up to a fifth, then the row has failed.
 * Launches on a disturbed core: as many as the planned launches, while the plan has time.
 */
static bool retries_exhausted(const struct campaign *c, const struct row *row)
{
	const struct tb_plan *plan = c->plan;
	bool late = plan->retry_limit_s > 0 && spent_s(c) > plan->retry_limit_s;

	return row->made - row->disturbed >= plan->launches + plan->launches / 4 + 1 ||
	       row->disturbed > plan->launches || (late && row->made >= plan->launches);
}

static void decide(const struct campaign *c, struct row *row)
{
	const struct tb_plan *plan = c->plan;

	if (row->counted >= plan->launches ||
	    (!row->counted && row->broken >= INITIAL_FAILURES_MAX) || retries_exhausted(c, row))
		row->finished = true;
	/* A test after every launch would stop too early by chance and lower the coverage. */
	if (plan->precision > 0 && row->counted &&
	    row->counted == tb_stats_next_look(row->counted - 1) && precise(c, row))
		row->finished = true;
}

static int journal_launch(struct campaign *c, size_t i, const struct tb_launch *launch,
			  struct tb_launch_shm *shm)
{
	json_t *json = tb_describe_launch(launch, shm, c->rows[i].made, c->outcome->launches);
	int err = json ? tb_journal_launch(c->journal, i, json, shm) : -ENOMEM;

	json_decref(json);
	return err ? tb_error(c->why, err, "the journal could not be written: %s", strerror(-err))
		   : 0;
}

static int error_refused(struct tb_error *why, int err, const char *call, const char *what)
{
	struct tb_refusal refusal;
	char text[TB_TEXT];

	tb_refusal_of(NULL, call, err, &refusal);
	tb_refusal_text(&refusal, what, text, sizeof(text));
	return tb_error(why, err, "%s", text);
}

static int take_launch(struct campaign *c, size_t i)
{
	const struct tb_bench *bench = c->variants->at[i].bench;
	struct row *row = &c->rows[i];
	struct tb_launch launch;
	struct tb_launch_shm *shm;
	int fd, err;

	err = tb_launch_shm_create(tb_bench_metrics(bench) + c->plan->events.n, bench->rounds, &fd,
				   &shm);
	if (err)
		return error_refused(c->why, err, fd < 0 ? "memfd_create" : "ftruncate or mmap",
				     "no shared memory for a launch");
	fill_job(c, i, &shm->job);
	shm->events = c->plan->events;
	err = tb_launch(c->launcher, fd, shm, &launch);
	close(fd);
	if (err) {
		tb_launch_shm_unmap(shm);
		return error_refused(c->why, err, "fork", "no process for a launch");
	}
	if (launch.exit == TB_EXIT_STOPPED) {
		c->outcome->end = TB_END_SIGNAL;
		c->outcome->signal = launch.signal;
	}
	tb_launch_nulls(bench, shm, &launch);
	/* A worker that was killed may leave incomplete columns: discard its samples. */
	if (launch.exit > TB_EXIT_DISTURBED)
		memset(shm->count, 0, sizeof(shm->count));
	if (tb_launch_shm_check(shm))
		shm->n_checks = shm->n_controls = 0;
	err = journal_launch(c, i, &launch, shm);
	if (launch.exit == TB_EXIT_OK) {
		remember_centres(c, row, bench, shm);
		row->counted++;
	}
	row->disturbed += launch.exit == TB_EXIT_DISTURBED;
	/* A neighbour can cause a failed check, so that a repetition may pass. A crash repeats. */
	row->broken += launch.exit > TB_EXIT_DISTURBED;
	if (shm->gate.own_floor > 0)
		c->floors[c->n_floors++] = shm->gate.own_floor;
	row->made++;
	c->outcome->launches++;
	tb_launch_shm_unmap(shm);
	return err;
}

static bool over(struct campaign *c)
{

	if (c->outcome->end == TB_END_SIGNAL)
		return true;
	c->outcome->signal = tb_launcher_signal(c->launcher);
	if (c->outcome->signal)
		c->outcome->end = TB_END_SIGNAL;
	else if (c->plan->budget_s > 0 && spent_s(c) > c->plan->budget_s)
		c->outcome->end = TB_END_BUDGET;
	return c->outcome->end != TB_END_DONE;
}

static size_t launches_to_come(const struct campaign *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->variants->n; i++)
		if (!c->rows[i].finished && c->plan->launches > c->rows[i].counted)
			n += c->plan->launches - c->rows[i].counted;
	return n;
}

/* Launches each unfinished variant once, in a new random order. */
static int take_round(struct campaign *c, size_t *order, size_t n)
{
	char text[160];
	int err = 0;

	tb_random_shuffle(&c->random, order, n);
	for (size_t k = 0; k < n && !err && !over(c); k++) {
		tb_variant_text(&c->variants->at[order[k]], text, sizeof(text));
		tb_progress_show(&c->progress, c->outcome->launches,
				 c->outcome->launches + launches_to_come(c), text);
		err = take_launch(c, order[k]);
		decide(c, &c->rows[order[k]]);
	}
	if (!err) {
		err = tb_journal_sync(c->journal);
		if (err)
			tb_error(c->why, err, "the journal could not be written: %s",
				 strerror(-err));
	}
	return err;
}

static int take_rounds(struct campaign *c)
{
	size_t *order = calloc(c->variants->n + 1, sizeof(*order));
	int err = order ? 0 : -ENOMEM;

	while (!err && c->outcome->end == TB_END_DONE) {
		size_t n = 0;

		for (size_t i = 0; i < c->variants->n; i++)
			if (!c->rows[i].finished)
				order[n++] = i;
		if (!n)
			break;
		err = take_round(c, order, n);
	}
	free(order);
	return err;
}

int tb_campaign(struct tb_variants *variants, const struct tb_machine *stage,
		const struct tb_plan *plan, struct tb_launcher *launcher,
		struct tb_journal *journal, struct tb_outcome *outcome, struct tb_error *why)
{
	struct campaign c = { .variants = variants,
			      .stage = stage,
			      .plan = plan,
			      .launcher = launcher,
			      .journal = journal,
			      .outcome = outcome,
			      .why = why,
			      .begin_ns = tb_clock_ns() };
	size_t most = (2 * plan->launches + plan->launches / 4 + 2) * (variants->n + 1);
	int err;

	*outcome = (struct tb_outcome){ 0 };
	c.rows = calloc(variants->n + 1, sizeof(*c.rows));
	c.floors = calloc(most, sizeof(*c.floors));
	err = c.rows && c.floors ? 0 : -ENOMEM;
	for (size_t i = 0; i < variants->n && !err; i++) {
		c.rows[i].finished = variants->at[i].code[0];
		c.rows[i].centre = calloc(HEADLINES_MAX * plan->launches, sizeof(double));
		err = c.rows[i].centre ? 0 : -ENOMEM;
	}
	tb_random_seed(&c.random, plan->seed, 0);
	tb_progress_begin(&c.progress, plan->quiet, plan->budget_s);
	if (!err)
		err = take_rounds(&c);
	tb_progress_end(&c.progress);
	for (size_t i = 0; c.rows && i < variants->n; i++)
		free(c.rows[i].centre);
	free(c.rows);
	free(c.floors);
	return err;
}

const char *tb_end_name(enum tb_end end)
{
	static const char *const names[] = {
		[TB_END_DONE] = "done", [TB_END_BUDGET] = "time-budget", [TB_END_SIGNAL] = "signal"
	};

	return names[end];
}
