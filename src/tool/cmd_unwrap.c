/* SPDX-License-Identifier: MIT */
/* odbcpool unwrap: take back what `odbcpool wrap` did. */
#include "tool/registry_file.h"

enum { OPTION_FILE, OPTION_DRY_RUN, OPTIONS };

static const struct option_row options[OPTIONS] = {
	[OPTION_FILE] = {"file", "PATH", "the odbcinst.ini to change, instead of the one in use"},
	[OPTION_DRY_RUN] = {"dry-run", NULL,
		"show what would change as a diff, and change nothing"},
};

static enum verdict run(const struct given *g)
{
	struct buffer text = BUFFER_EMPTY, done = BUFFER_EMPTY;
	struct registry_file f;
	enum verdict verdict = VERDICT_NO;

	if (!registry_file_open(&f, g->value[OPTION_FILE], g->word[0]))
		return VERDICT_NO;
	enum wrapping result = wrapping_unwrap(&f.lines, g->word[0], &text);
	buffer_printf(&done, "[%s] of %s is as it was before it was wrapped.", g->word[0], f.path);
	if (result == WRAPPING_DONE)
		verdict = registry_file_apply(
			&f, &text, g->value[OPTION_DRY_RUN] != NULL, buffer_str(&done));
	else
		registry_file_refuse(&f, g->word[0], result);
	buffer_done(&text);
	buffer_done(&done);
	registry_file_done(&f);
	return verdict;
}

const struct command command_unwrap = {
	.name = "unwrap",
	.arguments = "DRIVER",
	.least_words = 1,
	.most_words = 1,
	.summary = "Take back what wrap did",
	.help = "DRIVER is a section of odbcinst.ini. Lines that were added to it since stay.\n",
	.options = options,
	.option_count = OPTIONS,
	.run = run,
};
