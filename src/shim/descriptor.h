/* SPDX-License-Identifier: MIT */
#ifndef SHIM_DESCRIPTOR_H
#define SHIM_DESCRIPTOR_H
/* Descriptor handles across the border. Locks: the connection's, for its list of explicit ones. */
#include "shim/handle.h"

/* The wrapper of a real handle that the driver gave for `kind` of a statement. */
SQLHDESC descriptor_of(struct stmt *s, enum implicit_desc kind, SQLHDESC real);

#endif
