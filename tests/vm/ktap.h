/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel TAP, version 1, for the test programs that run inside a machine. */
#ifndef TB_KTAP_H
#define TB_KTAP_H

#include <stdbool.h>
#include <stdint.h>

#include "uapi/tollbooth.h"

struct test {
	const char *name;
	void (*run)(void);
};

struct group {
	const struct test *tests; /* ends with a null name */
	const char *skip;	  /* why these tests are skipped, or NULL */
};

extern const struct test module_tests[], memory_tests[], fault_tests[], pmu_tests[], apf_tests[],
	signal_tests[], waits_tests[], injection_tests[], adversary_tests[];

extern const struct tb_flush_setup small; /* the smallest apparatus */

/* All tests of n groups; much is what effort() says. 0 when all passed, else 1. */
int run_tests(const struct group *groups, int n, unsigned int much);

/* The current test fails, and says why; it goes on. */
void expect(bool holds, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void skip_test(const char *reason);
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* a "# " line */

/* A line every few seconds, from inside a long loop: the host kills a machine that says nothing. */
void alive(const char *what, uint64_t done);

/* How much the adversary does: 1 in `vm`, 50 in `nightly`. */
unsigned int effort(void);

bool documented(int err);
bool has_table(void);
/* A fault that the test build of the module plants: struct tb_knobs of tollbooth.h. */
void knob(const char *name, unsigned int value);
int device(void); /* opens it, or ends the program */
/* 0 or -errno. */
int call(int fd, unsigned long operation, void *argument);
/* The same, where the result is known; cpu: the caller pins itself. */
void expect_call(int fd, unsigned long operation, void *argument, int want, const char *what);
struct tb_info info_of(int fd);
void pin(int cpu);
int cpus(void);

/* The operations, in their order; bytes: the size of their structure. */
enum { OPERATIONS = 7 };
extern const struct operation {
	const char *name;
	unsigned int number, bytes;
} operations[OPERATIONS];

/* The same operation with a structure of another size. */
unsigned long resized(const struct operation *op, uint32_t bytes);

#endif
