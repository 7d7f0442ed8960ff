/* SPDX-License-Identifier: MIT */
#ifndef E2E_WIRE_H
#define E2E_WIRE_H
/*
 * A wire to a server that can be cut at a word: a proxy on loopback, in a process of its own, for
 * odbcpool looks for its drivers' sockets among those of the process.
 *
 * When a client says the word, its connection is cut, before or after the server hears it. The
 * server's end stays open: for the server the client is still there.
 */

enum cut { CUT_BEFORE, CUT_AFTER };

/* In front of that port of 127.0.0.1. Gives its own port. Lives until the process ends. */
int wire_make(int server_port);
/* The next time that a client says `word`. */
void wire_cut_at(const char *word, enum cut when);

#endif
