// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/counters.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/breakpoint.h"
#include "measure/clock.h"
#include "machine/refusal.h"
#include "machine/rights.h"
#include "machine/sysfs_cpu.h"

/* What read(2) of a group leader gives: perf_event_open(2), PERF_FORMAT_GROUP. */
struct group_read {
	uint64_t n, enabled, running, value[TB_EVENTS_MAX];
};

static int open_event(const struct perf_event_attr *attr, int leader)
{
	int fd = (int)syscall(SYS_perf_event_open, attr, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static struct perf_event_attr attr_of(const struct tb_event *event, bool leader)
{
	struct perf_event_attr attr = event->attr;

	attr.size = sizeof(attr);
	attr.disabled = leader;
	/* Pinned: on the PMU always, or in error; never time-shared and scaled. */
	attr.pinned = leader;
	attr.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED |
			   PERF_FORMAT_TOTAL_TIME_RUNNING;
	return attr;
}

/* RDPMC where the kernel lets this thread use it: the page says so. */
static struct perf_event_mmap_page *map_page(int fd)
{
	void *page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, fd, 0);

	return page == MAP_FAILED ? NULL : page;
}

static int add(struct tb_counters *c, const struct tb_event *event, unsigned int place)
{
	struct perf_event_attr attr = attr_of(event, !c->n);
	int fd = open_event(&attr, c->n ? c->at[0].fd : -1);

	if (fd < 0)
		return fd;
	c->at[c->n++] = (struct tb_counter){ .fd = fd, .event = place, .page = map_page(fd) };
	return 0;
}

int tb_counters_open(struct tb_counters *c, const struct tb_events *events)
{
	int err = 0;

	*c = (struct tb_counters){ 0 };
	for (unsigned int i = 0; i < events->n && !err; i++)
		if (!events->at[i].why[0])
			err = add(c, &events->at[i], i);
	if (err) {
		tb_counters_close(c);
		return err;
	}
	c->rdpmc = c->n > 0;
	/* The index stands in the page only while the event is on the PMU. */
	tb_counters_on(c);
	for (unsigned int i = 0; i < c->n; i++)
		c->rdpmc &= c->at[i].page && c->at[i].page->cap_user_rdpmc &&
			    c->at[i].page->index != 0;
	tb_counters_off(c);
	return 0;
}

void tb_counters_close(struct tb_counters *c)
{
	while (!c->elsewhere && c->n--) {
		if (c->at[c->n].page)
			munmap(c->at[c->n].page, (size_t)sysconf(_SC_PAGESIZE));
		close(c->at[c->n].fd);
	}
	c->n = 0;
}

void tb_counters_on(struct tb_counters *c)
{
	if (!c->n || c->elsewhere)
		return;
	ioctl(c->at[0].fd, PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP);
	ioctl(c->at[0].fd, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP);
}

bool tb_counters_off(struct tb_counters *c)
{
	struct group_read all;

	if (!c->n || c->elsewhere)
		return c->n;
	ioctl(c->at[0].fd, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP);
	/* A pinned group that lost the PMU reads as end of file. */
	return read(c->at[0].fd, &all, sizeof(all)) > 0 && all.enabled == all.running;
}

static inline uint64_t rdpmc(uint32_t index)
{
	uint32_t lo, hi;

	asm volatile("rdpmc" : "=a"(lo), "=d"(hi) : "c"(index));
	return (uint64_t)hi << 32 | lo;
}

/* linux/perf_event.h, perf_event_mmap_page: the documented loop. */
static inline uint64_t read_page(volatile struct perf_event_mmap_page *page)
{
	uint32_t seq, index;
	uint64_t count;

	do {
		seq = page->lock;
		asm volatile("" ::: "memory");
		index = page->index;
		count = (uint64_t)page->offset;
		if (index) {
			unsigned int unused = 64u - page->pmc_width;

			count += (uint64_t)((int64_t)(rdpmc(index - 1) << unused) >> unused);
		}
		asm volatile("" ::: "memory");
	} while (page->lock != seq);
	return count;
}

static void read_all(struct tb_counters *c, bool end)
{
	struct group_read all = { 0 };

	/* RDPMC waits for nobody: LFENCE on both sides, as the clock has. */
	asm volatile("lfence" ::: "memory");
	if (!c->rdpmc && read(c->at[0].fd, &all, sizeof(all)) <= 0)
		all.n = 0;
	for (unsigned int i = 0; i < c->n; i++) {
		uint64_t value = c->rdpmc ? read_page(c->at[i].page) : all.value[i];

		if (end)
			c->at[i].end = value;
		else
			c->at[i].begin = c->at[i].end = value;
	}
	asm volatile("lfence" ::: "memory");
}

void tb_counters_begin(struct tb_counters *c)
{
	if (c->n && !c->elsewhere)
		read_all(c, false);
}

void tb_counters_end(struct tb_counters *c)
{
	if (c->n && !c->elsewhere)
		read_all(c, true);
}

/* kernel.perf_event_paranoid answers with EACCES; EPERM is somebody else's. */
static bool is_paranoid(const struct tb_sysroot *root, const struct tb_rights *rights, int err)
{
	int64_t level;

	return err == -EACCES && !tb_rights_capable(rights, CAP_PERFMON) &&
	       !tb_rights_capable(rights, CAP_SYS_ADMIN) &&
	       !tb_sysroot_i64(root, &level, "proc/sys/kernel/perf_event_paranoid") && level > 1;
}

static void explain_refused(const struct tb_sysroot *root, struct tb_event *event, int err)
{
	char level[16], remedy[TB_REMEDY];
	struct tb_refusal refusal;
	struct tb_rights rights;
	bool known = tb_refusal_of(root, "perf_event_open", err, &refusal);

	tb_rights_read(root, &rights);
	if (known && !is_paranoid(root, &rights, err)) {
		snprintf(event->why, sizeof(event->why), "%s; %s", refusal.reason, refusal.remedy);
		return;
	}
	if (tb_sysroot_text(root, level, sizeof(level), "proc/sys/kernel/perf_event_paranoid") < 0)
		snprintf(level, sizeof(level), "unreadable");
	tb_rights_remedy(&rights, "PERFMON", remedy, sizeof(remedy));
	snprintf(event->why, sizeof(event->why),
		 "not allowed: kernel.perf_event_paranoid is %s; %s, or lower the level", level,
		 remedy);
}

void tb_counters_explain_on(const struct tb_sysroot *root, struct tb_event *event, int err)
{
	bool hardware = event->attr.type != PERF_TYPE_SOFTWARE;
	struct tb_refusal refusal;
	bool known;

	switch (-err) {
	case ENOENT:
	case EOPNOTSUPP:
	case ENODEV:
		snprintf(event->why, sizeof(event->why),
			 !hardware ? "this kernel does not count it"
			 : tb_pmu_present(root)
				 ? "this PMU has no such event"
				 : "no PMU: the kernel found none (a hypervisor may hide it)");
		break;
	case EACCES:
	case EPERM:
		explain_refused(root, event, err);
		break;
	case EDOM:
		snprintf(event->why, sizeof(event->why),
			 "RDPMC of this event yields no count: it is a share of other events");
		break;
	case EINVAL:
	case ENOSPC:
	case EBUSY:
		snprintf(event->why, sizeof(event->why),
			 "no counter is left beside the events before it: ask for fewer at once");
		break;
	default:
		known = tb_refusal_of(root, "perf_event_open", err, &refusal);
		snprintf(event->why, sizeof(event->why), "%s%s%s", refusal.reason,
			 known ? "; " : "", refusal.remedy);
	}
}

void tb_counters_explain(struct tb_event *event, int err)
{
	struct tb_sysroot root;

	if (tb_sysroot_open(NULL, &root)) {
		snprintf(event->why, sizeof(event->why), "perf_event_open failed: %s",
			 strerror(-err));
		return;
	}
	tb_counters_explain_on(&root, event, err);
	tb_sysroot_close(&root);
}

/*
 * Has it a user's share? A switch or a migration happens in the kernel: without
 * it the kernel would count 0, always.
 */
static bool happens_in_user(const struct perf_event_attr *attr)
{
	return !attr->exclude_kernel && !(attr->type == PERF_TYPE_SOFTWARE &&
					  (attr->config == PERF_COUNT_SW_CONTEXT_SWITCHES ||
					   attr->config == PERF_COUNT_SW_CPU_MIGRATIONS));
}

static void user_only(struct tb_event *event)
{
	size_t used = strlen(event->name);

	event->attr.exclude_kernel = event->attr.exclude_hv = 1;
	if (used + 3 <= sizeof(event->name))
		memcpy(event->name + used, ":u", 3);
}

void tb_counters_probe(struct tb_events *events)
{
	struct tb_counters c = { 0 };

	for (unsigned int i = 0; i < events->n; i++) {
		struct tb_event *event = &events->at[i];
		int err;

		if (event->why[0])
			continue;
		/* An event that opens and stays at 0 would be a wrong count. */
		if (event->attr.type == PERF_TYPE_BREAKPOINT && !tb_breakpoint_fires()) {
			snprintf(
				event->why, sizeof(event->why),
				"this machine's breakpoints do not fire: the hypervisor hides the debug registers");
			continue;
		}
		err = add(&c, event, i);
		if ((err == -EACCES || err == -EPERM) && happens_in_user(&event->attr)) {
			user_only(event);
			err = add(&c, event, i);
		}
		if (err)
			tb_counters_explain(event, err);
	}
	tb_counters_close(&c);
}
