/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_AWAITED_H
#define DRIVER_AWAITED_H
/*
 * What a thread of this process waits for in the kernel: which descriptor a driver that hangs hangs
 * on. Told by /proc, where the kernel keeps it; without that nothing is known.
 *
 * Locks:     none.
 * Ownership: none; a descriptor is only compared.
 */
#include <stdbool.h>
#include <sys/types.h>

/* Is the thread, at this moment, in a system call that reads, connects or polls `fd`? */
bool awaited_is(pid_t thread, int fd);

#endif
