// SPDX-License-Identifier: GPL-2.0-or-later
/* Every benchmark has an explanation with all sections and all parameter values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "benches.h"
#include "run/value.h"

static void check_text(const char *bench, const char *which, const char *text)
{
	if (!text || !*text)
		fail_msg("%s: no %s", bench, which);
	for (const char *c = text; *c; c++)
		if ((*c < ' ' && *c != '\n') || *c > '~')
			fail_msg("%s: %s holds byte %d", bench, which, *c);
	/* Two pieces of a string that were put together wrongly. */
	if (strstr(text, "  ") || strstr(text, "\n\n") || strstr(text, " \n") ||
	    strstr(text, "\n ") || !strchr(".?", text[strlen(text) - 1]))
		fail_msg("%s: %s is not put together well", bench, which);
}

static void test_all_points(void **state)
{
	(void)state;
	for (int i = 0; tb_benches[i]; i++) {
		const struct tb_explanation *e = tb_benches[i]->explain;

		if (!e)
			fail_msg("%s explains nothing", tb_benches[i]->name);
		check_text(tb_benches[i]->name, "question", e->question);
		check_text(tb_benches[i]->name, "window", e->window);
		check_text(tb_benches[i]->name, "values", e->values);
		check_text(tb_benches[i]->name, "proof", e->proof);
		check_text(tb_benches[i]->name, "controls", e->controls);
		check_text(tb_benches[i]->name, "traps", e->traps);
		check_text(tb_benches[i]->name, "silent", e->silent);
		check_text(tb_benches[i]->name, "sources", e->sources);
	}
}

/* The word stands in the text by itself: "kvm" is not told by "kvm-lfence". */
static bool tells(const char *text, const char *word, size_t length)
{
	static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	for (const char *at = text; *at; at++)
		if (!strncmp(at, word, length) && (at == text || !strchr(more, at[-1])) &&
		    (!at[length] || !strchr(more, at[length])))
			return true;
	return false;
}

static void test_tells(void **state)
{
	(void)state;
	assert_true(tells("loop=kvm: x", "kvm", 3));
	assert_true(tells("a, kvm", "kvm", 3));
	assert_false(tells("loop=kvm-lfence: x", "kvm", 3));
	assert_false(tells("kvms", "kvm", 3));
	assert_false(tells("", "kvm", 3));
}

/* Also where the values say "as in FAMILY/NAME" and those of that benchmark tell the word. */
static bool tells_or_refers(const char *values, const char *word, size_t length)
{
	char reference[64];

	if (tells(values, word, length))
		return true;
	for (int i = 0; tb_benches[i]; i++) {
		snprintf(reference, sizeof(reference), "as in %s", tb_benches[i]->name);
		if (strstr(values, reference) &&
		    tells(tb_benches[i]->explain->values, word, length))
			return true;
	}
	return false;
}

/* Placements, idle states and policies are the harness's own, and told by the parameter's name. */
static void test_all_values(void **state)
{
	(void)state;
	for (int i = 0; tb_benches[i]; i++)
		for (const struct tb_param *p = tb_benches[i]->params; p->name; p++) {
			const char *values = tb_benches[i]->explain->values, *choice;
			size_t n;

			if (!tells(values, p->name, strlen(p->name)))
				fail_msg("%s: nothing about %s", tb_benches[i]->name, p->name);
			if (tb_param_is_number(p) || !strcmp(p->name, TB_PLACEMENT_PARAM) ||
			    !strcmp(p->name, TB_IDLE_PARAM) || !strcmp(p->name, TB_POLICY_PARAM))
				continue;
			for (unsigned int c = 0; (choice = tb_param_choice(p, c, &n)); c++)
				if (!tells_or_refers(values, choice, n))
					fail_msg("%s: nothing about %s=%.*s", tb_benches[i]->name,
						 p->name, (int)n, choice);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_points),
		cmocka_unit_test(test_tells),
		cmocka_unit_test(test_all_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
