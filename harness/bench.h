/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract between the harness and a benchmark.
 *
 * A benchmark is one const struct tb_bench. The harness launches it in a fresh
 * process for every trial of a variant, calls the functions in the order in
 * which they stand here, and keeps every sample. Functions return 0 or -errno;
 * what went wrong is said through tb_trial_fail(), once, by the one who knows it.
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
 * How the samples of one launch become the launch's figure. A share over a block
 * of trials is averaged: the median of shares says 0 of whatever is rarer than
 * once a block.
 */
enum tb_within { TB_MEDIAN, TB_MEAN };

struct tb_metric {
	const char *name; /* "wake-to-run"; an identity in records, never renamed */
	enum tb_unit unit;
	enum tb_better better;
	const char *help; /* from which event to which event */
	enum tb_within within;
	unsigned int trials;   /* a sample is a figure over so many trials; 0: over one window */
	const char *reference; /* the metric holding the same figure of the reference, or NULL */
	bool headline;	       /* the stop rule looks at it */
	bool shown; /* in the summary table; the others are in the record and the report */
};

struct tb_param {
	const char *name;
	const char *values;   /* "off|on", or "4K..1G/4K" (from..to/step) */
	const char *fallback; /* the default, as a user would type it */
	const char *help;
	/*
	 * Instead of `values`, where a table implements the parameter: the name in its i-th
	 * row, NULL after the last.
	 */
	const char *(*choice)(unsigned int i);
};

/*
 * Parameters that the harness itself acts on, by name: where role 1 runs as seen
 * from role 0, whether CPUs may idle deeply while the launch lives, and the scheduling
 * class of its threads. The default of the last is "other" where SCHED_FIFO is refused.
 */
#define TB_PLACEMENT_PARAM "placement"
#define TB_IDLE_PARAM	   "idle"
#define TB_IDLES	   "default|shallow"
#define TB_POLICY_PARAM	   "policy"
#define TB_POLICIES	   "fifo|other"

/*
 * What the numbers of a benchmark mean, for `explain`: plain sentences that a
 * reader can check against the source. In each text a line is a point of its own.
 * What parameters and metrics say themselves is not repeated.
 */
struct tb_explanation {
	const char *question; /* what the numbers answer */
	const char *window;   /* from which event to which, and what does not stand in it */
	const char *values;   /* what each value of a parameter does: "loop=kvm: ..." */
	const char *proof;    /* what is checked in each launch: did it really happen? */
	const char *controls; /* what is known beforehand and has to come out so */
	const char *traps;    /* what moved the number before it was found, and what was done */
	const char *silent;   /* what the numbers do not say */
	const char *sources;  /* kernel files, manuals, papers */
};

struct tb_trial;  /* one launch: its parameters, CPUs, memory and samples */
struct tb_probe;  /* what the machine offers, and where to say what it missing */
struct tb_events; /* measure/counters.h */
struct tb_counters;

/* The rest of a launch, setup to teardown; it ends with its process. */
typedef __attribute__((noreturn)) void (*tb_work)(struct tb_trial *trial);

/* Where the timed window runs: in this process, in the module, in a guest that the launch starts. */
enum tb_realm { TB_REALM_USER, TB_REALM_MODULE, TB_REALM_GUEST };

struct tb_bench {
	const char *name; /* "apf/wake-futex" */
	const char *summary;
	const struct tb_explanation *explain;
	enum tb_realm realm;
	unsigned int version;		 /* raised when the numbers change their meaning */
	unsigned int cpus;		 /* CPU roles of a launch */
	const struct tb_metric *metrics; /* ends with a null name, as params */
	const struct tb_param *params;
	const char *const *quick; /* variants of a suite, "loop=a,b size=64K"; ends with NULL */
	const char *const *full;
	unsigned int rounds; /* samples of each column in a launch, at most */
	bool ungated; /* it sleeps: a witness loop between samples would change them; it looks before and after */
	bool untimed; /* its figures are no times: nobody looks whether its CPUs are quiet */

	int (*probe)(struct tb_probe *probe); /* a variant's; may be NULL: runs everywhere */
	/*
	 * Calls work(trial) in a state that no frame of before can be returned from; comes back
	 * only with -errno, when it could not be entered. May be NULL.
	 */
	int (*enter)(struct tb_trial *trial, tb_work work);
	int (*setup)(struct tb_trial *trial); /* may be NULL, as verify and teardown */
	/*
	 * One value a metric; NAN: none now. A metric that has no value in any sample needs
	 * tb_trial_unavailable(), or the launch fails.
	 */
	int (*sample)(struct tb_trial *trial, double *value);
	int (*verify)(struct tb_trial *trial); /* after the last sample: did it really happen? */
	/*
	 * Called once after setup, also where setup failed: ends what was started, which may be
	 * nothing. The launch's memory is unmapped after it.
	 */
	void (*teardown)(struct tb_trial *trial);
	/*
	 * Where the timed window is not this thread's; else NULL. Opens counters in it, before the first
	 * counted sample: gives each event that it has a place in `counters`, and says of the others
	 * why not. Counted samples then call tb_trial_counted().
	 */
	int (*count)(struct tb_trial *trial, const struct tb_events *events,
		     struct tb_counters *counters);
};

/*
 * Every round takes one sample at once and one after a witness loop saw a quiet
 * core. Where the wait for quiet ended without it, the second is a column of its own.
 */
enum tb_column { TB_UNGATED, TB_GATED, TB_DISTURBED, TB_COLUMNS, TB_WARM_UP = TB_COLUMNS };

enum { TB_METRICS_MAX = 24, TB_PARAMS_MAX = 10, TB_CPUS_MAX = 4 };

/*
 * Parameters of a launch, as chosen by the user or the suite. Asking for a parameter that the
 * benchmark does not have aborts, here and in a probe.
 */
const char *tb_trial_choice(const struct tb_trial *trial, const char *param);
/* The choice's place in the parameter's values: "a|b|c" -> 0, 1, 2. Aborts if it is none of them. */
unsigned int tb_trial_choice_index(const struct tb_trial *trial, const char *param);
unsigned long tb_trial_number(const struct tb_trial *trial, const char *param);
int tb_trial_cpu(const struct tb_trial *trial, unsigned int role);
/* Data or unified cache of role 0's CPU, bytes; 0: none, or the topology does not say. */
size_t tb_trial_cache(const struct tb_trial *trial, unsigned int level);
/* TSC cycles -> nanoseconds, by the rate that the run has calibrated. */
double tb_trial_ns(const struct tb_trial *trial, double tsc);

/*
 * Page-aligned, zeroed, populated with 4 KiB pages and locked where the limits
 * allow, between guard pages: a hardware prefetcher that runs over the end of an
 * area would otherwise fetch lines of its neighbour. NULL when short, and said.
 */
void *tb_trial_alloc(struct tb_trial *trial, size_t bytes);
void *tb_trial_priv(const struct tb_trial *trial);
void tb_trial_set_priv(struct tb_trial *trial, void *priv);

enum tb_column tb_trial_column(const struct tb_trial *trial); /* of the sample being taken */
uint64_t tb_trial_samples(const struct tb_trial *trial);      /* taken so far, warm-ups included */
struct tb_random *tb_trial_random(struct tb_trial *trial);    /* seeded by plan and launch */

/*
 * This metric's value of this sample goes to the disturbed column, whatever the gate saw: for
 * samples long enough to be disturbed after it. Judged by a reference, never by the value.
 */
void tb_trial_disturbed(struct tb_trial *trial, unsigned int metric);
/*
 * The window that --events counts: right outside the timed one, so that nothing of it is in there. Does
 * nothing in samples that are timed; of several in one sample the last counts. Without it the counts are
 * of the whole sample. Counts are given for one of `operations`.
 */
bool tb_trial_counting(const struct tb_trial *trial); /* this sample is a counted one */
void tb_trial_count_begin(struct tb_trial *trial);
void tb_trial_count_end(struct tb_trial *trial, double operations);
/* The same from a window that the benchmark's own count() opened: one count a place. */
void tb_trial_counted(struct tb_trial *trial, const uint64_t *count, double operations);
/* A figure of the launch that is no metric: a slope, a scale, a witness. */
void tb_trial_control(struct tb_trial *trial, const char *name, double value);
/* What a metric's windows cost by themselves in this launch: recorded beside it, never subtracted. */
void tb_trial_overhead(struct tb_trial *trial, unsigned int metric, double value);
void tb_trial_overhead_event(struct tb_trial *trial, unsigned int event, double value);
/* What had to hold; one failed check and the launch does not count. Texts are copied. */
void tb_trial_check(struct tb_trial *trial, const char *name, bool pass, const char *want,
		    const char *got);
/* The same of two counts. */
void tb_trial_check_count(struct tb_trial *trial, const char *name, long long want, long long got);
/* This metric is null in this variant, because; an empty reason: it is not. */
void tb_trial_unavailable(struct tb_trial *trial, unsigned int metric, const char *reason);
void tb_trial_unavailable_event(struct tb_trial *trial, unsigned int event, const char *reason);
int tb_trial_fail(struct tb_trial *trial, int err, const char *why); /* returns err */
/*
 * The same where the kernel refused `call` with err (see measure/refusal.h): "no thread to fault: "
 * and the cause with its remedy.
 */
int tb_trial_refused(struct tb_trial *trial, int err, const char *call, const char *what);

/* A probe answers 0, or -errno after tb_probe_unavailable() said what is missing. */
const char *tb_probe_choice(const struct tb_probe *probe, const char *param);
unsigned long tb_probe_number(const struct tb_probe *probe, const char *param);
size_t tb_probe_cache(const struct tb_probe *probe, unsigned int level);
size_t tb_probe_memory(const struct tb_probe *probe); /* available, bytes; 0: unknown */
int tb_probe_unavailable(struct tb_probe *probe, const char *code, const char *reason,
			 const char *remedy);
/* The kernel refuses `call` with err (see measure/refusal.h). Returns -errno. */
int tb_probe_refused(struct tb_probe *probe, int err, const char *call);
/* Whether glibc can make threads and spawn processes. 0, or -errno after tb_probe_unavailable(). */
int tb_probe_threads(struct tb_probe *probe);

/* The parameter's index by its name of `length` bytes, or -1. */
int tb_bench_param(const struct tb_bench *bench, const char *name, size_t length);
unsigned int tb_bench_metrics(const struct tb_bench *bench); /* how many it has of its own */
const char *tb_unit_name(enum tb_unit unit);
const char *tb_realm_name(enum tb_realm realm); /* as in a record */
const char *tb_column_name(enum tb_column column);

#endif
