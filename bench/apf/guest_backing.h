/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The faulting memory of a guest and the way its pages are supplied: values of a parameter. */
#ifndef TB_GUEST_BACKING_H
#define TB_GUEST_BACKING_H

#include "apf/uffd.h"

struct guest_backing {
	const char *name;
	enum uffd_way way;
	size_t page;
};

/* The names, NULL after the last; and the lookup by name. */
const char *guest_backing_name(unsigned int i);
const struct guest_backing *guest_backing_of(const char *name);

#endif
