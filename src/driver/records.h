/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_RECORDS_H
#define DRIVER_RECORDS_H
/*
 * Copies of a real driver's diagnostic records, taken before the handle that holds them is freed.
 *
 * Read by the W functions where the driver has them (texts become UTF-8), else by the ANSI ones
 * (texts stay in the driver's own bytes).
 *
 * Locks:     none.
 * Ownership: the copies are the caller's.
 */
#include "base/diag.h"
#include "driver/calls.h"

/* Append all records of `handle` to `to`, with every field that SQLGetDiagField can give. */
void records_read(
	const struct calls *calls, SQLSMALLINT handle_type, SQLHANDLE handle, struct diag *to);
#endif
