/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of build/tests/stats-vectors share. */
#ifndef TB_TESTS_STATS_VECTORS_H
#define TB_TESTS_STATS_VECTORS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct vectors_numbers {
	double *value;
	size_t n;
};

/* A case as an op sees it. x, y, p and confidence are read already, where the input has them. */
struct vectors_args {
	const json_t *input;
	json_t *got; /* receives the results under the names that the vectors use */
	struct vectors_numbers x, y, p;
	double confidence;
};

/* -EPROTO: the input is not of the shape that is read here. */
int vectors_args_read(const json_t *input, struct vectors_args *args);
void vectors_args_free(struct vectors_args *args);
int vectors_numbers_read(const json_t *array, struct vectors_numbers *out); /* free out->value */
int vectors_number_read(const json_t *from, double *value);
int vectors_real(const struct vectors_args *args, const char *key, double *value);
int vectors_count(const struct vectors_args *args, const char *key, size_t *count);

/*
 * A double as JSON: "NaN", "Infinity" and "-Infinity" where JSON has no number; the
 * bare tokens of Python's json are turned into the same strings before parsing.
 */
json_t *vectors_number(double value);
void vectors_put(const struct vectors_args *args, const char *key, double value);
void vectors_put_if(const struct vectors_args *args, const char *key, bool present, double value);
void vectors_put_text(const struct vectors_args *args, const char *key, const char *text);
void vectors_put_array(const struct vectors_args *args, const char *key, const double *value,
		       size_t n);

/* Runs harness/stats on a case: 0, the library's -errno, or -EPROTO as above. */
typedef int (*vectors_op)(const struct vectors_args *args);

/* In stats_vectors_series.c, the rest beside the table. */
int vectors_op_autocorrelation(const struct vectors_args *args);
int vectors_op_trend(const struct vectors_args *args);
int vectors_op_two_level(const struct vectors_args *args);
int vectors_op_bootstrap_median(const struct vectors_args *args);
int vectors_op_bootstrap(const struct vectors_args *args);
int vectors_op_sequential(const struct vectors_args *args);

vectors_op vectors_op_named(const char *name); /* NULL: unknown */

#endif
