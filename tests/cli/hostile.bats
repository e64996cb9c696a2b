# SPDX-License-Identifier: GPL-2.0-or-later
# Records that want something: nothing runs, nothing commands the terminal, nothing loads.
load helper

golden=$DATA/golden

# spoilt TEXT: flush.json with the text, in Python's escapes, wherever it holds free text.
spoilt() {
	local got
	ask --make "$golden/flush.json" evil.json "$1"
}

# nothing_ran: no file of that name, wherever a script may have stood.
nothing_ran() {
	[ -z "$(find . /tmp -maxdepth 3 -name '*pwned*' -newer evil.json 2>/dev/null)" ] || fail "something ran"
}

# harmless_page PAGE: nothing in it runs, loads or leads away.
harmless_page() {
	local got
	ask --judge "$1"
}

# harmless TEXT: no command is affected by a record with this text.
harmless() {
	local script
	spoilt "$1"
	rm -rf out evil.html
	run --separate-stderr -0 "$TOLLBOOTH" show evil.json
	inert "$output$stderr"
	has "$output" "l1d/flush-user"
	run --separate-stderr -0 "$TOLLBOOTH" show --json evil.json
	inert "${output//$'\x7f'/}" # jansson leaves DEL
	# The figures follow from the samples all the same; a changed reason does not.
	run --separate-stderr "$TOLLBOOTH" validate evil.json
	[ "$status" -eq 0 ] || [ "$status" -eq 2 ]
	inert "$output$stderr"
	run --separate-stderr "$TOLLBOOTH" report evil.json
	if [ "$status" -eq 0 ]; then
		harmless_page evil.html
	else
		[ "$status" -eq 74 ]
		one_line
		has "$stderr" "no report: "
	fi
	run --separate-stderr -0 "$TOLLBOOTH" export evil.json -o out
	for script in out/*.dat out/*.names; do
		inert "$(<"$script")"
	done
	if command -v gnuplot >/dev/null; then
		for script in lines-left cost; do
			run --separate-stderr -0 timeout 30 bash -c 'cd out && gnuplot "$1.gp"' - $script
			has "$output" "</svg>"
			inert "${output//$'\t'/ }$stderr"
		done
	fi
	nothing_ran
	empty tmp
}

@test "the helpers of this file detect hostile output" {
	# In the C locale bash does not expand \u: so U+009B, U+202E and U+2066 as bytes.
	local text csi=$'\xc2\x9b' right_to_left=$'\xe2\x80\xae' isolate=$'\xe2\x81\xa6'
	for text in $'\e' $'a\rb' $'\x7f' $'\x08' $'\t' "$csi" "$right_to_left" "$isolate"; do
		run inert "$text"
		[ "$status" -eq 1 ]
	done
	inert $'two lines\nof täxt €'
	for text in '<script>x</script>' '<img src=x onerror=alert(1)>' '<a href="javascript:x">' "$csi" "$right_to_left" \
		'<!-- x -->' '<iframe>' '<img src="data:image/svg+xml;base64,PHN2Zz48c2NyaXB0Lz48L3N2Zz4=">'; do
		{ printf '<!doctype html>\n%s' "$text" && printf '<p>%.0s' {1..30}; } >page.html
		run harmless_page page.html
		[ "$status" -eq 1 ] || fail "$text"
		has "$output" ValueError # not another error
	done
}

@test "terminal escape sequences" {
	harmless '\x1b[31m\x1b]0;pwned\x07\x1bP\x1b\\\x1b[6n'
	harmless '\x9b31m\x90q\x9c\x85\x9d0;pwned\x07'
	harmless 'a\rb\x08c\td\x7fe\x0bf\x0cg'
}

@test "newlines and quotes" {
	harmless '\n!touch pwned\n'
	harmless '\n"\nset output "pwned"\n'
	harmless "\\'\\n!touch pwned\\n\\'"
	harmless '"\n\n\nend'
	harmless '\\'
	harmless '\\\\n!touch pwned\\\\n'
}

@test "shell substitutions and gnuplot commands" {
	harmless '`touch pwned`'
	harmless '"`touch pwned`"'
	harmless "'.system('touch pwned').'"
	harmless "'; system 'touch pwned'; print '"
	harmless '$(touch pwned)'
	harmless '${IFS}touch${IFS}pwned'
	harmless '@MACHINE'
	harmless '; touch pwned; #'
	harmless '| touch pwned'
	harmless '< touch pwned'
}

@test "gnuplot's markup in texts" {
	harmless '{/*99 big}_{low}^{high}'
	harmless '{{{{_^@&~'
	harmless '}}}}'
	harmless '%s%n%99999999d%*'
	harmless '#'
	harmless '1e999 nan inf'
}

@test "HTML" {
	harmless '<script>alert(1)</script>'
	harmless '"><script>alert(1)</script>'
	harmless "'><img src=x onerror=alert(1)>"
	harmless '</style><script>alert(1)</script>'
	harmless '</title></head><body onload=alert(1)>'
	harmless '<!-- '
	harmless ']]><script/>'
	harmless '&lt;script&gt;&#60;script&#62;'
	harmless '<a href="javascript:alert(1)">'
	harmless '<meta http-equiv=refresh content="0;url=http://pwned.example">'
}

@test "right-to-left text and direction overrides" {
	harmless '\u202eabc\u202c'
	harmless '\u2066abc\u2069\u2067\u2068'
}

@test "long, empty and unusual text" {
	harmless "$(printf 'x%.0s' {1..4096})"
	harmless "$(printf '\\u00e9%.0s' {1..4096})"
	harmless "$(printf '\\U0001f600%.0s' {1..4096})"
	harmless "$(printf '<%.0s' {1..4096})"
	harmless "$(printf '\\n%.0s' {1..4096})"
	harmless "$(printf '`%.0s' {1..4096})"
	harmless ''
	harmless ' '
	harmless '\ufeff\ufffe\uffff\U0010ffff'
}

@test "NUL and incomplete characters are rejected" {
	for text in 'a\x00b' '\ud800' 'a\udc00b'; do
		spoilt "$text"
		for command in show validate report "export -o out"; do
			# shellcheck disable=SC2086 # words
			run --separate-stderr -2 "$TOLLBOOTH" $command evil.json
			[ -z "$output" ]
			one_line
			has "$stderr" "evil.json: not JSON"
		done
	done
	empty out
}

@test "texts longer than the schema allows are rejected" {
	of "$golden/flush.json" --to long.json 'r["host"]["cpu"]["name"] = "x" * 4097'
	refused "host.cpu.name" "$TOLLBOOTH" show long.json
	of "$golden/flush.json" --to long.json 'b["params"]["loop"] = "x" * 65'
	refused "benchmarks[0].params.loop" "$TOLLBOOTH" show long.json
}

@test "member names with terminal escapes are made harmless in error messages" {
	of "$golden/flush.json" --to evil.json 'r["\x1b[31m\n\u009b\u202e"] = 1'
	refused "evil.json: " "$TOLLBOOTH" validate evil.json
	of "$golden/flush.json" --to evil.json 'l["\x1b[31m\n\u009b\u202e"] = 1'
	refused "evil.json: benchmarks[0].launches[0]" "$TOLLBOOTH" validate evil.json
	of "$golden/flush.json" --to evil.json 'r["schema"] = "\x1b[31m\n\u009b\u202e"'
	refused "evil.json: not a record of this version" "$TOLLBOOTH" validate evil.json
	printf '{"schema": \x1b[31m\xe2\x80\xae}' >evil.json
	refused "evil.json: not JSON" "$TOLLBOOTH" validate evil.json
}

@test "files named like options and shell commands" {
	local name
	mkdir folder
	cd folder
	for name in '`touch pwned`' '$(touch pwned)' "a'; touch pwned; '" '<script>' '-n' $'a\nb' '%s%n' ' '; do
		cp "$golden/flush.json" "./$name.json"
		run --separate-stderr -0 "$TOLLBOOTH" report -- "$name.json"
		[ -s "./$name.html" ]
		harmless_page "./$name.html"
		rm "./$name.json" "./$name.html"
	done
	empty .
}

@test "a symbolic link to a record is read, one to a side file is rejected" {
	ln -s "$golden/flush.json" link.json
	valid link.json
	cp "$golden/skipped.json" .
	of skipped.json --to evil.json \
		'r["samples_file"] = {"file": "link.json", "numbers": 1, "frames": [{"offset": 0, "bytes": 10, "numbers": 1, "sha256": "0" * 64}]}'
	refused "link.json is a symbolic link, which is not followed" "$TOLLBOOTH" show evil.json
}

@test "export follows no symbolic link" {
	mkdir out/data
	echo mine >mine
	ln -s ../../mine out/data/common.gp
	ln -s ../../mine out/data/cost.dat
	run --separate-stderr "$TOLLBOOTH" export "$golden/flush.json" -o out/data
	[ "$status" -eq 74 ] || [ "$status" -eq 2 ]
	one_line
	[ "$(<mine)" = mine ]
}

@test "extreme figures" {
	local value
	for value in 1e308 -1e308 5e-324 0.0 -0.0; do
		of "$golden/flush.json" --to evil.json "
for row in r['benchmarks']:
	for metric in row['metrics']:
		s = metric['summary']
		if s:
			s['estimate'] = $value
			s['quantiles'] = {k: $value for k in s['quantiles']}
			if s['ungated']: s['ungated']['estimate'] = $value
	row['params']['size'] = 2 ** 62
for cache in r['host']['cpu']['caches']: cache['size_bytes'] = $value"
		run --separate-stderr -0 "$TOLLBOOTH" show evil.json
		run --separate-stderr "$TOLLBOOTH" report evil.json
		[ "$status" -eq 0 ] || [ "$status" -eq 74 ]
		[ "$status" -eq 0 ] || one_line
		rm -f evil.html
	done
	empty tmp
}
