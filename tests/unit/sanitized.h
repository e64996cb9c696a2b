/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a sanitizer is built in: it has its own mappings, memory and threads. */
#ifndef TB_TEST_SANITIZED_H
#define TB_TEST_SANITIZED_H

#ifdef __has_feature
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#endif
