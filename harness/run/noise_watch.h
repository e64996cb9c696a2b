/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker's account of what else happened on its launch's CPUs: struct tb_noise. */
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

/* Before the benchmark's setup: looks whether others run on the CPUs. Threads of the setup would be seen. */
void tb_noise_watch_open(struct tb_noise_watch *watch, struct tb_trial *trial);
/* Around the samples. */
void tb_noise_watch_begin(struct tb_noise_watch *watch);
void tb_noise_watch_end(struct tb_noise_watch *watch);
/* After the benchmark's teardown: looks again. */
void tb_noise_watch_close(struct tb_noise_watch *watch);

#endif
