// SPDX-License-Identifier: GPL-2.0-or-later
#include "thread/shadow_map.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "thread/shadow.h"
#include "thread/space.h"

enum { PAGE = 4096 };

/* The size rounded up to whole pages, in bytes. */
static size_t whole(size_t size)
{
	return (size + PAGE - 1) / PAGE * PAGE;
}

/* Checks all properties of an untimed mapping. */
static int prove_mapping(struct tb_trial *trial, const struct shadow_map *s)
{
	struct thread_vma vma = { 0 };
	char *at = shadow_map(s);
	bool found;

	if (!at)
		return shadow_map_fail(trial);
	tb_trial_check_count(trial, "token", (long long)shadow_map_token_due(s, at),
			     (long long)shadow_map_token(s, at));
	found = thread_vma_at((uint64_t)at, &vma);
	tb_trial_check(trial, "vma", found && vma.from == (uint64_t)at, "from there on",
		       found ? "from elsewhere" : "none");
	tb_trial_check_count(trial, "vma-bytes", (long long)whole(s->size),
			     (long long)(vma.to - vma.from));
	tb_trial_check(trial, "vma-flag", vma.shadow == s->real, s->real ? "ss" : "no ss",
		       vma.shadow ? "ss" : "no ss");
	tb_trial_control(trial, "huge", (double)vma.huge);
	munmap(at, s->size);
	found = thread_vma_at((uint64_t)at, &vma);
	tb_trial_check(trial, "unmapped", !found, "gone", found ? "still there" : "gone");
	return 0;
}

/* Calls that the kernel must refuse, and the errors: Documentation/arch/x86/shstk.rst, map_shadow_stack(2). */
static void prove_refusals(struct tb_trial *trial)
{
	uint64_t room = shadow_map_room(PAGE, PAGE), taken = (uint64_t)tb_trial_priv(trial);
	const struct {
		const char *what;
		uint64_t at, size, flags;
		int err;
	} refusals[] = {
		{ "no size", 0, 0, 0, EINVAL },
		{ "a size beyond the last page", 0, UINT64_MAX, 0, EOVERFLOW },
		{ "no room for the token", 0, 4, THREAD_SHADOW_TOKEN, ENOSPC },
		{ "an unaligned token", 0, PAGE + 4, THREAD_SHADOW_TOKEN, EINVAL },
		{ "an unaligned address", room + 8, PAGE, 0, EINVAL },
		{ "an address below 4 GiB", 1 << 30, PAGE, 0, ERANGE },
		{ "a taken address", taken, PAGE, 0, EEXIST },
		{ "an unknown flag", 0, PAGE, 1u << 31, EINVAL },
	};
	char want[64] = "each as documented", got[64] = "each as documented";

	for (unsigned int i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		long ret = syscall(THREAD_SYS_MAP_SHADOW_STACK, refusals[i].at, refusals[i].size,
				   refusals[i].flags);
		int err = ret == -1 ? errno : 0;

		if (!err)
			munmap((void *)ret, refusals[i].size);
		if (err == refusals[i].err)
			continue;
		snprintf(want, sizeof(want), "%s: %s", refusals[i].what,
			 strerrorname_np(refusals[i].err));
		snprintf(got, sizeof(got), "%s: %s", refusals[i].what,
			 err ? strerrorname_np(err) : "taken");
	}
	tb_trial_check(trial, "refusals", !strcmp(want, got), want, got);
}

static void prove_writes(struct tb_trial *trial, const struct shadow_map *s)
{
	const volatile uint64_t *words = (const volatile uint64_t *)s->at;
	uint64_t want = tb_trial_samples(trial) - 1;
	long long right = 0;

	for (int i = 0; i < SHADOW_WRITES; i++)
		right += words[i] == want;
	tb_trial_check_count(trial, "words-written", SHADOW_WRITES, right);
}

/* Moves there, reads RDSSP, and moves back. */
static void prove_pivot(struct tb_trial *trial, const struct shadow_map *s)
{
	uint64_t there = (uint64_t)s->at + s->size, here = thread_ssp(), seen = 0;

	asm volatile("rstorssp (%[token])\n\t"
		     "saveprevssp\n\t"
		     "rdsspq %[seen]\n\t"
		     "rstorssp -8(%[here])\n\t"
		     "saveprevssp"
		     : [seen] "+&r"(seen)
		     : [token] "r"(there - 8), [here] "r"(here)
		     : "memory", "cc");
	tb_trial_check_count(trial, "pivot-there", (long long)there, (long long)seen);
	tb_trial_check_count(trial, "pivot-back", (long long)here, (long long)thread_ssp());
	tb_trial_check_count(trial, "pivot-token", (long long)shadow_map_token_due(s, s->at),
			     (long long)shadow_map_token(s, s->at));
}

int shadow_map_prove(struct tb_trial *trial, struct shadow_map *s)
{
	if (s->operation == SHADOW_WRITE && s->real)
		tb_trial_check_count(trial, "wrss-off", 0,
				     thread_arch_prctl(THREAD_SHSTK_DISABLE, THREAD_WRSS));
	thread_check_shadow(trial);
	tb_trial_check_count(trial, "misplaced", 0, (long long)s->misplaced);
	tb_trial_check_count(trial, "wrong-tokens", 0, (long long)s->wrong_tokens);
	if (s->operation == SHADOW_WRITE)
		prove_writes(trial, s);
	if (s->operation == SHADOW_PIVOT)
		prove_pivot(trial, s);
	if (s->real)
		prove_refusals(trial);
	if (s->at)
		munmap(s->at, s->size);
	s->at = NULL;
	return prove_mapping(trial, s);
}
