// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/guest_backing.h"

#include <string.h>

static const struct guest_backing backings[] = {
	{ "copy", UFFD_COPY, 4096 },
	{ "continue", UFFD_CONTINUE, 4096 },
	{ "copy-2M", UFFD_COPY, 2 << 20 },
	{ "continue-2M", UFFD_CONTINUE, 2 << 20 },
};

const char *guest_backing_name(unsigned int i)
{
	return i < sizeof(backings) / sizeof(backings[0]) ? backings[i].name : NULL;
}

const struct guest_backing *guest_backing_of(const char *name)
{
	const struct guest_backing *b = backings;

	while (strcmp(b->name, name))
		b++;
	return b;
}
