// SPDX-License-Identifier: GPL-2.0-or-later
/* Which rows of thread/ are skipped, and what the probe checks on the machine. */
#include "given.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "benches.h"
#include "thread/shadow.h"
#include "thread/space.h"
#include "thread/thread.h"

__typeof__(tb_probe_choice) __wrap_tb_probe_choice;
__typeof__(tb_probe_number) __wrap_tb_probe_number;
__typeof__(tb_probe_unavailable) __wrap_tb_probe_unavailable;
__typeof__(tb_probe_threads) __wrap_tb_probe_threads;
__typeof__(thread_probe_shadow) __wrap_thread_probe_shadow;
__typeof__(thread_probe_support) __wrap_thread_probe_support;
__typeof__(thread_probe_method) __wrap_thread_probe_method;
__typeof__(thread_space) __wrap_thread_space;

/* What the machine is asked, in the order of the letters. */
#define SHADOW	"s"
#define SUPPORT "c"
#define METHOD	"m"
#define THREADS "t"
#define SPACE	"p"

static struct {
	const struct tb_bench *bench;
	const char *params;
	char fails; /* one of the letters; 0: none */
	/* what was seen */
	char asked[16], code[32];
} world;

/* Plain numbers only. */
const char *__wrap_tb_probe_choice(const struct tb_probe *probe, const char *param)
{
	static char values[8][32];
	static unsigned int next;
	char *value = values[next++ % 8];
	char key[32];
	const char *at;

	(void)probe;
	snprintf(key, sizeof(key), "%s=", param);
	at = strstr(world.params, key);
	snprintf(value, 32, "%s",
		 at ? at + strlen(key)
		    : world.bench->params[tb_bench_param(world.bench, param, strlen(param))]
				 .fallback);
	value[strcspn(value, " ")] = '\0';
	return value;
}

unsigned long __wrap_tb_probe_number(const struct tb_probe *probe, const char *param)
{
	const char *value = __wrap_tb_probe_choice(probe, param);

	return strcmp(value, "8M") ? strtoul(value, NULL, 10) : 8 << 20;
}

int __wrap_tb_probe_unavailable(struct tb_probe *probe, const char *code, const char *reason,
				const char *remedy)
{
	(void)probe;
	assert_true(reason[0] && remedy[0]);
	assert_string_equal(world.code, "");
	snprintf(world.code, sizeof(world.code), "%s", code);
	return -ENOTSUP;
}

static int ask(const char *letter)
{
	strcat(world.asked, letter);
	return world.fails == letter[0] ? -EPERM : 0;
}

int __wrap_tb_probe_threads(struct tb_probe *probe)
{
	(void)probe;
	return ask(THREADS);
}

int __wrap_thread_probe_shadow(struct tb_probe *probe)
{
	(void)probe;
	return ask(SHADOW);
}

int __wrap_thread_probe_support(struct tb_probe *probe)
{
	(void)probe;
	return ask(SUPPORT);
}

int __wrap_thread_probe_method(struct tb_probe *probe, const char *method)
{
	const char *of = world.bench == &thread_sibling_fault
				 ? "clone3"
				 : __wrap_tb_probe_choice(probe, "method");

	assert_string_equal(method, of);
	return ask(METHOD);
}

int __wrap_thread_space(struct thread_space *space)
{
	memset(space, 0, sizeof(*space));
	return ask(SPACE);
}

struct row {
	const struct tb_bench *bench;
	const char *params, *asked, *code;
};

#define NA "not-applicable"

static const struct row rows[] = {
	{ &thread_call, "shadow=on", SHADOW, "" },
	{ &thread_signal, "shadow=on", SHADOW, "" },
	{ &thread_switch, "shadow=off", SHADOW THREADS, "" },
	{ &thread_create, "", SHADOW METHOD, "" },
	{ &thread_create, "method=vfork", SHADOW METHOD, "" },
	{ &thread_create, "live=1", SHADOW METHOD THREADS, "" },
	{ &thread_create, "creators=2", SHADOW METHOD THREADS, "" },
	{ &thread_create, "shadow=on", SHADOW METHOD THREADS, "" },
	{ &thread_create, "shadow=glibc", SHADOW METHOD THREADS, "" },
	{ &thread_create, "shadow=model", SHADOW METHOD, "" },
	{ &thread_create, "shadow=model thp=huge", SHADOW METHOD, "" },
	{ &thread_create, "shadow=on thp=huge", "", NA },
	{ &thread_create, "shadow=model method=vfork", "", NA },
	{ &thread_create, "shadow=model method=fork", "", NA },
	{ &thread_create, "shadow=model method=spawn", "", NA },
	{ &thread_create, "shadow=model method=pthread", SHADOW METHOD, "" },
	{ &thread_create, "shadow=on method=pthread stack=4096", "", NA },
	{ &thread_create, "shadow=on method=pthread stack=65536", SHADOW METHOD THREADS, "" },
	{ &thread_create, "shadow=on method=clone3 stack=4096", SHADOW METHOD THREADS, "" },
	{ &thread_create, "shadow=model method=pthread stack=4096", SHADOW METHOD, "" },
	{ &thread_footprint, "", METHOD SPACE SHADOW, "" },
	{ &thread_footprint, "method=fork", "", NA },
	{ &thread_footprint, "method=spawn", "", NA },
	{ &thread_footprint, "method=vfork", "", NA },
	{ &thread_footprint, "method=pthread stack=12288", "", NA },
	{ &thread_footprint, "method=pthread stack=16384", METHOD SPACE SHADOW, "" },
	{ &thread_footprint, "method=clone stack=4096", METHOD SPACE SHADOW, "" },
	{ &thread_sibling_fault, "storm=none", SHADOW, "" },
	{ &thread_sibling_fault, "storm=none shadow=on", SHADOW, "" },
	{ &thread_sibling_fault, "storm=none shadow=model", SHADOW, NA },
	{ &thread_sibling_fault, "storm=threads", SHADOW METHOD THREADS, "" },
	{ &thread_sibling_fault, "storm=threads shadow=model", SHADOW METHOD THREADS, "" },
	{ &thread_shadow_map, "operation=map shadow=model", "", "" },
	{ &thread_shadow_map, "operation=map shadow=off", SUPPORT, "" },
	{ &thread_shadow_map, "operation=map shadow=on", SUPPORT, "" },
	{ &thread_shadow_map, "operation=map shadow=on token=none", SUPPORT, "" },
	{ &thread_shadow_map, "operation=write shadow=model", "", "" },
	{ &thread_shadow_map, "operation=write shadow=off", "", NA },
	{ &thread_shadow_map, "operation=write shadow=on token=none", SUPPORT, "" },
	{ &thread_shadow_map, "operation=pivot shadow=off", "", NA },
	{ &thread_shadow_map, "operation=pivot shadow=model", "", NA },
	{ &thread_shadow_map, "operation=pivot shadow=on token=none", "", NA },
	{ &thread_shadow_map, "operation=pivot shadow=on", SUPPORT, "" },
};

static int probe(const struct row *row, char fails)
{
	world.bench = row->bench;
	world.params = row->params;
	world.fails = fails;
	world.asked[0] = world.code[0] = '\0';
	return row->bench->probe(NULL);
}

static void each_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int err = probe(&rows[i], 0);

		if (err != (rows[i].code[0] ? -ENOTSUP : 0) || strcmp(world.code, rows[i].code) ||
		    strcmp(world.asked, rows[i].asked))
			fail_msg("%s %s: %d, asked '%s', '%s'", rows[i].bench->name, rows[i].params,
				 err, world.asked, world.code);
	}
}

/* Each answer counts, and the row is skipped at the first that refuses. */
static void each_kernel_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (const char *asked = rows[i].asked; !rows[i].code[0] && *asked; asked++) {
			size_t n = (size_t)(asked - rows[i].asked) + 1;
			int err = probe(&rows[i], *asked);

			if (err != (*asked == SPACE[0] ? -ENOTSUP : -EPERM) ||
			    strlen(world.asked) != n)
				fail_msg("%s %s: %c refuses: %d, asked '%s'", rows[i].bench->name,
					 rows[i].params, *asked, err, world.asked);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row),
		cmocka_unit_test(each_kernel_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
