# SPDX-License-Identifier: GPL-2.0-or-later
# A guest's faults resolved a second, by the handler's delay. Columns: record,
# panel, series, x index, delay, empty, share (1: no mixture), rate, lo, hi.
load 'async.names'
KEYS = |SERIES| + |RECORD|
WIDTH = 640
HEIGHT = 460 + 22 * KEYS
load 'common.gp'
set title "Faults of a guest resolved a second\n".who(|RECORD|) noenhanced
set logscale y 10
stats 'async.dat' using 8 nooutput name 'RATE'
set xrange [0.5:|X| + 0.5]
set yrange [RATE_min / 1.5:RATE_max * 1.5]
# By index: a logarithmic axis cannot show a delay of 0.
set xtics ()
do for [i=1:|X|] { set xtics add (X[i] i) }
set xlabel 'delay of the handler, µs'
set ylabel 'faults a second (log)'
set ytics (100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6)
set format y '%.0s%c'
set bmargin at screen (22.0 * KEYS + 90) / HEIGHT
set key at screen 0.04, screen (22.0 * KEYS + 12) / HEIGHT top left vertical Left reverse \
	maxrows KEYS samplen 2
# Side by side where they would hide each other.
N = |B_RECORD|
aside(b) = 0.6 * (b - (N + 1) / 2.0) / N
plot for [b=1:N] 'async.dat' index b-1 using ($7 == 1 ? $4+aside(b) : NaN):8:9:10 with yerrorbars \
		lc rgb colour(B_RECORD[b]) pt shape(B_SERIES[b]) ps 1 notitle, \
	for [b=1:N] '' index b-1 using ($7 == 1 ? $4+aside(b) : NaN):8 with lines \
		lc rgb colour(B_RECORD[b]) dt dash(B_RECORD[b]) notitle, \
	for [b=1:N] '' index b-1 using ($7 < 1 ? $4+aside(b) : NaN):8 with points \
		lc rgb colour(B_RECORD[b]) pt shape(B_SERIES[b]) ps 1 notitle, \
	for [b=1:N] '' index b-1 using ($7 < 1 ? $4+aside(b) : NaN):8 with points \
		lc rgb '#ffffff' pt 7 ps 0.3 notitle, \
	for [i=1:|SERIES|] NaN with points lc rgb '#444444' pt shape(i) title SERIES[i], \
	for [i=1:|RECORD|] NaN with lines lw 2 lc rgb colour(i) dt dash(i) title RECORD[i]
