/* SPDX-License-Identifier: MIT */
#ifndef BASE_HASH_H
#define BASE_HASH_H
/*
 * Keyed hashing: SipHash-2-4 with 128 bits of output, fed piece by piece.
 *
 * With a random key that never leaves the process, a digest tells nothing about what was hashed,
 * so it may stand for a password wherever two are compared. Each piece is hashed together with its
 * length: ("ab", "c") and ("a", "bc") differ.
 *
 * Source: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", and its reference
 * code.
 *
 * Locks:     none; a struct hasher belongs to one thread.
 * Ownership: values; nothing is allocated.
 */
#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct digest {
	uint64_t word[2];
};

struct hash_key {
	uint64_t word[2];
};

struct hasher {
	uint64_t v[4];
	uint64_t tail;	   /* bytes not yet hashed, lowest first */
	unsigned tail_len; /* 0..7 */
	uint64_t total;
};

/* The process's own key: random, made at first use, new in each process. */
const struct hash_key *hash_process_key(void);

void hasher_init(struct hasher *h, const struct hash_key *key);
/* The bytes alone. */
void hasher_add_raw(struct hasher *h, const void *data, size_t len);
/* The length, then the bytes. NULL is a value of its own. */
void hasher_add(struct hasher *h, const void *data, size_t len);
void hasher_add_u64(struct hasher *h, uint64_t value);
struct digest hasher_finish(struct hasher *h);

static inline bool digest_equal(const struct digest *a, const struct digest *b)
{
	return a->word[0] == b->word[0] && a->word[1] == b->word[1];
}

#endif
