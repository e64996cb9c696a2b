// SPDX-License-Identifier: GPL-2.0-or-later
/* Exchanges of stamps between a guest and a thread of the host. */
#include "guest_world.h"
#include "uffd_skip.h"

static unsigned int asked, misplaced;

/* After each instruction: what stands on the shared and in the log right then. */
static bool answer_at_once(struct kvm_vcpu *v)
{
	struct guest_shared_page *shared = guest_shared_page(v->cpu.block);
	const struct guest_touch *log = guest_log(v->cpu.block);

	if (shared->ping == shared->pong)
		return true;
	asked++;
	misplaced += !log[shared->ping - 1].before || log[shared->ping - 1].after;
	shared->pong = shared->ping;
	return true;
}

/* An exchange, instruction by instruction: stamped, asked, answered, stamped. */
static void an_exchange_in_its_order(void **state)
{
	struct guest_rounds l;
	const struct guest_touch *log;
	const char *why = "";

	(void)state;
	open_guest(&l, &async_plan, 1);
	kvm.vcpu[0].cpu.stepping = true;
	kvm.at_step = answer_at_once;
	*guest_shared_page(l.vmm.vcpu[0].block) =
		(struct guest_shared_page){ .threads = 1, .live = 1, .exchanges = 3 };
	assert_int_equal(guest_rounds_enter(&l, &why), 0);
	log = guest_log(l.vmm.vcpu[0].block);
	assert_int_equal(asked, 3);
	assert_int_equal(misplaced, 0);
	for (int i = 0; i < 3; i++)
		assert_true(log[i].before && log[i].before < log[i].after);
	guest_rounds_close(&l);
}

/* A thread of the host's answers; the guest's two stamps stand around it. */
static void exchange(void **state)
{
	struct guest_rounds l;
	const char *why = "";
	const struct guest_touch *log;
	const struct guest_shared_page *shared;

	(void)state;
	open_guest(&l, &async_plan, 1);
	assert_int_equal(guest_rounds_exchange(&l, &why), 0);
	shared = guest_shared_page(l.vmm.vcpu[0].block);
	log = guest_log(l.vmm.vcpu[0].block);
	assert_int_equal(shared->ping, shared->pong);
	for (unsigned int i = 0; i < shared->ping; i++) {
		assert_true(log[i].before < log[i].after);
		assert_true(!i || log[i].before > log[i - 1].after);
	}
	run_round(&l);
	assert_clean(&l, 1);
	guest_rounds_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exchange_in_its_order),
		cmocka_unit_test(exchange),
	};

	if (uffd_is_refused(UFFD_EVERYBODYS))
		return 77;
	kvm_play();
	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
