// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/tray.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/memory_file.h"

static size_t tray_bytes(unsigned int metrics, unsigned int capacity)
{
	return sizeof(struct tb_tray) + sizeof(double) * metrics * TB_COLUMNS * capacity;
}

int tb_tray_create(unsigned int metrics, unsigned int capacity, int *fd, struct tb_tray **tray)
{
	size_t bytes = tray_bytes(metrics, capacity);
	struct tb_tray *t;

	*fd = tb_memory_file("tollbooth-tray");
	if (*fd < 0)
		return *fd;
	if (ftruncate(*fd, (off_t)bytes))
		goto fail;
	t = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (t == MAP_FAILED)
		goto fail;
	t->magic = TB_TRAY_MAGIC;
	t->metrics = metrics;
	t->capacity = capacity;
	*tray = t;
	return 0;
fail:
	bytes = (size_t)errno;
	close(*fd);
	return -(int)bytes;
}

int tb_tray_open(int fd, struct tb_tray **tray)
{
	struct tb_tray *t;
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if ((size_t)st.st_size < sizeof(*t))
		return -EPROTO;
	/* Populated: a page fault between two samples would be ours. */
	t = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		 0);
	if (t == MAP_FAILED)
		return -errno;
	if (t->magic != TB_TRAY_MAGIC || t->metrics > TB_TRAY_METRICS_MAX ||
	    tray_bytes(t->metrics, t->capacity) != (size_t)st.st_size) {
		munmap(t, (size_t)st.st_size);
		return -EPROTO;
	}
	*tray = t;
	return 0;
}

int tb_tray_fail(int fd, int err, const char *why)
{
	int32_t code = err;
	char text[TB_TEXT];
	struct stat st;
	uint32_t magic;

	if (fstat(fd, &st) || (size_t)st.st_size < sizeof(struct tb_tray) ||
	    pread(fd, &magic, sizeof(magic), offsetof(struct tb_tray, magic)) != sizeof(magic) ||
	    magic != TB_TRAY_MAGIC)
		return -EPROTO;
	snprintf(text, sizeof(text), "%s", why);
	if (pwrite(fd, text, sizeof(text), offsetof(struct tb_tray, why)) != sizeof(text) ||
	    pwrite(fd, &code, sizeof(code), offsetof(struct tb_tray, err)) != sizeof(code))
		return -EIO;
	return 0;
}

void tb_tray_unmap(struct tb_tray *tray)
{
	munmap(tray, tray_bytes(tray->metrics, tray->capacity));
}

double *tb_tray_column(struct tb_tray *tray, unsigned int metric, enum tb_column column)
{
	return tray->number + ((size_t)metric * TB_COLUMNS + column) * tray->capacity;
}

/* All of them, counted or not: a launch that left rubbish is told of, too. */
static void end_texts(struct tb_tray *tray)
{
	tray->why[TB_TEXT - 1] = '\0';
	for (int i = 0; i < TB_CONTROLS_MAX; i++)
		tray->control[i].name[sizeof(tray->control[i].name) - 1] = '\0';
	for (int i = 0; i < TB_CHECKS_MAX; i++) {
		tray->check[i].name[sizeof(tray->check[i].name) - 1] = '\0';
		tray->check[i].want[sizeof(tray->check[i].want) - 1] = '\0';
		tray->check[i].got[sizeof(tray->check[i].got) - 1] = '\0';
	}
	for (int m = 0; m < TB_TRAY_METRICS_MAX; m++)
		tray->lack[m][TB_TEXT - 1] = '\0';
}

int tb_tray_check(struct tb_tray *tray)
{
	end_texts(tray);
	if (tray->n_controls > TB_CONTROLS_MAX || tray->n_checks > TB_CHECKS_MAX ||
	    tray->noise.cpus > TB_CPUS_MAX)
		return -EPROTO;
	if (!isfinite(tray->gate.floor) || !isfinite(tray->gate.own_floor) ||
	    !isfinite(tray->gate.l2_rate) || !isfinite(tray->pmu.operations))
		return -EPROTO;
	for (unsigned int m = 0; m < tray->metrics; m++)
		for (int c = 0; c < TB_COLUMNS; c++) {
			const double *x = tb_tray_column(tray, m, (enum tb_column)c);

			if (tray->count[m][c] > tray->capacity)
				return -EPROTO;
			for (unsigned int i = 0; i < tray->count[m][c]; i++)
				if (!isfinite(x[i]))
					return -EPROTO;
		}
	return 0;
}
