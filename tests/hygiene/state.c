/* SPDX-License-Identifier: MIT */
/*
 * usage: state WIDTH fresh STRING                       prints the answers of a fresh session
 *        state WIDTH reset|careful|leaky STRING FILE    compares with those in FILE
 *
 * WIDTH is ansi or wide. A first borrower changes something, a second one answers every question,
 * and its answers are compared with the fresh session's.
 *
 *   reset    none may differ; the physical connection is kept or closed as the change's row says
 *   careful  none may differ, where nothing but the statements' texts can tell (no reset)
 *   leaky    ConnectionReset=No: the item changed must differ, or the test would prove nothing
 */
#include "hygiene/state.h"

#include "hygiene/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum mode { MODE_RESET, MODE_CAREFUL, MODE_LEAKY };

enum { ITEMS_MAX = 200 };

struct answers {
	char *of[ITEMS_MAX];
	size_t count;
};

struct trial {
	struct app app; /* the borrower of the moment */
	const char *string;
	bool is_wide;
	const struct subject *subject;
	enum mode mode;
	struct answers fresh;
	char beside_string[1024];
};

static struct trial trial;

bool beside(struct app *a, const char *sql)
{
	struct app other;

	app_init(&other, trial.beside_string, a->is_wide);
	bool ok = app_connect(&other) && app_run(&other, sql) && app_disconnect(&other);
	if (!ok)
		memcpy(a->problem, other.problem, sizeof(a->problem));
	app_done(&other);
	return ok;
}

static size_t item_count(void)
{
	return driver_item_count + trial.subject->item_count;
}

static const struct item *item_at(size_t i)
{
	return i < driver_item_count ? &driver_items[i]
				     : &trial.subject->items[i - driver_item_count];
}

static size_t item_index(const char *name)
{
	for (size_t i = 0; i < item_count(); i++)
		if (strcmp(item_at(i)->name, name) == 0)
			return i;
	fprintf(stderr, "no item \"%s\"\n", name);
	exit(2);
}

static void ask_attribute(struct app *a, const struct item *item, char *ret_answer, size_t size)
{
	bool is_of_statement = item->by == STATEMENT_NUMBER;
	SQLHSTMT h = is_of_statement ? app_statement(a) : SQL_NULL_HSTMT;
	SQLULEN number = 0;
	char text[256] = "", state[6];
	SQLINTEGER len = 0;
	SQLRETURN rc;

	if (item->by == CONNECTION_TEXT)
		rc = SQLGetConnectAttr(a->dbc, item->attribute, text, sizeof(text), &len);
	else if (is_of_statement)
		rc = SQLGetStmtAttr(h, item->attribute, &number, sizeof(number), NULL);
	else
		rc = SQLGetConnectAttr(a->dbc, item->attribute, &number, sizeof(number), NULL);
	if (!SQL_SUCCEEDED(rc)) {
		app_state(is_of_statement ? SQL_HANDLE_STMT : SQL_HANDLE_DBC,
			is_of_statement ? h : a->dbc, state);
		snprintf(ret_answer, size, "error %s", state);
	} else if (item->by == CONNECTION_TEXT) {
		snprintf(ret_answer, size, "%s", text);
	} else {
		snprintf(ret_answer, size, "%lu", (unsigned long)number);
	}
	if (is_of_statement)
		SQLFreeHandle(SQL_HANDLE_STMT, h);
}

static void ask(struct app *a, const struct item *item, char *ret_answer, size_t size)
{
	switch (item->by) {
	case BY_SQL:
		app_ask(a, item->question, ret_answer, size);
		break;
	case BY_FUNCTION:
		item->ask(a, item->question, ret_answer, size);
		break;
	case CONNECTION_NUMBER:
	case CONNECTION_TEXT:
	case STATEMENT_NUMBER:
		ask_attribute(a, item, ret_answer, size);
		break;
	}
	for (char *c = ret_answer; *c; c++)
		if (*c == '\n')
			*c = ' ';
}

static void print_answers(void)
{
	static char answer[ANSWER_MAX];

	for (size_t i = 0; i < item_count(); i++) {
		ask(&trial.app, item_at(i), answer, sizeof(answer));
		printf("%s\t%s\n", item_at(i)->name, answer);
	}
}

static bool read_answers(const char *path)
{
	static char line[ANSWER_MAX + 100];
	FILE *f = fopen(path, "r");

	while (f && trial.fresh.count < ITEMS_MAX && fgets(line, sizeof(line), f)) {
		char *tab = strchr(line, '\t');
		line[strcspn(line, "\n")] = '\0';
		trial.fresh.of[trial.fresh.count++] = strdup(tab ? tab + 1 : "");
	}
	if (f)
		fclose(f);
	return trial.fresh.count == item_count();
}

/* How many items differ from the fresh session's; the first is described. */
static unsigned compare(size_t of_interest, bool *ret_is_seen, char *ret_text, size_t size)
{
	static char answer[ANSWER_MAX];
	unsigned differing = 0;

	*ret_is_seen = false;
	ret_text[0] = '\0';
	for (size_t i = 0; i < item_count(); i++) {
		ask(&trial.app, item_at(i), answer, sizeof(answer));
		if (strcmp(answer, trial.fresh.of[i]) == 0)
			continue;
		if (differing++ == 0)
			snprintf(ret_text, size, "; %s is '%.150s', not '%.150s'", item_at(i)->name,
				answer, trial.fresh.of[i]);
		*ret_is_seen |= i == of_interest;
	}
	return differing;
}

static bool run_lines(struct app *a, const char *sql)
{
	char line[1024];

	while (*sql) {
		size_t len = strcspn(sql, "\n");
		bool may_fail = *sql == '!';
		snprintf(line, sizeof(line), "%.*s", (int)len - may_fail, sql + may_fail);
		sql += len + (sql[len] == '\n');
		if (!app_run(a, line) && !may_fail)
			return false;
	}
	return true;
}

static bool set_attribute(struct app *a, const struct change *c)
{
	return c->text ? app_set_text(a, c->attribute, c->text)
		       : app_set(a, c->attribute, c->value);
}

static bool make(struct app *a, const struct change *c)
{
	if (c->sql)
		return run_lines(a, c->sql);
	if (c->act)
		return c->act(a);
	return c->at_login || set_attribute(a, c);
}

static const char *describe(const struct change *c)
{
	static char text[200];

	if (c->sql) {
		snprintf(text, sizeof(text), "%.150s", c->sql);
		for (char *s = text; *s; s++)
			if (*s == '\n')
				*s = ';';
	} else if (c->act) {
		snprintf(text, sizeof(text), "%s", c->text);
	} else {
		snprintf(text, sizeof(text), "attribute %d%s", (int)c->attribute,
			c->at_login ? " before the connect" : "");
	}
	return text;
}

/* Each borrower comes with a handle of its own: what was set on one may well stay with it. */
static bool borrow(const struct change *c)
{
	app_init(&trial.app, trial.string, trial.is_wide);
	if (c && c->at_login)
		set_attribute(&trial.app, c);
	if (app_connect(&trial.app))
		return true;
	report_fail("connect: %s", trial.app.problem);
	app_done(&trial.app);
	return false;
}

static bool give_back(void)
{
	bool ok = app_disconnect(&trial.app);

	if (!ok)
		report_fail("disconnect: %s", trial.app.problem);
	app_done(&trial.app);
	return ok;
}

/* Is anything held that others would wait for? */
static bool holds_nothing(char *ret_text, size_t size)
{
	char answer[200] = "0";
	struct app other;

	if (!trial.subject->held)
		return true;
	app_init(&other, trial.beside_string, trial.is_wide);
	if (app_connect(&other)) {
		app_ask(&other, trial.subject->held, answer, sizeof(answer));
		app_disconnect(&other);
	}
	app_done(&other);
	snprintf(ret_text, size, "after SQLDisconnect %s are held", answer);
	return strcmp(answer, "0") == 0;
}

/*
 * Right after the return, unless the connection is to be closed: of a farewell the server learns a
 * moment after whoever disconnects, without a pool as well.
 */
static bool lets_go(const struct change *c, char *ret_text, size_t size)
{
	int tries = c->fate == KEPT ? 1 : 500;

	while (!holds_nothing(ret_text, size)) {
		if (--tries == 0)
			return false;
		usleep(10000);
	}
	return true;
}

static void check_own_answer(const struct change *c)
{
	char answer[ANSWER_MAX] = "";
	size_t i = item_index(c->item);

	ask(&trial.app, item_at(i), answer, sizeof(answer));
	if (strcmp(answer, trial.fresh.of[i]) == 0)
		report_fail("%s by %s: not even the borrower sees it", c->item, describe(c));
}

/* The first borrower. False: the trial cannot go on. */
static bool change_session(const struct change *c, long *ret_session)
{
	char held[300];

	if (!borrow(c))
		return false;
	*ret_session = app_session(&trial.app);
	bool is_made = make(&trial.app, c);
	if (!is_made)
		report_fail("%s by %s: %s", c->item, describe(c), trial.app.problem);
	if (is_made && c->unseen && !c->unseen_by_itself)
		check_own_answer(c);
	if (!give_back())
		return false;
	if (is_made && trial.mode == MODE_RESET && !c->is_hidden && !lets_go(c, held, sizeof(held)))
		report_fail("%s by %s: %s", c->item, describe(c), held);
	return is_made;
}

static bool is_kept(long session)
{
	return session < 0 ? app_is_reused(&trial.app) : app_session(&trial.app) == session;
}

static void judge(const struct change *c, long session)
{
	char text[500];
	bool is_seen, is_right_fate = true;
	bool was_kept = is_kept(session);
	unsigned differing = compare(item_index(c->item), &is_seen, text, sizeof(text));

	switch (trial.mode) {
	case MODE_RESET:
		is_right_fate = was_kept == (c->fate == KEPT);
		report_check(differing == 0 && is_right_fate, "%s by %s: %s, %u of %zu differ%s%s",
			c->item, describe(c), was_kept ? "kept" : "closed", differing, item_count(),
			text, is_right_fate ? "" : "; the wrong fate");
		break;
	case MODE_CAREFUL:
		report_check(differing == 0, "%s by %s: %s, %u of %zu differ%s", c->item,
			describe(c), was_kept ? "kept" : "closed", differing, item_count(), text);
		break;
	case MODE_LEAKY:
		if (c->unseen)
			report_pass(
				"%s by %s: not seen, since %s", c->item, describe(c), c->unseen);
		else
			report_check(is_seen && was_kept, "%s by %s: seen without a reset%s%s",
				c->item, describe(c), was_kept ? "" : "; not kept", text);
		break;
	}
	/* One failure shall not be the next one's, too. */
	if (trial.mode == MODE_LEAKY || differing > 0)
		app_discard(&trial.app);
}

static void try_change(const struct change *c)
{
	long session;

	if (trial.mode == MODE_CAREFUL && c->is_hidden)
		return;
	if (!change_session(c, &session) || !borrow(NULL))
		return;
	judge(c, session);
	give_back();
}

/* All that leaves the connection usable at once, by one borrower. */
static void try_all_at_once(void)
{
	char text[500];
	unsigned made = 0;
	bool is_seen;

	if (!borrow(NULL))
		return;
	long session = app_session(&trial.app);
	for (size_t i = 0; i < trial.subject->change_count; i++) {
		const struct change *c = &trial.subject->changes[i];
		if (c->fate == KEPT && c->sql && !c->unseen && make(&trial.app, c))
			made++;
	}
	if (!give_back() || !borrow(NULL))
		return;
	bool was_kept = is_kept(session);
	unsigned differing = compare(0, &is_seen, text, sizeof(text));
	report_check(differing == 0, "%u changes at once: %s, %u of %zu differ%s", made,
		was_kept ? "kept" : "closed", differing, item_count(), text);
	give_back();
}

static const struct subject *find_subject(struct app *a)
{
	static const struct subject *const subjects[] = {
		&subject_postgresql, &subject_mariadb, &subject_sqlite, &subject_sqlserver};
	char name[64] = "";
	SQLSMALLINT len;

	SQLGetInfo(a->dbc, SQL_DBMS_NAME, name, sizeof(name), &len);
	for (size_t i = 0; i < array_size(subjects); i++)
		if (strcmp(subjects[i]->dbms, name) == 0)
			return subjects[i];
	return NULL;
}

static bool begin(const char *width, const char *string)
{
	trial.string = string;
	trial.is_wide = strcmp(width, "wide") == 0;
	snprintf(trial.beside_string, sizeof(trial.beside_string), "%s;Pooling=No", string);
	if (!borrow(NULL))
		return false;
	trial.subject = find_subject(&trial.app);
	return trial.subject != NULL;
}

int main(int argc, char **argv)
{
	if (argc < 4 || !begin(argv[1], argv[3]))
		return 2;
	give_back();
	if (strcmp(argv[2], "fresh") == 0) {
		/* The driver manager converts texts in another way at a process's first connect. */
		if (!borrow(NULL))
			return 1;
		print_answers();
		return give_back() ? 0 : 1;
	}
	trial.mode = strcmp(argv[2], "reset") == 0     ? MODE_RESET
		     : strcmp(argv[2], "careful") == 0 ? MODE_CAREFUL
						       : MODE_LEAKY;
	if (argc < 5 || !read_answers(argv[4])) {
		printf("FAILED: the answers of a fresh session cannot be read\n");
		return 2;
	}
	for (size_t i = 0; i < trial.subject->change_count; i++)
		try_change(&trial.subject->changes[i]);
	if (trial.mode != MODE_LEAKY)
		try_all_at_once();
	return report_end();
}
