// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): accept4, struct ucred
#include "run/claim.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "measure/contention.h"

enum { PLACES = 8 }; /* the largest number of runs on one CPU that detect each other */

static socklen_t name_of(int cpu, int place, struct sockaddr_un *name)
{
	*name = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
	       (socklen_t)snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1,
				   TB_CLAIM_NAME "%d-%d", cpu, place);
}

/* The process behind a connected socket, or null if it is in another PID namespace. */
static json_t *process_of(int fd)
{
	struct ucred peer = { 0 };
	socklen_t bytes = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) || peer.pid <= 0)
		return json_null();
	return json_integer(peer.pid);
}

static void note(struct tb_claims *claims, int cpu, int fd, const char *began)
{
	if (!claims->others)
		claims->others = json_array();
	json_array_append_new(claims->others, json_pack("{s:i,s:o,s:s}", "cpu", cpu, "process",
							process_of(fd), "began", began));
}

/* Connects to the run that has the place, if there is one, and records it. */
static void meet(struct tb_claims *claims, int cpu, int place)
{
	struct sockaddr_un name;
	socklen_t bytes = name_of(cpu, place, &name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	if (!connect(fd, (struct sockaddr *)&name, bytes) || errno == EAGAIN)
		note(claims, cpu, fd, "before");
	close(fd);
}

/* The place's socket, or -1 if another run has it. */
static int take(int cpu, int place)
{
	struct sockaddr_un name;
	socklen_t bytes = name_of(cpu, place, &name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && (bind(fd, (struct sockaddr *)&name, bytes) || listen(fd, 64))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void claim(struct tb_claims *claims, int cpu)
{
	int fd = -1, own = PLACES;

	for (size_t i = 0; i < claims->n; i++)
		if (claims->at[i].cpu == cpu)
			return;
	if (claims->n == TB_CLAIMS_MAX)
		return;
	/* Claim first, then connect: of two runs that start together, one finds the other. */
	for (int place = 0; place < PLACES && fd < 0; place++) {
		fd = take(cpu, place);
		own = fd < 0 ? PLACES : place;
	}
	for (int place = 0; place < PLACES; place++)
		if (place != own)
			meet(claims, cpu, place);
	claims->at[claims->n].cpu = cpu;
	claims->at[claims->n++].fd = fd;
}

void tb_claim_cpus(struct tb_claims *claims, const struct tb_variants *variants)
{
	for (size_t i = 0; i < variants->n; i++) {
		const struct tb_variant *v = &variants->at[i];

		if (v->code[0])
			continue;
		claim(claims, v->cpu[0]);
		if (tb_bench_param(v->bench, TB_PLACEMENT_PARAM, strlen(TB_PLACEMENT_PARAM)) >= 0)
			claim(claims, v->cpu[1]);
	}
}

void tb_claim_accept(struct tb_claims *claims)
{
	for (size_t i = 0; i < claims->n; i++) {
		int fd;

		while (claims->at[i].fd >= 0 &&
		       (fd = accept4(claims->at[i].fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
			note(claims, claims->at[i].cpu, fd, "during");
			close(fd);
		}
	}
}

json_t *tb_claim_describe(const struct tb_claims *claims)
{
	return claims->others ? json_pack("{s:o}", "other_runs", json_deep_copy(claims->others))
			      : json_object();
}

void tb_claim_release(struct tb_claims *claims)
{
	for (size_t i = 0; i < claims->n; i++)
		if (claims->at[i].fd >= 0)
			close(claims->at[i].fd);
	json_decref(claims->others);
	*claims = (struct tb_claims){ 0 };
}
