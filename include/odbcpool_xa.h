/* SPDX-License-Identifier: MIT */
#ifndef ODBCPOOL_XA_H
#define ODBCPOOL_XA_H
/*
 * The XA switch of odbcpool, for transaction managers: X/Open CAE specification C193, "Distributed
 * Transaction Processing: The XA Specification". How to use it, and what it promises, is in
 * doc/transactions.md.
 *
 * A transaction manager links libodbcpoolcore.so (or looks up "odbcpool_xa_switch" in it) and calls
 * through the switch. The definitions between the XA_H guards are those of the specification's
 * <xa.h>; where the transaction manager brings its own, include that first.
 */
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef XA_H
#define XA_H

/* A transaction branch identifier; formatID -1: none. */
#define XIDDATASIZE 128
#define MAXGTRIDSIZE 64
#define MAXBQUALSIZE 64
struct xid_t {
	long formatID;
	long gtrid_length; /* 1 to 64 */
	long bqual_length; /* 0 to 64 */
	char data[XIDDATASIZE];
};
typedef struct xid_t XID;

/* What a resource manager offers. */
#define RMNAMESZ 32
#define MAXINFOSIZE 256
struct xa_switch_t {
	char name[RMNAMESZ];
	long flags;
	long version; /* 0 */
	int (*xa_open_entry)(char *info, int rmid, long flags);
	int (*xa_close_entry)(char *info, int rmid, long flags);
	int (*xa_start_entry)(XID *xid, int rmid, long flags);
	int (*xa_end_entry)(XID *xid, int rmid, long flags);
	int (*xa_rollback_entry)(XID *xid, int rmid, long flags);
	int (*xa_prepare_entry)(XID *xid, int rmid, long flags);
	int (*xa_commit_entry)(XID *xid, int rmid, long flags);
	int (*xa_recover_entry)(XID *xids, long count, int rmid, long flags);
	int (*xa_forget_entry)(XID *xid, int rmid, long flags);
	int (*xa_complete_entry)(int *handle, int *retval, int rmid, long flags);
};

/* Flags of the switch. */
#define TMNOFLAGS 0x00000000L
#define TMREGISTER 0x00000001L
#define TMNOMIGRATE 0x00000002L
#define TMUSEASYNC 0x00000004L

/* Flags of calls. */
#define TMASYNC 0x80000000L
#define TMONEPHASE 0x40000000L
#define TMFAIL 0x20000000L
#define TMNOWAIT 0x10000000L
#define TMRESUME 0x08000000L
#define TMSUCCESS 0x04000000L
#define TMSUSPEND 0x02000000L
#define TMSTARTRSCAN 0x01000000L
#define TMENDRSCAN 0x00800000L
#define TMMULTIPLE 0x00400000L
#define TMJOIN 0x00200000L
#define TMMIGRATE 0x00100000L

/* What calls return. */
#define XA_RBBASE 100
#define XA_RBROLLBACK XA_RBBASE
#define XA_RBCOMMFAIL (XA_RBBASE + 1)
#define XA_RBDEADLOCK (XA_RBBASE + 2)
#define XA_RBINTEGRITY (XA_RBBASE + 3)
#define XA_RBOTHER (XA_RBBASE + 4)
#define XA_RBPROTO (XA_RBBASE + 5)
#define XA_RBTIMEOUT (XA_RBBASE + 6)
#define XA_RBTRANSIENT (XA_RBBASE + 7)
#define XA_RBEND XA_RBTRANSIENT
#define XA_NOMIGRATE 9
#define XA_HEURHAZ 8
#define XA_HEURCOM 7
#define XA_HEURRB 6
#define XA_HEURMIX 5
#define XA_RETRY 4
#define XA_RDONLY 3
#define XA_OK 0
#define XAER_ASYNC (-2)
#define XAER_RMERR (-3)
#define XAER_NOTA (-4)
#define XAER_INVAL (-5)
#define XAER_PROTO (-6)
#define XAER_RMFAIL (-7)
#define XAER_DUPID (-8)
#define XAER_OUTSIDE (-9)

#endif /* XA_H */

/*
 * name "odbcpool", flags TMNOMIGRATE, version 0. xa_open's info is the name of a data source or a
 * connection string. Each thread opens for itself; a thread has one branch of a resource manager at
 * a time, and what it connects to that data source between xa_start and xa_end works in the branch.
 */
extern struct xa_switch_t odbcpool_xa_switch;

/*
 * Why the calling thread's last call through the switch did not return XA_OK: "XAER_RMERR: 08001
 * could not connect to ...", cut off to fit, always terminated; "" when there is nothing to say.
 * Returns the whole length.
 */
size_t odbcpool_xa_error(char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
