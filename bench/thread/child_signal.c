// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations that a shadow stack forbids, tried in a child process. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "thread/shadow.h"

static void tell_code(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	_exit(info->si_code);
}

int thread_child_signal(void (*act)(void))
{
	struct sigaction action = { .sa_sigaction = tell_code, .sa_flags = SA_SIGINFO };
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		sigaction(SIGSEGV, &action, NULL);
		act();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/* Returns to an address that no call pushed. Skips the red zone: the compiler does not know of the push. */
void thread_return_to_unpushed_address(void)
{
	asm volatile("lea -128(%%rsp), %%rsp\n\t"
		     "lea 1f(%%rip), %%rax\n\t"
		     "push %%rax\n\t"
		     "ret\n"
		     "1:\tlea 128(%%rsp), %%rsp"
		     :
		     :
		     : "rax", "memory");
}

void thread_store_to_shadow(void)
{
	uint64_t ssp = thread_ssp();

	if (ssp)
		*(volatile uint64_t *)ssp = 0;
}

void thread_glibc_vfork(void)
{
	/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	waitpid(pid, NULL, 0);
}
