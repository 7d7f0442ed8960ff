/* SPDX-License-Identifier: MIT */
#ifndef TOOL_FINDING_H
#define TOOL_FINDING_H
/*
 * What `check` finds, sentence by sentence, on standard output as it goes.
 *
 * Locks: none.
 */
#include "base/compiler.h"
#include "base/diag.h"

struct findings {
	unsigned wrong; /* how many things are */
	bool is_pooled; /* all in all */
};

void finding_head(const char *format, ...) printf_like(1, 2);
void finding_fine(struct findings *f, const char *format, ...) printf_like(2, 3);
/* Nothing is wrong, but it may surprise. */
void finding_note(struct findings *f, const char *format, ...) printf_like(2, 3);
void finding_wrong(struct findings *f, const char *format, ...) printf_like(2, 3);
/* Each record is something wrong; without the "[odbcpool][part]" in front. */
void finding_records(struct findings *f, const struct diag *d);

#endif
