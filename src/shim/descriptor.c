/* SPDX-License-Identifier: MIT */
#include "shim/descriptor.h"

#include "odbcpool.h"
#include "shim/call.h"
#include "shim/entry.h"

SQLHDESC descriptor_of(struct stmt *s, enum implicit_desc kind, SQLHDESC real)
{
	struct desc *found = &s->implicit[kind];

	if (!real)
		return SQL_NULL_HDESC;
	mutex_lock(&s->dbc->lock);
	list_for_each(l, next, &s->dbc->descs)
	{
		struct desc *d = list_entry(l, struct desc, link);
		if (d->real == real)
			found = d;
	}
	mutex_unlock(&s->dbc->lock);
	if (found == &s->implicit[kind])
		found->real = real;
	return found;
}

/* The fields of a record that SQLCopyDesc carries to another driver, in an order that both accept.
 */
static const SQLSMALLINT record_fields[] = {SQL_DESC_TYPE, SQL_DESC_CONCISE_TYPE, SQL_DESC_LENGTH,
	SQL_DESC_PRECISION, SQL_DESC_SCALE, SQL_DESC_DATETIME_INTERVAL_CODE,
	SQL_DESC_DATETIME_INTERVAL_PRECISION, SQL_DESC_NUM_PREC_RADIX, SQL_DESC_OCTET_LENGTH,
	SQL_DESC_OCTET_LENGTH_PTR, SQL_DESC_INDICATOR_PTR, SQL_DESC_PARAMETER_TYPE,
	/* Last, for setting any other field may unbind it (ODBC 3.8, SQLSetDescField). */
	SQL_DESC_DATA_PTR};

static const SQLSMALLINT header_fields[] = {SQL_DESC_ARRAY_SIZE, SQL_DESC_ARRAY_STATUS_PTR,
	SQL_DESC_BIND_OFFSET_PTR, SQL_DESC_BIND_TYPE, SQL_DESC_ROWS_PROCESSED_PTR};

static void copy_fields(const struct desc *from, const struct desc *to, SQLSMALLINT record,
	const SQLSMALLINT *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		SQLPOINTER value = NULL; /* as wide as the widest field */
		SQLRETURN rc = from->calls->GetDescField(
			from->real, record, fields[i], &value, sizeof(value), NULL);
		if (SQL_SUCCEEDED(rc))
			to->calls->SetDescField(to->real, record, fields[i], value, 0);
	}
}

/* Between two real drivers, neither of which knows the other's handles. */
static SQLRETURN copy_across(struct desc *from, struct desc *to)
{
	SQLSMALLINT count = 0;

	if (!from->calls->GetDescField || !to->calls->SetDescField)
		return handle_fail(&to->base, "IM001", ODBCPOOL_ERR_NOT_SUPPORTED, "driver",
			"Driver does not support this function (SQLGetDescField, SQLSetDescField)");
	copy_fields(from, to, 0, header_fields, array_size(header_fields));
	from->calls->GetDescField(from->real, 0, SQL_DESC_COUNT, &count, 0, NULL);
	/* First, for it drops records that the target has beyond those of the source. */
	to->calls->SetDescField(
		to->real, 0, SQL_DESC_COUNT, (SQLPOINTER)(uintptr_t)(SQLUSMALLINT)count, 0);
	for (SQLSMALLINT record = 1; record <= count; record++)
		copy_fields(from, to, record, record_fields, array_size(record_fields));
	return SQL_SUCCESS;
}

SQLRETURN odbcpool_CopyDesc(SQLHDESC SourceDescHandle, SQLHDESC TargetDescHandle)
{
	struct desc *from = SourceDescHandle;
	SQLHDESC h = TargetDescHandle;
	struct call c;

	if (!handle_settle(from, TAG_DESC))
		return SQL_INVALID_HANDLE;
	if (!call_enter_DESC(&c, &h))
		return c.rc;
	if (from->calls != c.calls)
		return call_leave(&c, copy_across(from, TargetDescHandle));
	if (!c.calls->CopyDesc)
		return call_missing(&c, "SQLCopyDesc");
	return call_leave(&c, c.calls->CopyDesc(from->real, h));
}
