/* SPDX-License-Identifier: MIT */
/* The watch over a branch, with a dialect that answers as the test says. */
#include "dbms/xa_watch.h"

#include "base/compiler.h"
#include "dbms/profile.h"
#include "dbms/statement_rules.h"
#include "dbms/xa.h"
#include "support/run.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

static const struct statement_rule list[] = {{NULL, "COMMIT", STATEMENT_OPENS}};
static const struct statement_rules rules = {.rules = list, .count = array_size(list)};

static struct session session;
static bool is_still_there, can_sign;
static int questions, signs;
static void (*meanwhile)(void); /* what another thread does while the server answers */

static void be_interrupted(void)
{
	void (*what)(void) = meanwhile;

	meanwhile = NULL;
	if (what)
		what();
}

static bool is_still_in(struct session *s)
{
	ck_assert_ptr_eq(s, &session);
	questions++;
	be_interrupted();
	return is_still_there;
}

static bool sign(struct session *s)
{
	ck_assert_ptr_eq(s, &session);
	signs++;
	be_interrupted();
	return can_sign;
}

static const struct xa_dialect dialect = {
	.rules = &rules, .sign = sign, .is_still_in = is_still_in};
static const struct profile profile = {.xa = &dialect};

static void setup(void)
{
	memset(&session, 0, sizeof(session));
	session.profile = &profile;
	is_still_there = can_sign = true;
	questions = signs = 0;
	meanwhile = NULL;
	xa_watch_begin(&session);
}

static void assert_verdict(enum xa_watch_verdict verdict, int asked)
{
	ck_assert_int_eq(xa_watch_judge(&session), verdict);
	ck_assert_int_eq(questions, asked);
}

static bool heeds(const char *text)
{
	return xa_watch_heeds(&session, text, strlen(text), false);
}

static void fail_once(void)
{
	xa_watch_failed(&session);
}

static void fail_in_company(void)
{
	xa_watch_failed(&session);
	xa_watch_break(&session);
}

static void settle(void)
{
	xa_watch_settle(&session);
}

static void set_sign(void)
{
	ck_assert(xa_watch_sign(&session));
	xa_watch_signed(&session, true);
}

START_TEST(without_a_failure_nobody_is_asked)
{
	settle();
	settle();
	assert_verdict(XA_WATCH_UNBROKEN, 0);
}
END_TEST

START_TEST(a_doubt_is_settled_by_one_question)
{
	fail_once();
	settle();
	settle();
	assert_verdict(XA_WATCH_UNBROKEN, 1);
}
END_TEST

START_TEST(each_failure_is_a_doubt)
{
	fail_once();
	fail_once();
	settle();
	fail_once();
	settle();
	assert_verdict(XA_WATCH_UNBROKEN, 2);
}
END_TEST

START_TEST(a_doubt_at_the_end_is_settled_by_the_verdict)
{
	fail_once();
	assert_verdict(XA_WATCH_UNBROKEN, 1);
}
END_TEST

/* Whatever happens later: the next transaction would give a good answer. */
START_TEST(what_is_broken_stays_broken)
{
	is_still_there = false;
	fail_once();
	settle();
	is_still_there = true;
	fail_once();
	settle();
	xa_watch_break_doubt(&session);
	ck_assert(!heeds("commit"));
	ck_assert(!xa_watch_sign(&session));
	xa_watch_signed(&session, true);
	assert_verdict(XA_WATCH_BROKEN, 1);
	ck_assert_int_eq(signs, 0);
}
END_TEST

START_TEST(a_failure_in_company_breaks_it_unasked)
{
	fail_in_company();
	settle();
	assert_verdict(XA_WATCH_BROKEN, 0);
}
END_TEST

START_TEST(a_doubt_that_cannot_be_settled_breaks_it)
{
	xa_watch_break_doubt(&session);
	assert_verdict(XA_WATCH_UNBROKEN, 0);
	fail_once();
	xa_watch_break_doubt(&session);
	assert_verdict(XA_WATCH_BROKEN, 0);
}
END_TEST

START_TEST(a_failure_during_the_question_breaks_it)
{
	meanwhile = fail_in_company;
	fail_once();
	settle();
	assert_verdict(XA_WATCH_BROKEN, 1);
}
END_TEST

START_TEST(who_comes_during_the_question_breaks_it)
{
	meanwhile = settle;
	fail_once();
	settle();
	assert_verdict(XA_WATCH_BROKEN, 1);
}
END_TEST

START_TEST(a_text_that_speaks_of_transactions_calls_for_the_sign_once)
{
	ck_assert(!heeds("select 1"));
	ck_assert(!heeds("select 'commit'"));
	ck_assert(heeds("commit"));
	set_sign();
	ck_assert(!heeds("commit"));
	assert_verdict(XA_WATCH_SIGNED, 0);
	ck_assert_int_eq(signs, 1);
}
END_TEST

START_TEST(with_the_sign_failures_are_its_business)
{
	set_sign();
	fail_once();
	fail_in_company();
	settle();
	xa_watch_break_doubt(&session);
	assert_verdict(XA_WATCH_SIGNED, 0);
}
END_TEST

START_TEST(a_sign_that_cannot_be_set_breaks_it)
{
	can_sign = false;
	ck_assert(!xa_watch_sign(&session));
	assert_verdict(XA_WATCH_BROKEN, 0);
}
END_TEST

START_TEST(a_sign_set_in_company_breaks_it)
{
	ck_assert(xa_watch_sign(&session));
	xa_watch_signed(&session, false);
	assert_verdict(XA_WATCH_BROKEN, 0);
}
END_TEST

START_TEST(a_sign_is_not_set_on_a_doubt)
{
	fail_once();
	ck_assert(heeds("commit"));
	ck_assert(!xa_watch_sign(&session));
	ck_assert_int_eq(signs, 0);
	assert_verdict(XA_WATCH_BROKEN, 0);
}
END_TEST

START_TEST(a_failure_while_the_sign_is_set_breaks_it)
{
	meanwhile = fail_in_company;
	ck_assert(xa_watch_sign(&session));
	xa_watch_signed(&session, true);
	assert_verdict(XA_WATCH_BROKEN, 0);
}
END_TEST

static void sign_too(void)
{
	ck_assert(heeds("commit"));
	ck_assert(!xa_watch_sign(&session));
}

START_TEST(two_texts_at_once_break_it)
{
	meanwhile = sign_too;
	ck_assert(xa_watch_sign(&session));
	xa_watch_signed(&session, true);
	assert_verdict(XA_WATCH_BROKEN, 0);
	ck_assert_int_eq(signs, 1);
}
END_TEST

START_TEST(a_verdict_before_the_sign_is_there_is_bad)
{
	ck_assert(xa_watch_sign(&session));
	assert_verdict(XA_WATCH_BROKEN, 0);
}
END_TEST

START_TEST(work_is_what_did_not_fail)
{
	ck_assert(!xa_watch_has_work(&session));
	xa_watch_executed(&session, SQL_ERROR);
	xa_watch_executed(&session, SQL_NEED_DATA);
	xa_watch_executed(&session, SQL_INVALID_HANDLE);
	ck_assert(!xa_watch_has_work(&session));
	xa_watch_executed(&session, SQL_NO_DATA);
	ck_assert(xa_watch_has_work(&session));
	xa_watch_begin(&session);
	ck_assert(!xa_watch_has_work(&session));
	xa_watch_executed(&session, SQL_SUCCESS_WITH_INFO);
	ck_assert(xa_watch_has_work(&session));
}
END_TEST

START_TEST(a_new_branch_knows_nothing_of_the_last)
{
	fail_in_company();
	xa_watch_end(&session);
	ck_assert(!xa_watch_is_on(&session));
	fail_once();
	settle();
	xa_watch_break(&session);
	ck_assert(!xa_watch_is_on(&session));
	xa_watch_begin(&session);
	ck_assert(xa_watch_is_on(&session));
	assert_verdict(XA_WATCH_UNBROKEN, 0);
}
END_TEST

/* A question's good answer must not undo what a thread with company has said meanwhile. */
static void *keep_settling(void *arg)
{
	(void)arg;
	for (int i = 0; i < 1000; i++)
		settle();
	return NULL;
}

START_TEST(no_answer_overtakes_a_break)
{
	for (int i = 0; i < 100; i++) {
		pthread_t thread;

		xa_watch_begin(&session);
		ck_assert_int_eq(pthread_create(&thread, NULL, keep_settling, NULL), 0);
		fail_in_company();
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_int_eq(xa_watch_judge(&session), XA_WATCH_BROKEN);
	}
}
END_TEST

static void add_doubts(TCase *t)
{
	tcase_add_test(t, without_a_failure_nobody_is_asked);
	tcase_add_test(t, a_doubt_is_settled_by_one_question);
	tcase_add_test(t, each_failure_is_a_doubt);
	tcase_add_test(t, a_doubt_at_the_end_is_settled_by_the_verdict);
	tcase_add_test(t, what_is_broken_stays_broken);
	tcase_add_test(t, a_failure_in_company_breaks_it_unasked);
	tcase_add_test(t, a_doubt_that_cannot_be_settled_breaks_it);
	tcase_add_test(t, a_failure_during_the_question_breaks_it);
	tcase_add_test(t, who_comes_during_the_question_breaks_it);
	tcase_add_test(t, no_answer_overtakes_a_break);
}

Suite *test_suite(void)
{
	Suite *s = suite_create("xa_watch");
	TCase *t = tcase_create("watch");

	tcase_add_checked_fixture(t, setup, NULL);
	add_doubts(t);
	tcase_add_test(t, a_text_that_speaks_of_transactions_calls_for_the_sign_once);
	tcase_add_test(t, with_the_sign_failures_are_its_business);
	tcase_add_test(t, a_sign_that_cannot_be_set_breaks_it);
	tcase_add_test(t, a_sign_set_in_company_breaks_it);
	tcase_add_test(t, a_sign_is_not_set_on_a_doubt);
	tcase_add_test(t, a_failure_while_the_sign_is_set_breaks_it);
	tcase_add_test(t, two_texts_at_once_break_it);
	tcase_add_test(t, a_verdict_before_the_sign_is_there_is_bad);
	tcase_add_test(t, work_is_what_did_not_fail);
	tcase_add_test(t, a_new_branch_knows_nothing_of_the_last);
	suite_add_tcase(s, t);
	return s;
}
