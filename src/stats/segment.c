/* SPDX-License-Identifier: MIT */
#include "stats/segment.h"

#include "stats/sanitise.h"
#include "stats/share.h"
#include "stats/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct stats_slot *slot_at(const struct segment *s, size_t i)
{
	return (struct stats_slot *)(void *)((char *)s->header + STATS_PAGE * (1 + i));
}

static void copy_text(char *to, size_t size, const char *from)
{
	sanitise(to, size, from ? from : "", from ? strlen(from) : 0);
}

static void *map_private(void *at)
{
	return mmap(at, SEGMENT_WHOLE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (at ? MAP_FIXED : 0), -1, 0);
}

static void write_header(struct segment *s, const char *release)
{
	struct stats_header *h = s->header;

	h->version = STATS_VERSION;
	h->header_size = h->slot_size = STATS_PAGE;
	h->slots_max = STATS_SLOTS_MAX;
	h->counter_count = sizeof(struct counters) / sizeof(uint64_t);
	h->gauge_count = sizeof(struct gauges) / sizeof(uint64_t);
	h->histogram_count = sizeof(struct histograms) / sizeof(struct histogram);
	h->bucket_count = HISTOGRAM_BUCKETS;
	copy_text(h->program, sizeof(h->program), program_invocation_short_name);
	copy_text(h->release, sizeof(h->release), release);
}

bool segment_init(struct segment *s, const char *release)
{
	void *at = map_private(NULL);

	*s = (struct segment){.room = STATS_SLOTS_MAX, .backed = STATS_SLOTS_MAX};
	if (at == MAP_FAILED) {
		/* Little address space: the header alone, and a piece for each pool. */
		s->room = s->backed = 0;
		s->is_tried = true;
		s->trouble = "there is no address space for it";
		s->trouble_error = errno;
		at = aligned_alloc(STATS_PAGE, STATS_PAGE);
		if (!at)
			return false;
		memset(at, 0, STATS_PAGE);
	}
	s->header = at;
	mutex_init(&s->lock, LOCK_RANK_STATS);
	write_header(s, release);
	return true;
}

static struct stats_slot *find_slot_locked(struct segment *s)
{
	size_t i = 0;

	mutex_assert_held(&s->lock);
	if (!s->is_tried)
		segment_share_locked(s);
	while (i < s->room && s->is_taken[i])
		i++;
	if (i == s->room) {
		errno = 0;
		(void)segment_fail_locked(s, "all places are taken");
		return NULL;
	}
	if (i >= s->backed && !segment_back_locked(s, i + 1))
		return NULL;
	s->is_taken[i] = true;
	return slot_at(s, i);
}

/* Less than s->room, or it is a piece of private memory beside the segment. */
static size_t index_of(const struct segment *s, const struct stats_slot *slot)
{
	return ((uintptr_t)slot - (uintptr_t)s->header) / STATS_PAGE - 1;
}

static void directory_begin_locked(struct segment *s)
{
	mutex_assert_held(&s->lock);
	atomic_fetch_add_explicit(&s->header->directory, 1, memory_order_relaxed);
	fence_stores();
}

static void directory_end_locked(struct segment *s)
{
	mutex_assert_held(&s->lock);
	atomic_fetch_add_explicit(&s->header->directory, 1, memory_order_release);
}

static void fill_slot(struct stats_slot *slot, const struct slot_about *about, uint64_t id)
{
	memset(slot, 0, sizeof(*slot));
	slot->made_at = clock_now(&clock_real);
	slot->key[0] = about->key[0];
	slot->key[1] = about->key[1];
	slot->settings = about->settings;
	copy_text(slot->name, sizeof(slot->name), about->name);
	copy_text(slot->driver, sizeof(slot->driver), about->driver);
	copy_text(slot->server, sizeof(slot->server), about->server);
	atomic_store_explicit(&slot->id, id, memory_order_relaxed);
}

static void enter_locked(struct segment *s, struct stats_slot *slot, const struct slot_about *about)
{
	struct stats_header *h = s->header;
	uint32_t used = (uint32_t)index_of(s, slot) + 1;

	mutex_assert_held(&s->lock);
	directory_begin_locked(s);
	fill_slot(slot, about, ++s->last_id);
	if (used > atomic_load_explicit(&h->slots_used, memory_order_relaxed))
		atomic_store_explicit(&h->slots_used, used, memory_order_relaxed);
	directory_end_locked(s);
}

static struct stats_slot *new_unlisted_locked(struct segment *s, const struct slot_about *about)
{
	struct stats_slot *slot = aligned_alloc(STATS_PAGE, STATS_PAGE);

	mutex_assert_held(&s->lock);
	if (!slot)
		return NULL;
	fill_slot(slot, about, ++s->last_id);
	atomic_fetch_add_explicit(&s->header->pools_unlisted, 1, memory_order_relaxed);
	return slot;
}

struct tally *segment_claim(struct segment *s, const struct slot_about *about)
{
	struct stats_slot *slot;

	mutex_lock(&s->lock);
	slot = find_slot_locked(s);
	if (slot)
		enter_locked(s, slot, about);
	else
		slot = new_unlisted_locked(s, about);
	mutex_unlock(&s->lock);
	return slot ? &slot->tally : NULL;
}

static struct stats_slot *slot_of(struct tally *t)
{
	return container_of(t, struct stats_slot, tally);
}

void segment_release(struct segment *s, struct tally *t)
{
	struct stats_slot *slot = slot_of(t);
	size_t i;

	if (!t)
		return;
	i = index_of(s, slot);
	mutex_lock(&s->lock);
	if (i < s->room) {
		directory_begin_locked(s);
		atomic_store_explicit(&slot->id, 0, memory_order_relaxed);
		s->is_taken[i] = false;
		directory_end_locked(s);
		slot = NULL;
	} else {
		atomic_fetch_sub_explicit(&s->header->pools_unlisted, 1, memory_order_relaxed);
	}
	mutex_unlock(&s->lock);
	free(slot);
}

bool segment_take_trouble(struct segment *s, const char **ret_reason, int *ret_error)
{
	bool is_new;

	mutex_lock(&s->lock);
	is_new = s->trouble && !s->is_trouble_told;
	if (is_new) {
		*ret_reason = s->trouble;
		*ret_error = s->trouble_error;
		s->is_trouble_told = true;
	}
	mutex_unlock(&s->lock);
	return is_new;
}

/* The texts of a slot, and all else in it that is no tally. */
static void notes_begin_locked(struct segment *s, struct stats_slot *slot)
{
	mutex_assert_held(&s->lock);
	atomic_fetch_add_explicit(&slot->sequence, 1, memory_order_relaxed);
	fence_stores();
}

static void notes_end_locked(struct segment *s, struct stats_slot *slot)
{
	mutex_assert_held(&s->lock);
	atomic_fetch_add_explicit(&slot->sequence, 1, memory_order_release);
}

void segment_note_dbms(struct segment *s, struct tally *t, const char *dbms)
{
	struct stats_slot *slot = slot_of(t);

	mutex_lock(&s->lock);
	notes_begin_locked(s, slot);
	copy_text(slot->dbms, sizeof(slot->dbms), dbms);
	notes_end_locked(s, slot);
	mutex_unlock(&s->lock);
}

void segment_note_login_error(struct segment *s, struct tally *t, const char *sqlstate,
	int32_t native, const char *message)
{
	struct stats_slot *slot = slot_of(t);
	struct stats_login_error *e = &slot->last_error;
	int64_t now = segment_now_since_1970();

	mutex_lock(&s->lock);
	notes_begin_locked(s, slot);
	e->at_us_since_1970 = now;
	e->native = native;
	copy_text(e->sqlstate, sizeof(e->sqlstate), sqlstate);
	copy_text(e->message, sizeof(e->message), message);
	notes_end_locked(s, slot);
	mutex_unlock(&s->lock);
}

void segment_note_holders(struct segment *s, struct tally *t, const struct stats_holder *holders,
	unsigned count, usec_t now)
{
	struct stats_slot *slot = slot_of(t);

	mutex_lock(&s->lock);
	notes_begin_locked(s, slot);
	slot->holders_at = now;
	slot->holder_count = count < STATS_HOLDERS ? count : STATS_HOLDERS;
	memcpy(slot->holders, holders, slot->holder_count * sizeof(*holders));
	notes_end_locked(s, slot);
	mutex_unlock(&s->lock);
}

void segment_set_state(struct segment *s, uint32_t state)
{
	atomic_store_explicit(&s->header->state, state, memory_order_relaxed);
}

static struct tally *find_pool_locked(struct segment *s, uint64_t id)
{
	mutex_assert_held(&s->lock);
	for (size_t i = 0; i < s->room; i++) {
		if (s->is_taken[i] &&
			atomic_load_explicit(&slot_at(s, i)->id, memory_order_relaxed) == id)
			return &slot_at(s, i)->tally;
	}
	return NULL;
}

bool segment_take_command(struct segment *s, struct command *ret_command)
{
	struct stats_command *c = &s->header->command;
	struct command command = {.pool = NULL};
	uint32_t verb;
	uint64_t id;

	if (!segment_has_command(s))
		return false;
	command.request = atomic_load_explicit(&c->request, memory_order_acquire);
	verb = atomic_load_explicit(&c->verb, memory_order_relaxed);
	id = atomic_load_explicit(&c->pool, memory_order_relaxed);
	fence_loads();
	if (command.request % 2 != 0 ||
		command.request != atomic_load_explicit(&c->request, memory_order_relaxed))
		return false;
	if (id) {
		mutex_lock(&s->lock);
		command.pool = find_pool_locked(s, id);
		mutex_unlock(&s->lock);
	}
	command.verb = (enum stats_verb)verb;
	if (verb < STATS_CLEAR || verb > STATS_ENABLE || (id && !command.pool)) {
		segment_acknowledge(s, &command, 0);
		return false;
	}
	*ret_command = command;
	return true;
}

void segment_acknowledge(struct segment *s, const struct command *command, unsigned affected)
{
	struct stats_command *c = &s->header->command;

	atomic_store_explicit(&c->affected, affected, memory_order_relaxed);
	atomic_store_explicit(&c->acknowledged, command->request, memory_order_release);
}

void segment_remove(struct segment *s)
{
	mutex_lock(&s->lock);
	segment_unlink_locked(s);
	s->is_shared = false;
	mutex_unlock(&s->lock);
}

void segment_sweep_stale(void)
{
	struct segment_list list;

	if (!segment_list_get(geteuid(), &list))
		return;
	for (size_t i = 0; i < list.count; i++) {
		if (list.names[i].pid != getpid())
			(void)segment_sweep(&list.names[i]);
	}
	segment_list_done(&list);
}

void segment_after_fork_in_child(struct segment *s)
{
	char release[STATS_WORD_SIZE];

	memcpy(release, s->header->release, sizeof(release));
	mutex_reinit_after_fork(&s->lock);
	/* In one step: what still points there finds memory at every moment. It is no longer than
	 * what it replaces, so there is no lack of anything that it could fail for. */
	if (s->room)
		(void)map_private(s->header);
	else
		memset(s->header, 0, STATS_PAGE);
	s->last_id = 0;
	s->is_tried = s->room == 0;
	s->is_shared = false;
	s->backed = s->room;
	s->trouble = NULL;
	s->is_trouble_told = false;
	memset(s->is_taken, 0, sizeof(s->is_taken));
	write_header(s, release);
}
