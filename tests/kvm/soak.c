// SPDX-License-Identifier: GPL-2.0-or-later
/* soak SECONDS [SEED]: guests with random delays and threads. A lost wake ends it. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "apf/guest_round.h"
#include "measure/clock.h"
#include "stats/random.h"

enum { ROUNDS = 8 };

static bool exact(const struct guest_counts *c, uint64_t touches)
{
	return c->touches == touches && c->events == touches && c->absent == touches - c->own &&
	       c->ready == c->absent &&
	       !(c->unknown + c->collisions + c->wrong + c->wrong_pages + c->spurious);
}

static void describe(FILE *out, const struct guest_rounds *l)
{
	const struct guest_counts *c = &l->counts;

	fprintf(out,
		"threads %u vcpus %u delay %llu ns per %s: touches %llu events %llu own %llu not-present %llu ready %llu broadcasts %llu parked-max %llu\n",
		l->threads, l->vmm.vcpus, (unsigned long long)l->delay_ns,
		l->delay_each ? "event" : "batch", (unsigned long long)c->touches,
		(unsigned long long)c->events, (unsigned long long)c->own,
		(unsigned long long)c->absent, (unsigned long long)c->ready,
		(unsigned long long)c->broadcasts, (unsigned long long)c->parked_max);
}

/* One guest for some rounds, each with a delay of its own. */
static int soak_guest(struct tb_random *random, uint64_t *touches)
{
	struct vmm_plan plan = { .vcpus = 1 + (unsigned int)tb_random_below(random, 2),
				 .irqchip = true,
				 .halt_poll = tb_random_below(random, 2),
				 .async = VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT,
				 .ring = { .interrupts = true } };
	struct guest_rounds l = { .threads = 1 + (unsigned int)tb_random_below(random, 128) };
	enum uffd_way way = tb_random_below(random, 2) ? UFFD_COPY : UFFD_CONTINUE;
	const char *why = "";
	uint64_t want;
	int err;

	l.handler_cpu = sched_getcpu();
	l.vcpu_cpu = sched_getcpu();
	err = guest_rounds_open(&l, &plan, way, 4096, &why);
	for (int round = 0; round < ROUNDS && !err; round++) {
		l.delay_ns = tb_random_below(random, 2) ? tb_random_below(random, 2000000) : 0;
		l.delay_each = tb_random_below(random, 4) == 0 && l.delay_ns < 200000;
		err = guest_rounds_run(&l, &why);
	}
	want = (uint64_t)ROUNDS * l.pages * l.vmm.vcpus;
	if (!err && !exact(&l.counts, want)) {
		err = -EPROTO;
		why = "the counts are not exact";
	}
	*touches += l.counts.touches;
	if (err) {
		fprintf(stderr, "soak: %s (%d)\n", why, err);
		describe(stderr, &l);
	}
	guest_rounds_close(&l);
	return err;
}

int main(int argc, char **argv)
{
	uint64_t seconds = argc > 1 ? strtoul(argv[1], NULL, 10) : 600, touches = 0, guests = 0;
	uint64_t seed = argc > 2 ? strtoul(argv[2], NULL, 10) : tb_clock_ns();
	uint64_t end = tb_clock_ns() + seconds * 1000000000;
	struct tb_random random;
	struct tb_refusal unavailable;

	if (vmm_probe(true, &unavailable)) {
		printf("skipped: %s; %s\n", unavailable.reason, unavailable.remedy);
		return 77;
	}
	printf("seed %llu\n", (unsigned long long)seed);
	tb_random_seed(&random, seed, 1);
	for (; tb_clock_ns() < end; guests++)
		if (soak_guest(&random, &touches))
			return 1;
	printf("%llu guests, %llu touches, no wake lost\n", (unsigned long long)guests,
	       (unsigned long long)touches);
	return 0;
}
