// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/select.h"
#include "run/value.h"

#include <fnmatch.h>
#include <string.h>

static bool matches(const char *typed, const char *name)
{
	size_t family = strcspn(name, "/");

	return !fnmatch(typed, name, 0) ||
	       (strlen(typed) == family && !strncmp(typed, name, family));
}

static enum tb_status unknown_benchmark(const struct tb_cli *cli, const char *typed)
{
	const char *names[TB_BENCHES_MAX], *near;
	size_t n = 0;

	for (; n < TB_BENCHES_MAX && cli->benches[n]; n++)
		names[n] = cli->benches[n]->name;
	near = tb_nearest(typed, names, n);
	if (near)
		return tb_say(TB_USAGE, "no benchmark '%s'; did you mean '%s'?", typed, near);
	return tb_say(TB_USAGE, "no benchmark '%s'; tollbooth list shows them", typed);
}

enum tb_status tb_select_benches(const struct tb_cli *cli, const struct tb_args *args,
				 const struct tb_bench **out)
{
	bool wanted[TB_BENCHES_MAX] = { false };

	for (size_t i = 0; i < args->names; i++) {
		bool any = false;

		for (size_t b = 0; b < TB_BENCHES_MAX && cli->benches[b]; b++)
			if (matches(args->name[i], cli->benches[b]->name))
				any = wanted[b] = true;
		if (!any)
			return unknown_benchmark(cli, args->name[i]);
	}
	for (size_t b = 0; b < TB_BENCHES_MAX - 1 && cli->benches[b]; b++)
		if (wanted[b] || !args->names)
			*out++ = cli->benches[b];
	*out = NULL;
	return TB_OK;
}

/* A -p that no selected benchmark has would be ignored silently. */
static enum tb_status check_overrides(const struct tb_args *args,
				      const struct tb_bench *const *benches)
{
	for (size_t i = 0; i < args->overrides; i++) {
		const char *text = args->override[i].text, *names[TB_BENCHES_MAX], *near;
		size_t length = strcspn(text, "="), n = 0;
		char typed[64];
		bool known = false;

		if (!text[length])
			return tb_say(TB_USAGE, "-p %s: write NAME=VALUE", text);
		for (int b = 0; benches[b]; b++) {
			known = known || tb_bench_param(benches[b], text, length) >= 0;
			for (int p = 0; benches[b]->params[p].name && n < TB_BENCHES_MAX; p++)
				names[n++] = benches[b]->params[p].name;
		}
		if (known)
			continue;
		if (length >= sizeof(typed))
			length = sizeof(typed) - 1;
		memcpy(typed, text, length);
		typed[length] = '\0';
		near = tb_nearest(typed, names, n);
		if (near)
			return tb_say(TB_USAGE,
				      "-p %s: no selected benchmark has it; did you mean '%s'?",
				      typed, near);
		return tb_say(TB_USAGE, "-p %s: no selected benchmark has it; see tollbooth list",
			      typed);
	}
	return TB_OK;
}

enum tb_status tb_select(const struct tb_cli *cli, const struct tb_args *args, bool full,
			 const struct tb_machine *stage, struct tb_variants *variants)
{
	const struct tb_bench *benches[TB_BENCHES_MAX] = { NULL };
	enum tb_status status = tb_select_benches(cli, args, benches);

	if (status == TB_OK)
		status = check_overrides(args, benches);
	for (int i = 0; status == TB_OK && benches[i]; i++) {
		struct tb_error why = { "" };

		if (tb_variants_add(variants, benches[i],
				    full ? benches[i]->full : benches[i]->quick, args->override,
				    args->overrides, stage, &why))
			status = tb_say(TB_USAGE, "%s", why.text[0] ? why.text : "out of memory");
	}
	for (size_t i = 0; status == TB_OK && i < variants->n; i++)
		tb_variant_probe(&variants->at[i], stage);
	return status;
}
