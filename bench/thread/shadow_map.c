// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread/shadow-map: a shadow stack that a program maps itself, for coroutines or
 * signal stacks. Measures mapping and unmapping it, a WRSSQ to it, and the move to
 * it and back.
 */
#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "measure/clock.h"
#include "thread/shadow.h"
#include "thread/shadow_map.h"
#include "thread/shadow_model.h"

enum { LATENCY, CORE_CYCLES, MAP, UNMAP };
enum { PAGE = 4096, BIG = 2 << 20 };

/* The restore token is the last word; its value is its own end. */
static char *map_model(const struct shadow_map *s)
{
	char *map = thread_model_map((void *)s->wanted, s->size);

	if (map && s->token)
		*(volatile uint64_t *)(map + s->size - 8) = (uint64_t)(map + s->size) | 1;
	return map;
}

char *shadow_map(const struct shadow_map *s)
{
	long ret;

	if (!s->real)
		return map_model(s);
	ret = syscall(THREAD_SYS_MAP_SHADOW_STACK, s->wanted, s->size,
		      s->token ? THREAD_SHADOW_TOKEN : 0);
	return ret == -1 ? NULL : (char *)ret;
}

int shadow_map_fail(struct tb_trial *trial)
{
	const struct shadow_map *s = tb_trial_priv(trial);

	return tb_trial_refused(trial, -errno, s->real ? "map_shadow_stack" : "mmap", "no mapping");
}

uint64_t shadow_map_token(const struct shadow_map *s, const char *at)
{
	return *(const volatile uint64_t *)(at + s->size - 8);
}

uint64_t shadow_map_token_due(const struct shadow_map *s, const char *at)
{
	return s->token ? (uint64_t)(at + s->size) | 1 : 0;
}

static void give(const struct tb_trial *trial, double *value, double tsc, int operations)
{
	value[LATENCY] = tb_trial_ns(trial, tsc) / operations;
	value[CORE_CYCLES] = tb_clock_core_cycles(tsc) / operations;
}

static int sample_map(struct tb_trial *trial, struct shadow_map *s, double *value)
{
	uint64_t begin;
	double map, unmap;
	char *at;

	tb_trial_count_begin(trial);
	begin = tb_clock_begin();
	at = shadow_map(s);
	map = (double)(tb_clock_end() - begin);
	tb_trial_count_end(trial, 1);
	if (!at)
		return shadow_map_fail(trial);
	s->misplaced += s->wanted ? (uint64_t)at != s->wanted : (uint64_t)at % PAGE != 0;
	/* Without a token, the read would fault the page in. */
	s->wrong_tokens += s->token && shadow_map_token(s, at) != shadow_map_token_due(s, at);
	begin = tb_clock_begin();
	munmap(at, s->size);
	unmap = (double)(tb_clock_end() - begin);
	give(trial, value, map + unmap, 1);
	value[MAP] = tb_trial_ns(trial, map);
	value[UNMAP] = tb_trial_ns(trial, unmap);
	return 0;
}

static int sample_write(struct tb_trial *trial, struct shadow_map *s, double *value)
{
	uint64_t *words = (uint64_t *)s->at, begin, end, number = tb_trial_samples(trial);

	tb_trial_count_begin(trial);
	begin = tb_clock_begin();
	if (s->real)
		for (int i = 0; i < SHADOW_WRITES; i++)
			asm volatile("wrssq %1, %0" : "=m"(words[i]) : "r"(number));
	else
		for (int i = 0; i < SHADOW_WRITES; i++)
			asm volatile("movq %1, %0" : "=m"(words[i]) : "r"(number));
	end = tb_clock_end();
	tb_trial_count_end(trial, SHADOW_WRITES);
	give(trial, value, (double)(end - begin), SHADOW_WRITES);
	return 0;
}

/*
 * RSTORSSP consumes the token of its target, SAVEPREVSSP leaves one at its origin. After
 * the way there and back all is as before. SDM vol. 1, "Shadow Stack Management".
 */
static int sample_pivot(struct tb_trial *trial, struct shadow_map *s, double *value)
{
	uint64_t here, times = SHADOW_PIVOTS, begin, end;

	tb_trial_count_begin(trial);
	begin = tb_clock_begin();
	asm volatile("rdsspq %[here]\n"
		     "1:\trstorssp (%[there])\n\t"
		     "saveprevssp\n\t"
		     "rstorssp -8(%[here])\n\t"
		     "saveprevssp\n\t"
		     "dec %[times]\n\t"
		     "jnz 1b"
		     : [here] "=&r"(here), [times] "+r"(times)
		     : [there] "r"(s->at + s->size - 8)
		     : "memory", "cc");
	end = tb_clock_end();
	tb_trial_count_end(trial, SHADOW_PIVOTS);
	give(trial, value, (double)(end - begin), SHADOW_PIVOTS);
	return 0;
}

/* In the order of the parameter's values. */
static const struct {
	const char *name;
	int (*sample)(struct tb_trial *trial, struct shadow_map *s, double *value);
} operations[] = {
	[SHADOW_MAP] = { "map", sample_map },
	[SHADOW_WRITE] = { "write", sample_write },
	[SHADOW_PIVOT] = { "pivot", sample_pivot },
};

static const char *operation_name(unsigned int i)
{
	return i < sizeof(operations) / sizeof(operations[0]) ? operations[i].name : NULL;
}

static int shadow_map_probe(struct tb_probe *probe)
{
	const char *operation = tb_probe_choice(probe, "operation");
	const char *shadow = tb_probe_choice(probe, "shadow");
	bool pivot = !strcmp(operation, "pivot");

	if (pivot && !strcmp(shadow, "model"))
		return tb_probe_unavailable(probe, "not-applicable",
					    "there is no model of moving to a stack",
					    "use operation=pivot with shadow=on");
	if (strcmp(operation, "map") && !strcmp(shadow, "off"))
		return tb_probe_unavailable(probe, "not-applicable",
					    "WRSS and RSTORSSP need a thread with a shadow stack",
					    "use operation=write and pivot with shadow=on");
	if (pivot && strcmp(tb_probe_choice(probe, "token"), "set"))
		return tb_probe_unavailable(
			probe, "not-applicable",
			"a thread cannot move to a shadow stack without its restore token",
			"use operation=pivot with token=set");
	return strcmp(shadow, "model") ? thread_probe_support(probe) : 0;
}

uint64_t shadow_map_room(uint64_t align, size_t size)
{
	size_t room = size + PAGE + 2 * (size_t)BIG + align;
	char *hole =
		mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (hole == MAP_FAILED)
		return 0;
	munmap(hole, room);
	return ((uint64_t)hole / (2 * (uint64_t)BIG) + 1) * 2 * BIG + align;
}

static int place(struct tb_trial *trial, struct shadow_map *s)
{
	const char *align = tb_trial_choice(trial, "align");

	if (!strcmp(align, "any"))
		return 0;
	s->wanted = shadow_map_room(!strcmp(align, "2M") ? BIG : PAGE, s->size);
	return s->wanted ? 0 : shadow_map_fail(trial);
}

static int shadow_map_setup(struct tb_trial *trial)
{
	struct shadow_map *s = tb_trial_alloc(trial, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	tb_trial_set_priv(trial, s);
	s->operation = tb_trial_choice_index(trial, "operation");
	s->real = strcmp(tb_trial_choice(trial, "shadow"), "model") != 0;
	s->token = !strcmp(tb_trial_choice(trial, "token"), "set");
	s->size = tb_trial_number(trial, "size");
	if (s->operation != SHADOW_MAP)
		for (unsigned int m = MAP; m <= UNMAP; m++)
			tb_trial_unavailable(trial, m, "parts of operation=map");
	err = place(trial, s);
	if (err || s->operation == SHADOW_MAP)
		return err;
	s->at = shadow_map(s);
	if (!s->at)
		return shadow_map_fail(trial);
	if (s->operation == SHADOW_WRITE && s->real)
		err = (int)thread_arch_prctl(THREAD_SHSTK_ENABLE, THREAD_WRSS);
	return err ? tb_trial_refused(trial, err, "arch_prctl", "the kernel refused WRSS") : 0;
}

static int shadow_map_sample(struct tb_trial *trial, double *value)
{
	struct shadow_map *s = tb_trial_priv(trial);

	return operations[s->operation].sample(trial, s, value);
}

static int shadow_map_verify(struct tb_trial *trial)
{
	return shadow_map_prove(trial, tb_trial_priv(trial));
}

static const struct tb_metric shadow_map_metrics[] = {
	[LATENCY] = { .name = "latency",
		      .unit = TB_NS,
		      .headline = true,
		      .help = "map: map_shadow_stack and munmap, each called to returned; write: a WRSSQ; pivot: "
			      "there and back" },
	[CORE_CYCLES] = { .name = "core-cycles",
			  .unit = TB_CORE_CYCLES,
			  .shown = true,
			  .help = "the same" },
	[MAP] = { .name = "map",
		  .unit = TB_NS,
		  .shown = true,
		  .help = "map_shadow_stack alone; for the model: mmap and the store of the token" },
	[UNMAP] = { .name = "unmap", .unit = TB_NS, .shown = true, .help = "munmap alone" },
	{ 0 }
};

static const struct tb_param shadow_map_params[] = {
	{ .name = "operation",
	  .choice = operation_name,
	  .fallback = "map",
	  .help = "timed operation" },
	{ .name = "shadow",
	  .values = "off|model|on",
	  .fallback = "on",
	  .help = "whether the thread has a shadow stack; model: mmap in place of it" },
	{ .name = "size",
	  .values = "8..1G/8",
	  .fallback = "8M",
	  .help = "bytes requested; whole pages are mapped" },
	{ .name = "token",
	  .values = "none|set",
	  .fallback = "set",
	  .help = "whether the kernel writes a restore token at the top" },
	{ .name = "align",
	  .values = "any|4K|2M",
	  .fallback = "any",
	  .help = "alignment of the requested address, and no greater one" },
	{ 0 }
};

static const char *const shadow_map_quick[] = { "operation=map shadow=model,on",
						"operation=write,pivot shadow=on", NULL };
static const char *const shadow_map_full[] = {
	"operation=map shadow=model,on size=4K,64K,2M,8M,1G token=none,set",
	"operation=map shadow=model,on size=2M,8M align=4K,2M",
	"operation=map shadow=off",
	"operation=write shadow=model,on",
	"operation=pivot shadow=on",
	NULL
};

static const struct tb_explanation explanation = {
	.question =
		"What does a program pay that maps shadow stacks itself, for coroutines or signal "
		"stacks? Measured are mapping and unmapping, writing to one, and moving to one "
		"and back.",
	.window =
		"map, unmap: map_shadow_stack and munmap, each from call to return. latency is "
		"their sum. With token=set the kernel writes the token, so map includes the fault "
		"on the first page.\n"
		"operation=write: latency of 64 WRSSQ to adjacent words of a resident page, "
		"divided by 64. operation=pivot: 64 times there and back, divided by 64; each way "
		"is RSTORSSP and SAVEPREVSSP. Both include some tens of cycles of the window "
		"itself.\n"
		"core-cycles: the same in core cycles, by a chain of dependent multiplications "
		"timed right after.",
	.values = "operation=map, write, pivot: the operation that the row measures.\n"
		  "shadow=on: a real shadow stack, mapped by a thread that has one itself; write "
		  "and pivot need this. off: the same by a thread without one; map_shadow_stack "
		  "does not need it.\n"
		  "shadow=model: mmap, a store of the token, munmap; write uses ordinary stores. "
		  "There is no model of pivot.\n"
		  "size: bytes requested. The token is in the last eight of them; the kernel maps "
		  "whole pages.\n"
		  "token=set, none: with or without SHADOW_STACK_SET_TOKEN. Without it, no page is "
		  "touched, and no thread can move to this shadow stack.\n"
		  "align=any: the kernel chooses the address. 4K, 2M: the benchmark requests an "
		  "address that is a multiple of this, and not of twice as much. At 2M a huge page "
		  "may hold the token.",
	.proof = "token: the word below the requested end is that end with bit 0 set, or 0 with "
		 "token=none. wrong-tokens, misplaced: samples with a wrong token or a wrong "
		 "address.\n"
		 "vma, vma-bytes, vma-flag: a VMA of whole pages begins at the address and has the "
		 "flag `ss`; the model's VMA has not. unmapped: after munmap the VMA is gone.\n"
		 "words-written: the words written last are read back.\n"
		 "pivot-there, pivot-back, pivot-token: RDSSP shows the move and the return, and "
		 "the token is in place again.\n"
		 "shadow-status, shadow-pointer: the thread itself has a shadow stack with "
		 "shadow=on, and none with shadow=off or model.",
	.controls =
		"shadow=model is the prediction; the difference to it is the mechanism's own "
		"cost.\n"
		"refusals: each of these is refused with the documented error: size 0, a size "
		"that wraps, no room for the token, an unaligned token, an unaligned address, an "
		"address below 4 GiB, a used address, an unknown flag.\n"
		"huge: bytes in huge pages of a mapping after its token was written.",
	.traps = "With transparent huge pages (always), a token at the end of an aligned 2 MiB "
		 "range may clear 2 MiB inside map: compare align=2M with 4K.\n"
		 "The token is read between map and unmap. Without a token nothing is read, since "
		 "the read would fault a page in.",
	.silent = "It does not include the work of glibc around these calls for makecontext and "
		  "signal stacks.\n"
		  "One thread maps at a time, so nobody waits for the lock of the address space.",
	.sources = "Linux arch/x86/kernel/shstk.c, map_shadow_stack, create_rstor_token(); "
		   "Documentation/arch/x86/shstk.rst; Intel SDM vol. 1, Shadow Stack Management "
		   "Instructions; vol. 2, RSTORSSP, SAVEPREVSSP, WRSS.\n"
		   "bench/thread/shadow_map.c, shadow_model.c; docs/method.md.",
};

const struct tb_bench thread_shadow_map = {
	.name = "thread/shadow-map",
	.summary = "map, write and switch user shadow stacks",
	.explain = &explanation,
	.realm = TB_REALM_USER,
	.version = 1,
	.cpus = 1,
	.metrics = shadow_map_metrics,
	.params = shadow_map_params,
	.quick = shadow_map_quick,
	.full = shadow_map_full,
	.rounds = 1024,
	.ungated = true,
	.probe = shadow_map_probe,
	.enter = thread_enter,
	.setup = shadow_map_setup,
	.sample = shadow_map_sample,
	.verify = shadow_map_verify,
};
