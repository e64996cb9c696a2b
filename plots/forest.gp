# SPDX-License-Identifier: GPL-2.0-or-later
# Ratios to the first record, with the band in which a difference does not
# matter. Columns: record, line, ratio, lo, hi, decided.
load 'forest.names'
N = |RECORD|
ROW = 12 + 9 * N
WIDTH = 640
# The key needs a plot of some height, even where there are few lines.
PLOT = ROW * |LINE| > 70 ? ROW * |LINE| : 70
HEIGHT = 150 + 22 * N + PLOT
load 'common.gp'
set title 'Ratio to '.FIRST."\n".CLASS noenhanced
stats 'forest.dat' using 4 nooutput name 'LO'
stats 'forest.dat' using 5 nooutput name 'HI'
least = LO_min < 0.95 ? LO_min : 0.95
most = HI_max > 1.05 ? HI_max : 1.05
span = most - least
if (most / least > 4) {
	set logscale x 2
	set xtics (0.03125, 0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32)
} else {
	set xtics span > 1 ? 0.5 : span > 0.5 ? 0.2 : span > 0.2 ? 0.1 : span > 0.1 ? 0.05 : 0.02
}
set xrange [least / 1.01:most * 1.01]
set yrange [|LINE| + 0.6:0.4]
set format x '%g'
set ytics () font ',12' scale 0
longest = 0
do for [i=1:|LINE|] {
	set ytics add (LINE[i] i)
	if (strlen(LINE[i]) > longest) { longest = strlen(LINE[i]) }
}
# In letters of 12 px; at least a third is left for the plot.
room = (longest * 6.3 + 16) / WIDTH
set lmargin at screen room < 0.66 ? room : 0.66
set rmargin at screen 0.97
set border 1
unset grid
set grid xtics lc rgb '#dddddd' lw 0.5
set xlabel 'better  ←  ratio  →  worse'
set object 1 rectangle from 1 / (1 + MIN_EFFECT), graph 0 to 1 + MIN_EFFECT, graph 1 \
	fc rgb '#dddddd' fs solid noborder behind
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb '#666666' back
set bmargin at screen (22.0 * N + 80) / HEIGHT
set key at screen 0.04, screen (22.0 * N + 12) / HEIGHT top left vertical Left reverse maxrows N samplen 2
aside(r) = (r - (N + 1) / 2.0) * 0.6 / N
plot for [r=1:N] 'forest.dat' using ($1 == r ? $3 : NaN):($2 + aside(r)):4:5 with xerrorbars \
		lc rgb colour(r) lw 1.5 pt shape(r) ps 0.8 title RECORD[r], \
	for [r=1:N] '' using ($1 == r && $6 == 0 ? $3 : NaN):($2 + aside(r)) with points \
		lc rgb '#ffffff' pt 7 ps 0.35 notitle
