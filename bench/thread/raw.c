// SPDX-License-Identifier: GPL-2.0-or-later
/* Children in assembly, by clone3, clone and vfork, and the same child in C. */
#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/clock.h"
#include "thread/shadow.h"
#include "thread/thread.h"

/* The flags of pthread_create without TLS, which the children never touch. */
static const uint64_t thread_flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
				     CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
				     CLONE_CHILD_CLEARTID;

_Static_assert(offsetof(struct thread_child, map_bytes) == 24 &&
		       offsetof(struct thread_child, status) == 48,
	       "the child's assembly knows the offsets");

/*
 * After the syscall, rax is 0 in the child and rbx points to the child's struct. The
 * call is the first touch of a real shadow stack; the store to the top word is that
 * of a modelled one. A call of the next instruction would push nothing there (SDM
 * vol. 2A, CALL: displacement 0). The child skips the red zone of a vfork's parent.
 */
#define CHILD                                            \
	"test %%rax, %%rax\n\t"                          \
	"jnz 6f\n\t"                                     \
	"rdtsc\n\t"                                      \
	"shl $32, %%rdx\n\t"                             \
	"or %%rdx, %%rax\n\t"                            \
	"mov %%rax, (%%rbx)\n\t"                         \
	"incq 8(%%rbx)\n\t"                              \
	"xor %%eax, %%eax\n\t"                           \
	"rdsspq %%rax\n\t"                               \
	"mov %%rax, 40(%%rbx)\n\t"                       \
	"lea -128(%%rsp), %%rsp\n\t"                     \
	"call 1f\n\t"                                    \
	"ud2\n"                                          \
	"1:\tmov 16(%%rbx), %%rdi\n\t"                   \
	"mov 24(%%rbx), %%rsi\n\t"                       \
	"test %%rdi, %%rdi\n\t"                          \
	"jz 2f\n\t"                                      \
	"movq $1, -8(%%rdi,%%rsi)\n"                     \
	"2:\tcmpl %[stop], 36(%%rbx)\n\t"                \
	"jne 4f\n\t" HELD "4:\tmov 16(%%rbx), %%rdi\n\t" \
	"mov 24(%%rbx), %%rsi\n\t"                       \
	"test %%rdi, %%rdi\n\t"                          \
	"jz 5f\n\t"                                      \
	"mov %[munmap], %%eax\n\t"                       \
	"syscall\n"                                      \
	"5:\txor %%edi, %%edi\n\t"                       \
	"mov %[exit], %%eax\n\t"                         \
	"syscall\n"                                      \
	"6:"

/* Stores its status, marks itself stopped, and sleeps until its release. */
#define HELD                                 \
	"mov %[prctl], %%eax\n\t"            \
	"mov %[status], %%edi\n\t"           \
	"lea 48(%%rbx), %%rsi\n\t"           \
	"syscall\n\t"                        \
	"movl %[stopped], 36(%%rbx)\n\t"     \
	"mov %[futex], %%eax\n\t"            \
	"lea 36(%%rbx), %%rdi\n\t"           \
	"mov %[wake], %%esi\n\t"             \
	"mov $1, %%edx\n\t"                  \
	"syscall\n"                          \
	"3:\tcmpl %[stopped], 36(%%rbx)\n\t" \
	"jne 4f\n\t"                         \
	"mov %[futex], %%eax\n\t"            \
	"lea 36(%%rbx), %%rdi\n\t"           \
	"mov %[wait], %%esi\n\t"             \
	"mov %[stopped], %%edx\n\t"          \
	"xor %%r10d, %%r10d\n\t"             \
	"syscall\n\t"                        \
	"jmp 3b\n"

#define CHILD_CONSTANTS                                                                      \
	[munmap] "i"(SYS_munmap), [exit] "i"(SYS_exit), [futex] "i"(SYS_futex),              \
		[wake] "i"(FUTEX_WAKE), [wait] "i"(FUTEX_WAIT), [prctl] "i"(SYS_arch_prctl), \
		[status] "i"(THREAD_SHSTK_STATUS), [stop] "i"(THREAD_STOP),                  \
		[stopped] "i"(THREAD_STOPPED)

int thread_clone3(struct thread_child *child, void *stack, size_t stack_bytes)
{
	struct clone_args args = { .flags = thread_flags,
				   .child_tid = (uintptr_t)&child->tid,
				   .parent_tid = (uintptr_t)&child->tid,
				   .stack = (uintptr_t)stack,
				   .stack_size = stack_bytes };
	long ret = SYS_clone3;

	asm volatile("syscall\n\t" CHILD
		     : "+a"(ret)
		     : "D"(&args), "S"(sizeof(args)), "b"(child), CHILD_CONSTANTS
		     : "rcx", "rdx", "r11", "memory", "cc");
	return ret < 0 ? (int)ret : 0;
}

int thread_clone(struct thread_child *child, void *stack, size_t stack_bytes)
{
	/* cppcheck-suppress constStatement ; it takes the register's name for an expression */
	register void *child_tid asm("r10") = &child->tid;
	register long tls asm("r8") = 0;
	void *parent_tid = &child->tid;
	long ret = SYS_clone;

	asm volatile("syscall\n\t" CHILD
		     : "+a"(ret), "+d"(parent_tid)
		     : "D"(thread_flags), "S"((char *)stack + stack_bytes), "r"(child_tid),
		       "r"(tls), "b"(child), CHILD_CONSTANTS
		     : "rcx", "r11", "memory", "cc");
	return ret < 0 ? (int)ret : 0;
}

pid_t thread_vfork(struct thread_child *child)
{
	long ret = SYS_vfork;

	child->parent = thread_ssp();
	asm volatile("syscall\n\t" CHILD
		     : "+a"(ret)
		     : "b"(child), CHILD_CONSTANTS
		     : "rcx", "rdx", "rdi", "rsi", "r10", "r11", "memory", "cc");
	return (pid_t)ret;
}

bool thread_clone3_token(void)
{
	/* struct clone_args as words: exit_signal is the fifth, the token would be the twelfth. */
	uint64_t args[12] = { [4] = 0x8000, [11] = 8 };

	/*
	 * The kernel rejects unknown words that are not 0 by E2BIG. Otherwise it goes on and
	 * rejects the invalid signal. No thread is made in either case.
	 */
	return syscall(SYS_clone3, args, sizeof(args)) < 0 && errno == EINVAL;
}

void thread_join(struct thread_child *child)
{
	uint32_t tid;

	/* CLONE_CHILD_CLEARTID wakes without FUTEX_PRIVATE_FLAG. */
	while ((tid = __atomic_load_n(&child->tid, __ATOMIC_ACQUIRE)))
		syscall(SYS_futex, &child->tid, FUTEX_WAIT, tid, NULL, NULL, 0);
}

void thread_await(struct thread_child *child)
{
	uint32_t hold;

	while ((hold = __atomic_load_n(&child->hold, __ATOMIC_ACQUIRE)) != THREAD_STOPPED)
		syscall(SYS_futex, &child->hold, FUTEX_WAIT, hold, NULL, NULL, 0);
}

void thread_release(struct thread_child *child)
{
	__atomic_store_n(&child->hold, THREAD_GO, __ATOMIC_RELEASE);
	syscall(SYS_futex, &child->hold, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void thread_mark_stopped(struct thread_child *child)
{
	__atomic_store_n(&child->hold, THREAD_STOPPED, __ATOMIC_RELEASE);
	syscall(SYS_futex, &child->hold, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void stop(struct thread_child *child)
{
	long status = thread_shadow_status();

	child->status = status < 0 ? 0 : (uint64_t)status;
	child->tid = (uint32_t)syscall(SYS_gettid);
	thread_mark_stopped(child);
	while (__atomic_load_n(&child->hold, __ATOMIC_ACQUIRE) == THREAD_STOPPED)
		syscall(SYS_futex, &child->hold, FUTEX_WAIT, THREAD_STOPPED, NULL, NULL, 0);
}

void thread_run(struct thread_child *child)
{
	child->started = tb_clock_now();
	child->ran++;
	child->ssp = thread_ssp();
	child->frame = (uintptr_t)__builtin_frame_address(0);
	if (child->map)
		*(volatile uint64_t *)((char *)child->map + child->map_bytes - 8) = 1;
	if (__atomic_load_n(&child->hold, __ATOMIC_ACQUIRE) == THREAD_STOP)
		stop(child);
	if (child->map)
		munmap(child->map, child->map_bytes);
}
