/* SPDX-License-Identifier: MIT */
/*
 * Statement attributes. Four of them are descriptor handles, which are translated both ways; all
 * others pass.
 */
#include "odbcpool.h"
#include "shim/call.h"
#include "shim/descriptor.h"
#include "shim/entry.h"

static bool is_descriptor(SQLINTEGER attribute, enum implicit_desc *ret_kind)
{
	switch (attribute) {
	case SQL_ATTR_APP_ROW_DESC:
		*ret_kind = DESC_APP_ROW;
		return true;
	case SQL_ATTR_APP_PARAM_DESC:
		*ret_kind = DESC_APP_PARAM;
		return true;
	case SQL_ATTR_IMP_ROW_DESC:
		*ret_kind = DESC_IMP_ROW;
		return true;
	case SQL_ATTR_IMP_PARAM_DESC:
		*ret_kind = DESC_IMP_PARAM;
		return true;
	default:
		return false;
	}
}

static SQLRETURN set_attr(
	SQLHSTMT h, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length, bool is_wide)
{
	struct call c;
	enum implicit_desc kind;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	if (is_descriptor(attribute, &kind) && value) {
		if (!handle_is(value, TAG_DESC))
			return call_leave(&c, SQL_INVALID_HANDLE);
		/* ODBC 3.8, SQLSetStmtAttr; it could even be another driver's. */
		if (handle_dbc(value) != c.stmt->dbc)
			return call_leave(&c,
				handle_fail(c.handle, "HY024", ODBCPOOL_ERR_BAD_ARGUMENT, "handle",
					"the descriptor belongs to another connection"));
		value = ((struct desc *)value)->real;
	}
	if (is_wide && c.calls->SetStmtAttrW)
		return call_leave(&c, c.calls->SetStmtAttrW(h, attribute, value, length));
	if (!c.calls->SetStmtAttr)
		return call_missing(&c, "SQLSetStmtAttr");
	/* No statement attribute of the specification is a text. */
	return call_leave(&c, c.calls->SetStmtAttr(h, attribute, value, length));
}

SQLRETURN odbcpool_SetStmtAttr(
	SQLHSTMT h, SQLINTEGER Attribute, SQLPOINTER Value, SQLINTEGER StringLength)
{
	return set_attr(h, Attribute, Value, StringLength, false);
}

SQLRETURN odbcpool_SetStmtAttrW(
	SQLHSTMT h, SQLINTEGER Attribute, SQLPOINTER Value, SQLINTEGER StringLength)
{
	return set_attr(h, Attribute, Value, StringLength, true);
}

static SQLRETURN get_attr(SQLHSTMT h, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER size,
	SQLINTEGER *ret_len, bool is_wide)
{
	struct call c;
	enum implicit_desc kind;
	SQLRETURN rc;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	if (is_wide && c.calls->GetStmtAttrW)
		rc = c.calls->GetStmtAttrW(h, attribute, value, size, ret_len);
	else if (c.calls->GetStmtAttr)
		rc = c.calls->GetStmtAttr(h, attribute, value, size, ret_len);
	else
		return call_missing(&c, "SQLGetStmtAttr");
	if (SQL_SUCCEEDED(rc) && value && is_descriptor(attribute, &kind))
		*(SQLHDESC *)value = descriptor_of(c.stmt, kind, *(SQLHDESC *)value);
	return call_leave(&c, rc);
}

SQLRETURN odbcpool_GetStmtAttr(SQLHSTMT h, SQLINTEGER Attribute, SQLPOINTER Value,
	SQLINTEGER BufferLength, SQLINTEGER *StringLength)
{
	return get_attr(h, Attribute, Value, BufferLength, StringLength, false);
}

SQLRETURN odbcpool_GetStmtAttrW(SQLHSTMT h, SQLINTEGER Attribute, SQLPOINTER Value,
	SQLINTEGER BufferLength, SQLINTEGER *StringLength)
{
	return get_attr(h, Attribute, Value, BufferLength, StringLength, true);
}
