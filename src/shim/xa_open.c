/* SPDX-License-Identifier: MIT */
/* The calls of the switch that concern no branch: xa_open, xa_close, xa_recover. */
#include "shim/xa_switch.h"
#include "shim/xa_work.h"

static int open_new(struct switch_call *c, const char *info)
{
	struct resource *r = resource_new(info, &c->diag);

	if (!r)
		return XAER_RMERR;
	c->opened = xa_thread_add(c->thread, c->rmid, r);
	if (c->opened)
		return XA_OK;
	resource_free(r);
	return switch_call_refuse(c, XAER_RMERR, "no memory");
}

static int do_open(struct switch_call *c, const char *info)
{
	int code = xa_judge_plain_flags(c->flags);

	if (code != XA_OK)
		return switch_call_refuse(c, code, "these flags have no place here");
	if (!info || !*info)
		return switch_call_refuse(
			c, XAER_INVAL, "there is no data source in xa_open's string");
	if (!c->opened)
		return open_new(c, info);
	struct digest digest = resource_info_digest(info);
	if (!digest_equal(&c->opened->resource->info, &digest))
		return switch_call_refuse(c, XAER_INVAL, "this rmid is open with another string");
	return resource_session(c->opened->resource, &c->diag) ? XA_OK : XAER_RMERR;
}

int switch_open(char *info, int rmid, long flags)
{
	struct switch_call c;

	if (!switch_call_begin(&c, "xa-open", NULL, rmid, flags))
		return XAER_RMERR;
	return switch_call_end(&c, do_open(&c, info));
}

static int do_close(struct switch_call *c)
{
	int code = xa_judge_plain_flags(c->flags);

	if (code != XA_OK)
		return switch_call_refuse(c, code, "these flags have no place here");
	if (c->opened && !list_is_empty(&c->opened->attachments))
		return switch_call_refuse(
			c, XAER_PROTO, "this thread is still associated with a branch");
	return XA_OK;
}

int switch_close(char *info, int rmid, long flags)
{
	struct switch_call c;

	(void)info;
	if (!switch_call_begin(&c, "xa-close", NULL, rmid, flags))
		return XAER_RMERR;
	int code = switch_call_end(&c, do_close(&c));
	if (code == XA_OK && c.opened)
		opened_free(c.opened);
	return code;
}

static int check_recover(struct switch_call *c, const XID *xids, long count)
{
	if (c->flags & ~(TMSTARTRSCAN | TMENDRSCAN))
		return switch_call_refuse(c, XAER_INVAL, "these flags have no place here");
	if (!c->opened)
		return switch_call_refuse(c, XAER_PROTO, "this thread has not opened that rmid");
	if (count < 0 || (count > 0 && !xids))
		return switch_call_refuse(c, XAER_INVAL, "no room for XIDs, or less than none");
	if (!(c->flags & TMSTARTRSCAN) && !c->opened->is_scanning)
		return switch_call_refuse(c, XAER_INVAL, "no scan is open");
	return XA_OK;
}

static void end_scan(struct opened *o)
{
	xa_list_done(&o->scan);
	o->scan_next = 0;
	o->is_scanning = false;
}

static int recover(struct switch_call *c, XID *xids, long count)
{
	struct opened *o = c->opened;
	int found = 0;

	if (c->flags & TMSTARTRSCAN) {
		end_scan(o);
		int code = work_recover(o->resource, &o->scan, &c->diag);
		if (code != XA_OK) {
			end_scan(o);
			return code;
		}
		o->is_scanning = true;
	}
	while (found < count && o->scan_next < o->scan.count)
		xids[found++] = o->scan.xids[o->scan_next++];
	if (c->flags & TMENDRSCAN)
		end_scan(o);
	return found;
}

int switch_recover(XID *xids, long count, int rmid, long flags)
{
	struct switch_call c;

	if (!switch_call_begin(&c, "xa-recover", NULL, rmid, flags))
		return XAER_RMERR;
	int code = check_recover(&c, xids, count), found = 0;
	if (code == XA_OK) {
		found = recover(&c, xids, count);
		code = found < 0 ? found : XA_OK;
	}
	code = switch_call_end(&c, code);
	return code == XA_OK ? found : code;
}
