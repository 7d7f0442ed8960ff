/* SPDX-License-Identifier: MIT */
#include "conf/ini_text.h"

#include "conf/ascii.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* No file of data sources is this long; a device might be. */
#define TEXT_MAX (16 << 20)

static struct ini_stamp stamp_from(const struct stat *st)
{
	return (struct ini_stamp){
		.device = st->st_dev,
		.inode = st->st_ino,
		.size = st->st_size,
		.modified = st->st_mtim,
	};
}

struct ini_stamp ini_stamp_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (struct ini_stamp){.error = errno};
	return stamp_from(&st);
}

/* The coarse clock is the one that the kernel stamps files with. */
static struct timespec stamp_clock(void)
{
	struct timespec now;

#ifdef CLOCK_REALTIME_COARSE
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
#else
	clock_gettime(CLOCK_REALTIME, &now);
#endif
	return now;
}

static int compare_times(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

bool ini_stamp_equal(const struct ini_stamp *a, const struct ini_stamp *b)
{
	return a->error == b->error && a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && compare_times(&a->modified, &b->modified) == 0;
}

static struct digest digest_of(const struct ini_text *t)
{
	struct hasher h;

	hasher_init(&h, hash_process_key());
	hasher_add_u64(&h, (uint64_t)t->error);
	hasher_add(&h, t->path, strlen(t->path));
	hasher_add(&h, t->text.data, t->text.len);
	return hasher_finish(&h);
}

/* errno, or 0. */
static int read_all(int fd, struct buffer *to)
{
	char chunk[8192];
	int error = 0;

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			error = n < 0 ? errno : 0;
			break;
		}
		buffer_append(to, chunk, (size_t)n);
		if (to->len > TEXT_MAX) {
			error = EFBIG;
			break;
		}
	}
	secret_wipe(chunk, sizeof(chunk));
	return error;
}

static int read_file(struct ini_text *t)
{
	/* A fifo would otherwise wait here for a writer. */
	int fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int error = 0;

	if (fd < 0) {
		error = errno;
		/* The stamp of what cannot be opened still tells when it is replaced. */
		t->stamp = ini_stamp_of(t->path);
		return error;
	}
	if (fstat(fd, &st) == 0) {
		t->stamp = stamp_from(&st);
		if (S_ISREG(st.st_mode))
			error = read_all(fd, &t->text);
		else if (S_ISDIR(st.st_mode))
			error = EISDIR;
	} else {
		error = errno;
	}
	close(fd);
	return error;
}

/* Room for one more element. False: no memory. */
static bool make_room(void **array, size_t count, size_t size)
{
	if (count & (count - 1))
		return true;
	void *larger = realloc(*array, (count ? 2 * count : 1) * size);
	if (!larger)
		return false;
	*array = larger;
	return true;
}

static bool has_section(const struct ini_text *t, const char *name)
{
	for (size_t i = 0; i < t->section_count; i++)
		if (ascii_is(t->sections[i].name, strlen(t->sections[i].name), name))
			return true;
	return false;
}

/* `line` is cut up in place, as far as its first NUL. */
static char *trim_in_place(char *line)
{
	size_t len = strlen(line);
	char *p = line + (ascii_trim(line, &len) - line);

	p[len] = '\0';
	return p;
}

static bool add_section(struct ini_text *t, char *line, bool *ret_is_first)
{
	line[strcspn(line, "]")] = '\0';
	char *name = trim_in_place(line);

	*ret_is_first = !has_section(t, name);
	if (!*ret_is_first)
		return true;
	if (!make_room((void **)&t->sections, t->section_count, sizeof(*t->sections)))
		return false;
	t->sections[t->section_count++] = (struct ini_section){.name = name, .path = t->path};
	return true;
}

static bool add_entry(struct ini_text *t, char *line)
{
	char *value = strchr(line, '=');

	if (value)
		*value++ = '\0';
	if (!make_room((void **)&t->entries, t->entry_count, sizeof(*t->entries)))
		return false;
	t->entries[t->entry_count++] = (struct ini_entry){
		.key = trim_in_place(line),
		.value = value ? trim_in_place(value) : "",
	};
	t->sections[t->section_count - 1].count++;
	return true;
}

/* False: no memory. */
static bool parse(struct ini_text *t)
{
	char *end = t->text.data + t->text.len;
	bool is_wanted = false;

	for (char *line = t->text.data, *next; line < end; line = next) {
		char *newline = memchr(line, '\n', (size_t)(end - line));
		next = newline ? newline + 1 : end;
		if (newline)
			*newline = '\0';
		line = trim_in_place(line);
		if (*line == '[') {
			if (!add_section(t, line + 1, &is_wanted))
				return false;
		} else if (*line && !strchr("#;", *line)) {
			if (t->section_count == 0) {
				t->error = EILSEQ;
				return true;
			}
			if (is_wanted && !add_entry(t, line))
				return false;
		}
	}
	return true;
}

bool ini_text_load(struct ini_text *ret_text, char *path)
{
	struct ini_text t = {.path = path, .text = BUFFER_EMPTY, .read_at = stamp_clock()};

	t.error = read_file(&t);
	t.content = digest_of(&t);
	if (t.text.failed || (t.error == 0 && t.text.data && !parse(&t))) {
		ini_text_done(&t);
		return false;
	}
	const struct ini_entry *next = t.entries;
	for (size_t i = 0; i < t.section_count; i++) {
		t.sections[i].entries = next;
		next += t.sections[i].count;
	}
	*ret_text = t;
	return true;
}

void ini_text_done(struct ini_text *t)
{
	free(t->sections);
	free(t->entries);
	buffer_done(&t->text);
	free(t->path);
}

bool ini_text_is_stale(const struct ini_text *t)
{
	struct ini_stamp now = ini_stamp_of(t->path);

	if (!ini_stamp_equal(&now, &t->stamp))
		return true;
	struct timespec clock = stamp_clock();
	return compare_times(&t->stamp.modified, &t->read_at) >= 0 &&
	       compare_times(&clock, &t->read_at) > 0;
}

bool ini_text_equal(const struct ini_text *a, const struct ini_text *b)
{
	return digest_equal(&a->content, &b->content);
}
