/* SPDX-License-Identifier: MIT */
#ifndef DBMS_FILES_H
#define DBMS_FILES_H
/*
 * Which files real drivers read at their login, beside odbc.ini and odbcinst.ini: passwords,
 * servers and options stand in them, so that a changed file may mean another session.
 *
 * Each function appends the paths that a login of this connect would look at, each with its
 * terminator, whether the files exist or not. They read the environment, so they are for
 * application threads, inside their own calls.
 *
 * Locks: none.
 */
#include "base/buffer.h"

struct resolved;

void files_of_postgresql(const struct resolved *r, struct buffer *to);
void files_of_mariadb(const struct resolved *r, struct buffer *to);
void files_of_freetds(const struct resolved *r, struct buffer *to);

#endif
