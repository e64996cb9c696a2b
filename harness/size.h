/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes as people write them: 64K, 1G. */
#ifndef TB_SIZE_H
#define TB_SIZE_H

#include <stddef.h>

/* "64K" -> 65536. 0; -EINVAL for anything but digits and one of K, M, G (1024); -ERANGE. */
int tb_size_read(const char *text, unsigned long *out);
/* 65536 -> "64K"; plain digits where no unit divides it. */
void tb_size_text(unsigned long number, char *out, size_t bytes);

#endif
