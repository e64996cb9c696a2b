# SPDX-License-Identifier: GPL-2.0-or-later
# Wake-up latency by percentile, x = 1/(1-q), a panel a placement. Columns: x, ns.
load 'wake-latency.names'
ROWS = (|PANEL| + 1) / 2
COLUMNS = |PANEL| > 1 ? 2 : 1
KEYS = (|SERIES| + |RECORD| + 1) / 2
WIDTH = 640
HEIGHT = 80 + 22 * KEYS + 280 * ROWS
load 'common.gp'
stats 'wake-latency.dat' using 1 nooutput name 'TAIL'
stats 'wake-latency.dat' using 2 nooutput name 'NS'
set multiplot title 'Wake-up latency by percentile'."\n".who(|RECORD|) noenhanced
set logscale xy
set xrange [1:TAIL_max]
set yrange [NS_min / 1.3:NS_max * 1.3]
set xtics ('0' 1, '50' 2, '90' 10, '99' 100, '99.9' 1000, '99.99' 10000, '99.999' 100000)
set xlabel 'percentile' offset 0,0.5
set ytics ('1 µs' 1e3, '2' 2e3, '5' 5e3, '10 µs' 1e4, '20' 2e4, '50' 5e4, '100 µs' 1e5, '200' 2e5, \
	'500' 5e5, '1 ms' 1e6, '2' 2e6, '5' 5e6, '10 ms' 1e7, '100 ms' 1e8, '1 s' 1e9)
set lmargin 9
set rmargin 2
set size 1.0 / COLUMNS, 280.0 / HEIGHT
# Shapes are kinds of waiters, colours and dashes records.
set key at screen 0.04, screen (22.0 * KEYS + 12) / HEIGHT top left vertical Left reverse \
	maxrows KEYS samplen 2
do for [p=1:|PANEL|] {
	set origin ((p - 1) % 2) / 2.0, (22.0 * KEYS + 20 + 280.0 * (ROWS - 1 - (p - 1) / 2)) / HEIGHT
	set title PANEL[p] offset 0,-0.5
	# The numbers of this panel's blocks, as words: gnuplot warns of a plot without points.
	blocks = ''
	do for [b=1:|B_RECORD|] { if (B_PANEL[b] == p) { blocks = blocks.' '.b } }
	plot for [b in blocks] 'wake-latency.dat' index int(b)-1 using 1:2 with linespoints \
			pi 8 ps 0.7 lw 1.5 lc rgb colour(B_RECORD[int(b)]) dt dash(B_RECORD[int(b)]) \
			pt shape(B_SERIES[int(b)]) notitle, \
		for [i=1:|SERIES|] NaN with points lc rgb '#444444' pt shape(i) title SERIES[i], \
		for [i=1:|RECORD|] NaN with lines lw 2 lc rgb colour(i) dt dash(i) title RECORD[i]
	unset key
}
unset multiplot
