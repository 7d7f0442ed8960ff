/* SPDX-License-Identifier: MIT */
/*
 * SQLBrowseConnect: a conversation whose connection is not known before it ends, so that it is
 * never pooled.
 */
#include "driver/records.h"
#include "odbcpool.h"
#include "shim/connect.h"
#include "shim/entry.h"

/*
 * One step of a browse. The real driver keeps the conversation's state in its HDBC, which therefore
 * lives from the first step to the last, or to an error.
 */
static SQLRETURN browse_step(struct connecting *c)
{
	struct dbc *d = c->dbc;
	struct session *s = d->session;
	SQLRETURN rc = SQL_ERROR;

	if (c->login.is_wide && s->calls->BrowseConnectW)
		rc = s->calls->BrowseConnectW(s->hdbc, c->login.string, c->login.string_len, c->out,
			c->out_size, c->out_len);
	else if (!c->login.is_wide && s->calls->BrowseConnect)
		rc = s->calls->BrowseConnect(s->hdbc, c->login.string, c->login.string_len, c->out,
			c->out_size, c->out_len);
	else
		diag_add(&c->diag, "IM001", ODBCPOOL_ERR_NOT_SUPPORTED, "driver",
			"Driver does not support this function (SQLBrowseConnect)");
	if (rc != SQL_SUCCESS)
		records_read(s->calls, SQL_HANDLE_DBC, s->hdbc, &c->diag);
	if (SQL_SUCCEEDED(rc)) {
		driver_note_login(s->driver);
		connecting_bind(d, s);
	} else if (rc != SQL_NEED_DATA) {
		session_free(s);
		d->session = NULL;
	}
	return connecting_fail(c, rc);
}

static SQLRETURN browse_connect(SQLHDBC h, bool is_wide, void *string, SQLSMALLINT string_len,
	void *out, SQLSMALLINT out_size, SQLSMALLINT *out_len)
{
	struct connecting c;
	SQLRETURN rc;

	if (!connecting_begin(&c, h, CONNECT_BROWSE, is_wide, &rc))
		return rc;
	c.out = out;
	c.out_size = out_size;
	c.out_len = out_len;
	if (!connecting_take_text(&c, string, string_len, &c.string))
		return connecting_refuse(&c);
	if (c.dbc->session) {
		c.login.string = string;
		c.login.string_len = string_len;
	} else if (connecting_resolve(&c) && connecting_prepare_login(&c)) {
		c.dbc->session = session_prepare(c.driver, &c.login, &c.diag);
	}
	rc = c.dbc->session ? browse_step(&c) : connecting_fail(&c, SQL_ERROR);
	connecting_done(&c);
	return rc;
}

SQLRETURN odbcpool_BrowseConnect(SQLHDBC h, SQLCHAR *InConnectionString, SQLSMALLINT StringLength1,
	SQLCHAR *OutConnectionString, SQLSMALLINT BufferLength, SQLSMALLINT *StringLength2Ptr)
{
	return browse_connect(h, false, InConnectionString, StringLength1, OutConnectionString,
		BufferLength, StringLength2Ptr);
}

SQLRETURN odbcpool_BrowseConnectW(SQLHDBC h, SQLWCHAR *InConnectionString,
	SQLSMALLINT StringLength1, SQLWCHAR *OutConnectionString, SQLSMALLINT BufferLength,
	SQLSMALLINT *StringLength2Ptr)
{
	return browse_connect(h, true, InConnectionString, StringLength1, OutConnectionString,
		BufferLength, StringLength2Ptr);
}
