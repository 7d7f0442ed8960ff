/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_IMPORTS_H
#define DRIVER_IMPORTS_H
/*
 * Have a loaded library call a function of ours where it calls one of another library.
 *
 * The entry of that function in the library's global offset table is overwritten: no other library
 * of the process is concerned, and nothing is written to code. It works for ELF of 64 bits on
 * x86_64 and AArch64, with lazy binding and without, under RELRO (the page is made writable for the
 * moment). It does not where the function is part of the library itself, where its calls do not go
 * through the table (statically linked, fetched by dlsym), where pointers in the table are signed,
 * or where the system refuses to make the page writable: then nothing is changed. Who needs to be
 * sure must see the function called.
 *
 * Locks:     LOCK_RANK_DRIVER, for the moment of the change.
 * Ownership: libraries must never be unloaded; real drivers are not.
 */
#include "base/compiler.h"

#include <stdatomic.h>
#include <stdbool.h>

/* Any function; cast to what it is before it is called. */
typedef void import_function(void);

struct import {
	const char *name;
	import_function *ours;
	/* What the libraries would call: for ours to pass calls on to. NULL: none was replaced. */
	_Atomic(import_function *) theirs;
};

/*
 * True: calls of `library` (a handle of dlopen) come to `ours`, from now on or already before. A
 * library that would call something else than those before it is left alone.
 */
must_use bool import_replace(void *library, struct import *i);

/* For pthread_atfork: what was replaced stays so. */
void imports_after_fork_in_child(void);

#endif
