/* SPDX-License-Identifier: MIT */
#include "conf/connstr.h"

#include "conf/ascii.h"
#include "conf/settings.h"

#include <stdlib.h>
#include <string.h>

struct connstr_reader connstr_read(const char *string, size_t len)
{
	return (struct connstr_reader){.next = string, .left = string ? len : 0};
}

/* The length of a value in braces, both included; 0 when the closing one is missing. */
static size_t braced_len(const char *p, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		if (p[i] != '}')
			continue;
		if (i + 1 == len || p[i + 1] != '}')
			return i + 1;
		i++;
	}
	return 0;
}

static size_t length_until(const char *p, size_t len, char c)
{
	const char *found = len ? memchr(p, c, len) : NULL;

	return found ? (size_t)(found - p) : len;
}

static bool is_all_blank(const char *p, size_t len)
{
	(void)ascii_trim(p, &len);
	return len == 0;
}

/* Read the value at `p`. False: malformed. *ret_value_len stays within *ret_len, the whole of it.
 */
static bool read_value(const char *p, size_t len, size_t *ret_value_len, size_t *ret_len)
{
	if (len == 0 || *p != '{') {
		*ret_value_len = *ret_len = length_until(p, len, ';');
		return true;
	}
	size_t braced = braced_len(p, len);
	if (braced == 0) {
		*ret_value_len = *ret_len = len;
		return false;
	}
	size_t after = length_until(p + braced, len - braced, ';');
	*ret_value_len = braced;
	*ret_len = braced + after;
	return is_all_blank(p + braced, after);
}

/* Read a word from `len` bytes that hold no NUL. */
static void read_word(const char *p, size_t len, struct connstr_word *w)
{
	size_t used = length_until(p, len, ';');
	size_t name_len = length_until(p, used, '=');

	*w = (struct connstr_word){.raw = p, .is_malformed = true};
	if (name_len < used) {
		size_t keyword_len = name_len, value_len, whole_len;
		const char *keyword = ascii_trim(p, &keyword_len);
		const char *value = p + name_len + 1;
		bool is_fine = read_value(value, len - name_len - 1, &value_len, &whole_len);
		if (is_fine && keyword_len > 0) {
			w->is_malformed = false;
			w->keyword = keyword;
			w->keyword_len = keyword_len;
			w->value = value;
			w->value_len = value_len;
		}
		used = name_len + 1 + whole_len;
	}
	w->raw_len = used < len ? used + 1 : used;
}

bool connstr_next(struct connstr_reader *r, struct connstr_word *ret_word)
{
	if (r->left == 0)
		return false;
	size_t len = length_until(r->next, r->left, '\0');
	if (len > 0)
		read_word(r->next, len, ret_word);
	else
		*ret_word = (struct connstr_word){
			.raw = r->next, .raw_len = r->left, .is_malformed = true};
	r->next += ret_word->raw_len;
	r->left -= ret_word->raw_len;
	return true;
}

bool connstr_is(const struct connstr_word *w, const char *keyword)
{
	return !w->is_malformed && ascii_is(w->keyword, w->keyword_len, keyword);
}

bool connstr_find(
	const char *string, size_t len, const char *keyword, struct connstr_word *ret_word)
{
	struct connstr_reader r = connstr_read(string, len);
	struct connstr_word w;

	while (connstr_next(&r, &w)) {
		if (connstr_is(&w, keyword)) {
			*ret_word = w;
			return true;
		}
	}
	return false;
}

void connstr_add_value(struct buffer *to, const struct connstr_word *w)
{
	if (w->value_len == 0 || *w->value != '{') {
		buffer_append(to, w->value, w->value_len);
		return;
	}
	const char *p = w->value + 1;
	size_t left = w->value_len - 2;
	while (left > 0) {
		/* Up to and including the next brace, whose twin is skipped. */
		size_t len = length_until(p, left, '}');
		buffer_append(to, p, len < left ? len + 1 : len);
		len = len < left ? len + 2 : len;
		p += len;
		left -= len;
	}
}

static void add_braced(struct buffer *to, const char *value, size_t len)
{
	buffer_append_char(to, '{');
	for (size_t i = 0; i < len; i++) {
		buffer_append_char(to, value[i]);
		if (value[i] == '}')
			buffer_append_char(to, '}');
	}
	buffer_append_char(to, '}');
}

void connstr_add_braced(struct buffer *to, const char *value)
{
	add_braced(to, value, strlen(value));
}

void connstr_add_quoted(struct buffer *to, const char *value)
{
	size_t len = strlen(value);
	bool has_blank_end =
		len > 0 && (ascii_is_blank(value[0]) || ascii_is_blank(value[len - 1]));

	/* The special characters of the ODBC specification, SQLDriverConnect. */
	if (has_blank_end || value[strcspn(value, "[]{}(),;?*=!@")])
		add_braced(to, value, len);
	else
		buffer_append(to, value, len);
}

static void add_upper(struct buffer *to, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buffer_append_char(to, ascii_upper(p[i]));
}

static bool is_secret(const char *name, size_t len)
{
	/* pqopt: options of libpq, a password among them. */
	static const char *const parts[] = {"PWD", "PASS", "TOKEN", "SECRET", "KEY", "PQOPT"};
	struct buffer keyword = BUFFER_EMPTY;
	bool found = false;

	add_upper(&keyword, name, len);
	for (size_t i = 0; i < array_size(parts) && !found; i++)
		found = strstr(buffer_str(&keyword), parts[i]);
	if (settings_knows(buffer_str(&keyword)))
		found = false;
	if (keyword.failed)
		found = true;
	buffer_done(&keyword);
	return found;
}

void connstr_add_redacted(struct buffer *to, const char *string, size_t len)
{
	struct connstr_reader r = connstr_read(string, len);
	struct connstr_word w;

	while (connstr_next(&r, &w)) {
		if (w.is_malformed) {
			if (!is_all_blank(w.raw, w.raw_len) && *w.raw != ';')
				buffer_append_str(to, "***;");
			continue;
		}
		if (!is_secret(w.keyword, w.keyword_len)) {
			buffer_append(to, w.raw, w.raw_len);
			continue;
		}
		buffer_append(to, w.keyword, w.keyword_len);
		buffer_append_str(to, "=***;");
	}
}

static bool is_of_keyword(char c)
{
	char upper = ascii_upper(c);

	return (upper >= 'A' && upper <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Does the text before `end`, where an equals sign stands, end with a secret's keyword? */
static bool ends_with_secret(const char *text, const char *end)
{
	const char *from;

	while (end > text && ascii_is_blank(end[-1]))
		end--;
	from = end;
	while (from > text && is_of_keyword(from[-1]))
		from--;
	return is_secret(from, (size_t)(end - from));
}

/* How long is the value, as the driver would read it: a semicolon within braces does not end it. */
static size_t value_len(const char *value)
{
	const char *at = value + strspn(value, " \t");

	if (*at == '{') {
		while (*++at && (*at != '}' || at[1] == '}'))
			at += *at == '}';
	}
	return (size_t)(at - value) + strcspn(at, ";");
}

void connstr_add_redacted_text(struct buffer *to, const char *text)
{
	const char *done = text, *at;

	while ((at = strchr(done, '='))) {
		buffer_append(to, done, (size_t)(at + 1 - done));
		done = at + 1;
		if (!ends_with_secret(text, at))
			continue;
		buffer_append_str(to, "***");
		done += value_len(done);
	}
	buffer_append_str(to, done);
}

/* A word and its place, for sorting that keeps equals in order. */
struct sorted_word {
	struct connstr_word word;
	size_t number;
};

static int compare_keywords(const struct connstr_word *a, const struct connstr_word *b)
{
	size_t shorter = a->keyword_len < b->keyword_len ? a->keyword_len : b->keyword_len;

	if (a->is_malformed != b->is_malformed)
		return a->is_malformed ? 1 : -1;
	for (size_t i = 0; i < shorter; i++) {
		unsigned char x = (unsigned char)ascii_upper(a->keyword[i]);
		unsigned char y = (unsigned char)ascii_upper(b->keyword[i]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a->keyword_len > b->keyword_len) - (a->keyword_len < b->keyword_len);
}

static int compare_sorted(const void *pa, const void *pb)
{
	const struct sorted_word *a = pa, *b = pb;
	int order = compare_keywords(&a->word, &b->word);

	return order ? order : (a->number > b->number) - (a->number < b->number);
}

static size_t count_words(const char *string, size_t len)
{
	struct connstr_reader r = connstr_read(string, len);
	struct connstr_word w;
	size_t n = 0;

	while (connstr_next(&r, &w))
		n++;
	return n;
}

void connstr_add_canonical(struct buffer *to, const char *string, size_t len)
{
	size_t n = count_words(string, len);
	struct sorted_word *words = calloc(n + 1, sizeof(*words));
	struct connstr_reader r = connstr_read(string, len);
	struct buffer value = BUFFER_EMPTY;

	if (!words) {
		to->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		connstr_next(&r, &words[i].word);
		words[i].number = i;
	}
	qsort(words, n, sizeof(*words), compare_sorted);
	for (size_t i = 0; i < n; i++) {
		const struct connstr_word *w = &words[i].word;
		if (w->is_malformed) {
			buffer_append(to, w->raw, w->raw_len);
			continue;
		}
		add_upper(to, w->keyword, w->keyword_len);
		buffer_append_char(to, '=');
		buffer_clear(&value);
		connstr_add_value(&value, w);
		add_braced(to, buffer_str(&value), value.len);
		buffer_append_char(to, ';');
		if (value.failed)
			to->failed = true;
	}
	buffer_done(&value);
	free(words);
}
