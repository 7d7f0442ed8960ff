/* SPDX-License-Identifier: MIT */
/*
 * Connection strings out of mutated pieces, through the whole of conf: nothing may crash, show a
 * password, lose a letter or come back as something else. Deterministic; the first argument is the
 * number of rounds (make check: a second's worth), the second the seed.
 */
#include "conf/connstr.h"
#include "conf/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const pieces[] = {"DSN=sales;", "DRIVER={Pooled};", "Driver=Via;",
	"dsn=", "DSN={sales}", "UID=sa;", "PWD={a;b};", "MaxPoolSize=5;", "Max Pool Size={7};",
	"MinPoolSize=", "Pooling=no;", "PoolName={a;b};", "PoolDriver=x;", "MaxPolSize=1;", "{",
	"}", "}}", ";", "=", " ", "x", "Enlist=1;", "PoolKeyMatch=Canonical;", "\xc3\xa9", "\t",
	"DRIVER=nope;", "junk;", "999999999999", "-1", "a=b;"};

#define MAX_LEN 512
static char string[MAX_LEN];
static size_t len;
static unsigned long state = 1;

static unsigned random_below(unsigned limit)
{
	state = state * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned)(state >> 33) % limit;
}

static void fail(const char *why)
{
	fprintf(stderr, "%s: \"%.*s\"\n", why, (int)len, string);
	exit(EXIT_FAILURE);
}

static void make_string(void)
{
	unsigned count = random_below(12);

	len = 0;
	for (unsigned i = 0; i < count; i++) {
		const char *piece = pieces[random_below(array_size(pieces))];
		size_t n = strlen(piece);
		if (len + n > MAX_LEN)
			break;
		memcpy(string + len, piece, n);
		len += n;
	}
	for (unsigned i = random_below(4); i > 1 && len > 0; i--)
		string[random_below((unsigned)len)] = (char)random_below(256);
}

static void check_words(void)
{
	struct connstr_reader reader = connstr_read(string, len);
	struct connstr_word w;
	const char *at = string;

	while (connstr_next(&reader, &w)) {
		if (w.raw != at || w.raw_len == 0)
			fail("a letter was lost");
		at += w.raw_len;
	}
	if (at != string + len)
		fail("the end was lost");
}

/* The canonical form of a string without malformed words is its own canonical form. */
static void check_canonical(void)
{
	struct connstr_reader reader = connstr_read(string, len);
	struct connstr_word w;
	struct buffer once = BUFFER_EMPTY, twice = BUFFER_EMPTY;
	bool is_sound = true;

	while (connstr_next(&reader, &w))
		is_sound = is_sound && !w.is_malformed;
	connstr_add_canonical(&once, string, len);
	connstr_add_canonical(&twice, buffer_str(&once), once.len);
	if (is_sound && strcmp(buffer_str(&once), buffer_str(&twice)) != 0)
		fail("the canonical form has another one");
	buffer_done(&once);
	buffer_done(&twice);
}

static void check_redacted(void)
{
	static const char secret[] = "PWD={zqz;}}zqz};";
	struct buffer whole = BUFFER_EMPTY, redacted = BUFFER_EMPTY;
	struct connstr_word w;

	buffer_append_str(&whole, secret);
	buffer_append(&whole, string, len);
	connstr_add_redacted(&redacted, whole.data, whole.len);
	if (strstr(buffer_str(&redacted), "zqz"))
		fail("a password was shown");
	if (!connstr_find(buffer_str(&redacted), redacted.len, "PWD", &w))
		fail("a keyword was lost");
	buffer_done(&whole);
	buffer_done(&redacted);
}

static bool resolve(const char *data, size_t size, struct resolved *ret_resolved)
{
	struct connect_text in = {.is_string = true, .string = data, .string_len = size};
	struct diag diag = DIAG_EMPTY;
	bool is_resolved = resolve_connect(&in, ret_resolved, &diag);

	if (!is_resolved && diag.count == 0)
		fail("nothing says why");
	diag_clear(&diag);
	return is_resolved;
}

/* What the application is given as the completed string leads to the same place, in the same way.
 */
static void check_resolved(void)
{
	struct resolved first, second;
	struct buffer completed = BUFFER_EMPTY;

	if (!resolve(string, len, &first))
		return;
	resolved_complete_string(
		&first, buffer_str(&first.driver_string), first.driver_string.len, &completed);
	if (!resolve(buffer_str(&completed), completed.len, &second))
		fail("the completed string is refused");
	if (strcmp(first.pool_driver, second.pool_driver) != 0 ||
		first.settings.max_pool_size != second.settings.max_pool_size ||
		strcmp(first.settings.pool_name, second.settings.pool_name) != 0)
		fail("the completed string leads elsewhere");
	resolved_done(&first);
	resolved_done(&second);
	buffer_done(&completed);
}

static char folder[] = "/tmp/odbcpool-fuzz-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[sizeof(folder) + 32];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!text) {
		unlink(path);
		return;
	}
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		fail("cannot write the ini files");
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 20000;

	if (argc > 2)
		state = strtoul(argv[2], NULL, 10);
	if (!mkdtemp(folder))
		fail("cannot make a folder");
	setenv("ODBCSYSINI", folder, 1);
	setenv("HOME", folder, 1);
	setenv("ODBCINI", "/dev/null", 1);
	unsetenv("ODBCINSTINI");
	unsetenv("ODBCPOOL_DISABLE");
	write_file("odbc.ini", "[sales]\nDriver=Pooled\n[DEFAULT]\nDriver=Via\n");
	write_file("odbcinst.ini", "[Pooled]\nPoolDriver=x.so\n[Via]\nPoolDriver=Real\n[Real]\n"
				   "Driver=y.so\n");
	for (long i = 0; i < rounds; i++) {
		make_string();
		check_words();
		check_canonical();
		check_redacted();
		check_resolved();
	}
	write_file("odbc.ini", NULL);
	write_file("odbcinst.ini", NULL);
	rmdir(folder);
	return EXIT_SUCCESS;
}
