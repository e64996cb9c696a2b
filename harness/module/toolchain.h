/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the programs and headers that a build of the module needs, before it starts. */
#ifndef TB_MODULE_TOOLCHAIN_H
#define TB_MODULE_TOOLCHAIN_H

#include "error.h"
#include "module/module.h"

enum { TB_TOOLCHAIN_ARGS = 3 };

/* Arguments of make that name the compiler; empty ones are left out. */
struct tb_toolchain {
	char argument[TB_TOOLCHAIN_ARGS][80];
};

/*
 * The compiler that the kernel in facts->kdir was built with, or another version of it, searched in
 * `path` (PATH; NULL: not set). -errno with the reason if a program or a part of the headers is
 * missing.
 */
int tb_module_toolchain(const struct tb_module_facts *facts, const char *path,
			struct tb_toolchain *toolchain, struct tb_error *why);

/* Whether kbuild takes this path as it is: it splits at spaces and colons. */
bool tb_module_path_fits(const char *path);

#endif
