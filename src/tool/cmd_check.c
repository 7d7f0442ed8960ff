/* SPDX-License-Identifier: MIT */
/* odbcpool check: will a data source be pooled, and if not, why not. */
#include "base/buffer.h"
#include "conf/connstr.h"
#include "tool/checking.h"
#include "tool/command.h"
#include "tool/say.h"
#include "tool/trial.h"
#include "tool/words_in.h"

#include <string.h>

enum { OPTION_CONNECT, OPTIONS };

static const struct option_row options[OPTIONS] = {
	[OPTION_CONNECT] = {"connect", NULL,
		"connect twice, as any application, and show whether the second connect was served "
		"from the pool"},
};

static enum verdict check_one(const struct ini *ini, const char *what, bool may_connect)
{
	struct findings f = {.wrong = 0};
	struct buffer shown = BUFFER_EMPTY;

	if (strchr(what, '='))
		connstr_add_redacted(&shown, what, strlen(what));
	else
		buffer_append_str(&shown, what);
	finding_head("%s", buffer_str(&shown));
	checking_run(ini, what, &f);
	if (may_connect) {
		printf("Connecting twice ...\n");
		fflush(stdout);
		trial_run(what, &f);
	}
	if (f.wrong)
		printf("%u thing%s wrong.\n", f.wrong, f.wrong == 1 ? " is" : "s are");
	else if (!f.is_pooled)
		printf("It will not be pooled.\n");
	buffer_done(&shown);
	return f.wrong == 0 && f.is_pooled ? VERDICT_FINE : VERDICT_NO;
}

static enum verdict check_machine(const struct ini *ini)
{
	struct findings f = {.wrong = 0};

	finding_head("Files of the driver manager");
	checking_machine(ini, &f);
	return f.wrong ? VERDICT_NO : VERDICT_FINE;
}

/* What leads through odbcpool is looked at; the rest is only named. */
static enum verdict check_all(const struct ini *ini)
{
	enum verdict verdict = check_machine(ini);
	const struct ini_section *s = NULL;
	unsigned others = 0;

	while ((s = ini_next(ini, INI_ODBC, s))) {
		if (strcmp(s->name, "ODBC Data Sources") == 0 || strcmp(s->name, "ODBC") == 0)
			continue;
		if (checking_leads_to_us(ini, s))
			verdict |= check_one(ini, s->name, false);
		else
			others++;
	}
	for (s = NULL; (s = ini_next(ini, INI_ODBCINST, s));) {
		if (!checking_is_ours(s))
			continue;
		struct buffer string = BUFFER_EMPTY;
		buffer_append_str(&string, "DRIVER=");
		connstr_add_braced(&string, s->name);
		verdict |= check_one(ini, buffer_str(&string), false);
		buffer_done(&string);
	}
	if (others)
		printf("%u data source%s not lead through odbcpool.\n", others,
			others == 1 ? " does" : "s do");
	return verdict;
}

static enum verdict check_named(const struct ini *ini, const struct given *g)
{
	char *what = words_in(g->word[0]);

	if (!what)
		return VERDICT_USAGE;
	enum verdict verdict = check_machine(ini);
	verdict |= check_one(ini, what, g->value[OPTION_CONNECT] != NULL);
	secret_free(what);
	return verdict;
}

static enum verdict run(const struct given *g)
{
	struct ini *ini;
	enum verdict verdict;

	if (!g->words && g->value[OPTION_CONNECT]) {
		say_error("--connect needs a data source");
		say_next("odbcpool check --connect DSN");
		return VERDICT_USAGE;
	}
	ini = ini_current();
	if (!ini) {
		say_no_memory();
		return VERDICT_NO;
	}
	verdict = g->words ? check_named(ini, g) : check_all(ini);
	ini_unref(ini);
	return verdict;
}

const struct command command_check = {
	.name = "check",
	.arguments = "[DSN]",
	.most_words = 1,
	.summary = "Tell whether a data source will be pooled, and what is wrong",
	.help = "Reads odbc.ini and odbcinst.ini as the driver manager and odbcpool do, and says "
		"what\n"
		"will happen. DSN is a data source, a connection string, or - to read one of them "
		"from\n"
		"standard input, where nobody else sees the password. Without it everything that "
		"leads\n"
		"through odbcpool is looked at. Exit status 1: something is wrong, or the data "
		"source\n"
		"will not be pooled.\n",
	.options = options,
	.option_count = OPTIONS,
	.run = run,
};
