// SPDX-License-Identifier: GPL-2.0-or-later
/* Each check of thread/create, with a fault that it must find. */
#include "given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "create_world.h"

#define LEFT "maps-left threads-left files-left children-ran pointers-as-due "
#define OWN(w) \
	w "-pointer " w "-status " w "-features " w "-bytes " w "-range " w "-touched " w "-gone "
#define COPIED(w)  w "-pointer " w "-status " w "-features " w "-range " w "-mapped "
#define SHARED(w)  w "-pointer " w "-status " w "-range " w "-mapped "
#define NONE(w)	   w "-pointer " w "-features " w "-mapped "
#define FOREIGN(w) w "-features " w "-mapped "

__typeof__(thread_child_signal) __wrap_thread_child_signal;
__typeof__(thread_clone3_token) __wrap_thread_clone3_token;

static int child_signal;

__typeof__(fopen) __wrap_fopen, __real_fopen;

/* The mappings of the process, one line each, without those of a sanitizer. */
static char maps[] = "a\nb\nc\n";
static size_t map_lines = 2;

FILE *__wrap_fopen(const char *path, const char *mode)
{
	return strcmp(path, "/proc/self/maps") ? __real_fopen(path, mode)
					       : fmemopen(maps, 2 * map_lines, "r");
}

int __wrap_thread_child_signal(void (*act)(void))
{
	assert_ptr_equal(act, thread_glibc_vfork);
	return child_signal;
}

bool __wrap_thread_clone3_token(void)
{
	return true;
}

enum { AT_START, AT_SAMPLES, AT_SECOND_SAMPLE, AT_LAST_SAMPLE, AT_END };

struct fault {
	const char *params;
	bool shadowed;
	int when;	     /* from then on */
	void (*plant)(void); /* may be NULL */
	const char *checks, *failed;
};

static void launch(const struct fault *fault)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	if (fault->shadowed)
		world_shadowed();
	else
		world_reset();
	if (strstr(fault->params, "pthread"))
		world.held_more = FRAME - (int64_t)world.map_bytes;
	if (strstr(fault->params, "spawn"))
		world.features = "none";
	world_open(&trial, fault->params);
	for (int when = AT_START; when <= AT_END; when++) {
		if (fault->plant && fault->when == when)
			fault->plant();
		if (when == AT_START)
			assert_int_equal(trial.bench->setup(&trial), 0);
		else if (when != AT_END)
			assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
	}
	assert_int_equal(trial.bench->verify(&trial), 0);
	given_judged(&trial, fault->checks, fault->failed);
	given_close(&trial);
}

static void idle(void)
{
	world.idle = true;
}

static void elsewhere(void) /* the pointer: on the parent's */
{
	world.child_ssp = MAIN_SSP + 8;
}

static void no_pointer(void)
{
	world.child_ssp = 0;
}

static void no_status(void)
{
	world.child_status = 0;
}

static void other_features(void)
{
	world.features = strcmp(world.features, "none") ? "none" : "shstk";
}

static void a_page_more(void)
{
	world.held_more += 4096;
}

static void a_page_less(void)
{
	world.held_more -= 4096;
}

static void whole_stack(void) /* of glibc: as much as the descriptor left, to all of it */
{
	world.held_more = 0;
}

static void above(void)
{
	world.held_from = 4096;
}

static void below(void)
{
	world.held_to = (uint64_t)-4096;
}

static void untouched(void)
{
	world.resident = 0;
}

static void more_is_left(void)
{
	world.left_bytes = 4096;
}

static void less_is_left(void)
{
	world.left_bytes = (uint64_t)-4096;
}

static void still_there(void)
{
	world.left_to = OWN_TOP;
}

static void exits_badly(void)
{
	world.exit_status = 1;
}

static int leaked_file = -1;

static void leak_map(void)
{
	map_lines = 3;
}

static void leak_file(void)
{
	leaked_file = dup(2);
}

#define ALL_OWN	    OWN("first") OWN("last") LEFT
#define ALL_COPIED  COPIED("first") COPIED("last") LEFT
#define ALL_SHARED  SHARED("first") SHARED("last") LEFT
#define ALL_NONE    NONE("first") NONE("last") LEFT
#define ALL_FOREIGN FOREIGN("first") FOREIGN("last") LEFT

static const struct fault own[] = {
	{ "shadow=on", true, 0, NULL, ALL_OWN, "" },
	{ "shadow=on", true, AT_START, elsewhere, ALL_OWN,
	  "first-pointer last-pointer pointers-as-due first-range last-range first-gone last-gone" },
	{ "shadow=on", true, AT_START, no_status, ALL_OWN, "first-status last-status" },
	{ "shadow=on", true, AT_END, no_status, ALL_OWN, "last-status" },
	{ "shadow=on", true, AT_END, other_features, ALL_OWN, "last-features" },
	{ "shadow=on", true, AT_END, a_page_more, ALL_OWN, "last-bytes last-range" },
	{ "shadow=on", true, AT_END, a_page_less, ALL_OWN, "last-bytes" },
	{ "shadow=on", true, AT_END, above, ALL_OWN, "last-range" },
	{ "shadow=on", true, AT_END, below, ALL_OWN, "last-range" },
	{ "shadow=on", true, AT_END, untouched, ALL_OWN, "last-touched" },
	{ "shadow=on", true, AT_END, more_is_left, ALL_OWN, "last-gone" },
	{ "shadow=on", true, AT_END, less_is_left, ALL_OWN, "last-gone" },
	{ "shadow=on", true, AT_END, still_there, ALL_OWN, "last-gone" },
	{ "shadow=on", true, AT_SAMPLES, idle, ALL_OWN, "children-ran" },
	{ "shadow=on method=clone", true, 0, NULL, ALL_OWN, "" },
	/* glibc's stack: from the frame on, or all of it. */
	{ "shadow=on method=pthread", true, 0, NULL, ALL_OWN, "" },
	{ "shadow=on method=pthread", true, AT_END, a_page_less, ALL_OWN, "last-bytes" },
	{ "shadow=on method=pthread", true, AT_END, whole_stack, ALL_OWN, "" },
};

static const struct fault shared[] = {
	{ "shadow=on method=vfork", true, 0, NULL, ALL_SHARED, "" },
	{ "shadow=on method=vfork", true, AT_END, no_status, ALL_SHARED, "last-status" },
	{ "shadow=on method=vfork", true, AT_END, a_page_more, ALL_SHARED, "last-range" },
	{ "shadow=on method=vfork", true, AT_END, more_is_left, ALL_SHARED, "last-mapped" },
	{ "shadow=on method=fork", true, 0, NULL, ALL_COPIED, "" },
	{ "shadow=on method=fork", true, AT_END, no_status, ALL_COPIED, "last-status" },
	{ "shadow=on method=fork", true, AT_END, other_features, ALL_COPIED, "last-features" },
	{ "shadow=on method=fork", true, AT_END, a_page_more, ALL_COPIED, "last-range" },
	{ "shadow=on method=fork", true, AT_END, less_is_left, ALL_COPIED, "last-mapped" },
	{ "shadow=on method=fork", true, AT_END, idle, ALL_COPIED, "children-ran" },
	{ "shadow=on method=spawn", true, 0, NULL, ALL_FOREIGN, "" },
	{ "shadow=on method=spawn", true, AT_END, other_features, ALL_FOREIGN, "last-features" },
	{ "shadow=on method=spawn", true, AT_END, exits_badly, ALL_FOREIGN, "children-ran" },
};

static const struct fault none[] = {
	{ "shadow=off", false, 0, NULL, ALL_NONE, "" },
	{ "shadow=model", false, 0, NULL, ALL_NONE, "" },
	{ "shadow=off", false, AT_END, other_features, ALL_NONE, "last-features" },
	{ "shadow=off", false, AT_END, more_is_left, ALL_NONE, "last-mapped" },
	{ "shadow=off", false, AT_END, idle, ALL_NONE, "children-ran" },
	{ "shadow=model method=pthread", false, AT_SAMPLES, idle, ALL_NONE, "children-ran" },
	{ "shadow=off method=spawn", false, AT_START, exits_badly, ALL_FOREIGN, "children-ran" },
};

static void run(const struct fault *fault, size_t n)
{
	while (n--)
		launch(fault++);
}

static void threads_with_shadow_stacks(void **state)
{
	(void)state;
	run(own, sizeof(own) / sizeof(own[0]));
}

static void processes_with_shadow_stacks(void **state)
{
	(void)state;
	run(shared, sizeof(shared) / sizeof(shared[0]));
}

static void without_shadow_stacks(void **state)
{
	(void)state;
	run(none, sizeof(none) / sizeof(none[0]));
}

/* Leaks of a launch. Memory that the first sample allocates is not a leak. */
static void leaks(void **state)
{
	static const struct fault map = { "shadow=off", false,	  AT_LAST_SAMPLE,
					  leak_map,	ALL_NONE, "maps-left" },
				  once = { "shadow=off", false,	   AT_SECOND_SAMPLE,
					   leak_map,	 ALL_NONE, "" },
				  file = { "shadow=off", false,	   AT_END,
					   leak_file,	 ALL_NONE, "files-left" };

	(void)state;
	launch(&map);
	map_lines = 2;
	launch(&once);
	map_lines = 2;
	launch(&file);
	close(leaked_file);
}

/* A child without a shadow stack where it has to have one: nothing but the pointer is known of it. */
static void child_without_shadow_stack_fails(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	world_shadowed();
	world_open(&trial, "shadow=on");
	assert_int_equal(trial.bench->setup(&trial), 0);
	assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
	no_pointer();
	assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
	world.child_ssp = OWN_TOP - 8;
	assert_int_equal(trial.bench->verify(&trial), 0);
	given_judged(&trial, ALL_OWN, "pointers-as-due");
	given_close(&trial);
}

static void pointer_is(const char *got, uint64_t ssp, uint64_t parent)
{
	struct thread_child child = { .ssp = ssp, .parent = parent };
	struct create c = { .child = &child, .main = { .from = MAIN_FROM, .to = MAIN_TO } };

	assert_string_equal(create_pointer(&c), got);
}

/* An empty shadow stack's pointer is its end, and counts as inside. Its begin does not. */
static void pointer_belongs_to_the_child(void **state)
{
	static const char *const methods[] = { "clone3", "fork", "vfork", "spawn" };
	static const char *const due[] = { "own", "copied", "shared", "none" };

	(void)state;
	pointer_is("none", 0, 0);
	pointer_is("own", MAIN_FROM, 0);
	pointer_is("copied", MAIN_FROM + 8, 0);
	pointer_is("copied", MAIN_TO, 0);
	pointer_is("shared", MAIN_TO, MAIN_TO);
	pointer_is("shared", MAIN_SSP, MAIN_SSP);
	pointer_is("copied", MAIN_SSP, MAIN_SSP + 8);
	pointer_is("own", MAIN_TO + 8, MAIN_TO + 8);
	for (int i = 0; i < 4; i++) {
		struct create c = { .method = create_method(methods[i]), .shadowed = true };

		assert_string_equal(create_pointer_due(&c), due[i]);
		c.shadowed = false;
		assert_string_equal(create_pointer_due(&c), "none");
	}
}

static void controls(void **state)
{
	struct tb_trial trial;

	(void)state;
	world_shadowed();
	world_open(&trial, "shadow=on");
	assert_int_equal(trial.bench->setup(&trial), 0);
	world.resident = 8192;
	assert_int_equal(trial.bench->verify(&trial), 0);
	assert_true(given_control(&trial, "shadow-resident-bytes") == 8192);
	assert_true(given_control(&trial, "shadow-huge-bytes") == 16384);
	assert_true(given_control(&trial, "clone3-takes-token") == 1);
	given_close(&trial);
	for (child_signal = 0; child_signal <= 10; child_signal += 10) {
		world_shadowed();
		world_open(&trial, "shadow=on method=vfork");
		assert_int_equal(trial.bench->setup(&trial), 0);
		assert_int_equal(trial.bench->verify(&trial), 0);
		assert_true(given_control(&trial, "glibc-vfork-segv-code") == child_signal);
		given_close(&trial);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_with_shadow_stacks),
		cmocka_unit_test(processes_with_shadow_stacks),
		cmocka_unit_test(without_shadow_stacks),
		cmocka_unit_test(leaks),
		cmocka_unit_test(child_without_shadow_stack_fails),
		cmocka_unit_test(pointer_belongs_to_the_child),
		cmocka_unit_test(controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
