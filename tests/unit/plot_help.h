/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of made-up figures, and their plots. */
#ifndef TB_TEST_PLOT_HELP_H
#define TB_TEST_PLOT_HELP_H

#include "json_quoted.h"
#include "report/plot.h"

#define CACHES                                                      \
	"[{'level': 1, 'type': 'Instruction', 'size_bytes': 1024}," \
	"{'level': 1, 'type': 'Data', 'size_bytes': 49152},"        \
	"{'level': 2, 'type': 'Unified', 'size_bytes': 2097152}]"
#define RECORD(uarch, rows)                                                                  \
	"{'class': 'vm', 'environment': {'virtualization': {'hypervisor': 'kvm'}}, 'host': " \
	"{'cpu': {'derived': {'uarch': '" uarch "'}, 'model': 207, 'caches': " CACHES "}},"  \
	"'benchmarks': [" rows "]}"
#define LAUNCH "{'exit': 'ok'}"
#define PLACED(loop, size, victim, buffer, metrics)                                                \
	"{'name': 'l1d/flush-user', 'status': 'ok', 'version': 1, 'launches': [" LAUNCH "," LAUNCH \
	"], 'params': {'loop': '" loop "', 'size': " #size ", 'victim': '" victim                  \
	"', 'buffer': '" buffer "'}, 'metrics': [" metrics "]}"
#define ROW(loop, size, metrics) PLACED(loop, size, "page", "l2", metrics)
#define LINES(estimate, ci) \
	"{'name': 'lines-left', 'summary': {'estimate': " #estimate ", 'ci': " ci "}}"
#define COST(cycles, after)                                              \
	"{'name': 'core-cycles', 'summary': {'estimate': " #cycles "}}," \
	"{'name': 'refill', 'summary': {'estimate': " #after "}}"
#define ALL(lines, ci, cycles, after) LINES(lines, ci) "," COST(cycles, after)
#define EMPTY			      ",{'name': 'left-any', 'summary': {'excess': {'empty': true}}}"

#define CHASE128 ROW("chase", 131072, ALL(0, "null", 2000, 30) EMPTY)
#define CHASE48	 ROW("chase", 49152, ALL(1.5, "{'lo': 1.25, 'hi': 2}", 700, 2.5))
#define CHASE64	 ROW("chase", 65536, ALL(0.25, "{'lo': 0, 'hi': 0.5}", 1000, -4))
#define STORE48	 ROW("store", 49152, LINES(63, "null"))
#define NO_EFFECT \
	ROW("kvm", 65536, "{'name': 'lines-left', 'reason': 'CPUID exits', 'summary': null}")
#define OTHER_CURVES                                               \
	PLACED("chase", 4096, "full", "l2", ALL(60, "null", 1, 1)) \
	"," PLACED("chase", 4096, "page", "dram", ALL(60, "null", 1, 1))

/* Sizes in no order, a loop that has no effect, rows of other curves. */
static const char flush[] = RECORD("Made Up", NO_EFFECT "," CHASE128 "," OTHER_CURVES "," CHASE48
							"," CHASE64 "," STORE48);

#define TEN "{'ungated': [10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 'gated': []}"
#define FUTEX_AT(placement, launches)                                                          \
	"{'name': 'apf/wake-futex', 'version': 1, 'status': 'ok', 'launches': [" launches "]," \
	"'params': {'placement': '" placement "', 'idle': 'default'}, 'metrics': [{"           \
	"'name': 'wake-to-run', 'unit': 'ns', 'samples': [" TEN "," TEN                        \
	"], 'summary': {'column': 'ungated', 'estimate': 5.5}}]}"
#define FUTEX(launches) FUTEX_AT("same-cpu", launches)
#define FAULTS(threads, rate)                                                                   \
	"{'name': 'apf/wake-uffd', 'version': 1, 'status': 'ok', 'launches': [], 'params': {"   \
	"'way': 'read', 'batch': 1, 'placement': 'same-cpu', 'idle': 'default', 'page': '4K', " \
	"'threads': " #threads "}, 'metrics': [{'name': 'rate', 'summary': {'estimate': " #rate \
	", 'ci': null}}]}"
#define GUEST(delay, rate)                                                                   \
	"{'name': 'apf/wake-kvm', 'version': 1, 'status': 'ok', 'launches': [], 'params': {" \
	"'mode': 'sync', 'threads': 1, 'delay-per': 'event', 'placement': 'same-cpu', "      \
	"'backing': 'copy', 'halt-poll': 'default', 'vcpus': 1, 'delay': " #delay "}, "      \
	"'metrics': [{'name': 'rate', 'summary': {'estimate': " #rate ", 'ci': null}}]}"
#define CREATE(method, shadow, status, summary)                                                                   \
	"{'name': 'thread/create', 'version': 1, 'status': '" status "', 'reason': 'no CET',"                     \
	"'params': {'method': '" method "', 'shadow': '" shadow                                                   \
	"', 'stack': 8388608, 'placement': 'same-cpu', 'thp': 'none', 'live': 0, 'creators': 1}, 'launches': []," \
	"'metrics': [{'name': 'full-cycle', 'summary': " summary "}]}"
#define MIXED \
	"{'estimate': 5, 'ci': {'lo': 4, 'hi': 6}, 'modes': {'low': 3, 'high': 9, 'share_high': 0.25}}"

struct plotted {
	struct tb_record record[TB_SUBJECTS_MAX];
	struct tb_subject subject[TB_SUBJECTS_MAX];
	struct tb_group group[TB_SUBJECTS_MAX];
	struct tb_plots plots;
};

static inline void plot(struct plotted *p, const char *const *json, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p->record[i] = (struct tb_record){ .json = json_quoted(json[i]) };
	tb_subjects_name(p->record, n, p->subject);
	assert_int_equal(tb_subjects_group(p->subject, n, p->group), 1);
	assert_int_equal(tb_plots_open(&p->group[0], &p->plots), 0);
}

static inline void unplot(struct plotted *p, size_t n)
{
	tb_plots_close(&p->plots);
	for (size_t i = 0; i < n; i++)
		json_decref(p->record[i].json);
}

/* Words that gnuplot, or a shell, would run. */
#define HOSTILE                                                                                  \
	RECORD("\\u0027.system(\\u0027touch pwned\\u0027).\\u0027`touch pwned`\\nset term \\\\", \
	       ROW("x\\u0022\\n!touch pwned\\n\\u0022`touch pwned`\\u0027#$1\\\\%]]>", 65536,    \
		   ALL(1, "null", 2, 3)))

#endif
