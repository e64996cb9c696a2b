/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source files that are embedded in the program, by cmake/embed.cmake. */
#ifndef TB_EMBEDDED_H
#define TB_EMBEDDED_H

#include <stddef.h>

/* Each ends with a NUL that the length does not include. */
extern const char tb_embedded_schema[];
extern const size_t tb_embedded_schema_length;
extern const char tb_embedded_plots[];
extern const size_t tb_embedded_plots_length;
extern const char tb_embedded_style[];
extern const char tb_embedded_bash[], tb_embedded_zsh[], tb_embedded_fish[];

/* The gnuplot script plots/NAME.gp, or "" if it does not exist. */
const char *tb_embedded_script(const char *name);

#endif
