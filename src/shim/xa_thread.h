/* SPDX-License-Identifier: MIT */
#ifndef SHIM_XA_THREAD_H
#define SHIM_XA_THREAD_H
/*
 * What one thread of control has of the XA switch: the resource managers that it has opened, the
 * branches that it works in, and why its last call failed.
 *
 * A thread that ends without xa_close has failed in what it was working on: its branches can only
 * be rolled back. A forked child has opened nothing.
 *
 * Locks: none. Ownership: freed when the thread ends.
 */
#include "base/buffer.h"
#include "shim/transaction.h"
#include "shim/xa_branch.h"
#include "shim/xa_resource.h"

struct attachment {
	struct list link;
	struct branch *branch; /* a reference */
	bool is_suspended;
};

struct opened {
	struct list link;
	int rmid;
	struct resource *resource;
	struct list attachments; /* last started first; at most one is not suspended */
	/* xa_recover's scan: */
	bool is_scanning;
	struct xa_list scan;
	size_t scan_next;
};

/* Where a connect with these arguments went, so that the next one need not be resolved. */
struct known_connect {
	struct digest arguments, identity;
	unsigned long generation; /* of the ini files; 0: none yet */
};

enum { KNOWN_CONNECTS = 8 };

struct xa_thread {
	struct list opened; /* last opened first */
	struct thread_transaction joining;
	struct known_connect known[KNOWN_CONNECTS];
	unsigned next_known;
	struct buffer error;
};

/* The calling thread's, made at first use. NULL: no memory. */
struct xa_thread *xa_thread_get(void);
/* The same, but only if there is one. */
struct xa_thread *xa_thread_find(void);

struct opened *xa_thread_opened(struct xa_thread *t, int rmid);
/* Takes the resource over. NULL: no memory. */
must_use struct opened *xa_thread_add(struct xa_thread *t, int rmid, struct resource *r);
/* Nothing may be attached. */
void opened_free(struct opened *o);

struct attachment *opened_attachment(struct opened *o, const XID *xid);
/* The one that is not suspended, or NULL. */
struct attachment *opened_active(struct opened *o);
/* NULL: no memory. */
must_use struct attachment *attachment_new(struct opened *o, struct branch *b);
void attachment_free(struct attachment *a);

/* Connects of this thread join the branches that it works in now. */
void xa_thread_join(struct xa_thread *t);

/* For pthread_atfork. */
void xa_thread_after_fork_in_child(void);

#endif
