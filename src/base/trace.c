/* SPDX-License-Identifier: MIT */
#include "base/trace.h"

#include "base/buffer.h"
#include "base/list.h"
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

const struct trace trace_off = {.level = TRACE_OFF, .fd = -1};

struct sink {
	struct trace trace; /* base class, must be first */
	struct list link;
};

static struct mutex sinks_lock;
static struct list sinks; /* sinks_lock */
static pthread_once_t sinks_once = PTHREAD_ONCE_INIT;

static void sinks_setup(void)
{
	mutex_init(&sinks_lock, LOCK_RANK_TRACE);
	list_init(&sinks);
}

static struct sink *sink_find_locked(enum trace_level level, const char *path)
{
	mutex_assert_held(&sinks_lock);
	list_for_each(l, next, &sinks)
	{
		struct sink *s = list_entry(l, struct sink, link);
		bool same_path = path && s->trace.path ? strcmp(path, s->trace.path) == 0
						       : !path && !s->trace.path;
		if (s->trace.level == level && same_path)
			return s;
	}
	return NULL;
}

static int file_open(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
}

static struct sink *sink_new(enum trace_level level, const char *path)
{
	struct sink *s = calloc(1, sizeof(*s));
	char *copy = path ? strdup(path) : NULL;

	if (!s || (path && !copy)) {
		free(s);
		free(copy);
		return NULL;
	}
	s->trace.level = level;
	s->trace.path = copy;
	s->trace.fd = -1;
	if (path) {
		struct stat st;
		s->trace.fd = file_open(path);
		if (s->trace.fd >= 0 && fstat(s->trace.fd, &st) == 0) {
			s->trace.device = st.st_dev;
			s->trace.inode = st.st_ino;
		}
		if (s->trace.fd < 0)
			syslog(LOG_USER | LOG_WARNING,
				"odbcpool: PoolTraceFile %s cannot be opened (error %d), tracing "
				"here",
				path, errno);
	}
	return s;
}

const struct trace *trace_sink(enum trace_level level, const char *path)
{
	struct sink *s;

	if (level == TRACE_OFF)
		return &trace_off;
	if (path && !*path)
		path = NULL;
	pthread_once(&sinks_once, sinks_setup);
	mutex_lock(&sinks_lock);
	s = sink_find_locked(level, path);
	if (!s) {
		s = sink_new(level, path);
		if (s)
			list_push_back(&sinks, &s->link);
	}
	mutex_unlock(&sinks_lock);
	return s ? &s->trace : NULL;
}

static bool is_one_word(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == '"' || *c == '\\' || *c == 0x7f)
			return false;
	return *text != '\0';
}

char *trace_word(const char *text)
{
	struct buffer word = BUFFER_EMPTY;

	if (is_one_word(text))
		return strdup(text);
	buffer_append_char(&word, '"');
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f) {
			buffer_printf(&word, "\\x%02x", (unsigned)(unsigned char)*c);
			continue;
		}
		if (*c == '"' || *c == '\\')
			buffer_append_char(&word, '\\');
		buffer_append_char(&word, *c);
	}
	buffer_append_char(&word, '"');
	return buffer_steal(&word);
}

void trace_after_fork_in_child(void)
{
	pthread_once(&sinks_once, sinks_setup);
	mutex_reinit_after_fork(&sinks_lock);
}

static int syslog_priority(enum trace_level level)
{
	switch (level) {
	case TRACE_OFF:
	case TRACE_DEBUG:
		return LOG_DEBUG;
	case TRACE_ERROR:
		return LOG_ERR;
	case TRACE_WARN:
		return LOG_WARNING;
	case TRACE_INFO:
		return LOG_INFO;
	}
	return LOG_DEBUG;
}

static void append_prefix(struct buffer *line, enum trace_level level)
{
	static const char *const names[] = {"off", "error", "warn", "info", "debug"};
	struct timespec ts;
	struct tm tm;
	char stamp[32];

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	buffer_printf(line, "%s.%06ldZ %d %ld %s ", stamp, ts.tv_nsec / 1000, (int)getpid(),
		(long)syscall(SYS_gettid), names[level]);
}

static bool is_own_file(const struct trace *t)
{
	struct stat st;

	return fstat(t->fd, &st) == 0 && st.st_dev == t->device && st.st_ino == t->inode;
}

/*
 * A full disk must not harm the application: a lost line is lost. Nor must a limit on the length of
 * files or a reader that has gone: their signals, which would end the process, come to the writing
 * thread and are taken back here.
 */
static void write_quietly(int fd, const char *data, size_t len)
{
	const struct timespec at_once = {.tv_sec = 0};
	sigset_t fatal, before, pending;

	sigemptyset(&fatal);
	sigaddset(&fatal, SIGPIPE);
	sigaddset(&fatal, SIGXFSZ);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &fatal, &before);
	if (write(fd, data, len) < 0 && (errno == EPIPE || errno == EFBIG)) {
		int raised = errno == EPIPE ? SIGPIPE : SIGXFSZ;
		sigemptyset(&fatal);
		sigaddset(&fatal, raised);
		/* One that waited before is not ours. */
		if (!sigismember(&pending, raised))
			sigtimedwait(&fatal, NULL, &at_once);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void write_line(const struct trace *t, const struct buffer *line)
{
	bool is_own = is_own_file(t);
	int fd = is_own ? t->fd : file_open(t->path);

	if (fd >= 0)
		write_quietly(fd, line->data, line->len);
	if (!is_own && fd >= 0)
		close(fd);
}

void trace_write(
	const struct trace *t, enum trace_level level, const char *event, const char *format, ...)
{
	int saved_errno = errno;
	struct buffer line = BUFFER_EMPTY;
	va_list ap;

	if (t->fd >= 0)
		append_prefix(&line, level);
	buffer_printf(&line, "%s ", event);
	va_start(ap, format);
	buffer_vprintf(&line, format, ap);
	va_end(ap);
	if (t->fd >= 0) {
		buffer_append_char(&line, '\n');
		if (!line.failed)
			write_line(t, &line);
	} else {
		syslog(LOG_USER | syslog_priority(level), "odbcpool: %s", buffer_str(&line));
	}
	buffer_done(&line);
	errno = saved_errno;
}
