/* SPDX-License-Identifier: MIT */
#include "shim/xa_rules.h"

#include "base/compiler.h"

static const long allowed_flags[] = {
	[XA_START] = TMJOIN | TMRESUME | TMNOWAIT,
	[XA_END] = TMSUCCESS | TMFAIL | TMSUSPEND,
	[XA_PREPARE] = 0,
	[XA_COMMIT] = TMNOWAIT | TMONEPHASE,
	[XA_ROLLBACK] = 0,
	[XA_FORGET] = 0,
};

long xa_flags(long flags)
{
	return flags & 0xffffffffL;
}

int xa_judge_plain_flags(long flags)
{
	if (flags & TMASYNC)
		return XAER_ASYNC;
	return flags ? XAER_INVAL : XA_OK;
}

int xa_judge_flags(enum xa_verb verb, long flags)
{
	if (flags & TMASYNC)
		return XAER_ASYNC;
	if (flags & ~allowed_flags[verb])
		return XAER_INVAL;
	if (verb == XA_START && (flags & TMJOIN) && (flags & TMRESUME))
		return XAER_INVAL;
	if (verb == XA_END && flags != TMSUCCESS && flags != TMFAIL && flags != TMSUSPEND)
		return XAER_INVAL;
	return XA_OK;
}

static int judge_entry(long flags, const struct xa_view *v)
{
	switch (v->state) {
	case BRANCH_NONE:
		return XAER_NOTA;
	case BRANCH_ACTIVE:
		return flags & TMNOWAIT ? XA_RETRY : XAER_RMERR;
	case BRANCH_IDLE:
		return XA_OK;
	case BRANCH_ROLLBACK_ONLY:
		return XA_RBROLLBACK;
	case BRANCH_PREPARED:
	case BRANCH_HEURISTIC:
		break;
	}
	return XAER_PROTO;
}

static int judge_start(long flags, const struct xa_view *v)
{
	enum association wanted = flags & TMRESUME ? ASSOCIATION_SUSPENDED : ASSOCIATION_NONE;

	if (flags & (TMJOIN | TMRESUME)) {
		if (v->state == BRANCH_NONE)
			return XAER_NOTA;
		if (v->has_other || v->mine != wanted)
			return XAER_PROTO;
		return judge_entry(flags, v);
	}
	if (v->has_other || v->mine == ASSOCIATION_ACTIVE)
		return XAER_PROTO;
	return v->state == BRANCH_NONE ? XA_OK : XAER_DUPID;
}

static int judge_end(long flags, const struct xa_view *v)
{
	if (v->state == BRANCH_NONE)
		return XAER_NOTA;
	if (v->mine == ASSOCIATION_NONE)
		return XAER_PROTO;
	return v->mine == ASSOCIATION_SUSPENDED && flags == TMSUSPEND ? XAER_PROTO : XA_OK;
}

/* In which states each of the others goes on; all else is out of order. */
static bool goes_on(enum xa_verb verb, long flags, enum branch_state state)
{
	switch (verb) {
	case XA_PREPARE:
		return state == BRANCH_IDLE;
	case XA_COMMIT:
		if (flags & TMONEPHASE)
			return state == BRANCH_IDLE;
		return state == BRANCH_NONE || state == BRANCH_PREPARED ||
		       state == BRANCH_HEURISTIC;
	case XA_ROLLBACK:
		return state != BRANCH_ACTIVE;
	case XA_FORGET:
		return state == BRANCH_NONE || state == BRANCH_HEURISTIC;
	case XA_START:
	case XA_END:
		break;
	}
	return false;
}

int xa_judge(enum xa_verb verb, long flags, const struct xa_view *v)
{
	if (v->is_at_work)
		return XAER_PROTO;
	if (verb == XA_START)
		return judge_start(flags, v);
	if (verb == XA_END)
		return judge_end(flags, v);
	if (v->suspended)
		return XAER_PROTO;
	if (goes_on(verb, flags, v->state))
		return XA_OK;
	return v->state == BRANCH_NONE ? XAER_NOTA : XAER_PROTO;
}

static const struct {
	int code;
	const char *name;
} names[] = {
	{XA_OK, "XA_OK"},
	{XA_RDONLY, "XA_RDONLY"},
	{XA_RETRY, "XA_RETRY"},
	{XA_HEURMIX, "XA_HEURMIX"},
	{XA_HEURRB, "XA_HEURRB"},
	{XA_HEURCOM, "XA_HEURCOM"},
	{XA_HEURHAZ, "XA_HEURHAZ"},
	{XA_NOMIGRATE, "XA_NOMIGRATE"},
	{XA_RBROLLBACK, "XA_RBROLLBACK"},
	{XA_RBCOMMFAIL, "XA_RBCOMMFAIL"},
	{XA_RBDEADLOCK, "XA_RBDEADLOCK"},
	{XA_RBINTEGRITY, "XA_RBINTEGRITY"},
	{XA_RBOTHER, "XA_RBOTHER"},
	{XA_RBPROTO, "XA_RBPROTO"},
	{XA_RBTIMEOUT, "XA_RBTIMEOUT"},
	{XA_RBTRANSIENT, "XA_RBTRANSIENT"},
	{XAER_ASYNC, "XAER_ASYNC"},
	{XAER_RMERR, "XAER_RMERR"},
	{XAER_NOTA, "XAER_NOTA"},
	{XAER_INVAL, "XAER_INVAL"},
	{XAER_PROTO, "XAER_PROTO"},
	{XAER_RMFAIL, "XAER_RMFAIL"},
	{XAER_DUPID, "XAER_DUPID"},
	{XAER_OUTSIDE, "XAER_OUTSIDE"},
};

const char *xa_code_name(int code)
{
	for (size_t i = 0; i < array_size(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return "unknown";
}
