// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/describe.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "measure/gate.h"
#include "machine/refusal.h"
#include "json.h"
#include "run/value.h"

/* A worker's text may end in half a character, which must not lose its launch. */
static json_t *inert(const char *text)
{
	return tb_text(text, strlen(text));
}

static json_t *text_or_null(const char *text)
{
	return text && text[0] ? inert(text) : json_null();
}

static json_t *finite_or_null(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

void tb_time_text(char *out, size_t bytes)
{
	struct timespec now;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	n = strftime(out, bytes, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &tm));
	snprintf(out + n, bytes - n, ".%03ldZ", now.tv_nsec / 1000000);
}

int tb_run_id(char out[37])
{
	uint8_t b[16];
	struct timespec now;
	uint64_t ms;

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		return -errno;
	clock_gettime(CLOCK_REALTIME, &now);
	ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	for (int i = 0; i < 6; i++)
		b[i] = (uint8_t)(ms >> (40 - 8 * i));
	b[6] = 0x70 | (b[6] & 0x0f);
	b[8] = 0x80 | (b[8] & 0x3f);
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		 b[13], b[14], b[15]);
	return 0;
}

static json_t *describe_metric(const struct tb_metric *metric, double resolution)
{
	bool stepped = metric->unit == TB_TSC && resolution > 0;

	return json_pack("{s:s,s:s,s:s,s:s,s:i,s:o,s:b,s:b,s:o,s:n,s:n,s:n,s:n}", "name",
			 metric->name, "unit", tb_unit_name(metric->unit), "direction",
			 metric->better == TB_HIGHER ? "higher" : "lower", "within",
			 metric->within == TB_MEAN ? "mean" : "median", "trials",
			 (int)metric->trials, "reference", text_or_null(metric->reference),
			 "headline", metric->headline, "shown", metric->headline || metric->shown,
			 "resolution", stepped ? json_real(resolution) : json_null(), "overhead",
			 "reason", "samples", "summary");
}

static json_t *describe_params(const struct tb_variant *variant)
{
	json_t *params = json_object();

	for (int i = 0; variant->bench->params[i].name; i++) {
		const char *value = variant->value[i];

		json_object_set_new(params, variant->bench->params[i].name,
				    tb_param_is_number(&variant->bench->params[i])
					    ? json_integer((json_int_t)strtoul(value, NULL, 10))
					    : json_string(value));
	}
	return params;
}

json_t *tb_describe_events(const struct tb_events *events)
{
	json_t *all = json_array();

	for (unsigned int i = 0; i < events->n; i++)
		json_array_append_new(all,
				      json_pack("{s:s,s:o,s:o}", "name", events->at[i].name,
						"encoding", text_or_null(events->at[i].encoding),
						"reason", text_or_null(events->at[i].why)));
	return all;
}

/* "event/page-faults": the count per operation, in samples that are not timed. */
static json_t *describe_event(const struct tb_event *event)
{
	char name[TB_EVENT_NAME + 8];
	const struct tb_metric metric = { .name = name, .unit = TB_COUNT, .shown = true };

	snprintf(name, sizeof(name), "event/%s", event->name);
	return describe_metric(&metric, 0);
}

json_t *tb_describe_row(const struct tb_variant *variant, double resolution,
			const struct tb_events *events)
{
	const struct tb_bench *bench = variant->bench;
	bool skipped = variant->code[0];
	json_t *metrics = json_array();

	for (int i = 0; bench->metrics[i].name && !skipped; i++)
		json_array_append_new(metrics, describe_metric(&bench->metrics[i], resolution));
	for (unsigned int i = 0; events && i < events->n && !skipped; i++)
		json_array_append_new(metrics, describe_event(&events->at[i]));
	return json_pack("{s:s,s:i,s:s,s:o,s:s,s:o,s:o,s:o,s:n,s:[],s:[],s:o}", "name", bench->name,
			 "version", (int)bench->version, "realm", tb_realm_name(bench->realm),
			 "params", describe_params(variant), "status",
			 skipped ? "skipped" : "failed", "reason_code", text_or_null(variant->code),
			 "reason", text_or_null(variant->reason), "remedy",
			 text_or_null(variant->remedy), "quiet_share", "launches", "checks",
			 "metrics", metrics);
}

json_t *tb_describe_fingerprint(int cpu, const struct tb_fingerprint *fingerprint)
{
	json_t *nulls = json_array();
	json_t *json =
		json_pack("{s:i,s:I}", "cpu", cpu, "samples", (json_int_t)fingerprint->samples);

	for (int i = 0; i < TB_FINGERPRINT_FIELDS; i++) {
		const char *name = tb_fingerprint_name((enum tb_fingerprint_field)i);
		double value = fingerprint->value[i];

		if (isfinite(value)) {
			json_object_set_new(json, name,
					    i < TB_TSC_STEP ? json_real(value)
							    : json_integer((json_int_t)value));
			continue;
		}
		json_object_set_new(json, name, json_null());
		json_array_append_new(nulls, json_pack("{s:s,s:s}", "field", name, "reason",
						       fingerprint->why[i]));
	}
	json_object_set_new(json, "nulls", nulls);
	return json;
}

static json_t *describe_gate(const struct tb_launch_shm *shm)
{
	json_t *gate = NULL;

	if (shm->gate.looks)
		gate = json_pack("{s:f,s:f,s:f,s:f,s:I,s:I,s:I,s:f}", "floor", shm->gate.floor,
				 "own_floor", shm->gate.own_floor, "tolerance", TB_GATE_TOLERANCE,
				 "l2_cycles_per_line", shm->gate.l2_rate, "looks",
				 (json_int_t)shm->gate.looks, "quiet", (json_int_t)shm->gate.quiet,
				 "disturbed", (json_int_t)shm->gate.disturbed, "wait_ms",
				 (double)shm->gate.wait_ns / 1e6);
	return gate ? gate : json_null(); /* null if a floor is not a finite number */
}

static json_t *count_or_null(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static json_t *ms_or_null(int64_t ns)
{
	return ns < 0 ? json_null() : json_real((double)ns / 1e6);
}

static json_t *describe_cpu_noise(const struct tb_noise *noise)
{
	json_t *cpus = json_array();

	for (unsigned int i = 0; i < noise->cpus; i++) {
		const struct tb_cpu_noise *c = &noise->cpu[i];

		json_array_append_new(cpus, json_pack("{s:i,s:o,s:o,s:o,s:o}", "cpu", (int)c->cpu,
						      "interrupts", count_or_null(c->interrupts),
						      "hypervisor_interrupts",
						      count_or_null(c->hypervisor), "steal_ticks",
						      count_or_null(c->steal_ticks), "slow_yields",
						      count_or_null(noise->slow_yields[i])));
	}
	return cpus;
}

/* The reasons of null members of the noise, for all its CPUs. */
static json_t *describe_noise_nulls(const struct tb_noise *noise, const struct tb_cpu_noise *first)
{
	const struct {
		bool missing;
		const char *field, *reason;
	} nulls[] = {
		{ first->steal_ticks < 0, "steal_ticks",
		  "/proc/stat has no such field of the CPU" },
		{ first->interrupts < 0, "interrupts",
		  "/proc/interrupts has no column of the CPU" },
		{ first->hypervisor < 0, "hypervisor_interrupts",
		  "/proc/interrupts has no line HYP" },
		{ noise->smi < 0, "smi",
		  "MSR_SMI_COUNT exists on Intel CPUs only, and only root reads /dev/cpu/*/msr" },
		{ noise->stalls < 0, "memory_stalls", "/proc/vmstat has none of the counters" },
		{ noise->wait_ns < 0, "wait_ms", "/proc/thread-self/schedstat cannot be read" },
		{ noise->others_ns < 0, "others_ms", "/proc/schedstat cannot be read" },
	};
	json_t *all = json_array();

	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		if (nulls[i].missing)
			json_array_append_new(
				all,
				json_pack("{s:s,s:s}", "field", nulls[i].field, "reason",
					  noise->span_ns
						  ? nulls[i].reason
						  : "the launch ended before its last sample"));
	if (noise->cpus && noise->slow_yields[0] < 0)
		json_array_append_new(
			all, json_pack("{s:s,s:s}", "field", "slow_yields", "reason",
				       noise->timed ? "no thread could run there at normal priority"
						    : "the benchmark has no timed metric"));
	return all;
}

static json_t *describe_noise(const struct tb_noise *given)
{
	static const struct tb_cpu_noise unknown = { -1, -1, -1, -1, -1 };
	const struct tb_cpu_noise *first = given->cpus ? given->cpu : &unknown;
	struct tb_noise noise = *given;

	/* Without a second mark, the zeros of new shared memory are not counts. */
	if (!noise.span_ns)
		noise.smi = noise.stalls = noise.wait_ns = noise.others_ns = -1;
	return json_pack(
		"{s:o,s:o,s:I,s:I,s:b,s:o,s:o,s:o,s:o,s:o,s:o}", "steal_ticks",
		count_or_null(first->steal_ticks), "interrupts", count_or_null(first->interrupts),
		"involuntary_switches", (json_int_t)noise.involuntary, "voluntary_switches",
		(json_int_t)noise.voluntary, "migrated", (int)noise.migrated, "smi",
		count_or_null(noise.smi), "memory_stalls", count_or_null(noise.stalls), "wait_ms",
		ms_or_null(noise.wait_ns), "others_ms", ms_or_null(noise.others_ns), "cpus",
		describe_cpu_noise(&noise), "nulls", describe_noise_nulls(&noise, first));
}

static json_t *span_ms(uint64_t from, uint64_t to)
{
	return from && to > from ? json_real((double)(to - from) / 1e6) : json_null();
}

static json_t *describe_checks(const struct tb_launch_shm *shm)
{
	json_t *checks = json_array();

	for (unsigned int i = 0; i < shm->n_checks; i++) {
		const struct tb_check *c = &shm->check[i];

		json_array_append_new(checks, json_pack("{s:o,s:o,s:o,s:b}", "name", inert(c->name),
							"want", inert(c->want), "got",
							inert(c->got), "pass", (int)c->pass));
	}
	return checks;
}

/* How the counters were read, or null. */
static json_t *describe_pmu(const struct tb_launch_shm *shm)
{
	if (!shm->pmu.counted)
		return json_null();
	return json_pack("{s:s,s:s,s:f}", "read", shm->pmu.rdpmc ? "rdpmc" : "syscall", "scope",
			 shm->pmu.windowed ? "window" : "sample", "operations",
			 shm->pmu.operations);
}

static json_t *why_no_pmu(const struct tb_launch_shm *shm)
{
	const char *reason;

	if (shm->pmu.counted)
		return json_null();
	if (!shm->events.n)
		return json_string("no events were requested");
	reason = shm->unavailable[shm->metrics - shm->events.n];
	return inert(reason[0] ? reason : "the launch ended before it counted");
}

/* Why SCHED_FIFO or locked memory was unavailable: the cause and its remedy, or null. */
static json_t *why_lost(int err,
			void (*explain)(const struct tb_sysroot *, int, struct tb_refusal *))
{
	char text[TB_TEXT];
	struct tb_refusal refusal;

	if (!err)
		return json_null();
	explain(NULL, err, &refusal);
	tb_refusal_text(&refusal, NULL, text, sizeof(text));
	return json_string(text);
}

json_t *tb_describe_launch(const struct tb_launch *launch, const struct tb_launch_shm *shm,
			   size_t index, size_t seq)
{
	json_t *controls = json_object(), *cost;
	char now[32];

	for (unsigned int i = 0; i < shm->n_controls; i++)
		json_object_set_new(controls, shm->control[i].name,
				    finite_or_null(shm->control[i].value));
	cost = json_pack("{s:o,s:o,s:o}", "start_ms", span_ms(launch->ns_fork, shm->ns_warm),
			 "window_ms", span_ms(shm->ns_warm, shm->ns_sampled), "finish_ms",
			 span_ms(shm->ns_sampled, launch->ns_reap));
	tb_time_text(now, sizeof(now));
	return json_pack(
		"{s:I,s:I,s:s,s:i,s:s,s:o,s:s,s:o,s:b,s:o,s:I,s:I,s:o,s:o,s:o,s:o,s:{s:I,s:I},s:o,s:o,s:o}",
		"index", (json_int_t)index, "seq", (json_int_t)seq, "started_at", now, "cpu",
		shm->job.cpu[0], "exit", tb_exit_name(launch->exit), "reason",
		text_or_null(launch->reason), "policy", shm->fifo ? "fifo" : "other",
		"policy_reason", why_lost(shm->fifo_err, tb_explain_realtime), "locked",
		(int)shm->locked, "locked_reason", why_lost(shm->lock_err, tb_explain_locking),
		"rounds", (json_int_t)shm->rounds, "warm_ups", (json_int_t)shm->warm_ups, "gate",
		describe_gate(shm), "noise", describe_noise(&shm->noise), "pmu", describe_pmu(shm),
		"pmu_reason", why_no_pmu(shm), "rusage", "minor_faults",
		(json_int_t)shm->noise.minor_faults, "max_rss_kib",
		(json_int_t)shm->noise.max_rss_kib, "cost", cost, "controls", controls, "checks",
		describe_checks(shm));
}
