/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared memory between the harness and one worker process. The harness writes the job, the worker
 * writes the samples. Both map a file in memory: the samples of a worker that dies are kept, and no
 * system call is needed between two samples.
 */
#ifndef TB_LAUNCH_SHM_H
#define TB_LAUNCH_SHM_H

#include <stdbool.h>
#include <stdint.h>

#include "bench.h"
#include "measure/counters.h"
#include "measure/noise.h"

enum {
	TB_SHM_MAGIC = 0x79617274,
	TB_SHM_FD = 3, /* file descriptor in the worker */
	TB_TEXT = 640, /* bytes of a reason with its remedy */
	TB_VALUE = 48,
	TB_CONTROLS_MAX = 24,
	TB_CHECKS_MAX = 24,
	TB_SHM_METRICS_MAX = TB_METRICS_MAX + TB_EVENTS_MAX,
};

enum tb_phase { TB_STARTING, TB_WARMING, TB_SAMPLING, TB_VERIFYING, TB_DONE };

struct tb_job {
	char bench[64];
	char value[TB_PARAMS_MAX][TB_VALUE]; /* in the order of the benchmark's params */
	int32_t cpu[TB_CPUS_MAX];
	uint64_t cache[4]; /* by level, bytes; [0] is unused */
	uint64_t seed, stream;
	uint32_t rounds;   /* at most */
	uint32_t slot_ms;  /* no round begins later, after the first TB_ROUNDS_MIN */
	double gate_floor; /* core cycles per line, of the campaign so far; 0: none */
	double tsc_hz;
};

enum { TB_ROUNDS_MIN = 8, TB_WARM_UPS = 16 };

struct tb_control {
	char name[72];
	double value;
};

struct tb_check {
	char name[40], want[64], got[64];
	uint32_t pass;
};

/* The noise on the launch's CPUs while it ran: differences of two tb_noise_mark. */
struct tb_noise {
	uint64_t involuntary, voluntary, minor_faults; /* of the worker, by getrusage() */
	uint64_t max_rss_kib;
	struct tb_cpu_noise cpu[TB_CPUS_MAX];
	int32_t slow_yields[TB_CPUS_MAX]; /* maximum of before and after; < 0: a test failed */
	uint32_t cpus;
	int64_t smi, stalls, wait_ns, others_ns; /* -1: not readable */
	uint64_t span_ns;
	uint32_t migrated; /* the launch began and ended on different CPUs */
	uint32_t timed;	   /* the metrics are times, which other tasks change */
};

struct tb_launch_shm {
	uint32_t magic;
	uint32_t metrics, /* those of the benchmark, and one for each event */
		capacity; /* numbers of a metric's column */
	struct tb_events events;
	struct tb_job job;

	/* The worker writes all members from here on. The harness checks their bounds. */
	uint32_t phase, beat; /* atomic */
	int32_t err;
	char why[TB_TEXT];
	uint32_t fifo, locked;
	int32_t fifo_err, lock_err;   /* -errno if fifo or locked is 0 */
	uint64_t ns_warm, ns_sampled; /* CLOCK_MONOTONIC: first warm-up, last sample */
	uint32_t rounds, warm_ups;
	struct {
		double floor, own_floor, l2_rate;
		uint64_t looks, quiet, disturbed, wait_ns;
	} gate;
	struct tb_noise noise;
	uint32_t n_controls, n_checks;
	struct tb_control control[TB_CONTROLS_MAX];
	struct tb_check check[TB_CHECKS_MAX];
	struct {
		uint32_t counted, rdpmc, windowed;
		double operations; /* of a window; counts are divided by it */
	} pmu;
	char unavailable[TB_SHM_METRICS_MAX][TB_TEXT];
	uint32_t count[TB_SHM_METRICS_MAX][TB_COLUMNS];
	double number[]; /* [metric][column][capacity] */
};

/* Creates the shared memory in a new file, with a zeroed job. 0 or -errno; *fd < 0: no file. */
int tb_launch_shm_create(unsigned int metrics, unsigned int capacity, int *fd,
			 struct tb_launch_shm **shm);
/* In the worker: maps the file. 0 or -errno. */
int tb_launch_shm_open(int fd, struct tb_launch_shm **shm);
/* In the worker, if mapping failed: writes the reason to the file, for the harness. 0 or -errno. */
int tb_launch_shm_fail(int fd, int err, const char *why);
void tb_launch_shm_unmap(struct tb_launch_shm *shm);
double *tb_launch_shm_column(struct tb_launch_shm *shm, unsigned int metric, enum tb_column column);
/* Checks the bounds of what the worker wrote, and terminates its texts. 0 or -EPROTO. */
int tb_launch_shm_check(struct tb_launch_shm *shm);

#endif
