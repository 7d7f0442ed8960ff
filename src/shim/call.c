/* SPDX-License-Identifier: MIT */
#include "shim/call.h"

#include "odbcpool.h"

bool call_settle(struct call *c, SQLHANDLE h, uint32_t tag)
{
	if (handle_settle(h, tag))
		return true;
	c->rc = SQL_INVALID_HANDLE;
	return false;
}

bool call_not_connected(struct call *c)
{
	c->rc = handle_fail(c->handle, "08003", ODBCPOOL_ERR_NOT_CONNECTED, "connection",
		"Connection not open");
	return false;
}

void call_note_result(struct call *c, SQLRETURN rc)
{
	struct dbc *dbc = handle_dbc(c->handle);

	c->handle->error_next = 0;
	if (rc == SQL_ERROR && dbc && dbc->session)
		dbc->session->had_error = true;
	if (c->stmt && rc == SQL_NEED_DATA)
		c->stmt->needs_data = true;
}

SQLRETURN call_missing(struct call *c, const char *function)
{
	if (c->stmt)
		atomic_store_explicit(&c->stmt->is_in_call, false, memory_order_relaxed);
	return handle_fail(c->handle, "IM001", ODBCPOOL_ERR_NOT_SUPPORTED, "driver",
		"Driver does not support this function (%s)", function);
}
