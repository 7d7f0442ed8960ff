/* SPDX-License-Identifier: MIT */
/*
 * A segment with damaged bytes and lengths, also while it is being read: the reader may refuse it,
 * but must give texts that end, counts within bounds, and come back. Deterministic but for the
 * second thread; the first argument is the number of rounds, the second the seed.
 */
#include "stats/segment.h"
#include "stats/snapshot.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { POOLS = 4, SIZE = STATS_PAGE * (1 + POOLS) };

static unsigned char sound[SIZE], damaged[SIZE];
static unsigned long state = 1;
static struct segment_name name;
static struct segment segment;
static char path[64];
static int fd;
static _Atomic bool is_over;
static long accepted;

static unsigned random_below(unsigned limit)
{
	state = state * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned)(state >> 33) % limit;
}

static void fail(const char *why)
{
	fprintf(stderr, "fuzz_stats: %s\n", why);
	shm_unlink(path);
	exit(EXIT_FAILURE);
}

static void make_segment(void)
{
	struct slot_about about = {.name = "sales", .driver = "/lib/real.so", .server = "db1"};

	if (!segment_init(&segment, "1.2.3"))
		fail("no memory");
	for (int i = 0; i < POOLS; i++) {
		struct tally *t = segment_claim(&segment, &about);
		if (!t)
			fail("no memory");
		segment_note_login_error(&segment, t, "08001", 1, "no server");
	}
	fd = shm_open(path, O_RDWR, 0);
	if (fd < 0 || pread(fd, sound, SIZE, 0) != SIZE)
		fail("no shared memory");
}

/* Bytes that tell whether the segment is this process's are left alone nearly always. */
static size_t pick_offset(void)
{
	if (random_below(20) == 0)
		return random_below(STATS_PAGE);
	if (random_below(3) == 0)
		return offsetof(struct stats_header, directory) + random_below(128);
	return STATS_PAGE + random_below(SIZE - STATS_PAGE);
}

static void damage(void)
{
	static const uint32_t values[] = {
		0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, STATS_SLOTS_MAX, 0x3f3f1b1b};

	memcpy(damaged, sound, SIZE);
	for (unsigned i = random_below(8); i > 0; i--) {
		size_t at = pick_offset();
		uint32_t value = values[random_below(array_size(values))];
		if (random_below(2))
			damaged[at] = (unsigned char)random_below(256);
		else if (at + sizeof(value) <= SIZE)
			memcpy(damaged + at, &value, sizeof(value));
	}
	if (random_below(50) == 0)
		memset(damaged + STATS_PAGE, (int)random_below(256), SIZE - STATS_PAGE);
	/* Odd sequences are waited for; with one in each round little else would be tried. */
	if (random_below(50) == 0)
		return;
	damaged[offsetof(struct stats_header, directory)] &= 0xfe;
	damaged[offsetof(struct stats_header, departed.sequence)] &= 0xfe;
	for (size_t slot = STATS_PAGE; slot < SIZE; slot += STATS_PAGE) {
		damaged[slot + offsetof(struct stats_slot, tally.sequence)] &= 0xfe;
		damaged[slot + offsetof(struct stats_slot, sequence)] &= 0xfe;
	}
}

static void put(void)
{
	off_t length = random_below(10) == 0 ? random_below(SIZE + 1) : SIZE;

	if (ftruncate(fd, SIZE) != 0 || pwrite(fd, damaged, SIZE, 0) != SIZE ||
		ftruncate(fd, length) != 0)
		fail("the file cannot be written");
}

static void check_text(const char *text, size_t size)
{
	if (!memchr(text, '\0', size))
		fail("a text does not end");
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			fail("a text could steer a terminal");
}

static void check_pool(const struct pool_snapshot *p)
{
	struct number n;

	check_text(p->name, sizeof(p->name));
	check_text(p->driver, sizeof(p->driver));
	check_text(p->dbms, sizeof(p->dbms));
	check_text(p->server, sizeof(p->server));
	check_text(p->key, sizeof(p->key));
	check_text(p->last_error.sqlstate, sizeof(p->last_error.sqlstate));
	check_text(p->last_error.message, sizeof(p->last_error.message));
	if (p->holder_count > STATS_HOLDERS)
		fail("more holders than there is room for");
	for (size_t i = 0; number_get(&p->values, i, &n); i++)
		if (n.h)
			histogram_quantile(n.h, 0.99);
}

static void look(void)
{
	struct process_snapshot s;

	if (snapshot_take(&name, &s) != SEGMENT_OK)
		return;
	accepted++;
	if (s.pool_count > POOLS)
		fail("more pools than there is room for");
	check_text(s.program, sizeof(s.program));
	check_text(s.release, sizeof(s.release));
	for (size_t i = 0; i < s.pool_count; i++)
		check_pool(&s.pools[i]);
	snapshot_done(&s);
}

static void send(void)
{
	enum segment_result result;
	unsigned affected;

	/* Nobody answers, or the damage looks like an answer: both will do. */
	(void)!command_send(&name, STATS_CLEAR, random_below(9), 1, &affected, &result);
}

/* Cuts the file off under the reader's hands. */
static void *cut_main(void *arg)
{
	unsigned long x = 7;

	(void)arg;
	while (!is_over) {
		x = x * 6364136223846793005UL + 1442695040888963407UL;
		if (ftruncate(fd, (off_t)((x >> 33) % SIZE)) != 0 || ftruncate(fd, SIZE) != 0)
			fail("the file cannot be cut");
		usleep(50);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 5000;
	pthread_t cutter;

	if (argc > 2)
		state = strtoul(argv[2], NULL, 10);
	name = (struct segment_name){.euid = geteuid(), .pid = getpid()};
	snprintf(path, sizeof(path), STATS_NAME_FORMAT, (unsigned)name.euid, (int)name.pid);
	make_segment();
	for (long i = 0; i < rounds; i++) {
		damage();
		put();
		look();
		if (i % 16 == 0)
			send();
	}
	if (accepted < rounds / 4)
		fail("nearly everything is refused: the damage is too great to find anything");
	if (pthread_create(&cutter, NULL, cut_main, NULL) != 0)
		fail("no thread");
	for (long i = 0; i < rounds / 10; i++) {
		damage();
		if (pwrite(fd, damaged, SIZE, 0) != SIZE)
			fail("the file cannot be written");
		look();
	}
	is_over = true;
	pthread_join(cutter, NULL);
	shm_unlink(path);
	return EXIT_SUCCESS;
}
