/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_XA_CALL_H
#define DRIVER_XA_CALL_H
/*
 * What SQL_ATTR_ENLIST_IN_XA (1208) takes: XACALLPARAM as msodbcsql documents it.
 *
 * Locks: none. Ownership: the caller's.
 */
#include <stdint.h>

/* X/Open's XID as msodbcsql lays it out: 32-bit numbers. */
struct xa_xid {
	int32_t format_id;
	int32_t gtrid_length;
	int32_t bqual_length;
	unsigned char data[128];
};

/* XACALLPARAM. Data of some operations follow it. */
struct xa_call {
	uint32_t size_param;
	int32_t operation;
	struct xa_xid xid;
	int32_t flags;
	int32_t status;
	uint32_t size_data;
	uint32_t size_returned;
};

enum xa_operation {
	XA_OP_START,
	XA_OP_END,
	XA_OP_PREPARE,
	XA_OP_COMMIT,
	XA_OP_ROLLBACK,
	XA_OP_FORGET,
	XA_OP_RECOVER,
	XA_OP_GETTIMEOUT,
	XA_OP_SETTIMEOUT,
};

/*
 * No status at all. It is put into the structure before the driver gets that: MariaDB's
 * driver 3.1.15 answers SQL_SUCCESS to any attribute and does nothing, and then it is still there.
 */
#define XA_STATUS_UNTOUCHED 0x4f504f50

#endif
