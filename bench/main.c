// SPDX-License-Identifier: GPL-2.0-or-later
#include "benches.h"
#include "cli/cli.h"

extern const struct tb_tune l1d_tune;

int main(int argc, char **argv)
{
	static const struct tb_tune *const tunes[] = { &l1d_tune, NULL };
	const struct tb_cli cli = { tb_benches, tunes, argc, argv };

	return tb_main(&cli);
}
