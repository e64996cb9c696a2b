# SPDX-License-Identifier: GPL-2.0-or-later
# What emptiness costs. Data: one block a loop; core cycles, lines, aftermath, KiB.
load 'common.gp'
set title 'Cost against lines left'."\n".MACHINE noenhanced
set xlabel 'flush [core cycles] (log); numbers at the points: KiB'
set ylabel 'lines left (log; bottom: 0.001 and less)'
set logscale xy
set format '%g'
set yrange [FLOOR * 0.6:80]
set xtics (200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
plot for [i=1:|LT_COST|] 'cost.dat' index i-1 using 1:(floored($2)) with linespoints lt LT_COST[i] ps 0.9 \
		title columnheader(1), \
	for [i=1:|LT_COST|] 'cost.dat' index i-1 using 1:(floored($2)):4 with labels offset 0,0.8 \
		font ',10' tc lt LT_COST[i] notitle
