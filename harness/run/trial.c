// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "machine/refusal.h"
#include "run/value.h"

/* No known prefetcher runs further ahead, including one page beyond the end of an area. */
enum { GUARD = 64 << 10, PAGE = 4096 };

const char *tb_trial_choice(const struct tb_trial *trial, const char *param)
{
	return trial->shm->job.value[tb_param_index(trial->bench, param)];
}

unsigned int tb_trial_choice_index(const struct tb_trial *trial, const char *param)
{
	const struct tb_param *p = &trial->bench->params[tb_param_index(trial->bench, param)];
	const char *chosen = tb_trial_choice(trial, param), *at;
	size_t length;

	for (unsigned int i = 0; (at = tb_param_choice(p, i, &length)); i++)
		if (strlen(chosen) == length && !strncmp(at, chosen, length))
			return i;
	fprintf(stderr, "%s: %s has no value %s\n", trial->bench->name, param, chosen);
	abort();
}

unsigned long tb_trial_number(const struct tb_trial *trial, const char *param)
{
	return strtoul(tb_trial_choice(trial, param), NULL, 10);
}

int tb_trial_cpu(const struct tb_trial *trial, unsigned int role)
{
	return trial->shm->job.cpu[role];
}

size_t tb_trial_cache(const struct tb_trial *trial, unsigned int level)
{
	return trial->shm->job.cache[level];
}

double tb_trial_ns(const struct tb_trial *trial, double tsc)
{
	return tsc * 1e9 / trial->shm->job.tsc_hz;
}

void *tb_trial_alloc(struct tb_trial *trial, size_t bytes)
{
	size_t whole = (bytes + PAGE - 1) / PAGE * PAGE;
	char *at;

	if (trial->areas == TB_AREAS_MAX) {
		tb_trial_fail(trial, -ENOMEM, "too many areas in one launch");
		return NULL;
	}
	at = mmap(NULL, whole + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		goto short_of;
	trial->area[trial->areas].at = at;
	trial->area[trial->areas++].bytes = whole + 2 * GUARD;
	at += GUARD;
	if (mprotect(at, whole, PROT_READ | PROT_WRITE))
		goto short_of;
	/* Force 4 KiB pages: THP would make the layout depend on the machine's uptime. */
	madvise(at, whole, MADV_NOHUGEPAGE);
	if (mlock(at, whole)) {
		trial->shm->locked = 0;
		trial->shm->lock_err = -errno;
		for (size_t i = 0; i < whole; i += PAGE)
			*(volatile char *)(at + i) = 0;
	}
	return at;
short_of:
	tb_trial_fail(trial, -ENOMEM, "not enough memory for the launch's buffers");
	return NULL;
}

void tb_trial_release(struct tb_trial *trial)
{
	while (trial->areas--)
		munmap(trial->area[trial->areas].at, trial->area[trial->areas].bytes);
	trial->areas = 0;
}

void *tb_trial_priv(const struct tb_trial *trial)
{
	return trial->priv;
}

void tb_trial_set_priv(struct tb_trial *trial, void *priv)
{
	trial->priv = priv;
}

enum tb_column tb_trial_column(const struct tb_trial *trial)
{
	return trial->column;
}

uint64_t tb_trial_samples(const struct tb_trial *trial)
{
	return trial->taken;
}

struct tb_random *tb_trial_random(struct tb_trial *trial)
{
	return &trial->random;
}

void tb_trial_disturbed(struct tb_trial *trial, unsigned int metric)
{
	trial->disturbed |= 1u << metric;
}

bool tb_trial_counting(const struct tb_trial *trial)
{
	return trial->counters;
}

void tb_trial_count_begin(struct tb_trial *trial)
{
	if (trial->counters)
		tb_counters_begin(trial->counters);
}

void tb_trial_count_end(struct tb_trial *trial, double operations)
{
	if (!trial->counters)
		return;
	tb_counters_end(trial->counters);
	trial->operations = operations;
}

void tb_trial_counted(struct tb_trial *trial, const uint64_t *count, double operations)
{
	struct tb_counters *counters = trial->counters;

	for (unsigned int i = 0; i < counters->n; i++) {
		counters->at[i].begin = 0;
		counters->at[i].end = count[i];
	}
	trial->operations = operations;
}

void tb_trial_control(struct tb_trial *trial, const char *name, double value)
{
	struct tb_launch_shm *shm = trial->shm;

	if (shm->n_controls == TB_CONTROLS_MAX) {
		tb_trial_check_count(trial, "controls", TB_CONTROLS_MAX, TB_CONTROLS_MAX + 1);
		return;
	}
	snprintf(shm->control[shm->n_controls].name, sizeof(shm->control[0].name), "%s", name);
	shm->control[shm->n_controls++].value = value;
}

void tb_trial_overhead(struct tb_trial *trial, unsigned int metric, double value)
{
	char name[sizeof(trial->shm->control[0].name)];

	snprintf(name, sizeof(name), "overhead-%s", trial->bench->metrics[metric].name);
	tb_trial_control(trial, name, value);
}

void tb_trial_overhead_event(struct tb_trial *trial, unsigned int event, double value)
{
	char name[sizeof(trial->shm->control[0].name)];

	snprintf(name, sizeof(name), "overhead-event/%s", trial->shm->events.at[event].name);
	tb_trial_control(trial, name, value);
}

void tb_trial_check(struct tb_trial *trial, const char *name, bool pass, const char *want,
		    const char *got)
{
	struct tb_launch_shm *shm = trial->shm;
	struct tb_check *check;

	/* A check beyond the limit might have failed: record that in the last entry. */
	if (shm->n_checks == TB_CHECKS_MAX) {
		shm->n_checks--;
		name = "checks";
		want = "as many as a launch can keep";
		got = "more";
		pass = false;
	}
	check = &shm->check[shm->n_checks];
	snprintf(check->name, sizeof(check->name), "%s", name);
	snprintf(check->want, sizeof(check->want), "%s", want);
	snprintf(check->got, sizeof(check->got), "%s", got);
	check->pass = pass;
	shm->n_checks++;
}

void tb_trial_check_count(struct tb_trial *trial, const char *name, long long want, long long got)
{
	char wanted[32], found[32];

	snprintf(wanted, sizeof(wanted), "%lld", want);
	snprintf(found, sizeof(found), "%lld", got);
	tb_trial_check(trial, name, want == got, wanted, found);
}

void tb_trial_unavailable(struct tb_trial *trial, unsigned int metric, const char *reason)
{
	snprintf(trial->shm->unavailable[metric], TB_TEXT, "%s", reason);
}

void tb_trial_unavailable_event(struct tb_trial *trial, unsigned int event, const char *reason)
{
	tb_trial_unavailable(trial, tb_bench_metrics(trial->bench) + event, reason);
}

int tb_trial_fail(struct tb_trial *trial, int err, const char *why)
{
	if (!trial->shm->why[0])
		snprintf(trial->shm->why, TB_TEXT, "%s", why);
	return err;
}

int tb_trial_refused(struct tb_trial *trial, int err, const char *call, const char *what)
{
	struct tb_refusal refusal;
	char why[TB_TEXT];

	tb_refusal_of(NULL, call, err, &refusal);
	tb_refusal_text(&refusal, what, why, sizeof(why));
	return tb_trial_fail(trial, err, why);
}
