// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/variant.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/sched.h"
#include "machine/refusal.h"
#include "run/value.h"

#include "size.h"

enum { VALUES_MAX = 64, VARIANTS_MAX = 4096 };

/* The values that one variant list gives one parameter. */
struct values {
	char value[VALUES_MAX][TB_VALUE];
	size_t n;
};

static bool same_variant(const struct tb_variant *a, const struct tb_variant *b)
{
	return a->bench == b->bench && !memcmp(a->value, b->value, sizeof(a->value));
}

static int add(struct tb_variants *variants, const struct tb_variant *variant, struct tb_error *why)
{
	struct tb_variant *more;

	for (size_t i = 0; i < variants->n; i++)
		if (same_variant(&variants->at[i], variant))
			return 0;
	if (variants->n == VARIANTS_MAX)
		return tb_error(why, -EINVAL,
				"more than %d variants; use fewer values of -p in one run",
				VARIANTS_MAX);
	/* Grow at powers of two: a variant contains its texts, which are expensive to copy. */
	if (!(variants->n & (variants->n - 1))) {
		more = reallocarray(variants->at, variants->n ? 2 * variants->n : 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		variants->at = more;
	}
	variants->at[variants->n++] = *variant;
	return 0;
}

/* Appends the values "a,b,c" of one parameter, in canonical form. */
static int read_values(const struct tb_param *param, const char *list, size_t length,
		       const struct tb_machine *stage, struct values *values, struct tb_error *why)
{
	const char *end = list + length;

	for (const char *at = list; at <= end;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		size_t n = (size_t)((comma ? comma : end) - at);
		int err;

		if (values->n == VALUES_MAX)
			return tb_error(why, -EINVAL, "%s: more than %d values", param->name,
					VALUES_MAX);
		err = tb_value_read(param, at, n, stage->cache[1], values->value[values->n], why);
		if (err)
			return err;
		values->n++;
		if (!comma)
			break;
		at = comma + 1;
	}
	return 0;
}

/* Adds the cross product of all values. The last parameter varies fastest. */
static int add_product(struct tb_variants *variants, const struct tb_bench *bench,
		       const struct values *values, struct tb_error *why)
{
	size_t turn[TB_PARAMS_MAX] = { 0 };
	int n = 0, i;

	while (bench->params[n].name)
		n++;
	do {
		struct tb_variant variant = { .bench = bench };
		int err;

		for (i = 0; i < n; i++)
			memcpy(variant.value[i], values[i].value[turn[i]], TB_VALUE);
		err = add(variants, &variant, why);
		if (err)
			return err;
		for (i = n - 1; i >= 0 && ++turn[i] == values[i].n; i--)
			turn[i] = 0;
	} while (i >= 0);
	return 0;
}

static int set_defaults(const struct tb_bench *bench, const struct tb_machine *stage,
			struct values *values, struct tb_error *why)
{
	int err = 0;

	for (int i = 0; bench->params[i].name && !err; i++) {
		const struct tb_param *param = &bench->params[i];
		const char *value = stage->realtime && !strcmp(param->name, TB_POLICY_PARAM)
					    ? "other"
					    : param->fallback;

		err = read_values(param, value, strlen(value), stage, &values[i], why);
	}
	return err;
}

/* Adds a suite's line: "loop=a,b size=64K". An error in it is a defect of the benchmark. */
static int add_line(struct tb_variants *variants, const struct tb_bench *bench, const char *line,
		    const struct tb_machine *stage, struct tb_error *why)
{
	struct values *values = calloc(TB_PARAMS_MAX, sizeof(*values));
	int err = values ? set_defaults(bench, stage, values, why) : -ENOMEM;

	while (!err && *line) {
		size_t word = strcspn(line, " ");
		size_t name = strcspn(line, "=");
		int i = tb_bench_param(bench, line, name);

		if (i < 0 || name >= word)
			err = tb_error(why, -EINVAL, "%s: bad suite line %s", bench->name, line);
		else {
			values[i].n = 0;
			err = read_values(&bench->params[i], line + name + 1, word - name - 1,
					  stage, &values[i], why);
		}
		line += word;
		line += strspn(line, " ");
	}
	if (!err)
		err = add_product(variants, bench, values, why);
	free(values);
	return err;
}

/*
 * Merges the values of several -p of one parameter. -ENOENT: no override names a parameter of this
 * benchmark.
 */
static int add_overridden(struct tb_variants *variants, const struct tb_bench *bench,
			  const struct tb_override *overrides, size_t n,
			  const struct tb_machine *stage, struct tb_error *why)
{
	struct values *values = calloc(TB_PARAMS_MAX, sizeof(*values));
	bool given[TB_PARAMS_MAX] = { false }, any = false;
	int err = values ? set_defaults(bench, stage, values, why) : -ENOMEM;

	for (size_t i = 0; i < n && !err; i++) {
		const char *text = overrides[i].text;
		size_t name = strcspn(text, "=");
		int p = tb_bench_param(bench, text, name);

		if (p < 0)
			continue;
		/* The first override replaces the default. */
		if (!given[p])
			values[p].n = 0;
		given[p] = any = true;
		err = text[name] ? read_values(&bench->params[p], text + name + 1,
					       strlen(text + name + 1), stage, &values[p], why)
				 : tb_error(why, -EINVAL, "-p %s: write NAME=VALUE", text);
	}
	if (!err)
		err = any ? add_product(variants, bench, values, why) : -ENOENT;
	free(values);
	return err;
}

int tb_variants_add(struct tb_variants *variants, const struct tb_bench *bench,
		    const char *const *suite, const struct tb_override *overrides,
		    size_t n_overrides, const struct tb_machine *stage, struct tb_error *why)
{
	int err = add_overridden(variants, bench, overrides, n_overrides, stage, why);

	if (err != -ENOENT)
		return err;
	err = 0;
	for (; *suite && !err; suite++)
		err = add_line(variants, bench, *suite, stage, why);
	return err;
}

void tb_variants_free(struct tb_variants *variants)
{
	free(variants->at);
	*variants = (struct tb_variants){ 0 };
}

struct tb_probe {
	struct tb_variant *variant;
	const struct tb_machine *stage;
};

const char *tb_probe_choice(const struct tb_probe *probe, const char *param)
{
	return probe->variant->value[tb_param_index(probe->variant->bench, param)];
}

unsigned long tb_probe_number(const struct tb_probe *probe, const char *param)
{
	return strtoul(tb_probe_choice(probe, param), NULL, 10);
}

size_t tb_probe_cache(const struct tb_probe *probe, unsigned int level)
{
	return probe->stage->cache[level];
}

size_t tb_probe_memory(const struct tb_probe *probe)
{
	return probe->stage->memory;
}

int tb_probe_unavailable(struct tb_probe *probe, const char *code, const char *reason,
			 const char *remedy)
{
	struct tb_variant *v = probe->variant;

	snprintf(v->code, sizeof(v->code), "%s", code);
	snprintf(v->reason, sizeof(v->reason), "%s", reason);
	snprintf(v->remedy, sizeof(v->remedy), "%s", remedy);
	return -EOPNOTSUPP;
}

int tb_probe_refused(struct tb_probe *probe, int err, const char *call)
{
	struct tb_refusal refusal;

	tb_refusal_of(NULL, call, err, &refusal);
	return tb_probe_unavailable(probe, refusal.code, refusal.reason, refusal.remedy);
}

int tb_probe_threads(struct tb_probe *probe)
{
	int err = tb_thread_try();

	/* EAGAIN may be temporary: a limit that is reached now may not be at the launch. */
	return tb_is_refusal(err) ? tb_probe_refused(probe, err, "pthread_create") : 0;
}

/* Places role 1, or skips the row with the topology's reason. */
static int place_roles(struct tb_probe *probe)
{
	struct tb_variant *v = probe->variant;
	int p = tb_bench_param(v->bench, TB_PLACEMENT_PARAM, strlen(TB_PLACEMENT_PARAM));
	enum tb_placement placement;
	const char *why = "no topology";
	char reason[TB_TEXT];

	memcpy(v->cpu, probe->stage->cpu, sizeof(v->cpu));
	if (p < 0)
		return 0;
	if (tb_placement_parse(v->value[p], &placement) || !probe->stage->place ||
	    tb_place_neighbour(probe->stage->place, v->cpu[0], placement, &v->cpu[1], &why)) {
		snprintf(reason, sizeof(reason), "%s from CPU %d: %s", v->value[p], v->cpu[0], why);
		return tb_probe_unavailable(probe, "no-placement", reason,
					    "use another placement, or another --cpus");
	}
	return 0;
}

static int probe_idle(struct tb_probe *probe)
{
	const struct tb_variant *v = probe->variant;
	int p = tb_bench_param(v->bench, TB_IDLE_PARAM, strlen(TB_IDLE_PARAM));
	struct tb_refusal refusal;

	if (p < 0 || strcmp(v->value[p], "shallow") || tb_idle_allowed())
		return 0;
	tb_explain_idle(NULL, errno, &refusal);
	return tb_probe_unavailable(probe, refusal.code, refusal.reason, refusal.remedy);
}

static int probe_policy(struct tb_probe *probe)
{
	const struct tb_variant *v = probe->variant;
	int p = tb_bench_param(v->bench, TB_POLICY_PARAM, strlen(TB_POLICY_PARAM));
	struct tb_refusal refusal;

	if (p < 0 || strcmp(v->value[p], "fifo") || !probe->stage->realtime)
		return 0;
	tb_explain_realtime(NULL, probe->stage->realtime, &refusal);
	return tb_probe_unavailable(probe, refusal.code, refusal.reason, refusal.remedy);
}

void tb_variant_probe(struct tb_variant *variant, const struct tb_machine *stage)
{
	struct tb_probe probe = { variant, stage };

	if (place_roles(&probe) || probe_idle(&probe) || probe_policy(&probe))
		return;
	if (variant->bench->probe && variant->bench->probe(&probe) && !variant->code[0])
		tb_probe_unavailable(&probe, "unsupported",
				     "the benchmark's probe failed without a reason",
				     "report this as a defect");
}

void tb_variant_text(const struct tb_variant *variant, char *out, size_t bytes)
{
	size_t used = 0;

	out[0] = '\0';
	for (int i = 0; variant->bench->params[i].name && used < bytes; i++) {
		char number[TB_VALUE];
		const char *value = variant->value[i];

		if (tb_param_is_number(&variant->bench->params[i])) {
			tb_size_text(strtoul(value, NULL, 10), number, sizeof(number));
			value = number;
		}
		used += (size_t)snprintf(out + used, bytes - used, "%s%s=%s", i ? " " : "",
					 variant->bench->params[i].name, value);
	}
}
