/* SPDX-License-Identifier: MIT */
/* What SQLTables and its like call: the columns that SQL Server's documentation names, and mostly
 * no rows in them. */
#include "procedures.h"

#include "server.h"
#include "store.h"

#include <string.h>

static enum flow give(struct call *c, const char *sql)
{
	struct store_request request = {
		.sql = sql, .mode = ROWS_TO_CLIENT, .command = COMMAND_SELECT};

	if (store_run(c->s, &request) != STORE_DONE)
		return FLOW_ABORT;
	session_done(c->s, DONE_COUNT, COMMAND_SELECT, (uint64_t)c->s->row_count);
	return FLOW_NEXT;
}

/* An empty result: names between blanks, those in capitals with a + are numbers. */
static enum flow give_empty(struct call *c, const char *names)
{
	struct buffer sql = BUFFER_EMPTY;
	enum flow flow;

	buffer_append_str(&sql, "SELECT ");
	while (*names) {
		size_t len = strcspn(names, " ");
		bool is_number = names[len - 1] == '+';
		buffer_printf(&sql, "%s AS %.*s%s", is_number ? "tds_cast(0,'smallint')" : "''",
			(int)(len - is_number), names, names[len] ? ", " : "");
		names += len + (names[len] == ' ');
	}
	buffer_append_str(&sql, " WHERE 0");
	flow = give(c, buffer_str(&sql));
	buffer_done(&sql);
	return flow;
}

/* A pattern argument as LIKE understands it; nothing given matches everything. */
static const char *pattern(const struct call *c, const char *name, int position)
{
	const char *text = call_text(c, name, position);

	return text[0] ? text : "%";
}

enum flow p_tables(struct call *c)
{
	char *sql = sqlite3_mprintf(
		"SELECT %Q AS TABLE_QUALIFIER, 'dbo' AS TABLE_OWNER, name AS TABLE_NAME, "
		"upper(type) AS TABLE_TYPE, tds_cast(NULL,'varchar(254)') AS REMARKS FROM "
		"main.sqlite_master "
		"WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%%' AND name LIKE %Q "
		"ESCAPE '\\' "
		"ORDER BY 4, 1, 2, 3",
		c->s->database, pattern(c, "@table_name", 0));
	enum flow flow = sql ? give(c, sql) : FLOW_ABORT;

	sqlite3_free(sql);
	return flow;
}

enum flow p_columns(struct call *c)
{
	char *sql = sqlite3_mprintf(
		"SELECT %Q AS TABLE_QUALIFIER, 'dbo' AS TABLE_OWNER, m.name AS TABLE_NAME, p.name "
		"AS "
		"COLUMN_NAME, tds_cast(CASE WHEN p.type LIKE 'int%%' THEN 4 ELSE -9 "
		"END,'smallint') AS "
		"DATA_TYPE, rtrim(substr(p.type, 1, instr(p.type || '(', '(') - 1)) AS TYPE_NAME, "
		"10 AS PRECISION, 4 AS LENGTH, "
		"tds_cast(0,'smallint') AS "
		"SCALE, tds_cast(10,'smallint') AS RADIX, tds_cast(1 - p.[notnull],'smallint') AS "
		"NULLABLE, "
		"tds_cast(NULL,'varchar(254)') AS REMARKS, p.dflt_value AS COLUMN_DEF, "
		"tds_cast(4,'smallint') AS SQL_DATA_TYPE, tds_cast(NULL,'smallint') AS "
		"SQL_DATETIME_SUB, "
		"4 AS CHAR_OCTET_LENGTH, p.cid + 1 AS ORDINAL_POSITION, CASE p.[notnull] WHEN 0 "
		"THEN 'YES' ELSE "
		"'NO' END AS IS_NULLABLE FROM main.sqlite_master m JOIN pragma_table_info(m.name) "
		"p WHERE "
		"m.name LIKE %Q ESCAPE '\\' AND p.name LIKE %Q ESCAPE '\\' ORDER BY 3, 17",
		c->s->database, pattern(c, "@table_name", 0), pattern(c, "@column_name", 3));
	enum flow flow = sql ? give(c, sql) : FLOW_ABORT;

	sqlite3_free(sql);
	return flow;
}

enum flow p_datatype_info(struct call *c)
{
	return give(c,
		"SELECT column1 AS TYPE_NAME, tds_cast(column2,'smallint') AS DATA_TYPE, column3 "
		"AS "
		"PRECISION, column4 AS LITERAL_PREFIX, column4 AS LITERAL_SUFFIX, column5 AS "
		"CREATE_PARAMS, "
		"tds_cast(1,'smallint') AS NULLABLE, tds_cast(0,'smallint') AS CASE_SENSITIVE, "
		"tds_cast(3,'smallint') AS SEARCHABLE, tds_cast(0,'smallint') AS "
		"UNSIGNED_ATTRIBUTE, "
		"tds_cast(0,'smallint') AS MONEY, tds_cast(0,'smallint') AS AUTO_INCREMENT, "
		"column1 AS "
		"LOCAL_TYPE_NAME, tds_cast(0,'smallint') AS MINIMUM_SCALE, tds_cast(0,'smallint') "
		"AS "
		"MAXIMUM_SCALE, tds_cast(column2,'smallint') AS SQL_DATA_TYPE, "
		"tds_cast(NULL,'smallint') AS "
		"SQL_DATETIME_SUB, 10 AS NUM_PREC_RADIX, tds_cast(NULL,'smallint') AS "
		"INTERVAL_PRECISION, 0 AS "
		"USERTYPE FROM (VALUES ('int', 4, 10, NULL, NULL), ('bigint', -5, 19, NULL, NULL), "
		"('nvarchar', -9, 4000, '''', 'max length'), ('varchar', 12, 8000, '''', 'max "
		"length'), "
		"('datetime', 93, 23, '''', NULL), ('float', 6, 53, NULL, NULL), ('bit', -7, 1, "
		"NULL, NULL), "
		"('varbinary', -3, 8000, NULL, 'max length')) ORDER BY 2, 1");
}

enum flow p_databases(struct call *c)
{
	struct buffer sql = BUFFER_EMPTY;
	const char *name;
	enum flow flow;

	for (int i = 0; (name = store_name(c->s->server->store, i)); i++)
		buffer_printf(&sql,
			"%sSELECT '%s' AS DATABASE_NAME, 8192 AS DATABASE_SIZE, "
			"tds_cast(NULL,'varchar(254)') AS REMARKS",
			i ? " UNION ALL " : "", name);
	flow = give(c, buffer_str(&sql));
	buffer_done(&sql);
	return flow;
}

enum flow p_pkeys(struct call *c)
{
	return give_empty(c, "TABLE_QUALIFIER TABLE_OWNER TABLE_NAME COLUMN_NAME KEY_SEQ+ PK_NAME");
}

enum flow p_fkeys(struct call *c)
{
	return give_empty(c, "PKTABLE_QUALIFIER PKTABLE_OWNER PKTABLE_NAME PKCOLUMN_NAME "
			     "FKTABLE_QUALIFIER FKTABLE_OWNER "
			     "FKTABLE_NAME FKCOLUMN_NAME KEY_SEQ+ UPDATE_RULE+ DELETE_RULE+ "
			     "FK_NAME PK_NAME DEFERRABILITY+");
}

enum flow p_statistics(struct call *c)
{
	return give_empty(c,
		"TABLE_QUALIFIER TABLE_OWNER TABLE_NAME NON_UNIQUE+ INDEX_QUALIFIER INDEX_NAME "
		"TYPE+ SEQ_IN_INDEX+ COLUMN_NAME COLLATION CARDINALITY+ PAGES+ FILTER_CONDITION");
}

enum flow p_special_columns(struct call *c)
{
	return give_empty(c,
		"SCOPE+ COLUMN_NAME DATA_TYPE+ TYPE_NAME PRECISION+ LENGTH+ SCALE+ PSEUDO_COLUMN+");
}

enum flow p_stored_procedures(struct call *c)
{
	return give_empty(c, "PROCEDURE_QUALIFIER PROCEDURE_OWNER PROCEDURE_NAME NUM_INPUT_PARAMS+ "
			     "NUM_OUTPUT_PARAMS+ NUM_RESULT_SETS+ REMARKS PROCEDURE_TYPE+");
}

enum flow p_sproc_columns(struct call *c)
{
	return give_empty(c,
		"PROCEDURE_QUALIFIER PROCEDURE_OWNER PROCEDURE_NAME COLUMN_NAME COLUMN_TYPE+ "
		"DATA_TYPE+ "
		"TYPE_NAME PRECISION+ LENGTH+ SCALE+ RADIX+ NULLABLE+ REMARKS COLUMN_DEF "
		"SQL_DATA_TYPE+ "
		"SQL_DATETIME_SUB+ CHAR_OCTET_LENGTH+ ORDINAL_POSITION+ IS_NULLABLE SS_DATA_TYPE+");
}

enum flow p_column_privileges(struct call *c)
{
	return give_empty(c,
		"TABLE_QUALIFIER TABLE_OWNER TABLE_NAME COLUMN_NAME GRANTOR GRANTEE PRIVILEGE "
		"IS_GRANTABLE");
}

enum flow p_table_privileges(struct call *c)
{
	return give_empty(
		c, "TABLE_QUALIFIER TABLE_OWNER TABLE_NAME GRANTOR GRANTEE PRIVILEGE IS_GRANTABLE");
}
