# SPDX-License-Identifier: GPL-2.0-or-later
# Faults resolved a second, by threads. Columns: record, panel, series, x index,
# threads, empty, share (1: no mixture), rate, lo, hi.
load 'wake-rate.names'
KEYS = (|SERIES| + |RECORD| + 1) / 2
WIDTH = 640
HEIGHT = 460 + 22 * KEYS
load 'common.gp'
set title 'Faults resolved a second'."\n".who(|RECORD|) noenhanced
set logscale x 2
set logscale y 10
stats 'wake-rate.dat' using 5 nooutput name 'THREADS'
stats 'wake-rate.dat' using 8 nooutput name 'RATE'
set xrange [THREADS_min / 1.3:THREADS_max * 1.3]
set yrange [RATE_min / 1.5:RATE_max * 1.5]
set xtics ()
do for [i=1:|XV|] { set xtics add (X[i] XV[i]) }
set xlabel 'threads'
set ylabel 'faults a second (log)'
set ytics (1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7)
set format y '%.0s%c'
# Shapes are ways, colours and dashes records.
set bmargin at screen (22.0 * KEYS + 90) / HEIGHT
set key at screen 0.04, screen (22.0 * KEYS + 12) / HEIGHT top left vertical Left reverse \
	maxrows KEYS samplen 2
# Side by side where they would hide each other.
N = |B_RECORD|
aside(b) = 2 ** (0.5 * (b - (N + 1) / 2.0) / N)
plot for [b=1:N] 'wake-rate.dat' index b-1 using ($7 == 1 ? $5*aside(b) : NaN):8:9:10 with yerrorbars \
		lc rgb colour(B_RECORD[b]) pt shape(B_SERIES[b]) ps 1 notitle, \
	for [b=1:N] '' index b-1 using ($7 == 1 ? $5*aside(b) : NaN):8 with lines \
		lc rgb colour(B_RECORD[b]) dt dash(B_RECORD[b]) notitle, \
	for [b=1:N] '' index b-1 using ($7 < 1 ? $5*aside(b) : NaN):8 with points \
		lc rgb colour(B_RECORD[b]) pt shape(B_SERIES[b]) ps 1 notitle, \
	for [b=1:N] '' index b-1 using ($7 < 1 ? $5*aside(b) : NaN):8 with points \
		lc rgb '#ffffff' pt 7 ps 0.3 notitle, \
	for [i=1:|SERIES|] NaN with points lc rgb '#444444' pt shape(i) title SERIES[i], \
	for [i=1:|RECORD|] NaN with lines lw 2 lc rgb colour(i) dt dash(i) title RECORD[i]
