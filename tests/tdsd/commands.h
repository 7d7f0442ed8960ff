/* SPDX-License-Identifier: MIT */
#ifndef TDSD_COMMANDS_H
#define TDSD_COMMANDS_H
/* The statements of T-SQL by subject; each gets its words [from, to). An error is sent, not
 * returned. */
#include "batch.h"

/* SET, DBCC USEROPTIONS: commands_set.c */
enum flow command_set(struct batch *b, size_t from, size_t to);
enum flow command_dbcc(struct batch *b, size_t from, size_t to);
/* SELECT, INSERT, CREATE and so on, which SQLite runs: commands_query.c */
enum flow command_query(struct batch *b, size_t from, size_t to);
/* DECLARE, cursors: commands_declare.c */
enum flow command_declare(struct batch *b, size_t from, size_t to);
enum flow command_cursor(struct batch *b, size_t from, size_t to);
/* EXEC, and a procedure's name at the beginning of a batch: commands_exec.c */
enum flow command_exec(struct batch *b, size_t from, size_t to);

/* The word at i, or an end when that is not before `to`. */
const struct word *command_word(const struct batch *b, size_t i, size_t to);
bool command_word_in(const struct word *w, const char *const *list);
/* Send "Incorrect syntax near ..." for the word at i. */
enum flow command_syntax_error(struct batch *b, size_t i, size_t to);
/* Assign to a variable; 137 when it is not declared. Takes *v over. */
bool command_assign(struct batch *b, const struct word *variable, struct value *v);
/* SQL's result to the client, as SELECT would. */
enum flow command_run_sql(struct batch *b, const char *sql);

#endif
