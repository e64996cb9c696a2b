// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread/create: one creation whose child is stopped and inspected through /proc and
 * its own report. Each method needs checks of its own: a thread has its own shadow
 * stack, fork copies, vfork shares, and spawn runs another program.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "thread/create/create.h"

enum { PAGE = 4096, NAME = 40, TEXT = 64 };

struct witness {
	struct thread_shadows before, held, after;
	char features[32];
};

static void check(struct tb_trial *trial, const char *when, const char *what, const char *want,
		  const char *got)
{
	char name[NAME];

	snprintf(name, sizeof(name), "%s-%s", when, what);
	tb_trial_check(trial, name, !strcmp(want, got), want, got);
}

/* A thread's shadow stack ends at a page boundary, and only a few words were pushed so far. */
static uint64_t top_of(const struct thread_child *child)
{
	return (child->ssp + PAGE - 1) / PAGE * PAGE;
}

/* A spawned program cannot be stopped, but stays a zombie until the wait for it. */
static void look_at_zombie(struct create *c, struct witness *w)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT) && errno == EINTR)
		;
	if (thread_features(c->pid, w->features, sizeof(w->features)))
		snprintf(w->features, sizeof(w->features), "unknown");
}

static int look_at_stopped(struct create *c, struct witness *w)
{
	int err;

	thread_await(c->child);
	err = thread_shadows(c->method->shadow == CREATE_COPIED ? (pid_t)c->child->tid : 0,
			     top_of(c->child) - 8, &w->held);
	if (thread_features((pid_t)c->child->tid, w->features, sizeof(w->features)))
		snprintf(w->features, sizeof(w->features), "unknown");
	thread_release(c->child);
	return err;
}

static int make_and_look(struct create *c, struct create_helper *helper, struct witness *w)
{
	bool vfork = c->method->shadow == CREATE_SHARED,
	     foreign = c->method->shadow == CREATE_FOREIGN;
	int err;

	c->child->map = NULL;
	c->child->ssp = 0;
	/* vfork's parent sleeps until its child is gone. Without a helper thread nobody inspects it. */
	c->child->hold = foreign || (vfork && !helper->runs) ? THREAD_GO : THREAD_STOP;
	if (vfork && helper->runs)
		create_helper_ask(helper, HELP_LOOK);
	err = c->method->make(c);
	if (err) {
		if (vfork && helper->runs) {
			thread_mark_stopped(c->child);
			create_helper_await(helper);
		}
		return err;
	}
	if (vfork && helper->runs) {
		err = create_helper_await(helper);
		w->held = helper->seen;
		snprintf(w->features, sizeof(w->features), "unknown");
	} else if (foreign) {
		look_at_zombie(c, w);
	} else if (!vfork) {
		err = look_at_stopped(c, w);
	}
	c->method->join(c);
	c->made++;
	c->fit += !strcmp(create_pointer(c), create_pointer_due(c));
	return err;
}

/* Checks the mapping for the child: it has the expected size and includes the pointer. */
static void check_own(struct tb_trial *trial, const struct create *c, const struct witness *w,
		      const char *when)
{
	uint64_t top = top_of(c->child), got = w->held.bytes - w->before.bytes;
	uint64_t most = c->map_bytes, least = most;
	char want_text[TEXT], got_text[TEXT], name[NAME];
	bool fits;

	/* glibc takes its descriptor and TLS off the stack before it passes the size to the kernel. */
	if (c->child->frame)
		least = (c->child->frame - (uintptr_t)c->stack + PAGE - 1) / PAGE * PAGE;
	snprintf(want_text, sizeof(want_text), least == most ? "%llu" : "%llu to %llu",
		 (unsigned long long)least, (unsigned long long)most);
	snprintf(got_text, sizeof(got_text), "%llu", (unsigned long long)got);
	snprintf(name, sizeof(name), "%s-bytes", when);
	tb_trial_check(trial, name, got >= least && got <= most, want_text, got_text);

	/* By address: two adjacent ones are one VMA on kernels without a guard gap. */
	fits = w->held.from <= top - got && w->held.to >= top;
	check(trial, when, "range", "around the pointer",
	      fits ? "around the pointer" : "elsewhere");
	check(trial, when, "touched", "yes", w->held.resident_bytes ? "yes" : "no");
	check(trial, when, "gone", "yes",
	      w->after.bytes == w->before.bytes && !w->after.to ? "yes" : "no");
	if (!strcmp(when, "last")) {
		tb_trial_control(trial, "shadow-resident-bytes", (double)w->held.resident_bytes);
		tb_trial_control(trial, "shadow-huge-bytes", (double)w->held.huge_bytes);
	}
}

/* A process maps nothing here. fork's child has the same shadow stack at the same address. */
static void check_none_mapped(struct tb_trial *trial, const struct create *c,
			      const struct witness *w, const char *when)
{
	bool same = w->held.from == c->main.from && w->held.to == c->main.to &&
		    w->held.bytes == w->before.bytes;

	if (c->shadowed && c->method->shadow != CREATE_FOREIGN)
		check(trial, when, "range", "the parent's", same ? "the parent's" : "another");
	check(trial, when, "mapped", "nothing",
	      w->after.bytes == w->before.bytes ? "nothing" : "something");
}

int create_prove(struct tb_trial *trial, struct create *c, struct create_helper *helper,
		 const char *when)
{
	struct witness w = { 0 };
	bool shadowed = c->shadowed, foreign = c->method->shadow == CREATE_FOREIGN;
	char name[NAME];
	int err = thread_shadows(0, 0, &w.before);

	if (!err)
		err = make_and_look(c, helper, &w);
	if (!err)
		err = thread_shadows(0, top_of(c->child) - 8, &w.after);
	if (err)
		return tb_trial_refused(trial, err, c->method->call,
					shadowed ? "the creation of the inspected child failed (a "
						   "shadow stack counts as committed memory)"
						 : "the creation of the inspected child failed");
	if (!foreign)
		check(trial, when, "pointer", create_pointer_due(c), create_pointer(c));
	if (shadowed && !foreign) {
		snprintf(name, sizeof(name), "%s-status", when);
		tb_trial_check_count(trial, name, THREAD_SHSTK, (long long)c->child->status);
	}
	if (strcmp(w.features, "unknown") && w.features[0])
		check(trial, when, "features", shadowed && !foreign ? "shstk" : "none", w.features);
	if (shadowed && c->method->shadow == CREATE_OWN)
		check_own(trial, c, &w, when);
	else
		check_none_mapped(trial, c, &w, when);
	return 0;
}
