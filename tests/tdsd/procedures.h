/* SPDX-License-Identifier: MIT */
#ifndef TDSD_PROCEDURES_H
#define TDSD_PROCEDURES_H
/* System procedures, called by EXEC or by RPC alike. */
#include "batch.h"
#include "session.h"

struct call {
	struct session *s;
	struct item *arguments; /* in order; outputs are put back into them */
	int32_t status;		/* what it returns */
};

/* Any procedure by its name, database and schema in front allowed; 2812 when there is none. */
enum flow procedure_call(
	struct session *s, const char *name, struct item *arguments, int32_t *ret_status);
/* [MS-TDS] 2.2.6.6: the name of a ProcID, NULL for none. */
const char *procedure_of_id(unsigned id);

/* An argument by its name, or where no argument has one by its position; NULL: not given. */
struct item *call_argument(const struct call *c, const char *name, int position);
const char *call_text(const struct call *c, const char *name, int position);
int64_t call_integer(const struct call *c, const char *name, int position, int64_t otherwise);

/* sp_executesql and the prepared ones: procedures_prepared.c */
enum flow p_executesql(struct call *c);
enum flow p_prepare(struct call *c);
enum flow p_execute(struct call *c);
enum flow p_prepexec(struct call *c);
enum flow p_unprepare(struct call *c);
/* Catalog functions: procedures_catalog.c */
enum flow p_tables(struct call *c);
enum flow p_datatype_info(struct call *c);
enum flow p_columns(struct call *c);
enum flow p_databases(struct call *c);
enum flow p_pkeys(struct call *c);
enum flow p_fkeys(struct call *c);
enum flow p_statistics(struct call *c);
enum flow p_special_columns(struct call *c);
enum flow p_stored_procedures(struct call *c);
enum flow p_sproc_columns(struct call *c);
enum flow p_column_privileges(struct call *c);
enum flow p_table_privileges(struct call *c);

#endif
