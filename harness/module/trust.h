/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether another user could replace a file that root is about to load. */
#ifndef TB_MODULE_TRUST_H
#define TB_MODULE_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Whether only root and `user` can change which bytes an absolute path leads to: they own the file,
 * each folder above it and each link on the way, and nobody else may write to these. If not, the
 * reason names the path at fault.
 */
bool tb_module_trusted(const char *path, uid_t user, char *reason, size_t size);

#endif
