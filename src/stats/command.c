/* SPDX-License-Identifier: MIT */
/* The sender's side of the command words. */
#include "stats/file.h"

#include <sys/file.h>
#include <time.h>

#define OFFSET(member)                                                                             \
	(offsetof(struct stats_header, command) + offsetof(struct stats_command, member))

/* A process that lives answers with its next connect or within a second. */
static bool wait_a_while(usec_t deadline)
{
	const struct timespec a_while = {.tv_nsec = 5000000};

	if (clock_now(&clock_real) >= deadline)
		return false;
	nanosleep(&a_while, NULL);
	return true;
}

static bool lock(const struct segment_file *file, usec_t deadline)
{
	while (flock(file->fd, LOCK_EX | LOCK_NB) != 0) {
		if (!wait_a_while(deadline))
			return false;
	}
	return true;
}

static bool read32(const struct segment_file *file, size_t offset, uint32_t *ret)
{
	return segment_file_read(file, offset, ret, sizeof(*ret));
}

static enum command_result wait_until_obeyed(const struct segment_file *file,
	const struct process_identity *process, uint32_t request, usec_t deadline,
	unsigned *ret_affected, enum segment_result *ret_segment)
{
	uint32_t acknowledged, affected;

	for (;;) {
		*ret_segment = SEGMENT_MALFORMED;
		if (!read32(file, OFFSET(acknowledged), &acknowledged) ||
			!read32(file, OFFSET(affected), &affected))
			return COMMAND_FAILED;
		if (acknowledged == request) {
			*ret_segment = SEGMENT_OK;
			*ret_affected = affected;
			return COMMAND_OBEYED;
		}
		*ret_segment = SEGMENT_STALE;
		if (process_has_ended(process))
			return COMMAND_FAILED;
		if (!wait_a_while(deadline))
			return COMMAND_PENDING;
	}
}

/* Odd meanwhile: a command that is overtaken unread must not be obeyed by halves. */
static bool post_locked(
	const struct segment_file *file, enum stats_verb verb, uint64_t pool, uint32_t *ret_request)
{
	uint32_t request, word = verb;

	if (!read32(file, OFFSET(request), &request))
		return false;
	request |= 1;
	if (!segment_file_write(file, OFFSET(request), &request, sizeof(request)) ||
		!segment_file_write(file, OFFSET(verb), &word, sizeof(word)) ||
		!segment_file_write(file, OFFSET(pool), &pool, sizeof(pool)))
		return false;
	*ret_request = ++request;
	return segment_file_write(file, OFFSET(request), &request, sizeof(request));
}

static enum command_result send_locked(const struct segment_file *file,
	const struct stats_header *header, enum stats_verb verb, uint64_t pool, usec_t deadline,
	unsigned *ret_affected, enum segment_result *ret_segment)
{
	const struct process_identity process = segment_maker(header);
	uint32_t request;

	*ret_segment = SEGMENT_MALFORMED;
	if (!post_locked(file, verb, pool, &request))
		return COMMAND_FAILED;
	return wait_until_obeyed(file, &process, request, deadline, ret_affected, ret_segment);
}

enum command_result command_send(const struct segment_name *name, enum stats_verb verb,
	uint64_t pool, usec_t deadline, unsigned *ret_affected, enum segment_result *ret_segment)
{
	enum command_result result = COMMAND_FAILED;
	struct segment_file file;
	struct stats_header header;

	*ret_segment = segment_file_open(name, true, &file);
	if (*ret_segment != SEGMENT_OK)
		return COMMAND_FAILED;
	*ret_segment = segment_file_check(&file, name, &header);
	if (*ret_segment == SEGMENT_OK) {
		if (lock(&file, deadline))
			result = send_locked(
				&file, &header, verb, pool, deadline, ret_affected, ret_segment);
		else
			result = COMMAND_BUSY;
	}
	segment_file_close(&file);
	return result;
}
