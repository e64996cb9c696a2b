# SPDX-License-Identifier: GPL-2.0-or-later
# Every figure: svg, Okabe-Ito colours, and a point and dash of its own for each
# series, so that it reads in grey too. Text of a record comes in single quotes
# only: in double quotes gnuplot would run what stands between backticks.
set terminal svg size 900,520 dynamic background '#ffffff' font 'sans-serif,13' noenhanced
set encoding utf8
set linetype 1 lc rgb '#0072B2' pt 7 dt 1 lw 2
set linetype 2 lc rgb '#E69F00' pt 5 dt 2 lw 2
set linetype 3 lc rgb '#009E73' pt 9 dt 4 lw 2
set linetype 4 lc rgb '#D55E00' pt 13 dt 5 lw 2
set linetype 5 lc rgb '#CC79A7' pt 11 dt 3 lw 2
set linetype 6 lc rgb '#56B4E9' pt 6 dt 1 lw 2
set linetype 7 lc rgb '#000000' pt 4 dt 2 lw 2
set linetype 8 lc rgb '#0072B2' pt 8 dt 4 lw 2
set linetype 9 lc rgb '#E69F00' pt 12 dt 1 lw 2
set linetype 10 lc rgb '#009E73' pt 10 dt 2 lw 2
set border 3
set tics nomirror out
set grid lc rgb '#dddddd' lw 0.5
set key outside right top noenhanced
set autoscale xfixmin
set autoscale xfixmax
set offsets graph 0.03, graph 0.03, 0, 0
# Comes with the data: MACHINE, L1D_KIB, FLOOR, and for each figure an array of
# line types, one a block of its data: a loop looks the same in every figure.
load 'machine.gp'
floored(y) = y < FLOOR ? FLOOR : y
