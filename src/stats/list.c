/* SPDX-License-Identifier: MIT */
/* Which segments there are, and the end of those that nobody owns any more. */
#include "stats/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* One spelling only: the name must be what would be made of its numbers. */
static bool parse_name(const char *file, struct segment_name *ret_name)
{
	struct segment_name name;
	char again[SEGMENT_FILE_NAME_SIZE];
	unsigned euid;
	int pid;

	if (sscanf(file, STATS_FILE_FORMAT, &euid, &pid) != 2 || pid <= 0)
		return false;
	name = (struct segment_name){.euid = euid, .pid = pid};
	segment_file_name(&name, again);
	if (strcmp(file, again + 1) != 0)
		return false;
	*ret_name = name;
	return true;
}

static int by_pid(const void *a, const void *b)
{
	const struct segment_name *x = a, *y = b;

	if (x->pid != y->pid)
		return (x->pid > y->pid) - (x->pid < y->pid);
	return (x->euid > y->euid) - (x->euid < y->euid);
}

static bool add(struct segment_list *list, size_t *capacity, const struct segment_name *name)
{
	if (list->count == *capacity) {
		size_t more = *capacity ? *capacity * 2 : 64;
		struct segment_name *names = realloc(list->names, more * sizeof(*names));
		if (!names)
			return false;
		list->names = names;
		*capacity = more;
	}
	list->names[list->count++] = *name;
	return true;
}

bool segment_list_get(uid_t euid, struct segment_list *ret_list)
{
	struct segment_list list = {.names = NULL};
	DIR *folder = opendir(SEGMENT_FOLDER);
	struct dirent *file;
	size_t capacity = 0;
	bool has_room = true;

	while (folder && has_room && (file = readdir(folder))) {
		struct segment_name name;
		if (parse_name(file->d_name, &name) &&
			(euid == SEGMENTS_OF_ALL || name.euid == euid))
			has_room = add(&list, &capacity, &name);
	}
	if (folder)
		closedir(folder);
	if (!has_room) {
		free(list.names);
		return false;
	}
	if (list.count)
		qsort(list.names, list.count, sizeof(*list.names), by_pid);
	*ret_list = list;
	return true;
}

void segment_list_done(struct segment_list *list)
{
	free(list->names);
	*list = (struct segment_list){.names = NULL};
}

bool segment_sweep(const struct segment_name *name)
{
	char path[SEGMENT_FILE_NAME_SIZE];
	struct segment_file file;
	struct stats_header header;
	enum segment_result result = segment_file_open(name, false, &file);

	if (result != SEGMENT_OK)
		return false;
	result = segment_file_check(&file, name, &header);
	segment_file_close(&file);
	segment_file_name(name, path);
	return result == SEGMENT_STALE && shm_unlink(path) == 0;
}

const char *segment_result_text(enum segment_result result)
{
	switch (result) {
	case SEGMENT_OK:
		return "is there";
	case SEGMENT_GONE:
		return "is not there";
	case SEGMENT_STALE:
		return "belongs to a process that has ended";
	case SEGMENT_NOT_READY:
		return "is just being made";
	case SEGMENT_DENIED:
		return "is another user's";
	case SEGMENT_OTHER_VERSION:
		return "was made by a release of odbcpool that this one does not understand";
	case SEGMENT_MALFORMED:
		return "is not what odbcpool writes, or is cut off";
	case SEGMENT_NO_MEMORY:
		return "cannot be read for want of memory or of file descriptors";
	}
	return "cannot be read";
}
