/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output for a record, and a hostile record. */
#ifndef TB_TEST_REPORT_HELP_H
#define TB_TEST_REPORT_HELP_H

#include <stdio.h>

#include "json_quoted.h"
#include "record/record.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

typedef void (*print)(FILE *out, const struct tb_record *record);

static inline char *printed(print how, const char *json)
{
	struct tb_record record = { .json = json_quoted(json) };
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	how(out, &record);
	fclose(out);
	json_decref(record.json);
	return text;
}

/* What the schema lets through: units and states are its own words. */
#define EVIL "\\u001b]0;x\\u0007\\n\\u009b<img src=x onerror=alert(1)>&\\u0027\\u0022\\u202e`"

static const char hostile[] =
	"{'complete': false, 'exit_reason': 'killed', 'started_at': '" EVIL "', 'class': '" EVIL
	"', 'suite': {'name': '" EVIL "', 'command': ['" EVIL
	"'], 'seed': 1}, 'tool': {'version': '" EVIL
	"'}, 'environment': {'virtualization': {'hypervisor': '" EVIL "'}, '" EVIL "': '" EVIL
	"'}, 'host': {'" EVIL "': ['" EVIL "'], 'cpu': {'derived': {'uarch': '" EVIL
	"'}, 'vendor': '" EVIL "', 'microcode': '" EVIL "'}}, 'benchmarks': [{'name': '" EVIL
	"', 'params': {'" EVIL "': '" EVIL "'}, 'status': 'failed', 'reason': '" EVIL
	"', 'remedy': '" EVIL "', 'quiet_share': null,"
	"'checks': [{'name': '" EVIL "', 'want': '" EVIL "', 'got': '" EVIL "', 'pass': false}],"
	"'launches': [{}], 'metrics': [{'name': '" EVIL "', 'unit': 'ns', 'shown': true,"
	"'headline': true, 'reason': '" EVIL "', 'summary': {'estimate': 1, 'ci': null}}]}]}";

#endif
