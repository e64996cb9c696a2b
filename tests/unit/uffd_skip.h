/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For programs that need userfaultfd(2): they exit with 77 where it is refused. Include it after cmocka.h. */
#ifndef TB_TEST_UFFD_SKIP_H
#define TB_TEST_UFFD_SKIP_H

#include "apf/uffd.h"

/* Opens and closes one, and prints the reason if that fails. */
static inline bool uffd_is_refused(enum uffd_whose whose)
{
	const char *why = "";
	struct uffd u;
	int err = uffd_open(&u, whose, UFFD_COPY, 4096, 1, &why);

	uffd_close(&u);
	if (err)
		print_message("skipped: %s\n", why);
	return err;
}

#endif
