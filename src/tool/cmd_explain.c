/* SPDX-License-Identifier: MIT */
/* odbcpool explain: what makes a connect's pool, and why two connects do not share one. */
#include "base/utf16.h"
#include "conf/connstr.h"
#include "conf/identity.h"
#include "conf/key.h"
#include "conf/resolve.h"
#include "tool/command.h"
#include "tool/say.h"
#include "tool/words_in.h"

#include <string.h>
#include <unistd.h>

/* One of the connects that are compared. */
struct connect {
	const char *text;
	bool is_string;
	struct key_input input;
	struct buffer environment;
	struct resolved resolved;
	bool is_resolved;
};

static void prepare(struct connect *c, const char *text)
{
	struct connect_text in = {
		.is_string = strchr(text, '=') != NULL, .string = text, .string_len = strlen(text)};
	struct diag diag = DIAG_EMPTY;

	*c = (struct connect){.text = text, .is_string = in.is_string, .environment = BUFFER_EMPTY};
	identity_add_environment(&c->environment);
	c->input = (struct key_input){
		.kind = c->is_string ? CONNECT_DRIVER : CONNECT_PLAIN,
		.odbc_version = 3,
		.euid = geteuid(),
		.string = {text, strlen(text)},
		.identity = {c->environment.data, c->environment.len},
	};
	c->is_resolved = resolve_connect(&in, &c->resolved, &diag);
	if (!c->is_resolved && diag.count)
		say_error("%s", diag.records[0].message);
	diag_clear(&diag);
}

static void done(struct connect *c)
{
	if (c->is_resolved)
		resolved_done(&c->resolved);
	buffer_done(&c->environment);
}

static void show(const char *name, const char *value)
{
	printf("  %-18s %s\n", name, value);
}

/* Names only: a value may be a password (PGPASSWORD). */
static void show_identity(const struct connect *c)
{
	struct buffer text = BUFFER_EMPTY;
	const char *p = c->environment.data, *end = p ? p + c->environment.len : p;

	buffer_printf(&text, "user id %u", (unsigned)c->input.euid);
	for (; p < end; p += strlen(p) + 1)
		buffer_printf(&text, ", %.*s", (int)strcspn(p, "="), p);
	show("identity", buffer_str(&text));
	buffer_done(&text);
}

static void show_target(const struct connect *c)
{
	const struct resolved *r = &c->resolved;

	if (r->dsn)
		show("data source", r->dsn);
	if (r->driver_section)
		show("driver", r->driver_section);
	show("real driver", r->pool_driver);
	show("pool's name", r->settings.pool_name);
	show("PoolKeyMatch", r->settings.pool_key_match == KEY_MATCH_CANONICAL
				     ? "Canonical: order and case of keywords do not matter"
				     : "Exact: letter by letter");
}

static void show_connect(const struct connect *c)
{
	struct buffer shown = BUFFER_EMPTY;

	if (c->is_string)
		connstr_add_redacted(&shown, c->text, strlen(c->text));
	else
		buffer_append_str(&shown, c->text);
	printf("%s%s%s\n", say_tint(stdout, TINT_HEAD), buffer_str(&shown), say_end(stdout));
	if (c->is_resolved)
		show_target(c);
	printf("  Its pool is told by:\n");
	show(key_part_name(KEY_PART_ENTRY),
		c->is_string ? "SQLDriverConnect; ANSI or Unicode as the application calls it"
			     : "SQLConnect; ANSI or Unicode as the application calls it");
	show(key_part_name(KEY_PART_STRING), buffer_str(&shown));
	show(key_part_name(KEY_PART_USER),
		c->is_string ? "as the string says" : "as given to SQLConnect");
	show(key_part_name(KEY_PART_PASSWORD),
		c->is_string ? "as the string says" : "as given to SQLConnect");
	show(key_part_name(KEY_PART_ATTRIBUTES),
		"those that the application sets before it connects");
	show(key_part_name(KEY_PART_VERSION), "as the application sets it, 2 or 3 or 3.80");
	show_identity(c);
	buffer_done(&shown);
}

static bool values_are_equal(const struct connstr_word *a, const struct connstr_word *b)
{
	struct buffer x = BUFFER_EMPTY, y = BUFFER_EMPTY;

	connstr_add_value(&x, a);
	connstr_add_value(&y, b);
	bool are_equal = x.len == y.len && memcmp(buffer_str(&x), buffer_str(&y), x.len) == 0;
	buffer_done(&x);
	buffer_done(&y);
	return are_equal;
}

static void show_word(const char *label, const struct connstr_word *w)
{
	struct buffer text = BUFFER_EMPTY;

	connstr_add_redacted(&text, w->raw, w->raw_len);
	show(label, buffer_str(&text));
	buffer_done(&text);
}

/* The words of `a` that `b` has not, or has with another value. */
static unsigned show_words(
	const char *a, const char *b, const char *only, const char *first, const char *second)
{
	struct connstr_reader reader = connstr_read(a, strlen(a));
	struct connstr_word w, other;
	unsigned found = 0;

	while (connstr_next(&reader, &w)) {
		char keyword[100];
		if (w.is_malformed)
			continue;
		snprintf(keyword, sizeof(keyword), "%.*s", (int)w.keyword_len, w.keyword);
		if (!connstr_find(b, strlen(b), keyword, &other)) {
			show_word(only, &w);
			found++;
		} else if (first && !values_are_equal(&w, &other)) {
			show_word(first, &w);
			show_word(second, &other);
			found++;
		}
	}
	return found;
}

static void explain_strings(const struct connect *a, const struct connect *b)
{
	unsigned found =
		show_words(a->text, b->text, "only the first:", "the first:", "the second:");

	found += show_words(b->text, a->text, "only the second:", NULL, NULL);
	if (!found)
		printf("  The strings say the same, but not letter by letter. With PoolKeyMatch = "
		       "Canonical the\n  order, the case and the quoting of keywords do not "
		       "matter.\n");
}

static bool is_canonical(const struct connect *c)
{
	return c->is_resolved && c->resolved.settings.pool_key_match == KEY_MATCH_CANONICAL;
}

static bool share_pool(const struct connect *a, const struct connect *b)
{
	struct digest x = key_digest(&a->input), y = key_digest(&b->input);

	if (is_canonical(a) && is_canonical(b) &&
		(!key_digest_canonical(&a->input, a->resolved.pool_driver, &x) ||
			!key_digest_canonical(&b->input, b->resolved.pool_driver, &y)))
		say_no_memory();
	return digest_equal(&x, &y);
}

static enum verdict compare(const struct connect *a, const struct connect *b)
{
	struct key_parts x, y;

	if (share_pool(a, b)) {
		printf("%sThe two share a pool.%s\n", say_tint(stdout, TINT_GOOD), say_end(stdout));
		return VERDICT_FINE;
	}
	key_digest_parts(&a->input, &x);
	key_digest_parts(&b->input, &y);
	printf("%sThe two have different pools%s, because they differ in:\n",
		say_tint(stdout, TINT_WARN), say_end(stdout));
	for (int part = 0; part < KEY_PARTS; part++)
		if (x.hash[part] != y.hash[part])
			printf("  - %s\n", key_part_name((enum key_part)part));
	if (a->is_string && b->is_string)
		explain_strings(a, b);
	return VERDICT_NO;
}

static enum verdict explain(const char *first, const char *second)
{
	struct connect a, b;
	enum verdict verdict;

	prepare(&a, first);
	show_connect(&a);
	verdict = a.is_resolved ? VERDICT_FINE : VERDICT_NO;
	if (second) {
		prepare(&b, second);
		show_connect(&b);
		verdict |= b.is_resolved ? VERDICT_FINE : VERDICT_NO;
		verdict |= compare(&a, &b);
		done(&b);
	}
	done(&a);
	return verdict;
}

static enum verdict run(const struct given *g)
{
	char *first = words_in(g->word[0]);
	char *second = first && g->words > 1 ? words_in(g->word[1]) : NULL;
	enum verdict verdict = VERDICT_USAGE;

	if (first && (second || g->words == 1))
		verdict = explain(first, second);
	secret_free(first);
	secret_free(second);
	return verdict;
}

const struct command command_explain = {
	.name = "explain",
	.arguments = "STRING [OTHER]",
	.least_words = 1,
	.most_words = 2,
	.summary = "Show what makes a connect's pool, and why two differ",
	.help = "STRING is a connection string, the name of a data source, or - to read it from\n"
		"standard input. Passwords are not shown. With two it tells whether connects with "
		"them\n"
		"share a pool, and which part makes them differ. Exit status 1: they do not.\n",
	.run = run,
};
