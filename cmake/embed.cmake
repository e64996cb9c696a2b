# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DINPUT=... -DOUTPUT=... -DSYMBOL=... -P embed.cmake: a file as a C array.
file(READ "${INPUT}" hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "((0x..,){16})" "\\1\n" bytes "${bytes}")
file(WRITE "${OUTPUT}" "#include <stddef.h>
extern const char ${SYMBOL}[];
extern const size_t ${SYMBOL}_length;
const char ${SYMBOL}[] = {\n${bytes} 0 };
const size_t ${SYMBOL}_length = sizeof(${SYMBOL}) - 1;\n")
