// SPDX-License-Identifier: GPL-2.0-or-later
/* The module's interface, flushes and counters. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"

const struct tb_flush_setup small = {
	.loop = 1,
	.victim = L1D_ONE_PAGE,
	.l1d_bytes = 32 << 10,
	.flush_bytes = 64 << 10,
	.seed = 1,
};

static void info(void)
{
	int fd = device();
	struct tb_info info = info_of(fd);
	struct utsname name;
	bool table = uname(&name) || !strstr(name.version, "PREEMPT_RT");

	expect(info.abi == TB_ABI, "abi %u", info.abi);
	expect(info.caps & TB_CAP_HYPERVISOR, "the emulator's bit is not seen");
	expect(!(info.caps & TB_CAP_APF) == !table, "the wait table is %soffered on %s",
	       table ? "not " : "", name.version);
	expect((info.loops & 0x1eb) == 0x1eb, "loops 0x%x", info.loops);
	expect(!(info.loops & ~(0x3ffu | 1u << TB_LOOP_MSR | 1u << TB_LOOP_WBINVD)),
	       "loops that do not exist: 0x%x", info.loops);
	expect(!(info.loops & 1u << TB_LOOP_WBINVD), "wbinvd without having been asked for");
	expect(info.tsc_khz > 1000, "tsc_khz %u", info.tsc_khz);
	say("caps 0x%x loops 0x%x tsc_khz %u", info.caps, info.loops, info.tsc_khz);
	close(fd);
}

static void permission(void)
{
	int fd;

	if (fork() == 0) {
		/* Mode 0600 excludes other users. Without the capability root is excluded, too. */
		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(1);
		fd = open(TB_DEVICE, O_RDWR);
		_exit(fd >= 0 || errno != EACCES);
	}
	int status = -1;

	expect(wait(&status) > 0 && status == 0, "nobody can open the device");
	if (fork() == 0) {
		struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
		struct __user_cap_data_struct none[2] = { 0 };

		if (syscall(SYS_capset, &head, none))
			_exit(1);
		fd = open(TB_DEVICE, O_RDWR);
		_exit(fd >= 0 || errno != EPERM);
	}
	expect(wait(&status) > 0 && status == 0, "root without CAP_SYS_ADMIN can open the device");
}

static void *const bad_pointers[] = { NULL,
				      (void *)1,
				      (void *)0xffff888000000000,
				      (void *)0xffffffff81000000,
				      (void *)0x800000000000,
				      (void *)-1ul };

static void pointers(void)
{
	int fd = device();
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(pages + 4096, 4096);
	for (int i = 0; i < OPERATIONS; i++) {
		/* It only answers, and there is nothing to answer with. */
		if (operations[i].number == TB_IOC_APF_STAT && !has_table())
			continue;
		for (size_t p = 0; p < sizeof(bad_pointers) / sizeof(bad_pointers[0]); p++)
			expect_call(fd, operations[i].number, bad_pointers[p], -EFAULT,
				    operations[i].name);
		/* The first half can be read and written, the rest cannot. */
		expect_call(fd, operations[i].number, pages + 4096 - 8, -EFAULT,
			    "half a structure");
	}
	mprotect(pages, 4096, PROT_READ);
	expect_call(fd, TB_IOC_INFO, pages, -EFAULT, "read-only");
	munmap(pages, 4096);
	close(fd);
}

static void sizes(void)
{
	static char arg[16384];
	int fd = device();

	for (int i = 0; i < OPERATIONS; i++) {
		const struct operation *op = &operations[i];
		const uint32_t wrong[] = { 0, 1, 4, op->bytes - 1 };

		memset(arg, 0, sizeof(arg));
		for (size_t k = 0; k < 4; k++)
			expect_call(fd, resized(op, wrong[k]), arg, -EINVAL, op->name);
		expect_call(fd, resized(op, 4097), arg, -E2BIG, op->name);
		expect_call(fd, resized(op, 16383), arg, -E2BIG, op->name);
		arg[op->bytes + 3] = 1;
		if (_IOC_DIR(op->number) & _IOC_WRITE)
			expect_call(fd, resized(op, op->bytes + 8), arg, -E2BIG, op->name);
	}
	/* The module sets a field that it does not know to 0. */
	memset(arg, 0x55, sizeof(arg));
	expect_call(fd, resized(&operations[0], sizeof(struct tb_info) + 64), arg, 0, "longer");
	for (size_t i = sizeof(struct tb_info); i < sizeof(struct tb_info) + 64; i++)
		expect(!arg[i], "byte %zu of a longer structure is %d", i, arg[i]);
	expect(arg[sizeof(struct tb_info) + 64] == 0x55, "written behind the structure");
	close(fd);
}

static void commands(void)
{
	struct tb_info info = { 0 };
	int fd = device();

	for (unsigned int nr = OPERATIONS; nr < 256; nr++)
		expect_call(fd, _IOR(TB_IOC_LETTER, nr, struct tb_info), &info, -ENOTTY,
			    "no operation");
	expect_call(fd, _IOR(TB_IOC_LETTER - 1, 0, struct tb_info), &info, -ENOTTY,
		    "another letter");
	expect_call(fd, _IOWR(TB_IOC_LETTER, 0, struct tb_info), &info, -ENOTTY,
		    "another direction");
	/* The letter of nsfs, which had the numbers before. */
	for (unsigned int nr = 0; nr < OPERATIONS; nr++)
		expect_call(fd, _IO(0xb7, nr), &info, -ENOTTY, "the former letter");
	expect_call(fd, 0xdead000000000000 | TB_IOC_INFO, &info, 0,
		    "high bits do not reach the kernel");
	close(fd);
}

static void refuse_setup(int fd, struct tb_flush_setup setup, int want, const char *what)
{
	expect_call(fd, TB_IOC_FLUSH_SETUP, &setup, want, what);
}

static void setup_fields(void)
{
	struct tb_flush_setup s = small;
	int fd = device();

#define REFUSE(field, value, want)                            \
	do {                                                  \
		s = small;                                    \
		s.field = value;                              \
		refuse_setup(fd, s, want, #field "=" #value); \
	} while (0)
	REFUSE(loop, 10, -EINVAL);
	REFUSE(loop, TB_LOOP_MSR - 1, -EINVAL);
	REFUSE(loop, TB_LOOP_IDS, -EINVAL);
	REFUSE(loop, UINT32_MAX, -EINVAL);
	REFUSE(loop, TB_LOOP_WBINVD, -EOPNOTSUPP);
	REFUSE(victim, L1D_VICTIM_KINDS, -EINVAL);
	REFUSE(buffer, L1D_BUFFER_KINDS, -EINVAL);
	REFUSE(l1d_bytes, 0, -EINVAL);
	REFUSE(l1d_bytes, 4096, -EINVAL);
	REFUSE(l1d_bytes, 32769, -EINVAL);
	REFUSE(l1d_bytes, TB_L1D_MAX + 4096, -EINVAL);
	REFUSE(flush_bytes, 0, -EINVAL);
	REFUSE(flush_bytes, 65537, -EINVAL);
	REFUSE(flush_bytes, TB_FLUSH_MAX + 4096, -EINVAL);
	REFUSE(l2_bytes, TB_L2_MAX + 1, -EINVAL);
#undef REFUSE
	if (!(info_of(fd).loops & 1u << TB_LOOP_MSR)) {
		s = small;
		s.loop = TB_LOOP_MSR;
		refuse_setup(fd, s, -EOPNOTSUPP, "IA32_FLUSH_CMD that CPUID does not show");
	}
	close(fd);
}

static void sample_fields(void)
{
	struct tb_flush_sample sample = { 0 };
	int fd = device();

	pin(0);
	expect_call(fd, TB_IOC_FLUSH_SAMPLE, &sample, -ENODATA, "nothing set up");
	refuse_setup(fd, small, 0, "setup");
#define REFUSE(want, ...)                                                          \
	do {                                                                       \
		sample = (struct tb_flush_sample){ __VA_ARGS__ };                  \
		expect_call(fd, TB_IOC_FLUSH_SAMPLE, &sample, want, #__VA_ARGS__); \
	} while (0)
	REFUSE(-EINVAL, .setup = L1D_SETUPS);
	REFUSE(-EINVAL, .probe_kind = L1D_PROBE_KINDS);
	REFUSE(-EINVAL, .hot = 64);
	REFUSE(-EINVAL, .walk = L1D_WALKS);
	REFUSE(-EINVAL, .flags = 4);
	REFUSE(-EINVAL, .reserved = 1);
	REFUSE(-EINVAL, .probe_kind = L1D_PROBE_WALK, .setup = L1D_DO_REFERENCE);
	REFUSE(-EINVAL, .flags = TB_SAMPLE_COUNT);
	REFUSE(-ENODATA, .flags = TB_SAMPLE_COUNT, .setup = L1D_DO_FLUSH);
	REFUSE(-ENXIO, .cpu = 1);
	REFUSE(-ENXIO, .cpu = UINT32_MAX);
#undef REFUSE
	close(fd);
}

/* Every loop that runs here, over every victim and place, all setups and walks. */
static void take_every(int fd, const struct tb_flush_setup *setup)
{
	struct tb_flush_sample sample;

	for (uint32_t how = 0; how < L1D_SETUPS; how++) {
		sample = (struct tb_flush_sample){ .setup = how,
						   .hot = how == L1D_DO_HOT ? 9 : 0,
						   .flags = TB_SAMPLE_NEW_PAGE };
		expect_call(fd, TB_IOC_FLUSH_SAMPLE, &sample, 0, "sample");
		expect(sample.irqs_off > sample.null + sample.latency + sample.probe + sample.chain,
		       "loop %u setup %u: interrupts were off for less than the windows took",
		       setup->loop, how);
		expect(sample.probe && sample.chain, "loop %u setup %u: no time passed",
		       setup->loop, how);
		expect(!sample.latency == (how != L1D_DO_FLUSH), "loop %u setup %u: latency %llu",
		       setup->loop, how, (unsigned long long)sample.latency);
	}
	for (uint32_t walk = 0; walk < L1D_WALKS; walk++) {
		sample = (struct tb_flush_sample){ .probe_kind = L1D_PROBE_WALK,
						   .walk = walk,
						   .setup = L1D_DO_FLUSH };
		expect_call(fd, TB_IOC_FLUSH_SAMPLE, &sample, 0, "walk");
		expect(sample.probe, "walk %u took no time", walk);
	}
}

static void flushes(void)
{
	static const uint32_t bytes[] = { 4096, 48 << 10, TB_FLUSH_MAX };
	int fd = device();
	uint32_t loops = info_of(fd).loops;
	struct tb_flush_setup setup = small;

	pin(0);
	for (setup.loop = 0; setup.loop < TB_LOOP_IDS; setup.loop++) {
		if (!(loops & 1u << setup.loop))
			continue;
		setup.victim = setup.loop % L1D_VICTIM_KINDS;
		setup.buffer = setup.loop % L1D_BUFFER_KINDS;
		setup.l2_bytes = 256 << 10;
		setup.flush_bytes = bytes[setup.loop % 3];
		refuse_setup(fd, setup, 0, "setup");
		take_every(fd, &setup);
	}
	/* A later setup that fails leaves no half apparatus behind. */
	setup.loop = TB_LOOP_IDS;
	refuse_setup(fd, setup, -EINVAL, "setup");
	close(fd);
}

const struct test module_tests[] = { { "info", info },
				     { "permission", permission },
				     { "bad pointers", pointers },
				     { "wrong sizes", sizes },
				     { "unknown commands", commands },
				     { "fields of setup", setup_fields },
				     { "fields of a sample", sample_fields },
				     { "every loop", flushes },
				     { 0 } };

/* module-test [EFFORT]: 0 when all tests passed. */
int main(int argc, char **argv)
{
	const char *no_table = has_table() ? NULL : "PREEMPT_RT: no wait table";
	const struct group all[] = {
		{ module_tests, NULL },	   { memory_tests, NULL },    { fault_tests, NULL },
		{ pmu_tests, NULL },	   { apf_tests, no_table },   { signal_tests, no_table },
		{ waits_tests, no_table }, { injection_tests, NULL }, { adversary_tests, NULL },
	};

	return run_tests(all, sizeof(all) / sizeof(all[0]),
			 argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : 1);
}
