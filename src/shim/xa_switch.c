/* SPDX-License-Identifier: MIT */
#include "shim/xa_switch.h"

#include "base/compiler.h"

#include <string.h>

int switch_call_refuse(struct switch_call *c, int code, const char *reason)
{
	c->reason = reason;
	return code;
}

bool switch_call_begin(
	struct switch_call *c, const char *name, const XID *xid, int rmid, long flags)
{
	*c = (struct switch_call){.name = name, .flags = xa_flags(flags), .rmid = rmid, .xid = xid};
	c->thread = xa_thread_get();
	if (!c->thread)
		return false;
	buffer_clear(&c->thread->error);
	c->opened = xa_thread_opened(c->thread, rmid);
	return true;
}

static enum trace_level level_of(int code)
{
	switch (code) {
	case XA_OK:
	case XA_RDONLY:
		return TRACE_DEBUG;
	case XAER_RMERR:
	case XAER_RMFAIL:
		return TRACE_ERROR;
	default:
		return TRACE_WARN;
	}
}

static void trace_call(const struct switch_call *c, int code)
{
	char gid[XID_GID_MAX + 1] = "-";

	if (!c->opened || !trace_is_on(c->opened->resource->trace, level_of(code)))
		return;
	if (c->xid && xid_is_valid(c->xid))
		xid_to_gid(c->xid, gid);
	trace_write(c->opened->resource->trace, level_of(code), c->name,
		"rmid=%d branch=%s flags=0x%lx code=%s", c->rmid, gid, (unsigned long)c->flags,
		xa_code_name(code));
}

int switch_call_end(struct switch_call *c, int code)
{
	struct buffer *error = &c->thread->error;

	trace_call(c, code);
	if (code != XA_OK) {
		buffer_printf(error, "%s:", xa_code_name(code));
		if (c->reason)
			buffer_printf(error, " %s", c->reason);
		for (size_t i = 0; i < c->diag.count; i++)
			buffer_printf(error, "%s %s %s", i ? ";" : "", c->diag.records[i].sqlstate,
				c->diag.records[i].message ? c->diag.records[i].message : "");
	}
	diag_clear(&c->diag);
	return code;
}

exported size_t odbcpool_xa_error(char *text, size_t size)
{
	const struct xa_thread *t = xa_thread_find();
	const char *error = t ? buffer_str(&t->error) : "";
	size_t len = strlen(error);

	if (text && size > 0) {
		size_t fits = len < size ? len : size - 1;
		memcpy(text, error, fits);
		text[fits] = '\0';
	}
	return len;
}
