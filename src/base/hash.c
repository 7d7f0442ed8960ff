/* SPDX-License-Identifier: MIT */
#include "base/hash.h"

#include <pthread.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static struct hash_key process_key;
static pthread_once_t process_key_once = PTHREAD_ONCE_INIT;

static void make_process_key(void)
{
	if (getrandom(&process_key, sizeof(process_key), GRND_NONBLOCK) == sizeof(process_key))
		return;
	/* No random source (an old kernel, a sandbox): still different in each process and run. */
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	process_key.word[0] = (uint64_t)ts.tv_nsec << 32 ^ (uint64_t)ts.tv_sec ^ (uint64_t)getpid();
	process_key.word[1] = (uint64_t)(uintptr_t)&ts ^ (uint64_t)(uintptr_t)make_process_key;
}

const struct hash_key *hash_process_key(void)
{
	pthread_once(&process_key_once, make_process_key);
	return &process_key;
}

static inline uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static inline void absorb(struct hasher *h, uint64_t word)
{
	h->v[3] ^= word;
	sip_round(h->v);
	sip_round(h->v);
	h->v[0] ^= word;
}

/* Eight bytes, lowest first. */
static inline uint64_t load_word(const unsigned char *p)
{
	uint64_t word = 0;

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	memcpy(&word, p, sizeof(word));
#else
	for (int i = 7; i >= 0; i--)
		word = word << 8 | p[i];
#endif
	return word;
}

void hasher_init(struct hasher *h, const struct hash_key *key)
{
	h->v[0] = key->word[0] ^ 0x736f6d6570736575u;
	h->v[1] = key->word[1] ^ 0x646f72616e646f6du ^ 0xee;
	h->v[2] = key->word[0] ^ 0x6c7967656e657261u;
	h->v[3] = key->word[1] ^ 0x7465646279746573u;
	h->tail = 0;
	h->tail_len = 0;
	h->total = 0;
}

void hasher_add_raw(struct hasher *h, const void *data, size_t len)
{
	const unsigned char *p = data;
	unsigned shift = 8 * h->tail_len;

	h->total += len;
	/* Whole words go in shifted, behind the bytes that are waiting. */
	for (; len >= 8; len -= 8, p += 8) {
		uint64_t word = load_word(p);
		absorb(h, h->tail | word << shift);
		h->tail = shift ? word >> (64 - shift) : 0;
	}
	for (; len > 0; len--) {
		h->tail |= (uint64_t)*p++ << (8 * h->tail_len);
		if (++h->tail_len == 8) {
			absorb(h, h->tail);
			h->tail = 0;
			h->tail_len = 0;
		}
	}
}

void hasher_add_u64(struct hasher *h, uint64_t value)
{
	hasher_add_raw(h, &value, sizeof(value));
}

void hasher_add(struct hasher *h, const void *data, size_t len)
{
	hasher_add_u64(h, data ? (uint64_t)len : UINT64_MAX);
	if (data)
		hasher_add_raw(h, data, len);
}

struct digest hasher_finish(struct hasher *h)
{
	struct digest d;

	absorb(h, h->tail | (h->total & 0xff) << 56);
	h->v[2] ^= 0xee;
	for (int i = 0; i < 4; i++)
		sip_round(h->v);
	d.word[0] = h->v[0] ^ h->v[1] ^ h->v[2] ^ h->v[3];
	h->v[1] ^= 0xdd;
	for (int i = 0; i < 4; i++)
		sip_round(h->v);
	d.word[1] = h->v[0] ^ h->v[1] ^ h->v[2] ^ h->v[3];
	return d;
}
