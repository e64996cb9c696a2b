# SPDX-License-Identifier: GPL-2.0-or-later
# Cost against lines left, without and with the refill. Columns: record, panel,
# series, x index, bytes, empty, share, cycles lo hi, refill lo hi, lines lo hi.
load 'cost.names'
KEYS = (|SERIES| + |RECORD| + 1) / 2
WIDTH = 640
HEIGHT = 790 + 22 * KEYS
load 'common.gp'
FLOOR = 0.001
floored(y) = y < FLOOR ? FLOOR : y
stats 'cost.dat' using 8 nooutput name 'FLUSH'
stats 'cost.dat' using ($8 + $11) nooutput name 'BOTH'
set multiplot title 'Cost of a flush against the lines it leaves'."\n".who(|RECORD|) noenhanced
set logscale xy
set format y '%g'
set format x '%.0s%c'
set lmargin 10
set rmargin 3
set yrange [FLOOR * 0.5:200]
set xrange [FLUSH_min * 0.8:(BOTH_max > FLUSH_max ? BOTH_max : FLUSH_max) * 1.2]
set xtics (200, 500, 1000, 2000, 5000, 10e3, 20e3, 50e3, 100e3, 200e3, 500e3)
# Not a ylabel: its place would follow the width of the tick labels.
set label 1 'lines left' at screen 0.0225, graph 0.5 center rotate
set ytics ('≤ 0.001' FLOOR, 0.01, 0.1, 1, 10, 63)
set size 1, 350.0 / HEIGHT
set origin 0, (HEIGHT - 420.0) / HEIGHT
set xlabel 'the flush [core cycles]' offset 0,0.4
# Shapes are loops, colours and dashes records.
set key at screen 0.04, screen (22.0 * KEYS + 12) / HEIGHT top left vertical Left reverse \
	maxrows KEYS samplen 2
plot for [b=1:|B_RECORD|] 'cost.dat' index b-1 using 8:(floored($14)) with linespoints \
		lc rgb colour(B_RECORD[b]) dt dash(B_RECORD[b]) pt shape(B_SERIES[b]) ps 0.9 notitle, \
	for [i=1:|SERIES|] NaN with points lc rgb '#444444' pt shape(i) title SERIES[i], \
	for [i=1:|RECORD|] NaN with lines lw 2 lc rgb colour(i) dt dash(i) title RECORD[i]
set origin 0, (HEIGHT - 770.0) / HEIGHT
set xlabel 'the flush and the refill of half the L1D [core cycles]'
unset key
plot for [b=1:|B_RECORD|] 'cost.dat' index b-1 using ($8+$11):(floored($14)) with linespoints \
	lc rgb colour(B_RECORD[b]) dt dash(B_RECORD[b]) pt shape(B_SERIES[b]) ps 0.9
unset multiplot
