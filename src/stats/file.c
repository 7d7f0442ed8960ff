/* SPDX-License-Identifier: MIT */
#include "stats/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A file that is not finished after so long was given up by its process. */
#define MAKING_TIME_S 60

void segment_file_name(const struct segment_name *name, char ret_name[SEGMENT_FILE_NAME_SIZE])
{
	snprintf(ret_name, SEGMENT_FILE_NAME_SIZE, STATS_NAME_FORMAT, (unsigned)name->euid,
		(int)name->pid);
}

static enum segment_result open_failed(int error)
{
	switch (error) {
	case ENOENT:
		return SEGMENT_GONE;
	case EACCES:
	case EPERM:
		return SEGMENT_DENIED;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return SEGMENT_NO_MEMORY;
	default:
		return SEGMENT_MALFORMED;
	}
}

enum segment_result segment_file_open(
	const struct segment_name *name, bool is_for_writing, struct segment_file *ret_file)
{
	char path[SEGMENT_FILE_NAME_SIZE];
	struct stat st;
	int fd;

	segment_file_name(name, path);
	/* The folder is everybody's: a link is not followed, a FIFO not waited for. */
	fd = shm_open(path,
		(is_for_writing ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0);
	if (fd < 0)
		return open_failed(errno);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != name->euid) {
		close(fd);
		return SEGMENT_MALFORMED;
	}
	*ret_file = (struct segment_file){
		.fd = fd, .size = (size_t)st.st_size, .changed_at_s = (int64_t)st.st_mtime};
	return SEGMENT_OK;
}

void segment_file_close(struct segment_file *file)
{
	close(file->fd);
}

bool segment_file_measure(struct segment_file *file)
{
	struct stat st;

	if (fstat(file->fd, &st) != 0)
		return false;
	file->size = (size_t)st.st_size;
	return true;
}

bool segment_file_read(const struct segment_file *file, size_t offset, void *ret_bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(
			file->fd, (char *)ret_bytes + done, size - done, (off_t)(offset + done));
		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

bool segment_file_write(
	const struct segment_file *file, size_t offset, const void *bytes, size_t size)
{
	return pwrite(file->fd, bytes, size, (off_t)offset) == (ssize_t)size;
}

struct process_identity segment_maker(const struct stats_header *header)
{
	return (struct process_identity){
		.pid = header->pid,
		.start_ticks = header->start_ticks,
		.pid_namespace = header->pid_namespace,
		.program_inode = header->program_inode,
	};
}

static enum segment_result check_unfinished(
	const struct segment_file *file, const struct segment_name *name)
{
	struct process_identity maker = {.pid = name->pid};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec - file->changed_at_s < MAKING_TIME_S)
		return SEGMENT_NOT_READY;
	return process_has_ended(&maker) ? SEGMENT_STALE : SEGMENT_MALFORMED;
}

enum segment_result segment_file_check(const struct segment_file *file,
	const struct segment_name *name, struct stats_header *ret_header)
{
	if (!segment_file_read(file, 0, ret_header, sizeof(*ret_header)))
		return check_unfinished(file, name);
	uint64_t magic = atomic_load_explicit(&ret_header->magic, memory_order_relaxed);
	if (magic == 0)
		return check_unfinished(file, name);
	if (magic != STATS_MAGIC)
		return SEGMENT_MALFORMED;
	struct process_identity maker = segment_maker(ret_header);
	/* Whatever the release: who made it stands where it always stood. */
	if (maker.pid != name->pid || ret_header->euid != name->euid)
		return SEGMENT_MALFORMED;
	if (process_has_ended(&maker))
		return SEGMENT_STALE;
	if (ret_header->version != STATS_VERSION)
		return SEGMENT_OTHER_VERSION;
	if (ret_header->header_size != STATS_PAGE || ret_header->slot_size != STATS_PAGE ||
		ret_header->slots_max > STATS_SLOTS_MAX ||
		ret_header->bucket_count != HISTOGRAM_BUCKETS)
		return SEGMENT_MALFORMED;
	return SEGMENT_OK;
}
