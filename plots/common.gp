# SPDX-License-Identifier: GPL-2.0-or-later
# Common to all figures: svg, and the words of NAME.names. A colour is a machine,
# the same in all figures (Okabe-Ito); dashes are its records, shapes the series,
# so that all reads in grey too. Text of a record comes in single quotes only: in
# double quotes gnuplot would execute text between backticks.
# A script may set WIDTH and HEIGHT before it loads this file.
# No `set encoding utf8`: in the C locale gnuplot answers it with a warning, and svg is
# UTF-8 without it. gnuplot then counts a character that is not ASCII as several, so
# no place may depend on the width of one.
if (!exists("WIDTH")) WIDTH = 640
if (!exists("HEIGHT")) HEIGHT = 480
set terminal svg size WIDTH,HEIGHT dynamic background '#ffffff' font 'sans-serif,15' noenhanced
array OKABE_ITO[7] = [0x0072B2, 0xE69F00, 0x009E73, 0xD55E00, 0xCC79A7, 0x56B4E9, 0x000000]
array SHAPE[12] = [7, 5, 9, 13, 11, 6, 4, 8, 12, 10, 1, 2]
array DASH[5] = [1, 2, 4, 5, 3]
# Of the i-th of RECORD, and of the i-th of SERIES.
colour(i) = OKABE_ITO[(MACHINE[i] - 1) % 7 + 1]
dash(i) = DASH[(i - 1) % 5 + 1]
shape(i) = SHAPE[(i - 1) % 12 + 1]
# The records for a title: the name of one, the number of several.
who(n) = n == 1 ? RECORD[1].', '.CLASS : sprintf('%d records, ', n).CLASS
set border 3
set tics nomirror out
set grid lc rgb '#dddddd' lw 0.5
set key noenhanced
