/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the information that a module file contains about itself. */
#ifndef TB_MODULE_MODINFO_H
#define TB_MODULE_MODINFO_H

#include <libkmod.h>

#include "module/module.h"

/* Reads file->path into its other texts. 0 or -errno. */
int tb_module_info(struct kmod_ctx *kmod, struct tb_module_file *file);

#endif
