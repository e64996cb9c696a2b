// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth completion */
#include "cli/complete.h"

#include <ctype.h>
#include <string.h>

#include "cli/select.h"
#include "measure/events.h"
#include "embedded.h"
#include "run/value.h"

/* The word to complete: `head` bytes that every candidate keeps, then the tail to match. */
struct wanted {
	FILE *out;
	int head;
	const char *word, *tail;
};

static struct wanted split(FILE *out, const char *word, const char *tail)
{
	return (struct wanted){ out, (int)(tail - word), word, tail };
}

static void offer(const struct wanted *w, const char *text, size_t length, const char *end,
		  const char *help)
{
	if (strlen(w->tail) <= length && !strncmp(text, w->tail, strlen(w->tail)))
		fprintf(w->out, "%.*s%.*s%s\t%s\n", w->head, w->word, (int)length, text, end, help);
}

static void offer_benches(const struct wanted *w, const struct tb_cli *cli)
{
	for (int i = 0; cli->benches[i]; i++) {
		const char *name = cli->benches[i]->name;
		size_t family = strcspn(name, "/");

		/* Benchmarks are sorted, so a family is contiguous. */
		if (!i || strncmp(cli->benches[i - 1]->name, name, family + 1) != 0)
			offer(w, name, family, "", "all of the family");
		offer(w, name, strlen(name), "", cli->benches[i]->summary);
	}
}

static void offer_tunes(const struct wanted *w, const struct tb_cli *cli)
{
	for (int i = 0; cli->tunes[i]; i++)
		offer(w, cli->tunes[i]->name, strlen(cli->tunes[i]->name), "",
		      cli->tunes[i]->summary);
}

static bool is(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && !strncmp(text, word, length);
}

/*
 * choices: "quick|full", "FILE|FOLDER|-", "[NAME...]". A word in capitals is a placeholder, any
 * other a literal.
 */
static void offer_choices(const struct wanted *w, const struct tb_cli *cli, const char *choices,
			  const char *help)
{
	bool file = strstr(choices, "FILE"); /* files include folders */

	choices += strspn(choices, "[");
	for (size_t n; *choices && !isspace((unsigned char)*choices); choices += n) {
		n = strcspn(choices, "|. ]");
		if (is(choices, n, "NAME"))
			offer_benches(w, cli);
		else if (is(choices, n, "SEARCH"))
			offer_tunes(w, cli);
		else if (is(choices, n, "RECORD") || is(choices, n, "FILE"))
			fputs("FILE\n", w->out);
		else if (is(choices, n, "FOLDER") && !file)
			fputs("FOLDER\n", w->out);
		else if (n && !isupper((unsigned char)*choices) && strncmp(choices, "--", 2) != 0)
			offer(w, choices, n, "", help);
		n += strspn(choices + n, "|.]");
	}
}

/* The text after the last comma of a list. */
static const char *last_of(const char *list)
{
	const char *comma = strrchr(list, ',');

	return comma ? comma + 1 : list;
}

static void offer_events(const char *word, const char *list, FILE *out)
{
	const struct wanted w = split(out, word, last_of(list));

	for (size_t i = 0; tb_event_known(i); i++)
		offer(&w, tb_event_known(i), strlen(tb_event_known(i)), "", tb_event_help(i));
}

/* The i-th value to offer; NULL after the last. A range offers its default only. */
static const char *offered(const struct tb_param *param, unsigned int i, size_t *length)
{
	if (!tb_param_is_number(param))
		return tb_param_choice(param, i, length);
	*length = strlen(param->fallback);
	return i ? NULL : param->fallback;
}

static bool has_choice(const struct tb_param *param, const char *text, size_t length)
{
	const char *choice;
	size_t n;

	for (unsigned int i = 0; (choice = offered(param, i, &n)); i++)
		if (n == length && !strncmp(choice, text, n))
			return true;
	return false;
}

/* Whether a benchmark before the b-th has this parameter with this value (NULL: any value). */
static bool known_before(const struct tb_bench *const *benches, int b, const char *param,
			 const char *text, size_t length)
{
	for (int i = 0; i < b; i++)
		for (const struct tb_param *p = benches[i]->params; p->name; p++)
			if (!strcmp(p->name, param) && (!text || has_choice(p, text, length)))
				return true;
	return false;
}

/* Offers the values that no earlier benchmark has offered. */
static void offer_param_values(const struct wanted *w, const struct tb_bench *const *benches, int b,
			       const struct tb_param *p)
{
	const char *text;
	size_t n;

	for (unsigned int i = 0; (text = offered(p, i, &n)); i++)
		if (!known_before(benches, b, p->name, text, n))
			offer(w, text, n, "", p->help);
}

/* Offers NAME=V1,V2 of the benchmarks named on the line, or of all. */
static void offer_params(const struct tb_cli *cli, const struct tb_args *args, const char *word,
			 const char *param, FILE *out)
{
	const struct tb_bench *benches[TB_BENCHES_MAX] = { NULL };
	const char *value = strchr(param, '=');
	struct wanted w = split(out, word, value ? last_of(value + 1) : param);

	if (tb_select_benches(cli, args, benches) != TB_OK)
		return;
	for (int b = 0; benches[b]; b++)
		for (const struct tb_param *p = benches[b]->params; p->name; p++) {
			size_t n = strlen(p->name);

			if (!value && !known_before(benches, b, p->name, NULL, 0))
				offer(&w, p->name, n, "=", p->help);
			else if (value && is(param, (size_t)(value - param), p->name))
				offer_param_values(&w, benches, b, p);
		}
}

static void offer_value(const struct tb_cli *cli, const struct tb_args *args, int id,
			const char *word, const char *value, FILE *out)
{
	const struct wanted w = split(out, word, value);

	if (id == TB_OPT_PARAM)
		offer_params(cli, args, word, value, out);
	else if (id == TB_OPT_EVENTS)
		offer_events(word, value, out);
	else
		offer_choices(&w, cli, tb_options[id].value, tb_options[id].help);
}

static int option_by_letter(const struct tb_command *command, char letter)
{
	for (int id = 0; id < TB_OPTIONS; id++)
		if ((command->options & TB_OPT(id)) && tb_options[id].letter == letter)
			return id;
	return -1;
}

static int option_by_name(const struct tb_command *command, const char *name, size_t length)
{
	for (int id = 0; id < TB_OPTIONS; id++)
		if ((command->options & TB_OPT(id)) && is(name, length, tb_options[id].name))
			return id;
	return -1;
}

/* The option whose value comes next: after "--suite", "-o", "-qo"; not "--suite=x", "-oFILE". */
static int value_next(const struct tb_command *command, const char *word)
{
	int id = -1;

	if (word[1] == '-') {
		id = option_by_name(command, word + 2, strlen(word + 2));
		return id >= 0 && tb_options[id].value ? id : -1;
	}
	for (word++; *word; word++) {
		id = option_by_letter(command, *word);
		if (id >= 0 && tb_options[id].value)
			return word[1] ? -1 : id;
	}
	return -1;
}

static void complete_argument(const struct tb_cli *cli, const struct tb_command *command,
			      const char *word, FILE *out)
{
	const struct wanted w = split(out, word, word);

	offer_choices(&w, cli, command->arguments, command->summary);
}

static void complete_option(const struct tb_command *command, const char *word, FILE *out)
{
	const struct wanted w = split(out, word, word);
	char text[64];

	for (int id = 0; id < TB_OPTIONS; id++) {
		if (!(command->options & TB_OPT(id)))
			continue;
		snprintf(text, sizeof(text), "--%s", tb_options[id].name);
		offer(&w, text, strlen(text), "", tb_options[id].help);
	}
}

static void complete_command(const char *word, FILE *out)
{
	const struct wanted w = split(out, word, word);

	for (int i = 0; tb_commands[i]; i++)
		offer(&w, tb_commands[i]->name, strlen(tb_commands[i]->name), "",
		      tb_commands[i]->summary);
	if (*word == '-') {
		offer(&w, "--help", 6, "", "all commands");
		offer(&w, "--version", 9, "", "version of this program");
	}
}

enum { NAMES_MAX = 256 }; /* further names do not narrow the values offered */

/* The words before the one to complete. */
struct before {
	const char *name[NAMES_MAX];
	struct tb_args args; /* its names */
	bool plain;	     /* after "--": no more options */
	int value_of;	     /* the option whose value is next, or -1 */
};

static void read_before(const struct tb_command *command, const char *const *word, size_t words,
			struct before *b)
{
	*b = (struct before){ .args.name = b->name, .value_of = -1 };
	for (size_t i = 0; i < words; i++) {
		if (b->value_of >= 0) {
			b->value_of = -1;
		} else if (!b->plain && word[i][0] == '-') {
			b->plain = !strcmp(word[i], "--");
			b->value_of = value_next(command, word[i]);
		} else if (b->args.names < NAMES_MAX) {
			b->name[b->args.names++] = word[i];
		}
	}
}

void tb_complete(const struct tb_cli *cli, const char *const *word, size_t words, FILE *out)
{
	const struct tb_command *command = words > 1 ? tb_find_command(word[0]) : NULL;
	const char *last = words ? word[words - 1] : "", *equals = strchr(last, '=');
	struct before b;

	if (words == 1)
		complete_command(last, out);
	if (!command)
		return;
	read_before(command, word + 1, words - 2, &b);
	if (b.value_of >= 0) {
		offer_value(cli, &b.args, b.value_of, last, last, out);
	} else if (!b.plain && !strncmp(last, "--", 2) && equals) {
		int id = option_by_name(command, last + 2, (size_t)(equals - last - 2));

		if (id >= 0 && tb_options[id].value)
			offer_value(cli, &b.args, id, last, equals + 1, out);
	} else if (!b.plain && *last == '-') {
		complete_option(command, last, out);
	} else {
		complete_argument(cli, command, last, out);
	}
}

/* The scripts call `completion words -- WORD...`. */
static enum tb_status completion(const struct tb_cli *cli, const struct tb_args *args)
{
	static const struct {
		const char *shell, *script;
	} scripts[] = { { "bash", tb_embedded_bash },
			{ "zsh", tb_embedded_zsh },
			{ "fish", tb_embedded_fish } };

	if (args->names && !strcmp(args->name[0], "words")) {
		tb_complete(cli, args->name + 1, args->names - 1, stdout);
		return TB_OK;
	}
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]) && args->names == 1; i++)
		if (!strcmp(args->name[0], scripts[i].shell)) {
			fputs(scripts[i].script, stdout);
			return TB_OK;
		}
	return tb_say(TB_USAGE, "completion needs one shell: bash, zsh or fish");
}

const struct tb_command tb_command_completion = {
	.name = "completion",
	.arguments = "bash|zsh|fish",
	.summary = "print a script that completes command lines in this shell",
	.options = TB_OPT(TB_OPT_HELP),
	.run = completion,
};
