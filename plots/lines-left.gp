# SPDX-License-Identifier: GPL-2.0-or-later
# Lines left by loop and size, a panel a record. Columns: record, panel, series,
# x index, x, empty, share, lines, lo, hi.
load 'lines-left.names'
ROW = 24
WIDTH = 640
HEIGHT = 50 + |RECORD| * (100 + ROW * |SERIES|)
load 'common.gp'
LINES = 63.0
# Darker for more lines, on a scale that still shows a tenth of a line.
depth(v) = v <= 0.01 ? 0 : 0.65 * (log10(v) + 2) / (log10(LINES) + 2)
part(c, f, shift) = int(255 - (255 - (int(c) >> shift) % 256) * f) << shift
shade(c, v) = part(c, depth(v), 16) + part(c, depth(v), 8) + part(c, depth(v), 0)
figure(v) = v >= 9.95 ? sprintf('%.0f', v) : v >= 0.995 ? sprintf('%.1f', v) : \
	v >= 0.0095 ? sprintf('%.2f', v) : v >= 0.00095 ? sprintf('%.3f', v) : '0'
set multiplot layout |RECORD|,1 title 'Lines of a page (of 63) left in the L1D'."\n".who(|RECORD|) noenhanced
unset key
unset grid
set border 0
set lmargin 19
set rmargin 2
set xrange [0.5:|X| + 0.5]
set yrange [|SERIES| + 0.5:0.5]
set xlabel 'size of the flush' offset 0,0.5
set xtics scale 0 ()
do for [i=1:|X|] { set xtics add (X[i] i) }
set ytics scale 0 ()
do for [i=1:|SERIES|] { set ytics add (SERIES[i] i) }
# "x": not measured. Measured points cover it.
set table $none
plot for [i=1:|X|] for [k=1:|SERIES|] '+' using (i):(k) every ::0::0 with points
unset table
do for [r=1:|RECORD|] {
	mark = 0.5
	do for [i=1:|X|] { if (XV[i] <= L1D[r]) { mark = i + 0.5 } }
	set title RECORD[r].sprintf(', L1D %g KiB', L1D[r] / 1024) offset 0,-0.6
	set arrow 1 from mark, graph 0 to mark, graph 1 nohead front dt 2 lw 2 lc rgb '#000000'
	if (L1D[r] <= 0) { unset arrow 1 }
	plot $none using 1:2:('x') with labels tc rgb '#999999', \
		'lines-left.dat' using ($1 == r ? $4 : NaN):3:(0.48):(0.46):(shade(colour(r), $8)) \
			with boxxyerror fs solid 1 noborder fc rgb variable, \
		'' using ($1 == r && $6 == 1 ? $4 : NaN):3:(0.46):(0.42) with boxxyerror \
			lc rgb '#000000' lw 2 fs empty border lc rgb '#000000', \
		'' using ($1 == r ? $4 : NaN):3:(figure($8)) with labels tc rgb '#000000'
}
unset multiplot
