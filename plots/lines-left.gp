# SPDX-License-Identifier: GPL-2.0-or-later
# Lines left by size and loop. Data: one block a loop; KiB, lines, interval.
load 'common.gp'
set title 'Lines of one page (of 63) still in the L1D after the flush'."\n".MACHINE noenhanced
set xlabel 'size of the flush [KiB]'
set ylabel 'lines left (log; bottom: 0.001 and less)'
set logscale x 2
set logscale y
set format y '%g'
set yrange [FLOOR * 0.8:80]
set xtics add (32, 48, 64, 96, 128)
set arrow 1 from L1D_KIB, graph 0 to L1D_KIB, graph 1 nohead dt 3 lw 2 lc rgb '#666666'
set label 1 sprintf('L1D %d KiB ', L1D_KIB) at L1D_KIB, graph 0.06 right tc rgb '#444444'
plot for [i=1:|LT_LINES_LEFT|] 'lines-left.dat' index i-1 \
	using 1:(floored($2)):(floored($3)):(floored($4)) with yerrorlines lt LT_LINES_LEFT[i] ps 0.8 title columnheader(1)
