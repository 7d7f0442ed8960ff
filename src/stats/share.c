/* SPDX-License-Identifier: MIT */
/* The file behind a segment: how it is made, grows, and goes. */
#include "stats/share.h"

#include "stats/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int64_t segment_now_since_1970(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

bool segment_fail_locked(struct segment *s, const char *what)
{
	mutex_assert_held(&s->lock);
	s->trouble = what;
	s->trouble_error = errno;
	return false;
}

/* Beyond RLIMIT_FSIZE the kernel would not only refuse but send a signal that kills. */
static bool may_be_so_long(size_t size)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
	       (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= size);
}

/* Memory that was not promised would be missed with a signal, at any later moment. */
static bool lengthen(int fd, size_t from, size_t to)
{
	int rc;

	errno = EFBIG;
	if (!may_be_so_long(to))
		return false;
	do {
		rc = fallocate(fd, 0, (off_t)from, (off_t)(to - from));
	} while (rc != 0 && errno == EINTR);
	return rc == 0;
}

/*
 * The name is taken although the process id is ours: left behind by a process that had the same id,
 * or by the program that this process was before it executed another. Another user's stays.
 */
static bool clear_the_way(const struct segment_name *name, const char *path)
{
	struct segment_file file;
	struct stats_header header;
	enum segment_result result = segment_file_open(name, false, &file);

	if (result != SEGMENT_OK)
		return result == SEGMENT_GONE;
	result = segment_file_check(&file, name, &header);
	segment_file_close(&file);
	/* Alive, with the same id, and not us: it sees other processes than we do. */
	if (result == SEGMENT_OK && header.pid_namespace &&
		header.pid_namespace != process_self().pid_namespace)
		return false;
	return shm_unlink(path) == 0;
}

static int create_file(const struct segment_name *name, const char *path)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = shm_open(path, flags, 0600);

	if (fd < 0 && errno == EEXIST) {
		if (clear_the_way(name, path))
			fd = shm_open(path, flags, 0600);
		else
			errno = EEXIST;
	}
	return fd;
}

static bool put_file_in_place_locked(struct segment *s, int fd)
{
	struct stats_header *h = s->header;
	struct process_identity self = process_self();
	struct stat st;

	/* Whatever the umask; and in a folder that hands its group down. */
	if (fchmod(fd, 0600) != 0 || fstat(fd, &st) != 0 || st.st_uid != geteuid())
		return segment_fail_locked(s, "the file is not ours alone");
	if (!lengthen(fd, 0, STATS_PAGE))
		return segment_fail_locked(s, "no shared memory is left");
	h->pid = self.pid;
	h->euid = geteuid();
	h->start_ticks = self.start_ticks;
	h->pid_namespace = self.pid_namespace;
	h->program_inode = self.program_inode;
	h->made_at = segment_now_since_1970();
	if (pwrite(fd, h, STATS_PAGE, 0) != STATS_PAGE ||
		mmap(h, SEGMENT_WHOLE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
			MAP_FAILED)
		return segment_fail_locked(s, "the file cannot be mapped");
	s->device = st.st_dev;
	s->inode = st.st_ino;
	s->backed = 0;
	atomic_store_explicit(&h->magic, STATS_MAGIC, memory_order_release);
	atomic_store_explicit(&s->is_shared, true, memory_order_release);
	return true;
}

static struct segment_name own_name(void)
{
	return (struct segment_name){.euid = geteuid(), .pid = getpid()};
}

void segment_share_locked(struct segment *s)
{
	struct segment_name name = own_name();
	char path[SEGMENT_FILE_NAME_SIZE];
	int fd;

	mutex_assert_held(&s->lock);
	s->is_tried = true;
	segment_file_name(&name, path);
	fd = create_file(&name, path);
	if (fd < 0) {
		(void)segment_fail_locked(s, "the file cannot be made");
		return;
	}
	if (!put_file_in_place_locked(s, fd))
		shm_unlink(path);
	close(fd);
}

/*
 * Opened anew each time: a descriptor that is kept may be closed by an application that closes all,
 * and then be somebody else's. The user may have changed as well.
 */
static int reopen_locked(struct segment *s)
{
	struct segment_name name = {.euid = s->header->euid, .pid = s->header->pid};
	char path[SEGMENT_FILE_NAME_SIZE];
	struct stat st;
	int fd;

	mutex_assert_held(&s->lock);
	segment_file_name(&name, path);
	fd = shm_open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0);
	if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_dev != s->device || st.st_ino != s->inode)) {
		close(fd);
		errno = ENOENT;
		fd = -1;
	}
	return fd;
}

bool segment_back_locked(struct segment *s, size_t slots)
{
	int fd = reopen_locked(s);
	bool is_backed;

	mutex_assert_held(&s->lock);
	if (fd < 0)
		return segment_fail_locked(s, "the file is gone");
	is_backed = lengthen(fd, STATS_PAGE * (1 + s->backed), STATS_PAGE * (1 + slots)) ||
		    segment_fail_locked(s, "no shared memory is left");
	close(fd);
	if (is_backed)
		s->backed = slots;
	return is_backed;
}

void segment_unlink_locked(struct segment *s)
{
	struct segment_name name = {.euid = s->header->euid, .pid = s->header->pid};
	char path[SEGMENT_FILE_NAME_SIZE];
	int fd;

	mutex_assert_held(&s->lock);
	/* A child that was made past the handlers of fork() shares the file, and must not take it
	 * away. */
	if (!s->is_shared || name.pid != getpid())
		return;
	fd = reopen_locked(s);
	if (fd < 0)
		return;
	close(fd);
	segment_file_name(&name, path);
	shm_unlink(path);
}
