/* SPDX-License-Identifier: MIT */
#include "pool/table.h"

#include "support/run.h"

#include <stdlib.h>

enum { KEYS = 500, STEPS = 50000 };

/* Few distinct hashes, so that runs of neighbours form, also around the end of the table. */
static struct digest key_of(unsigned i)
{
	return (struct digest){.word = {(i * 37) % 61, i}};
}

static struct pool *pool_of(unsigned i)
{
	static char marks[KEYS];

	return (struct pool *)(void *)&marks[i];
}

START_TEST(what_was_inserted_is_found_and_what_was_removed_is_not)
{
	struct table t = {.slots = NULL};
	bool is_in[KEYS] = {false};
	size_t count = 0;

	srand(1);
	for (int step = 0; step < STEPS; step++) {
		unsigned i = (unsigned)rand() % KEYS;
		struct digest key = key_of(i);
		if (is_in[i]) {
			table_remove(&t, &key);
			count--;
		} else {
			ck_assert(table_reserve(&t));
			table_insert(&t, &key, pool_of(i));
			count++;
		}
		is_in[i] = !is_in[i];
		ck_assert_uint_eq(t.count, count);
		if (step % 100 != 0)
			continue;
		for (unsigned k = 0; k < KEYS; k++) {
			struct digest other = key_of(k);
			ck_assert_ptr_eq(table_find(&t, &other), is_in[k] ? pool_of(k) : NULL);
		}
	}
	free(t.slots);
}
END_TEST

START_TEST(an_empty_table_finds_nothing)
{
	struct table t = {.slots = NULL};
	struct digest key = key_of(1);

	ck_assert_ptr_null(table_find(&t, &key));
	ck_assert(table_reserve(&t));
	ck_assert_ptr_null(table_find(&t, &key));
	table_insert(&t, &key, pool_of(1));
	table_clear(&t);
	ck_assert_ptr_null(table_find(&t, &key));
	free(t.slots);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/table");
	TCase *t = tcase_create("table");

	tcase_add_test(t, what_was_inserted_is_found_and_what_was_removed_is_not);
	tcase_add_test(t, an_empty_table_finds_nothing);
	suite_add_tcase(s, t);
	return s;
}
