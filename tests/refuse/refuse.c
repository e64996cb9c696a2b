// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * refuse CALL ERRNO COMMAND [ARGUMENT...]: runs the command under a seccomp filter that answers
 * one system call with an errno, as a container runtime's filter does. CALL "kvm" is ioctl() with
 * a request of KVM's (type 0xae). Exit: 77 where no filter can be installed, else the command's.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned int number;
} calls[] = {
	{ "arch_prctl", SYS_arch_prctl },
	{ "clone", SYS_clone },
	{ "clone3", 435 },
	{ "kvm", SYS_ioctl },
	{ "memfd_create", SYS_memfd_create },
	{ "mlock", SYS_mlock },
	{ "perf_event_open", SYS_perf_event_open },
	{ "pidfd_open", 434 },
	{ "sched_getaffinity", SYS_sched_getaffinity },
	{ "sched_setaffinity", SYS_sched_setaffinity },
	{ "sched_setscheduler", SYS_sched_setscheduler },
	{ "userfaultfd", SYS_userfaultfd },
	{ "vfork", SYS_vfork },
};

static const struct {
	const char *name;
	unsigned int number;
} errors[] = { { "EPERM", EPERM }, { "EACCES", EACCES }, { "ENOSYS", ENOSYS } };

static int install(unsigned int call, unsigned int error, bool kvm)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4),
		/* The request's type; of any other call but ioctl it does not matter. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kvm ? 0xff00 : 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kvm ? 0xae00 : 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	size_t call = 0, error = 0;

	if (argc < 4) {
		fputs("refuse CALL ERRNO COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	while (call < sizeof(calls) / sizeof(calls[0]) && strcmp(calls[call].name, argv[1]) != 0)
		call++;
	while (error < sizeof(errors) / sizeof(errors[0]) &&
	       strcmp(errors[error].name, argv[2]) != 0)
		error++;
	if (call == sizeof(calls) / sizeof(calls[0]) ||
	    error == sizeof(errors) / sizeof(errors[0])) {
		fprintf(stderr, "refuse: no %s or no %s\n", argv[1], argv[2]);
		return 2;
	}
	if (install(calls[call].number, errors[error].number, !strcmp(argv[1], "kvm"))) {
		perror("refuse: no filter");
		return 77;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}
