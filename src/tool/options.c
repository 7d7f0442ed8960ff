/* SPDX-License-Identifier: MIT */
/* The command line of a sub-command, and its --help. */
#include "tool/command.h"
#include "tool/say.h"

#include <getopt.h>
#include <string.h>

#define HELP_OPTION OPTIONS_MAX

void command_usage(const struct command *c, FILE *to)
{
	fprintf(to, "Usage: odbcpool %s%s%s%s\n", c->name, c->option_count ? " [OPTION]..." : "",
		*c->arguments ? " " : "", c->arguments);
}

static void show_help(const struct command *c)
{
	command_usage(c, stdout);
	printf("%s.\n\n%s\n", c->summary, c->help);
	for (int i = 0; i < c->option_count; i++) {
		const struct option_row *o = &c->options[i];
		int width = printf("  --%s%s%s", o->name, o->argument ? "=" : "",
			o->argument ? o->argument : "");
		if (width < 24)
			printf("%*s", 24 - width, "");
		else
			printf("\n%24s", "");
		say_wrapped(24, o->help);
	}
	printf("  --help                this text\n");
}

static bool refuse(const struct command *c, enum verdict *ret_verdict)
{
	command_usage(c, stderr);
	say_next("odbcpool %s --help explains.", c->name);
	*ret_verdict = VERDICT_USAGE;
	return false;
}

/* getopt_long() prints its messages itself, as "odbcpool: ...", by argv[0]. */
static bool read_options(
	const struct command *c, int argc, char **argv, struct given *g, enum verdict *ret_verdict)
{
	struct option table[OPTIONS_MAX + 2];
	int code;

	memset(table, 0, sizeof(table));
	for (int i = 0; i < c->option_count; i++)
		table[i] = (struct option){.name = c->options[i].name,
			.has_arg = c->options[i].argument ? required_argument : no_argument,
			.val = i};
	table[c->option_count] = (struct option){.name = "help", .val = HELP_OPTION};
	optind = 1;
	while ((code = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (code == HELP_OPTION) {
			show_help(c);
			*ret_verdict = VERDICT_FINE;
			return false;
		}
		if (code < 0 || code >= c->option_count)
			return refuse(c, ret_verdict);
		g->value[code] = optarg ? optarg : "";
	}
	return true;
}

bool command_read(const struct command *c, int argc, char **argv, struct given *ret_given,
	enum verdict *ret_verdict)
{
	memset(ret_given, 0, sizeof(*ret_given));
	if (!read_options(c, argc, argv, ret_given, ret_verdict))
		return false;
	if (argc - optind < c->least_words || argc - optind > c->most_words) {
		say_error("%s: %s", c->name,
			argc - optind > c->most_words ? "too many arguments"
						      : "an argument is missing");
		return refuse(c, ret_verdict);
	}
	while (optind < argc)
		ret_given->word[ret_given->words++] = argv[optind++];
	return true;
}
