/* SPDX-License-Identifier: MIT */
#include "shim/call.h"

#include "odbcpool.h"
#include "shim/binding.h"

SQLRETURN call_settle(struct handle *h, uint32_t tag)
{
	if (!handle_settle(h, tag))
		return SQL_INVALID_HANDLE;
	return unlikely(h->tag & TAG_BOUND) ? binding_enter(h) : SQL_SUCCESS;
}

SQLRETURN call_not_connected(struct handle *h)
{
	return handle_fail(
		h, "08003", ODBCPOOL_ERR_NOT_CONNECTED, "connection", "Connection not open");
}

void call_note_result(struct handle *h, SQLRETURN rc)
{
	struct dbc *dbc = handle_dbc(h);

	h->error_next = 0;
	if (rc == SQL_ERROR && dbc && dbc->session)
		dbc->session->had_error = true;
	if (rc == SQL_ERROR && (h->tag & TAG_KIND) == TAG_STMT)
		container_of(h, struct stmt, base)->needs_data = false;
	if (rc == SQL_NEED_DATA && (h->tag & TAG_KIND) == TAG_STMT)
		container_of(h, struct stmt, base)->needs_data = true;
	if (rc == SQL_ERROR && dbc && (dbc->base.tag & TAG_BOUND))
		watched_failure(h);
	if ((h->tag & TAG_KIND) == TAG_STMT)
		atomic_store(&container_of(h, struct stmt, base)->is_in_call, false);
}

SQLRETURN call_lacks(struct handle *h, const char *function)
{
	const struct dbc *dbc = handle_dbc(h);

	if (dbc && dbc->is_inherited)
		return handle_fail(h, "08003", ODBCPOOL_ERR_INHERITED, "connection",
			"Connection not open: it belongs to the process that this one was forked "
			"from; connect anew");
	return handle_fail(h, "IM001", ODBCPOOL_ERR_NOT_SUPPORTED, "driver",
		"Driver does not support this function (%s)", function);
}
