/* SPDX-License-Identifier: MIT */
#ifndef TOOL_CHECKING_H
#define TOOL_CHECKING_H
/*
 * A data source, read as the driver manager and odbcpool will read it: what will happen and what is
 * wrong, said in sentences. Nothing is loaded or connected to.
 *
 * Locks: none. Ownership: inputs are borrowed for the call.
 */
#include "conf/ini.h"
#include "tool/finding.h"

/* What is looked at: a connection string (when it has an equals sign), or the name of a data
 * source. */
void checking_run(const struct ini *ini, const char *what, struct findings *f);

/* Which files there are, and whether they can be read. */
void checking_machine(const struct ini *ini, struct findings *f);

/* Does the driver of this data source lead through odbcpool? */
bool checking_leads_to_us(const struct ini *ini, const struct ini_section *source);
/* Is this section of odbcinst.ini one of odbcpool's? */
bool checking_is_ours(const struct ini_section *driver);

#endif
