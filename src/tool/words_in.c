/* SPDX-License-Identifier: MIT */
#include "tool/words_in.h"

#include "tool/say.h"

#include <stdlib.h>
#include <string.h>

char *words_in(const char *argument)
{
	char *line = NULL;
	size_t size = 0;

	if (strcmp(argument, "-") != 0) {
		line = strdup(argument);
		if (!line)
			say_no_memory();
		return line;
	}
	ssize_t len = getline(&line, &size, stdin);
	if (len <= 0) {
		free(line);
		say_error("there is no line on standard input");
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}
