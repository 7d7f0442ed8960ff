/* SPDX-License-Identifier: MIT */
/*
 * SQL_ATTR_ENLIST_IN_XA as msodbcsql has it, with a transaction manager that is a table in this
 * process: X/Open's rules as far as an application can break them.
 */
#include "fakedrv/internal.h"

#include <string.h>

enum {
	XA_OK = 0,
	XA_RDONLY = 3,
	XAER_NOTA = -4,
	XAER_INVAL = -5,
	XAER_PROTO = -6,
	XAER_DUPID = -8
};

#define TMONEPHASE 0x40000000
#define TMRESUME 0x08000000
#define TMJOIN 0x00200000

enum { BRANCHES_MAX = 32 };
enum branch_state { BRANCH_NONE, BRANCH_ACTIVE, BRANCH_IDLE, BRANCH_PREPARED };

struct branch {
	struct fakedrv_xid xid;
	enum branch_state state;
	struct conn *conn; /* ACTIVE: who works for it */
};

static struct {
	pthread_mutex_t lock;
	struct branch branches[BRANCHES_MAX];
	int timeout;
} tm = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool is_same(const struct fakedrv_xid *a, const struct fakedrv_xid *b)
{
	return a->format_id == b->format_id && a->gtrid_length == b->gtrid_length &&
	       a->bqual_length == b->bqual_length &&
	       memcmp(a->data, b->data, (size_t)(a->gtrid_length + a->bqual_length)) == 0;
}

static struct branch *branch_of(const struct fakedrv_xid *xid)
{
	for (int i = 0; i < BRANCHES_MAX; i++)
		if (tm.branches[i].state != BRANCH_NONE && is_same(&tm.branches[i].xid, xid))
			return &tm.branches[i];
	return NULL;
}

static struct branch *branch_on(const struct conn *c)
{
	for (int i = 0; i < BRANCHES_MAX; i++)
		if (tm.branches[i].state == BRANCH_ACTIVE && tm.branches[i].conn == c)
			return &tm.branches[i];
	return NULL;
}

static struct branch *branch_new(void)
{
	for (int i = 0; i < BRANCHES_MAX; i++)
		if (tm.branches[i].state == BRANCH_NONE)
			return &tm.branches[i];
	return NULL;
}

static int start(struct conn *c, const struct fakedrv_xa_call *x)
{
	struct branch *b = branch_of(&x->xid);
	bool joins = x->flags & (TMJOIN | TMRESUME);

	if (branch_on(c))
		return XAER_PROTO;
	if (joins && !b)
		return XAER_NOTA;
	if (!joins && b)
		return XAER_DUPID;
	if (b && b->state != BRANCH_IDLE)
		return XAER_PROTO;
	if (!b)
		b = branch_new();
	if (!b)
		return XAER_INVAL;
	*b = (struct branch){.xid = x->xid, .state = BRANCH_ACTIVE, .conn = c};
	return XA_OK;
}

static int end(struct conn *c, struct branch *b)
{
	if (b->state != BRANCH_ACTIVE || b->conn != c)
		return XAER_PROTO;
	b->state = BRANCH_IDLE;
	b->conn = NULL;
	return XA_OK;
}

static int prepare(struct conn *c, struct branch *b)
{
	if (b->state != BRANCH_IDLE)
		return XAER_PROTO;
	if (script_says(c, WORD_XA, "rdonly")) {
		b->state = BRANCH_NONE;
		return XA_RDONLY;
	}
	b->state = BRANCH_PREPARED;
	return XA_OK;
}

static int finish(struct branch *b, enum branch_state needed)
{
	if (b->state != needed)
		return XAER_PROTO;
	b->state = BRANCH_NONE;
	return XA_OK;
}

static int recover(struct fakedrv_xa_call *x)
{
	struct fakedrv_xid *to = (struct fakedrv_xid *)(void *)(x + 1);
	int n = 0;

	x->size_returned = 0;
	for (int i = 0; i < BRANCHES_MAX; i++) {
		if (tm.branches[i].state != BRANCH_PREPARED ||
			x->size_returned + sizeof(*to) > x->size_data)
			continue;
		to[n++] = tm.branches[i].xid;
		x->size_returned += (unsigned)sizeof(*to);
	}
	return n;
}

static int timeout(struct fakedrv_xa_call *x, bool is_set)
{
	if (x->size_data < sizeof(int))
		return XAER_INVAL;
	if (is_set)
		memcpy(&tm.timeout, x + 1, sizeof(int));
	else
		memcpy(x + 1, &tm.timeout, sizeof(int));
	x->size_returned = is_set ? 0 : sizeof(int);
	return XA_OK;
}

static int on_branch(struct conn *c, struct fakedrv_xa_call *x)
{
	struct branch *b = branch_of(&x->xid);

	if (!b)
		return XAER_NOTA;
	switch (x->operation) {
	case FAKEDRV_XA_END:
		return end(c, b);
	case FAKEDRV_XA_PREPARE:
		return prepare(c, b);
	case FAKEDRV_XA_COMMIT:
		return finish(b, x->flags & TMONEPHASE ? BRANCH_IDLE : BRANCH_PREPARED);
	case FAKEDRV_XA_ROLLBACK:
		return finish(b, b->state == BRANCH_PREPARED ? BRANCH_PREPARED : BRANCH_IDLE);
	default:
		return XAER_NOTA;
	}
}

static int call(struct conn *c, struct fakedrv_xa_call *x)
{
	switch (x->operation) {
	case FAKEDRV_XA_START:
		return start(c, x);
	case FAKEDRV_XA_RECOVER:
		return recover(x);
	case FAKEDRV_XA_GETTIMEOUT:
		return timeout(x, false);
	case FAKEDRV_XA_SETTIMEOUT:
		return timeout(x, true);
	case FAKEDRV_XA_END:
	case FAKEDRV_XA_PREPARE:
	case FAKEDRV_XA_COMMIT:
	case FAKEDRV_XA_ROLLBACK:
	case FAKEDRV_XA_FORGET:
		return on_branch(c, x);
	default:
		return XAER_INVAL;
	}
}

bool xa_takes(struct conn *c, SQLINTEGER id)
{
	return (id == FAKEDRV_ATTR_DTC || id == FAKEDRV_ATTR_XA) && !script_says(c, WORD_XA, "no");
}

SQLRETURN xa_set(struct conn *c, SQLINTEGER id, void *value)
{
	struct fakedrv_xa_call *x = value;
	long forced = script_number(c, WORD_XA_STATUS);

	if (c->is_connected && conn_is_lost(&c->h))
		return SQL_ERROR;
	/* Switches, and a driver that knows of nothing and says yes to all. */
	if (id == FAKEDRV_ATTR_DTC || (uintptr_t)value < 4096 || script_says(c, WORD_XA, "mute"))
		return SQL_SUCCESS;
	if (x->size_param < sizeof(*x))
		return diag_post(&c->h, "HY024", 0, "no XACALLPARAM");
	log_line(&c->h, "xa %d flags %#x", x->operation, (unsigned)x->flags);
	if (forced) {
		x->status = (int)forced;
		return SQL_SUCCESS;
	}
	pthread_mutex_lock(&tm.lock);
	x->status = call(c, x);
	pthread_mutex_unlock(&tm.lock);
	return SQL_SUCCESS;
}
