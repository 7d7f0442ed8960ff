/* SPDX-License-Identifier: MIT */
#include "tool/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool file_read(const char *path, struct buffer *to, struct stat *ret_stat)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char chunk[8192];
	ssize_t n = -1;

	if (fd < 0)
		return false;
	if (fstat(fd, ret_stat) == 0) {
		while ((n = read(fd, chunk, sizeof(chunk))) > 0)
			buffer_append(to, chunk, (size_t)n);
	}
	int error = errno;
	close(fd);
	errno = error;
	return n == 0;
}

static bool write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* When it fails the file is replaced all the same; only after a loss of power the old one may be
 * back. */
static void sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static bool is_same(const char *path, const struct stat *seen)
{
	struct stat now;

	return stat(path, &now) == 0 && now.st_ino == seen->st_ino && now.st_dev == seen->st_dev &&
	       now.st_size == seen->st_size && now.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
}

/* Owner before mode: a change of owner takes set-id bits away, and the mode must be the last word.
 */
static const char *fill(int fd, const struct buffer *text, const struct stat *seen)
{
	if (fchown(fd, seen->st_uid, seen->st_gid) != 0)
		return "its owner could not be kept";
	if (fchmod(fd, seen->st_mode & 07777) != 0)
		return "its mode could not be kept";
	if (!write_all(fd, text->data, text->len) || fsync(fd) != 0)
		return "it could not be written";
	return NULL;
}

/* `temporary` is a template in the same folder, for rename() does not cross file systems. */
static const char *replace(
	const char *path, char *temporary, const struct buffer *text, const struct stat *seen)
{
	int fd = mkostemp(temporary, O_CLOEXEC);
	const char *wrong = fd < 0 ? "a file beside it could not be made" : fill(fd, text, seen);

	if (fd < 0)
		return wrong;
	int error = errno;
	if (close(fd) != 0 && !wrong) {
		error = errno;
		wrong = "it could not be written";
	}
	if (!wrong && !is_same(path, seen)) {
		error = 0;
		wrong = "somebody else has just changed it";
	}
	if (!wrong && rename(temporary, path) != 0) {
		error = errno;
		wrong = "it could not be replaced";
	}
	if (wrong)
		unlink(temporary);
	errno = error;
	return wrong;
}

bool file_replace(
	const char *path, const struct buffer *text, const struct stat *seen, struct buffer *reterr)
{
	struct buffer temporary = BUFFER_EMPTY;
	char *target = realpath(path, NULL), *copy = target ? strdup(target) : NULL;
	const char *wrong = "there is no memory";

	errno = 0;
	if (target)
		buffer_printf(&temporary, "%s.XXXXXX", target);
	if (copy && !temporary.failed && !text->failed)
		wrong = replace(target, temporary.data, text, seen);
	if (wrong)
		buffer_printf(
			reterr, "%s%s%s", wrong, errno ? ": " : "", errno ? strerror(errno) : "");
	else
		sync_folder(dirname(copy));
	free(target);
	free(copy);
	buffer_done(&temporary);
	return !wrong;
}
