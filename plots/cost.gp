# SPDX-License-Identifier: GPL-2.0-or-later
# What emptiness costs. Data: one block a loop; core cycles, lines, aftermath, KiB.
load 'common.gp'
set title 'Cost against lines left, by size: '.MACHINE noenhanced
set xlabel 'flush [core cycles] (log); numbers at the points: KiB'
set ylabel 'lines left (log; at the bottom: fewer than one in 1000 trials)'
set logscale xy
set format '%g'
set yrange [FLOOR * 0.6:80]
set xtics add (500, 700, 1000, 1500, 2000, 3000, 5000, 10000)
plot for [i=0:SERIES_COST-1] 'cost.dat' index i using 1:(floored($2)) with linespoints lt i+1 ps 0.9 \
		title columnheader(1), \
	for [i=0:SERIES_COST-1] 'cost.dat' index i using 1:(floored($2)):4 with labels offset 0,0.8 \
		font ',10' tc rgb '#444444' notitle
