# SPDX-License-Identifier: GPL-2.0-or-later
# Latency by percentile, on an axis that stretches the tail: x = 1/(1-q). Each
# curve ends where fewer than ten samples lie beyond. Data: one block a loop; x, TSC cycles.
load 'common.gp'
set title 'Latency of a 64 KiB flush by percentile'."\n".MACHINE noenhanced
set logscale xy
set xtics ('0' 1, '50' 2, '90' 10, '99' 100, '99.9' 1000, '99.99' 10000)
set xlabel 'percentile of the gated samples of all launches'
set ylabel 'latency [TSC cycles] (log)'
set format y '%g'
set offsets 0, 0, 0, 0
plot for [i=1:|LT_LATENCY|] 'latency.dat' index i-1 using 1:2 with lines lt LT_LATENCY[i] title columnheader(1)
