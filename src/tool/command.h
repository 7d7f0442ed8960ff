/* SPDX-License-Identifier: MIT */
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H
/*
 * A sub-command of odbcpool: its name, its options, what its --help says and what it does.
 *
 * Each is one file, cmd_NAME.c, and a row of commands.def.
 */
#include <stdbool.h>
#include <stdio.h>

/* What the program ends with. */
enum verdict {
	VERDICT_FINE = 0,
	VERDICT_NO = 1, /* it could not be done, or something is wrong */
	VERDICT_USAGE = 2
};

struct option_row {
	const char *name;
	const char *argument; /* what --help calls it; NULL: the option takes none */
	const char *help;
};

#define OPTIONS_MAX 12
#define WORDS_MAX 2

/* The command line, read. */
struct given {
	const char *value[OPTIONS_MAX]; /* by the option's place; "" without argument; NULL: not
					   given */
	const char *word[WORDS_MAX];
	int words;
};

struct command {
	const char *name;
	const char *arguments; /* "DRIVER", "[DSN]" */
	int least_words, most_words;
	const char *summary;
	const char *help; /* paragraphs; ends with a newline */
	const struct option_row *options;
	int option_count;
	enum verdict (*run)(const struct given *g);
};

#define COMMAND(name) extern const struct command command_##name;
#include "tool/commands.def"

/* All of them, in the order of the help. NULL after the last. */
const struct command *command_at(int i);

/* Read the command line of one. False: what is wrong was said, or help was shown (*ret_verdict). */
bool command_read(const struct command *c, int argc, char **argv, struct given *ret_given,
	enum verdict *ret_verdict);
void command_usage(const struct command *c, FILE *to);

#endif
