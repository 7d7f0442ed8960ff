/* SPDX-License-Identifier: MIT */
/* The state tables of X/Open C193, chapter 6, row by row. */
#include "shim/xa_rules.h"

#include "base/compiler.h"
#include "support/run.h"

#include <check.h>

enum { STATES = BRANCH_HEURISTIC + 1 };

#define OK XA_OK
#define NOTA XAER_NOTA
#define PROTO XAER_PROTO
#define DUPID XAER_DUPID
#define RMERR XAER_RMERR
#define RETRY XA_RETRY
#define RB XA_RBROLLBACK

/* For a thread with this association: the answer in each state, from S0 to S5. */
static const struct row {
	enum xa_verb verb;
	long flags;
	enum association mine;
	int answers[STATES];
} rows[] = {
	{XA_START, TMNOFLAGS, ASSOCIATION_NONE, {OK, DUPID, DUPID, DUPID, DUPID, DUPID}},
	{XA_START, TMNOWAIT, ASSOCIATION_NONE, {OK, DUPID, DUPID, DUPID, DUPID, DUPID}},
	{XA_START, TMNOFLAGS, ASSOCIATION_ACTIVE, {PROTO, PROTO, PROTO, PROTO, PROTO, PROTO}},
	{XA_START, TMNOFLAGS, ASSOCIATION_SUSPENDED, {OK, DUPID, DUPID, DUPID, DUPID, DUPID}},
	{XA_START, TMJOIN, ASSOCIATION_NONE, {NOTA, RMERR, OK, PROTO, RB, PROTO}},
	{XA_START, TMJOIN | TMNOWAIT, ASSOCIATION_NONE, {NOTA, RETRY, OK, PROTO, RB, PROTO}},
	{XA_START, TMJOIN, ASSOCIATION_ACTIVE, {NOTA, PROTO, PROTO, PROTO, PROTO, PROTO}},
	{XA_START, TMJOIN, ASSOCIATION_SUSPENDED, {NOTA, PROTO, PROTO, PROTO, PROTO, PROTO}},
	{XA_START, TMRESUME, ASSOCIATION_NONE, {NOTA, PROTO, PROTO, PROTO, PROTO, PROTO}},
	{XA_START, TMRESUME, ASSOCIATION_ACTIVE, {NOTA, PROTO, PROTO, PROTO, PROTO, PROTO}},
	{XA_START, TMRESUME, ASSOCIATION_SUSPENDED, {NOTA, RMERR, OK, PROTO, RB, PROTO}},
	{XA_START, TMRESUME | TMNOWAIT, ASSOCIATION_SUSPENDED, {NOTA, RETRY, OK, PROTO, RB, PROTO}},
	{XA_END, TMSUCCESS, ASSOCIATION_NONE, {NOTA, PROTO, PROTO, PROTO, PROTO, PROTO}},
	{XA_END, TMSUCCESS, ASSOCIATION_ACTIVE, {NOTA, OK, OK, OK, OK, OK}},
	{XA_END, TMFAIL, ASSOCIATION_ACTIVE, {NOTA, OK, OK, OK, OK, OK}},
	{XA_END, TMSUSPEND, ASSOCIATION_ACTIVE, {NOTA, OK, OK, OK, OK, OK}},
	{XA_END, TMSUCCESS, ASSOCIATION_SUSPENDED, {NOTA, OK, OK, OK, OK, OK}},
	{XA_END, TMFAIL, ASSOCIATION_SUSPENDED, {NOTA, OK, OK, OK, OK, OK}},
	{XA_END, TMSUSPEND, ASSOCIATION_SUSPENDED, {NOTA, PROTO, PROTO, PROTO, PROTO, PROTO}},
	{XA_PREPARE, TMNOFLAGS, ASSOCIATION_NONE, {NOTA, PROTO, OK, PROTO, PROTO, PROTO}},
	{XA_COMMIT, TMNOFLAGS, ASSOCIATION_NONE, {OK, PROTO, PROTO, OK, PROTO, OK}},
	{XA_COMMIT, TMNOWAIT, ASSOCIATION_NONE, {OK, PROTO, PROTO, OK, PROTO, OK}},
	{XA_COMMIT, TMONEPHASE, ASSOCIATION_NONE, {NOTA, PROTO, OK, PROTO, PROTO, PROTO}},
	{XA_ROLLBACK, TMNOFLAGS, ASSOCIATION_NONE, {OK, PROTO, OK, OK, OK, OK}},
	{XA_FORGET, TMNOFLAGS, ASSOCIATION_NONE, {OK, PROTO, PROTO, PROTO, PROTO, OK}},
};

START_TEST(each_call_is_answered_as_the_table_says)
{
	const struct row *r = &rows[_i];

	for (int state = 0; state < STATES; state++) {
		struct xa_view v = {
			.state = (enum branch_state)state,
			.mine = r->mine,
			.suspended = 0,
		};
		int got = xa_judge(r->verb, r->flags, &v);
		ck_assert_msg(got == r->answers[state], "state S%d: %s, not %s", state,
			xa_code_name(got), xa_code_name(r->answers[state]));
	}
}
END_TEST

/* An association that is suspended could be resumed: nothing may end under it. */
START_TEST(a_branch_with_a_suspended_association_cannot_be_ended)
{
	static const enum xa_verb verbs[] = {XA_PREPARE, XA_COMMIT, XA_ROLLBACK};
	struct xa_view v = {.state = BRANCH_IDLE, .suspended = 1};

	for (size_t i = 0; i < array_size(verbs); i++)
		ck_assert_int_eq(xa_judge(verbs[i], TMNOFLAGS, &v), XAER_PROTO);
	ck_assert_int_eq(xa_judge(XA_COMMIT, TMONEPHASE, &v), XAER_PROTO);
}
END_TEST

START_TEST(a_thread_works_in_one_branch_of_a_resource_manager)
{
	struct xa_view fresh = {.has_other = true};
	struct xa_view idle = {.state = BRANCH_IDLE, .has_other = true};
	struct xa_view suspended = {
		.state = BRANCH_IDLE, .mine = ASSOCIATION_SUSPENDED, .has_other = true};

	ck_assert_int_eq(xa_judge(XA_START, TMNOFLAGS, &fresh), XAER_PROTO);
	ck_assert_int_eq(xa_judge(XA_START, TMJOIN, &idle), XAER_PROTO);
	ck_assert_int_eq(xa_judge(XA_START, TMRESUME, &suspended), XAER_PROTO);
}
END_TEST

START_TEST(a_call_on_a_branch_that_is_being_worked_on_is_out_of_order)
{
	for (int verb = XA_START; verb <= XA_FORGET; verb++) {
		struct xa_view v = {
			.state = BRANCH_PREPARED, .mine = ASSOCIATION_ACTIVE, .is_at_work = true};
		ck_assert_int_eq(xa_judge((enum xa_verb)verb, TMNOFLAGS, &v), XAER_PROTO);
	}
}
END_TEST

static const struct {
	enum xa_verb verb;
	long flags;
	int answer;
} flags[] = {
	{XA_START, TMNOFLAGS, XA_OK},
	{XA_START, TMJOIN | TMNOWAIT, XA_OK},
	{XA_START, TMRESUME, XA_OK},
	{XA_START, TMJOIN | TMRESUME, XAER_INVAL},
	{XA_START, TMSUSPEND, XAER_INVAL},
	{XA_START, TMASYNC, XAER_ASYNC},
	{XA_END, TMSUCCESS, XA_OK},
	{XA_END, TMFAIL, XA_OK},
	{XA_END, TMSUSPEND, XA_OK},
	{XA_END, TMNOFLAGS, XAER_INVAL},
	{XA_END, TMSUCCESS | TMFAIL, XAER_INVAL},
	{XA_END, TMSUCCESS | TMSUSPEND, XAER_INVAL},
	{XA_END, TMSUSPEND | TMMIGRATE, XAER_INVAL}, /* the switch says TMNOMIGRATE */
	{XA_END, TMSUCCESS | TMASYNC, XAER_ASYNC},
	{XA_PREPARE, TMNOFLAGS, XA_OK},
	{XA_PREPARE, TMONEPHASE, XAER_INVAL},
	{XA_PREPARE, TMASYNC, XAER_ASYNC},
	{XA_COMMIT, TMNOFLAGS, XA_OK},
	{XA_COMMIT, TMONEPHASE | TMNOWAIT, XA_OK},
	{XA_COMMIT, TMSUCCESS, XAER_INVAL},
	{XA_COMMIT, TMASYNC, XAER_ASYNC},
	{XA_ROLLBACK, TMNOFLAGS, XA_OK},
	{XA_ROLLBACK, TMFAIL, XAER_INVAL},
	{XA_ROLLBACK, TMASYNC, XAER_ASYNC},
	{XA_FORGET, TMNOFLAGS, XA_OK},
	{XA_FORGET, TMNOWAIT, XAER_INVAL},
	{XA_FORGET, TMASYNC, XAER_ASYNC},
};

START_TEST(flags_are_those_of_the_call)
{
	ck_assert_int_eq(xa_judge_flags(flags[_i].verb, flags[_i].flags), flags[_i].answer);
}
END_TEST

START_TEST(an_asynchronous_call_is_one_with_its_sign_extended_too)
{
	ck_assert_int_eq(xa_judge_plain_flags(xa_flags((long)(int)0x80000000u)), XAER_ASYNC);
	ck_assert_int_eq(xa_judge_plain_flags(xa_flags(TMASYNC)), XAER_ASYNC);
	ck_assert_int_eq(xa_judge_plain_flags(xa_flags(TMNOFLAGS)), XA_OK);
	ck_assert_int_eq(xa_judge_plain_flags(xa_flags(TMJOIN)), XAER_INVAL);
}
END_TEST

START_TEST(every_code_has_its_name)
{
	ck_assert_str_eq(xa_code_name(XA_OK), "XA_OK");
	ck_assert_str_eq(xa_code_name(XA_RBTRANSIENT), "XA_RBTRANSIENT");
	ck_assert_str_eq(xa_code_name(XAER_OUTSIDE), "XAER_OUTSIDE");
	ck_assert_str_eq(xa_code_name(4711), "unknown");
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("xa_rules");
	TCase *t = tcase_create("states");

	tcase_add_loop_test(t, each_call_is_answered_as_the_table_says, 0, array_size(rows));
	tcase_add_test(t, a_branch_with_a_suspended_association_cannot_be_ended);
	tcase_add_test(t, a_thread_works_in_one_branch_of_a_resource_manager);
	tcase_add_test(t, a_call_on_a_branch_that_is_being_worked_on_is_out_of_order);
	suite_add_tcase(s, t);
	t = tcase_create("flags");
	tcase_add_loop_test(t, flags_are_those_of_the_call, 0, array_size(flags));
	tcase_add_test(t, an_asynchronous_call_is_one_with_its_sign_extended_too);
	tcase_add_test(t, every_code_has_its_name);
	suite_add_tcase(s, t);
	return s;
}
