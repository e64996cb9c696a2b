/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CPU is this? Derived from what it shows, which may be another CPU's numbers. */
#ifndef TB_IDENTITY_H
#define TB_IDENTITY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Derives the core from a record's host.cpu ("vendor", "family", "model", "stepping",
 * "flags", "cpuid_level", "cpuid", "caches"; each may be null or missing):
 * {
 *   "uarch": the core's name, null where what is shown does not settle it,
 *   "at_least": the oldest cores that have each feature shown, null where uarch is not,
 *   "named": the name that family, model and stepping have, null for none,
 *   "evidence": [features that only this generation and later ones have],
 *   "contradictions": [what does not fit to the name],
 *   "reason": why uarch is null
 * }
 * Nothing is derived of an emulated CPU: an emulator can add features. NULL: memory is short.
 */
json_t *tb_identity(const json_t *cpu, bool emulated);

/* What CPUID shows, in numbers: "AuthenticAMD-26-2-1", by vendor, family, model and stepping. */
const char *tb_identity_numbers(const json_t *cpu, char *out, size_t bytes);

/* "Zen 5", "at least Sapphire Rapids", else the model's name, else "unknown CPU". */
const char *tb_identity_name(const json_t *cpu, char *out, size_t bytes);

/* The name with its evidence: "Granite Rapids (derived: AVX10.1, PREFETCHI; CPUID shows 06_A7)". */
const char *tb_identity_text(const json_t *cpu, char *out, size_t bytes);

/*
 * Why the core's own events and figures must not be taken from family and model; NULL: they
 * may. The text belongs to cpu.
 */
const char *tb_identity_distrust(const json_t *cpu);

#endif
