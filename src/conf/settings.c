/* SPDX-License-Identifier: MIT */
#include "conf/settings.h"

#include "base/buffer.h"
#include "conf/ascii.h"
#include "conf/misspelt.h"
#include "odbcpool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A word that a setting may have as its value. */
struct word {
	const char *text;
	int value;
	bool is_other_spelling; /* accepted, not shown */
};

#define BOOLEAN_WORDS(no, yes)                                                                     \
	{"No", no, false}, {"Yes", yes, false}, {"false", no, true}, {"true", yes, true},          \
		{"0", no, true}, {"1", yes, true}, {"off", no, true},                              \
	{                                                                                          \
		"on", yes, true                                                                    \
	}
#define END_OF_WORDS                                                                               \
	{                                                                                          \
		NULL, 0, false                                                                     \
	}

static const struct word bool_words[] = {BOOLEAN_WORDS(false, true), END_OF_WORDS};
static const struct word pooling_words[] = {
	{"Auto", POOLING_AUTO, false}, BOOLEAN_WORDS(POOLING_NO, POOLING_YES), END_OF_WORDS};
static const struct word idle_mode_words[] = {
	{"Exact", IDLE_EXACT, false}, {"Generations", IDLE_GENERATIONS, false}, END_OF_WORDS};
static const struct word reset_mode_words[] = {{"Background", RESET_BACKGROUND, false},
	{"Return", RESET_RETURN, false}, {"Borrow", RESET_BORROW, false}, END_OF_WORDS};
static const struct word reset_method_words[] = {{"Auto", RESET_AUTO, false},
	{"Attribute", RESET_ATTRIBUTE, false}, {"Protocol", RESET_PROTOCOL, false},
	{"Sql", RESET_SQL, false}, {"Close", RESET_CLOSE, false}, END_OF_WORDS};
static const struct word validation_words[] = {{"Auto", VALIDATION_AUTO, false},
	{"Socket", VALIDATION_SOCKET, false}, {"Query", VALIDATION_QUERY, false},
	{"None", VALIDATION_NONE, false}, END_OF_WORDS};
static const struct word blocking_words[] = {{"Auto", BLOCKING_AUTO, false},
	{"AlwaysBlock", BLOCKING_ALWAYS, false}, {"NeverBlock", BLOCKING_NEVER, false},
	END_OF_WORDS};
static const struct word binding_words[] = {{"ExplicitUnbind", BINDING_EXPLICIT_UNBIND, false},
	{"ImplicitUnbind", BINDING_IMPLICIT_UNBIND, false}, END_OF_WORDS};
static const struct word key_match_words[] = {
	{"Exact", KEY_MATCH_EXACT, false}, {"Canonical", KEY_MATCH_CANONICAL, false}, END_OF_WORDS};
static const struct word pick_order_words[] = {
	{"Lifo", PICK_LIFO, false}, {"Fifo", PICK_FIFO, false}, END_OF_WORDS};
static const struct word driver_symbols_words[] = {
	{"Local", SYMBOLS_LOCAL, false}, {"Deep", SYMBOLS_DEEP, false}, END_OF_WORDS};
static const struct word pool_trace_words[] = {{"Off", POOL_TRACE_OFF, false},
	{"Error", POOL_TRACE_ERROR, false}, {"Warn", POOL_TRACE_WARN, false},
	{"Info", POOL_TRACE_INFO, false}, {"Debug", POOL_TRACE_DEBUG, false}, END_OF_WORDS};

enum setting_type { TYPE_BOOL, TYPE_COUNT, TYPE_TIME, TYPE_TEXT, TYPE_CHOICE };
enum setting_flag { SHAPES = 1, FILES_ONLY = 2 };

struct setting {
	const char *name;
	const char *synonyms;
	const char *help;
	enum setting_type type;
	unsigned flags;
	size_t offset;
	int64_t fallback, least, most; /* as written in a file */
	usec_t unit;		       /* TIME: of one */
	bool has_ever;		       /* TIME: `ever` stands for USEC_INFINITY */
	int64_t ever;
	const struct word *words; /* BOOL, CHOICE */
};

#define FLAG(is_on) .fallback = is_on, .words = bool_words
#define NUMBER(number, low, high) .fallback = number, .least = low, .most = high
#define SECONDS(number, low, high) NUMBER(number, low, high), .unit = USEC_PER_SEC
#define MILLISECONDS(number, low, high) NUMBER(number, low, high), .unit = USEC_PER_MSEC
#define SECONDS_OR_EVER(number, low, high, infinite)                                               \
	SECONDS(number, low, high), .has_ever = true, .ever = infinite
#define CHOICE_OF(list, value) .fallback = value, .words = list
#define ANY_TEXT .fallback = 0

static const struct setting table[SETTINGS] = {
#define SETTING(member, name_, type_, synonyms_, flags_, range_, help_)                            \
	{.name = name_,                                                                            \
		.synonyms = synonyms_,                                                             \
		.help = help_,                                                                     \
		.type = TYPE_##type_,                                                              \
		.flags = flags_,                                                                   \
		.offset = offsetof(struct settings, member),                                       \
		range_},
#include "conf/settings.def"
};

/* A value before it is stored: a number as written or the value of a word, else a text. */
struct value {
	int64_t number;
	const char *text; /* NULL: unset */
};

static void *member_of(struct settings *s, const struct setting *d)
{
	return (char *)s + d->offset;
}

static const void *member_in(const struct settings *s, const struct setting *d)
{
	return (const char *)s + d->offset;
}

/* False: no memory, nothing was stored. */
static bool store(struct settings *s, const struct setting *d, const struct value *v)
{
	switch (d->type) {
	case TYPE_BOOL:
		*(bool *)member_of(s, d) = v->number != 0;
		return true;
	case TYPE_COUNT:
		*(int64_t *)member_of(s, d) = v->number;
		return true;
	case TYPE_TIME:
		*(usec_t *)member_of(s, d) =
			d->has_ever && v->number == d->ever ? USEC_INFINITY : v->number * d->unit;
		return true;
	case TYPE_CHOICE:
		*(int *)member_of(s, d) = (int)v->number;
		return true;
	case TYPE_TEXT:
		break;
	}
	char **text = member_of(s, d);
	char *copy = v->text ? strdup(v->text) : NULL;
	if (!copy && v->text)
		return false;
	secret_free(*text);
	*text = copy;
	return true;
}

void settings_init(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < SETTINGS; i++) {
		struct value v = {.number = table[i].fallback};
		/* Only texts allocate, and their built-in value is NULL. */
		(void)store(s, &table[i], &v);
	}
}

void settings_done(struct settings *s)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		if (table[i].type != TYPE_TEXT)
			continue;
		char **text = member_of(s, &table[i]);
		secret_free(*text);
		*text = NULL;
	}
}

bool settings_copy(struct settings *ret_copy, const struct settings *from)
{
	struct settings copy = *from;
	bool is_complete = true;

	for (size_t i = 0; i < SETTINGS; i++) {
		if (table[i].type != TYPE_TEXT)
			continue;
		char **text = member_of(&copy, &table[i]);
		if (*text && is_complete) {
			*text = strdup(*text);
			is_complete = *text != NULL;
		} else {
			*text = NULL;
		}
	}
	if (!is_complete) {
		settings_done(&copy);
		return false;
	}
	*ret_copy = copy;
	return true;
}

struct setting_about settings_about(enum setting_number number)
{
	const struct setting *d = &table[number];

	return (struct setting_about){
		.name = d->name,
		.synonyms = d->synonyms,
		.help = d->help,
	};
}

/* The next of a setting's names into `to`, which has room for any of them; NULL when there is none.
 */
#define NAME_MAX_LEN 63
static const char *next_name(const char *names, char to[NAME_MAX_LEN + 1])
{
	size_t len = strcspn(names, ",");

	if (len == 0)
		return NULL;
	memcpy(to, names, len);
	to[len] = '\0';
	return names[len] ? names + len + 1 : names + len;
}

static bool has_name(const struct setting *d, const char *word)
{
	char name[NAME_MAX_LEN + 1];

	if (words_equal(d->name, word))
		return true;
	for (const char *p = d->synonyms; (p = next_name(p, name));)
		if (words_equal(name, word))
			return true;
	return false;
}

static const struct setting *find_setting(const char *word)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (has_name(&table[i], word))
			return &table[i];
	return NULL;
}

bool settings_knows(const char *name)
{
	return find_setting(name) != NULL;
}

/*
 * The name of ours that was probably meant: in `to`. False: none. No keyword of a real driver is so
 * near to one of ours; tests/conf/driver_words.h lists those that are known.
 */
static bool find_near(const char *word, char to[NAME_MAX_LEN + 1])
{
	char name[NAME_MAX_LEN + 1];

	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *d = &table[i];
		bool is_near = words_are_near(d->name, word, 2);
		for (const char *p = d->synonyms; !is_near && (p = next_name(p, name));)
			is_near = words_are_near(name, word, 2);
		if (is_near) {
			memcpy(to, d->name, strlen(d->name) + 1);
			return true;
		}
	}
	return false;
}

/* What a value may be, as the end of "... is not ". */
static void describe_range(const struct setting *d, struct buffer *to)
{
	const char *between = "one of ";

	switch (d->type) {
	case TYPE_COUNT:
	case TYPE_TIME:
		buffer_printf(to, "a number%s from %lld to %lld",
			d->unit == USEC_PER_SEC	   ? " of seconds"
			: d->unit == USEC_PER_MSEC ? " of milliseconds"
						   : "",
			(long long)d->least, (long long)d->most);
		return;
	case TYPE_BOOL:
	case TYPE_CHOICE:
		for (const struct word *w = d->words; w->text; w++) {
			if (w->is_other_spelling)
				continue;
			buffer_printf(to, "%s%s", between, w->text);
			between = ", ";
		}
		return;
	case TYPE_TEXT:
		return;
	}
}

static bool parse_number(const struct setting *d, const char *text, int64_t *ret_number)
{
	char *end;

	/* strtoll would take blanks and a plus sign as well. */
	if (*text != '-' && (*text < '0' || *text > '9'))
		return false;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (errno || *end || number < d->least || number > d->most)
		return false;
	*ret_number = number;
	return true;
}

static bool parse_value(const struct setting *d, const char *text, struct value *ret_value)
{
	struct value v = {.number = 0};

	switch (d->type) {
	case TYPE_COUNT:
	case TYPE_TIME:
		if (!parse_number(d, text, &v.number))
			return false;
		break;
	case TYPE_TEXT:
		v.text = *text ? text : NULL;
		break;
	case TYPE_BOOL:
	case TYPE_CHOICE: {
		const struct word *w = d->words;
		while (w->text && !words_equal(w->text, text))
			w++;
		if (!w->text)
			return false;
		v.number = w->value;
		break;
	}
	}
	*ret_value = v;
	return true;
}

static void refuse_value(const struct setting *d, const char *name, const char *value,
	const char *place, struct diag *diag)
{
	struct buffer range = BUFFER_EMPTY;

	describe_range(d, &range);
	if (range.failed)
		diag_add_no_memory(diag);
	else
		diag_add(diag, "HY024", ODBCPOOL_ERR_SETTING_VALUE, "settings",
			"%s=%.80s%s in %s is not %s", name, value, strlen(value) > 80 ? "..." : "",
			place, buffer_str(&range));
	buffer_done(&range);
}

static enum setting_result take(struct settings *s, const struct setting *d, const char *name,
	const char *text, enum setting_source source, const char *place, struct diag *diag)
{
	unsigned char *taken_from = &s->source[d - table];
	struct value v;

	if (source == SETTING_STRING && (d->flags & FILES_ONLY)) {
		diag_add(diag, "HY024", ODBCPOOL_ERR_SETTING_PLACE, "settings",
			"%s is not accepted from %s; it may stand in the data source's section of "
			"odbc.ini or in the driver's section of odbcinst.ini",
			d->name, place);
		return SETTING_REFUSED;
	}
	if (!parse_value(d, text, &v)) {
		refuse_value(d, name, text, place, diag);
		return SETTING_REFUSED;
	}
	if (source <= *taken_from)
		return SETTING_TAKEN;
	if (!store(s, d, &v)) {
		diag_add_no_memory(diag);
		return SETTING_REFUSED;
	}
	*taken_from = (unsigned char)source;
	return SETTING_TAKEN;
}

/* `text` without the blanks around it; the caller frees it. */
static char *trimmed(const char *text)
{
	size_t len = strlen(text);

	text = ascii_trim(text, &len);
	return strndup(text, len);
}

enum setting_result settings_take(struct settings *s, const char *name, const char *value,
	enum setting_source source, const char *place, struct diag *diag)
{
	const struct setting *d = find_setting(name);

	if (!d) {
		char meant[NAME_MAX_LEN + 1];
		if (!find_near(name, meant))
			return SETTING_NOT_OURS;
		diag_add(diag, "01000", ODBCPOOL_ERR_SETTING_MISSPELT, "settings",
			"%s in %s is not a setting of odbcpool; was %s meant?", name, place, meant);
		return SETTING_LOOKS_LIKE;
	}

	char *text = trimmed(value);
	if (!text) {
		diag_add_no_memory(diag);
		return SETTING_REFUSED;
	}
	enum setting_result result = take(s, d, name, text, source, place, diag);
	secret_free(text);
	return result;
}

bool settings_check(const struct settings *s, struct diag *diag)
{
	if (s->max_pool_size == 0 || s->min_pool_size <= s->max_pool_size)
		return true;
	diag_add(diag, "HY024", ODBCPOOL_ERR_SETTING_VALUE, "settings",
		"MinPoolSize=%lld is larger than MaxPoolSize=%lld", (long long)s->min_pool_size,
		(long long)s->max_pool_size);
	return false;
}

struct digest settings_digest(const struct settings *s)
{
	struct hasher h;

	hasher_init(&h, hash_process_key());
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *d = &table[i];
		if (!(d->flags & SHAPES))
			continue;
		const void *member = member_in(s, d);
		switch (d->type) {
		case TYPE_BOOL:
			hasher_add_u64(&h, *(const bool *)member);
			break;
		case TYPE_COUNT:
		case TYPE_TIME:
			hasher_add_u64(&h, (uint64_t) * (const int64_t *)member);
			break;
		case TYPE_CHOICE:
			hasher_add_u64(&h, (uint64_t) * (const int *)member);
			break;
		case TYPE_TEXT: {
			const char *text = *(char *const *)member;
			hasher_add(&h, text, text ? strlen(text) : 0);
			break;
		}
		}
	}
	return hasher_finish(&h);
}
