/* SPDX-License-Identifier: MIT */
#include "base/hash.h"

#include "support/run.h"

#include <stdio.h>

/* The reference key 00..0f, and the first outputs of vectors_sip128 in SipHash's reference code. */
static const struct hash_key reference_key = {{0x0706050403020100u, 0x0f0e0d0c0b0a0908u}};

static struct digest hash_reference_input(size_t len)
{
	unsigned char in[64];
	struct hasher h;

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)i;
	hasher_init(&h, &reference_key);
	hasher_add_raw(&h, in, len);
	return hasher_finish(&h);
}

static void assert_bytes(struct digest d, const char *hex)
{
	char got[33];

	for (int i = 0; i < 16; i++)
		sprintf(got + 2 * i, "%02x", (unsigned)(d.word[i / 8] >> (8 * (i % 8)) & 0xff));
	ck_assert_str_eq(got, hex);
}

START_TEST(digests_equal_those_of_the_reference_implementation)
{
	assert_bytes(hash_reference_input(0), "a3817f04ba25a8e66df67214c7550293");
	assert_bytes(hash_reference_input(1), "da87c1d86b99af44347659119b22fc45");
	assert_bytes(hash_reference_input(2), "8177228da4a45dc7fca38bdef60affe4");
	assert_bytes(hash_reference_input(8), "3b62a9ba6258f5610f83e264f31497b4");
	assert_bytes(hash_reference_input(15), "5493e99933b0a8117e08ec0f97cfc3d9");
	assert_bytes(hash_reference_input(63), "5150d1772f50834a503e069a973fbd7c");
}
END_TEST

START_TEST(feeding_in_pieces_changes_nothing)
{
	static const char text[] = "the quick brown fox jumps over the lazy dog";
	struct hasher whole, pieces;

	hasher_init(&whole, &reference_key);
	hasher_add_raw(&whole, text, sizeof(text));
	struct digest expected = hasher_finish(&whole);

	for (size_t cut = 0; cut <= sizeof(text); cut++) {
		hasher_init(&pieces, &reference_key);
		hasher_add_raw(&pieces, text, cut);
		hasher_add_raw(&pieces, text + cut, sizeof(text) - cut);
		struct digest d = hasher_finish(&pieces);
		ck_assert(digest_equal(&d, &expected));
	}
}
END_TEST

static struct digest hash_pair(const char *a, const char *b)
{
	struct hasher h;

	hasher_init(&h, hash_process_key());
	hasher_add(&h, a, a ? strlen(a) : 0);
	hasher_add(&h, b, b ? strlen(b) : 0);
	return hasher_finish(&h);
}

START_TEST(the_border_between_two_pieces_counts)
{
	struct digest one = hash_pair("ab", "c"), two = hash_pair("a", "bc");

	ck_assert(!digest_equal(&one, &two));
}
END_TEST

START_TEST(nothing_is_not_the_empty_text)
{
	struct digest none = hash_pair("a", NULL), empty = hash_pair("a", "");

	ck_assert(!digest_equal(&none, &empty));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("base/hash");
	TCase *t = tcase_create("hash");

	tcase_add_test(t, digests_equal_those_of_the_reference_implementation);
	tcase_add_test(t, feeding_in_pieces_changes_nothing);
	tcase_add_test(t, the_border_between_two_pieces_counts);
	tcase_add_test(t, nothing_is_not_the_empty_text);
	suite_add_tcase(s, t);
	return s;
}
