/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes with a unit suffix: 64K, 1G. */
#ifndef TB_SIZE_H
#define TB_SIZE_H

#include <stddef.h>

/* "64K" -> 65536. 0; -EINVAL unless it is digits and at most one of K, M, G (1024); -ERANGE. */
int tb_size_read(const char *text, unsigned long *out);
/* 65536 -> "64K"; without a unit if none divides the number. */
void tb_size_text(unsigned long number, char *out, size_t bytes);

#endif
