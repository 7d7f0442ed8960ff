/* SPDX-License-Identifier: MIT */
#ifndef SHIM_XA_RULES_H
#define SHIM_XA_RULES_H
/*
 * Which call of the XA switch is legal when: the state tables of X/Open's C193, chapter 6, as one
 * pure function.
 *
 *	state         X/Open  how it is left
 *	NONE          S0      xa_start
 *	ACTIVE        S1      xa_end; TMFAIL leads to ROLLBACK_ONLY
 *	IDLE          S2      xa_start(TMJOIN, TMRESUME), xa_prepare, xa_rollback,
 *			      xa_commit(TMONEPHASE)
 *	PREPARED      S3      xa_commit, xa_rollback
 *	ROLLBACK_ONLY S4      xa_rollback
 *	HEURISTIC     S5      xa_forget
 *
 * A branch lives on one session, so one thread works in it at a time: joining it while another
 * thread is at work is refused, and to be retried with TMNOWAIT. A thread may have any number of
 * suspended branches of a resource manager beside the one that it works in.
 *
 * Locks: none.
 */
#include "odbcpool_xa.h"

#include <stdbool.h>

enum xa_verb { XA_START, XA_END, XA_PREPARE, XA_COMMIT, XA_ROLLBACK, XA_FORGET };

enum branch_state {
	BRANCH_NONE, /* not known to this process; it may be prepared in the database */
	BRANCH_ACTIVE,
	BRANCH_IDLE,
	BRANCH_PREPARED,
	BRANCH_ROLLBACK_ONLY,
	BRANCH_HEURISTIC,
};

/* The calling thread's with the branch: T0, T1, T2. */
enum association { ASSOCIATION_NONE, ASSOCIATION_ACTIVE, ASSOCIATION_SUSPENDED };

struct xa_view {
	enum branch_state state;
	enum association mine;
	unsigned suspended; /* associations of any thread with the branch */
	bool has_other;	    /* the thread works in another branch of this resource manager */
	bool is_at_work;    /* another thread's call on the branch has not returned yet */
};

/* The flags of a call as C193 defines them; a sign-extended TMASYNC is one too. */
long xa_flags(long flags);
/* XA_OK, XAER_ASYNC or XAER_INVAL: may these flags come with that call? */
int xa_judge_flags(enum xa_verb verb, long flags);
/* The same for calls that know TMASYNC alone (xa_open, xa_close). */
int xa_judge_plain_flags(long flags);
/*
 * XA_OK: go on; for BRANCH_NONE in the second phase and xa_forget that means to ask the database.
 * Else the answer. The flags have been judged.
 */
int xa_judge(enum xa_verb verb, long flags, const struct xa_view *v);

/* "XAER_NOTA" and so on, for messages. */
const char *xa_code_name(int code);

#endif
