// SPDX-License-Identifier: GPL-2.0-or-later
#include "size.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tb_size_read(const char *text, unsigned long *out)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;
	unsigned int shift = 0;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	*out = strtoul(text, &end, 10);
	if (errno)
		return -ERANGE;
	if (*end) {
		unit = strchr(units, toupper((unsigned char)*end));
		if (!unit || end[1])
			return -EINVAL;
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	if (*out > ULONG_MAX >> shift)
		return -ERANGE;
	*out <<= shift;
	return 0;
}

void tb_size_text(unsigned long number, char *out, size_t bytes)
{
	static const char units[] = { 'G', 'M', 'K' };

	for (unsigned int i = 0; i < sizeof(units); i++) {
		unsigned int shift = 10 * (unsigned int)(sizeof(units) - i);

		if (number && !(number & ((1ul << shift) - 1))) {
			snprintf(out, bytes, "%lu%c", number >> shift, units[i]);
			return;
		}
	}
	snprintf(out, bytes, "%lu", number);
}
