/* SPDX-License-Identifier: MIT */
/* odbcpool: see and steer the pools of running processes, and set them up. */
#include "conf/misspelt.h"
#include "tool/command.h"
#include "tool/say.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

static const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "tool/commands.def"
	NULL};

const struct command *command_at(int i)
{
	return commands[i];
}

static void show_help(void)
{
	printf("Usage: odbcpool COMMAND [OPTION]... [ARGUMENT]...\n"
	       "See and steer the connection pools of running processes, and set them up.\n\n");
	for (const struct command *const *c = commands; *c; c++)
		printf("  %-10s %s\n", (*c)->name, (*c)->summary);
	printf("\n"
	       "  odbcpool COMMAND --help   the options of a command\n"
	       "  odbcpool --version        which version this is\n\n"
	       "Without a command: status. Exit status: 0 fine, 1 no or something is wrong,\n"
	       "2 wrong usage. More in odbcpool(1); settings and counters in odbcpool(7).\n");
}

static void show_version(void)
{
	printf("odbcpool %s\n", PACKAGE_VERSION);
}

static enum verdict refuse(const char *name)
{
	const char *meant = NULL;

	for (const struct command *const *c = commands; *c && !meant; c++)
		if (words_are_near((*c)->name, name, 2))
			meant = (*c)->name;
	say_error("there is no command \"%s\"%s%s%s", name, meant ? "; was \"" : "",
		meant ? meant : "", meant ? "\" meant?" : "");
	say_next("odbcpool --help lists the commands.");
	return VERDICT_USAGE;
}

static enum verdict run(int argc, char **argv)
{
	struct given given;
	enum verdict verdict;

	for (const struct command *const *c = commands; *c; c++) {
		if (strcmp((*c)->name, argv[0]) != 0)
			continue;
		/* getopt_long() begins its messages with this. */
		argv[0] = (char *)"odbcpool";
		return command_read(*c, argc, argv, &given, &verdict) ? (*c)->run(&given) : verdict;
	}
	return refuse(argv[0]);
}

int main(int argc, char **argv)
{
	static char default_command[] = "status";
	char *alone[] = {default_command, NULL};
	enum verdict verdict = VERDICT_FINE;

	/* For the width of characters; numbers stay as machines read them. */
	setlocale(LC_CTYPE, "");
	if (argc < 2)
		verdict = run(1, alone);
	else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		show_help();
	else if (strcmp(argv[1], "--version") == 0)
		show_version();
	else
		verdict = run(argc - 1, argv + 1);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		say_error("the answer could not be written");
		verdict = VERDICT_NO;
	}
	return verdict;
}
