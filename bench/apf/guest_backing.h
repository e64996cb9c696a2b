/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of a guest that faults, and how its pages are supplied: values of a parameter. */
#ifndef TB_GUEST_BACKING_H
#define TB_GUEST_BACKING_H

#include "apf/uffd.h"

struct guest_backing {
	const char *name;
	enum uffd_way way;
	size_t page;
};

/* Their names, NULL after the last; and a backing by its name. */
const char *guest_backing_name(unsigned int i);
const struct guest_backing *guest_backing_of(const char *name);

#endif
