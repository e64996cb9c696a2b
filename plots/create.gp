# SPDX-License-Identifier: GPL-2.0-or-later
# Cost of creation without, with a modelled and with a real shadow stack, a panel
# a method: each has its own scale, since spawning costs a hundred times as much as
# a thread. Columns: record, panel, series, x index, -, empty, share, ns, lo, hi.
load 'create.names'
ROWS = (|X| + 1) / 2
COLUMNS = |X| > 1 ? 2 : 1
KEYS = |SERIES| > |RECORD| ? |SERIES| : |RECORD|
WIDTH = 640
HEIGHT = 80 + 22 * KEYS + 220 * ROWS
load 'common.gp'
# off is solid, model hatched, on crossed.
fill(name) = name eq 'off' ? 3 : name eq 'model' ? 4 : 1
with_on = sum [i=1:|SERIES|] (SERIES[i] eq 'on')
# Before ranges are set, because stats would apply them.
array TOP[|X|]
do for [m=1:|X|] {
	stats 'create.dat' using ($4 == m ? $10 / 1000 : NaN) nooutput name 'ONE'
	TOP[m] = ONE_max
}
room = |RECORD| * |SERIES| <= 6
figure(v) = sprintf(v < 1000 ? '%.3g' : '%.0f', v)
decade(t) = 10 ** floor(log10(t))
step(t) = t / decade(t) > 5 ? 2 * decade(t) : t / decade(t) > 2 ? decade(t) : decade(t) / 2
set multiplot title 'Creating and reaping a thread or process [µs]'."\n".who(|RECORD|) noenhanced
# Clusters of records, with a bar for each kind of shadow stack.
set boxwidth 0.8 / |SERIES|
place(r, s) = r + (s - (|SERIES| + 1) / 2.0) * 0.8 / |SERIES|
set xrange [0.4:|RECORD| + 0.6]
set xtics scale 0 ()
do for [r=1:|RECORD|] { set xtics add (substr(RECORD[r], 1, 1) r) }
set lmargin 8
set rmargin 1
set size 1.0 / COLUMNS, 220.0 / HEIGHT
set key at screen 0.04, screen (22.0 * KEYS + 12) / HEIGHT top left vertical Left reverse \
	maxrows KEYS samplen 2
if (!with_on) { set label 1 'on: in none of these records' at screen 0.96, screen 0.03 right tc rgb '#444444' }
do for [m=1:|X|] {
	set origin ((m - 1) % 2) / 2.0, (22.0 * KEYS + 20 + 220.0 * (ROWS - 1 - (m - 1) / 2)) / HEIGHT
	set yrange [0:TOP[m] * 1.25]
	set ytics step(TOP[m])
	set title X[m] offset 0,-0.5
	plot for [r=1:|RECORD|] for [s=1:|SERIES|] 'create.dat' \
			using ($1 == r && $3 == s && $4 == m && $7 == 1 ? place(r, s) : NaN):($8 / 1000) with boxes \
			lc rgb colour(r) fs pattern fill(SERIES[s]) border lc rgb colour(r) notitle, \
		for [r=1:|RECORD|] '' using ($1 == r && $4 == m && $7 < 1 ? place(r, $3) : NaN):($8 / 1000) \
			with boxes lc rgb colour(r) lw 2 fs empty border lc rgb colour(r) notitle, \
		'' using ($4 == m && $7 == 1 ? place($1, $3) : NaN):($9 / 1000):(0):(($10 - $9) / 1000) \
			with vectors heads size graph 0.015,90 lw 1.5 lc rgb '#000000' notitle, \
		'' using ($4 == m && room ? place($1, $3) : NaN):($10 / 1000):(figure($8 / 1000)) \
			with labels offset 0,0.7 font ',12' notitle, \
		for [s=1:|SERIES|] NaN with boxes lc rgb '#444444' fs pattern fill(SERIES[s]) \
			border lc rgb '#444444' title SERIES[s], \
		for [r=1:|RECORD|] NaN with boxes lc rgb colour(r) fs solid title RECORD[r]
	unset key
	unset label 1
}
unset multiplot
