// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/launch_shm.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/folders.h"

static size_t shm_bytes(unsigned int metrics, unsigned int capacity)
{
	return sizeof(struct tb_launch_shm) + sizeof(double) * metrics * TB_COLUMNS * capacity;
}

int tb_launch_shm_create(unsigned int metrics, unsigned int capacity, int *fd,
			 struct tb_launch_shm **shm)
{
	size_t bytes = shm_bytes(metrics, capacity);
	struct tb_launch_shm *t;

	*fd = tb_memory_file("tollbooth-launch");
	if (*fd < 0)
		return *fd;
	if (ftruncate(*fd, (off_t)bytes))
		goto fail;
	t = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (t == MAP_FAILED)
		goto fail;
	t->magic = TB_SHM_MAGIC;
	t->metrics = metrics;
	t->capacity = capacity;
	*shm = t;
	return 0;
fail:
	bytes = (size_t)errno;
	close(*fd);
	return -(int)bytes;
}

int tb_launch_shm_open(int fd, struct tb_launch_shm **shm)
{
	struct tb_launch_shm *t;
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if ((size_t)st.st_size < sizeof(*t))
		return -EPROTO;
	/* Populate it: the harness must not cause page faults between two samples. */
	t = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		 0);
	if (t == MAP_FAILED)
		return -errno;
	if (t->magic != TB_SHM_MAGIC || t->metrics > TB_SHM_METRICS_MAX ||
	    shm_bytes(t->metrics, t->capacity) != (size_t)st.st_size) {
		munmap(t, (size_t)st.st_size);
		return -EPROTO;
	}
	*shm = t;
	return 0;
}

int tb_launch_shm_fail(int fd, int err, const char *why)
{
	int32_t code = err;
	char text[TB_TEXT];
	struct stat st;
	uint32_t magic;

	if (fstat(fd, &st) || (size_t)st.st_size < sizeof(struct tb_launch_shm) ||
	    pread(fd, &magic, sizeof(magic), offsetof(struct tb_launch_shm, magic)) !=
		    sizeof(magic) ||
	    magic != TB_SHM_MAGIC)
		return -EPROTO;
	snprintf(text, sizeof(text), "%s", why);
	if (pwrite(fd, text, sizeof(text), offsetof(struct tb_launch_shm, why)) != sizeof(text) ||
	    pwrite(fd, &code, sizeof(code), offsetof(struct tb_launch_shm, err)) != sizeof(code))
		return -EIO;
	return 0;
}

void tb_launch_shm_unmap(struct tb_launch_shm *shm)
{
	munmap(shm, shm_bytes(shm->metrics, shm->capacity));
}

double *tb_launch_shm_column(struct tb_launch_shm *shm, unsigned int metric, enum tb_column column)
{
	return shm->number + ((size_t)metric * TB_COLUMNS + column) * shm->capacity;
}

/* Terminates all texts: a launch with invalid contents is reported, too. */
static void end_texts(struct tb_launch_shm *shm)
{
	shm->why[TB_TEXT - 1] = '\0';
	for (int i = 0; i < TB_CONTROLS_MAX; i++)
		shm->control[i].name[sizeof(shm->control[i].name) - 1] = '\0';
	for (int i = 0; i < TB_CHECKS_MAX; i++) {
		shm->check[i].name[sizeof(shm->check[i].name) - 1] = '\0';
		shm->check[i].want[sizeof(shm->check[i].want) - 1] = '\0';
		shm->check[i].got[sizeof(shm->check[i].got) - 1] = '\0';
	}
	for (int m = 0; m < TB_SHM_METRICS_MAX; m++)
		shm->unavailable[m][TB_TEXT - 1] = '\0';
}

int tb_launch_shm_check(struct tb_launch_shm *shm)
{
	end_texts(shm);
	if (shm->n_controls > TB_CONTROLS_MAX || shm->n_checks > TB_CHECKS_MAX ||
	    shm->noise.cpus > TB_CPUS_MAX)
		return -EPROTO;
	if (!isfinite(shm->gate.floor) || !isfinite(shm->gate.own_floor) ||
	    !isfinite(shm->gate.l2_rate) || !isfinite(shm->pmu.operations))
		return -EPROTO;
	for (unsigned int m = 0; m < shm->metrics; m++)
		for (int c = 0; c < TB_COLUMNS; c++) {
			const double *x = tb_launch_shm_column(shm, m, (enum tb_column)c);

			if (shm->count[m][c] > shm->capacity)
				return -EPROTO;
			for (unsigned int i = 0; i < shm->count[m][c]; i++)
				if (!isfinite(x[i]))
					return -EPROTO;
		}
	return 0;
}
