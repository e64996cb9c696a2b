// SPDX-License-Identifier: GPL-2.0-or-later
#include "benches.h"

int main(int argc, char **argv)
{
	const struct tb_cli cli = { tb_benches, tb_tunes, argc, argv };

	return tb_main(&cli);
}
