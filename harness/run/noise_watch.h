/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills struct tb_noise in the worker: the noise on the launch's CPUs. */
#ifndef TB_NOISE_WATCH_H
#define TB_NOISE_WATCH_H

#include "measure/noise.h"
#include "machine/sysroot.h"

struct tb_trial;

struct tb_noise_watch {
	struct tb_trial *trial;
	struct tb_sysroot root;
	struct tb_noise_mark before;
};

/* Call it before the benchmark's setup, whose threads it would detect: tests if other tasks run. */
void tb_noise_watch_open(struct tb_noise_watch *watch, struct tb_trial *trial);
/* Call them before the first and after the last sample. */
void tb_noise_watch_begin(struct tb_noise_watch *watch);
void tb_noise_watch_end(struct tb_noise_watch *watch);
/* Call it after the benchmark's teardown: tests again. */
void tb_noise_watch_close(struct tb_noise_watch *watch);

#endif
