/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract between the harness and a benchmark.
 *
 * A benchmark is one const struct tb_bench. The harness starts a fresh process for
 * each launch of a variant, calls the functions in the order of the structure, and
 * records every sample. Functions return 0 or -errno. A function that fails reports
 * the reason with tb_trial_fail(); the first report of a launch is kept.
 */
#ifndef TB_BENCH_H
#define TB_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tb_unit {
	TB_NS,
	TB_TSC,
	TB_CORE_CYCLES,
	TB_OPS_PER_S,
	TB_LINES,
	TB_RATIO,
	TB_COUNT,
	TB_BYTES
};
enum tb_better { TB_LOWER, TB_HIGHER };

/*
 * How the samples of one launch are reduced to the launch's value. Shares over a block
 * of trials use the mean: their median is 0 for an event that is rarer than once a block.
 */
enum tb_within { TB_MEDIAN, TB_MEAN };

struct tb_metric {
	const char *name; /* "wake-to-run"; identifies the metric in records, never renamed */
	enum tb_unit unit;
	enum tb_better better;
	const char *help; /* the start and the end of the measured interval */
	enum tb_within within;
	unsigned int trials;   /* trials that one sample covers; 0: a sample is one window */
	const char *reference; /* name of the metric with the reference's value, or NULL */
	bool headline;	       /* the stop rule uses this metric */
	bool shown; /* in the summary table; the record and the report hold all metrics */
};

struct tb_param {
	const char *name;
	const char *values;   /* "off|on", or "4K..1G/4K" (from..to/step) */
	const char *fallback; /* the default, in the syntax of -p */
	const char *help;
	/*
	 * Replaces `values` if the choices are the rows of a table: returns the name of row i,
	 * or NULL after the last row.
	 */
	const char *(*choice)(unsigned int i);
};

/*
 * The harness applies these parameters itself:
 * - placement: where role 1 runs, relative to role 0;
 * - idle: whether CPUs may enter deep idle states during the launch;
 * - policy: the scheduling class of the launch's threads. Its default is "other" if the
 *   system refuses SCHED_FIFO.
 */
#define TB_PLACEMENT_PARAM "placement"
#define TB_IDLE_PARAM	   "idle"
#define TB_IDLES	   "default|shallow"
#define TB_POLICY_PARAM	   "policy"
#define TB_POLICIES	   "fifo|other"

/*
 * The meaning of a benchmark's numbers, for `explain`: plain sentences that a reader can
 * verify in the source. Each line of a text is a separate point. The texts do not repeat
 * the help of parameters and metrics.
 */
struct tb_explanation {
	const char *question; /* the question that the numbers answer */
	const char *window;   /* the start and the end of the window, and its exclusions */
	const char *values;   /* the effect of each parameter value: "loop=kvm: ..." */
	const char *proof;    /* the checks of each launch that the mechanism had its effect */
	const char *controls; /* measurements with a known result */
	const char *traps;    /* known sources of error, and how the benchmark avoids them */
	const char *silent;   /* limits: questions that the numbers do not answer */
	const char *sources;  /* kernel files, manuals, papers */
};

struct tb_trial;  /* one launch: its parameters, CPUs, memory and samples */
struct tb_probe;  /* one variant before its launches: its parameters and the machine */
struct tb_events; /* measure/counters.h */
struct tb_counters;

/* Runs the launch from setup to teardown, then ends the process. */
typedef __attribute__((noreturn)) void (*tb_work)(struct tb_trial *trial);

/* Where the timed window runs: in the worker process, in the kernel module, or in a guest. */
enum tb_realm { TB_REALM_USER, TB_REALM_MODULE, TB_REALM_GUEST };

struct tb_bench {
	const char *name; /* "apf/wake-futex" */
	const char *summary;
	const struct tb_explanation *explain;
	enum tb_realm realm;
	unsigned int version;		 /* incremented when the meaning of the numbers changes */
	unsigned int cpus;		 /* CPU roles of a launch, 1..TB_CPUS_MAX */
	const struct tb_metric *metrics; /* the last has a NULL name; the same in params */
	const struct tb_param *params;
	const char *const *quick; /* variants of a suite, "loop=a,b size=64K"; ends with NULL */
	const char *const *full;
	unsigned int rounds; /* samples of each column in a launch, at most */
	/*
	 * The benchmark sleeps, and a witness loop between samples would change its values. The
	 * gate looks only before the first and after the last sample.
	 */
	bool ungated;
	bool untimed; /* no metric is a time: the harness does not check that the CPUs are quiet */

	/* Whether the variant can run on this machine. NULL: it runs everywhere. */
	int (*probe)(struct tb_probe *probe);
	/*
	 * Runs work(trial) where returning through earlier stack frames is impossible. Returns
	 * only if it could not start work(), with -errno. May be NULL.
	 */
	int (*enter)(struct tb_trial *trial, tb_work work);
	int (*setup)(struct tb_trial *trial); /* may be NULL, as verify and teardown */
	/*
	 * Writes one value for each metric; NAN: no value in this sample. A metric without a value
	 * in all samples needs tb_trial_unavailable(), or the launch fails.
	 */
	int (*sample)(struct tb_trial *trial, double *value);
	/* After the last sample: checks that the mechanism had its effect, see tb_trial_check(). */
	int (*verify)(struct tb_trial *trial);
	/*
	 * Called once after setup, even if setup failed: ends all that setup started, which may be
	 * nothing. The harness unmaps the launch's memory afterwards.
	 */
	void (*teardown)(struct tb_trial *trial);
	/*
	 * Needed only if the timed window runs in another thread or in a guest, else NULL. Opens
	 * counters there, before the first counted sample. It adds each available event to
	 * `counters` and reports the others with tb_trial_unavailable_event(). Counted samples then
	 * call tb_trial_counted().
	 */
	int (*count)(struct tb_trial *trial, const struct tb_events *events,
		     struct tb_counters *counters);
};

/*
 * Each round takes one sample at once (ungated) and one after the gate saw a quiet core
 * (gated). If the gate's wait ended without a quiet core, the second sample is disturbed.
 */
enum tb_column { TB_UNGATED, TB_GATED, TB_DISTURBED, TB_COLUMNS, TB_WARM_UP = TB_COLUMNS };

enum { TB_METRICS_MAX = 24, TB_PARAMS_MAX = 10, TB_CPUS_MAX = 4 };

/*
 * The value of a parameter in this launch, as chosen by the user or the suite. The tb_trial_ and
 * tb_probe_ functions abort if the benchmark has no parameter of this name.
 */
const char *tb_trial_choice(const struct tb_trial *trial, const char *param);
/* The index of the choice in the parameter's values: "a|b|c" -> 0, 1, 2. Aborts if not found. */
unsigned int tb_trial_choice_index(const struct tb_trial *trial, const char *param);
unsigned long tb_trial_number(const struct tb_trial *trial, const char *param);
/* The number of the CPU that this role runs on. */
int tb_trial_cpu(const struct tb_trial *trial, unsigned int role);
/* Size of the data or unified cache of role 0's CPU, bytes; 0: none or unknown. */
size_t tb_trial_cache(const struct tb_trial *trial, unsigned int level);
/* Converts TSC cycles to nanoseconds, with the TSC rate that the run calibrated. */
double tb_trial_ns(const struct tb_trial *trial, double tsc);

/*
 * Allocates page-aligned, zeroed and populated 4 KiB pages, locked if the limits allow it. Guard
 * pages surround the area: they keep hardware prefetchers from fetching lines of a neighbouring
 * area. The harness frees it after teardown. NULL if memory is short, after tb_trial_fail().
 */
void *tb_trial_alloc(struct tb_trial *trial, size_t bytes);
void *tb_trial_priv(const struct tb_trial *trial);
void tb_trial_set_priv(struct tb_trial *trial, void *priv);

enum tb_column tb_trial_column(const struct tb_trial *trial); /* of the current sample */
uint64_t tb_trial_samples(const struct tb_trial *trial);   /* samples so far, with the warm-ups */
struct tb_random *tb_trial_random(struct tb_trial *trial); /* seeded by the run and the launch */

/*
 * Moves this metric's value of this sample to the disturbed column, whatever the gate saw. For
 * samples that are long enough to be disturbed after the gate. The decision must come from a
 * reference, never from the value.
 */
void tb_trial_disturbed(struct tb_trial *trial, unsigned int metric);
/*
 * The window that --events counts. Place the calls directly outside the timed window, so that they
 * add nothing to it. They do nothing in timed samples. If a sample has several windows, the last is
 * recorded. Without these calls the whole sample is counted. The count is divided by `operations`.
 */
bool tb_trial_counting(const struct tb_trial *trial); /* this sample is counted, not timed */
void tb_trial_count_begin(struct tb_trial *trial);
void tb_trial_count_end(struct tb_trial *trial, double operations);
/* For counters that the benchmark's count() opened: count[i] belongs to entry i of its counters. */
void tb_trial_counted(struct tb_trial *trial, const uint64_t *count, double operations);
/* Records a number of the launch that is not a metric, such as a slope, a scale or a witness. */
void tb_trial_control(struct tb_trial *trial, const char *name, double value);
/* Records the cost of a metric's empty window in this launch. It is never subtracted. */
void tb_trial_overhead(struct tb_trial *trial, unsigned int metric, double value);
void tb_trial_overhead_event(struct tb_trial *trial, unsigned int event, double value);
/* Records a condition that must hold. One failed check discards the launch. Texts are copied. */
void tb_trial_check(struct tb_trial *trial, const char *name, bool pass, const char *want,
		    const char *got);
/* Checks that two counts are equal. */
void tb_trial_check_count(struct tb_trial *trial, const char *name, long long want, long long got);
/* Marks the metric unavailable for this variant. An empty reason clears the mark. */
void tb_trial_unavailable(struct tb_trial *trial, unsigned int metric, const char *reason);
void tb_trial_unavailable_event(struct tb_trial *trial, unsigned int event, const char *reason);
/* Reports why the launch fails; only the first report is kept. Returns err. */
int tb_trial_fail(struct tb_trial *trial, int err, const char *why);
/*
 * Reports that the kernel refused `call` with err: `what` ("no thread to fault"), the cause and the
 * remedy (see machine/refusal.h). Returns err.
 */
int tb_trial_refused(struct tb_trial *trial, int err, const char *call, const char *what);

/* A probe returns 0, or the -errno of tb_probe_unavailable(), which makes the row skipped. */
const char *tb_probe_choice(const struct tb_probe *probe, const char *param);
unsigned long tb_probe_number(const struct tb_probe *probe, const char *param);
size_t tb_probe_cache(const struct tb_probe *probe, unsigned int level);
size_t tb_probe_memory(const struct tb_probe *probe); /* available, bytes; 0: unknown */
int tb_probe_unavailable(struct tb_probe *probe, const char *code, const char *reason,
			 const char *remedy);
/* Reports that the kernel refuses `call` with err (see machine/refusal.h). Returns -errno. */
int tb_probe_refused(struct tb_probe *probe, int err, const char *call);
/* Checks that threads and processes can be created. 0, or -errno after tb_probe_unavailable(). */
int tb_probe_threads(struct tb_probe *probe);

/* The index of the parameter whose name is the first `length` bytes of `name`, or -1. */
int tb_bench_param(const struct tb_bench *bench, const char *name, size_t length);
unsigned int tb_bench_metrics(const struct tb_bench *bench); /* number of metrics, without events */
const char *tb_unit_name(enum tb_unit unit);
const char *tb_realm_name(enum tb_realm realm); /* as in a record */
const char *tb_column_name(enum tb_column column);

#endif
