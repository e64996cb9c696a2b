/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Progress of a long operation: it calls show() between its steps. */
#ifndef TB_STEPS_H
#define TB_STEPS_H

#include <stddef.h>

struct tb_steps {
	void (*show)(void *arg, size_t done, size_t total); /* NULL: progress is not shown */
	void *arg;
};

static inline void tb_steps_show(const struct tb_steps *steps, size_t done, size_t total)
{
	if (steps->show)
		steps->show(steps->arg, done, total);
}

#endif
