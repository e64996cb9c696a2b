/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Skipping with a reason. Include it after cmocka.h. */
#ifndef TB_TEST_SKIP_H
#define TB_TEST_SKIP_H

/* ./check reads the reason from the line before cmocka's own. */
static inline void skip_because(const char *why)
{
	print_message("%s\n", why);
	skip();
}

#endif
