#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# report.sh TOLLBOOTH RECORD...: their report in a browser, narrow and wide, light and dark: nothing
# reports an error, no network request is made, nothing overflows to the right. Exits 77 without chromium or gnuplot.
set -euo pipefail
tollbooth=$1
shift
for program in chromium gnuplot; do
	command -v $program >/dev/null || {
		echo "no $program"
		exit 77
	}
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$tollbooth" report "$@" -o "$folder/report.html" >/dev/null

# The page's own policy forbids scripts, so another page of the screen's width inspects it.
looker() {
	cat <<-PAGE
		<!doctype html><iframe src="report.html" width="$1" height="900" style="border:0"></iframe>
		<p id="seen">nothing</p>
		<script>
		onload = () => {
			const page = document.querySelector("iframe").contentDocument;
			const root = page.scrollingElement;
			for (const fold of page.querySelectorAll("details")) fold.open = true;
			const broken = [...page.images].filter(i => !i.naturalWidth).length;
			const asked = page.defaultView.performance.getEntriesByType("resource")
				.filter(r => !r.name.startsWith("data:")).length;
			const dark = page.defaultView.matchMedia("(prefers-color-scheme: dark)").matches;
			document.getElementById("seen").textContent = "width " + root.clientWidth + " of " + root.scrollWidth +
				", pictures " + page.images.length + ", broken " + broken + ", asked " + asked + (dark ? ", dark" : ", light");
		};
		</script>
	PAGE
}

# see WIDTH SCHEME: prints the inspecting page's result; chromium's messages go to log.
see() {
	looker "$1" >"$folder/looker.html"
	# Files of one folder have different origins; an option of this browser permits access.
	timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --disable-web-security --allow-file-access-from-files \
		--user-data-dir="$folder/profile" --host-resolver-rules="MAP * ~NOTFOUND" --enable-logging=stderr \
		--log-level=0 --blink-settings="preferredColorScheme=$2" \
		--window-size=1600,1000 --dump-dom "file://$folder/looker.html" 2>"$folder/log" |
		sed -n 's/.*<p id="seen">\([^<]*\).*/\1/p'
}

# judge WIDTH SCHEME WORD
judge() {
	local seen
	seen=$(see "$1" "$2")
	echo "$1 px: $seen"
	[[ $seen =~ ^width\ ([0-9]+)\ of\ ([0-9]+),\ pictures\ ([0-9]+),\ broken\ 0,\ asked\ 0,\ $3$ ]] || return 1
	if [ "${BASH_REMATCH[2]}" -gt "${BASH_REMATCH[1]}" ] || [ "${BASH_REMATCH[3]}" -eq 0 ]; then
		return 1
	fi
	if grep CONSOLE "$folder/log"; then
		return 1
	fi
}

status=0
for width in 375 1440; do
	judge $width 1 light || status=1
	judge $width 0 dark || status=1
done
[ $status -eq 0 ] || echo "the report does not fit or reports an error"
exit $status
