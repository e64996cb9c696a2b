// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/guest_clock.h"

void guest_clock_narrow(struct guest_clock *c, const struct guest_exchange *e)
{
	int64_t high = (int64_t)(e->guest_entered - e->host_entered);
	int64_t low = (int64_t)(e->guest_left - e->host_left);

	c->high = high < c->high ? high : c->high;
	c->low = low > c->low ? low : c->low;
}

bool guest_clock_agrees(const struct guest_clock *c)
{
	return c->low > INT64_MIN && c->high < INT64_MAX && c->low <= 0 && c->high >= 0;
}

double guest_clock_uncertainty(const struct guest_clock *c)
{
	double below = -(double)c->low, above = (double)c->high;

	return below > above ? below : above;
}
