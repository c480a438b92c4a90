/* neighbour.c: a change that is told to the other pool of a host, whose block stands in a folder of its own. */
#include "serve/neighbour.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cache/stamp.h"
#include "lamps.h"
#include "serve/heritage.h"
#include "serve/surface.h"

static char folder[] = "/tmp/hob-neighbour.XXXXXX";
static struct config config;
static struct shared *other;
static struct arena a;

static void
make(void)
{
	char path[64];
	struct scoreboard *board;

	arena_init(&a, 4096);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/scoreboard", folder);
	ck_assert_int_eq(scoreboard_create(path, sizeof(struct shared), &board), ERR_OK);
	other = (struct shared *)(void *)board;
	cache_shared_init(&other->caches, true);
	config = (struct config){ .api = { .run_dir = folder }, .redis_address = "" };
}

static void
drop(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/scoreboard", folder);
	unlink(path);
	rmdir(folder);
	arena_release(&a);
}

/* Does what was read before `stamp`, and hangs on the key, still hold there? */
static bool
holds(uint64_t stamp, const char *key)
{
	uint32_t place = stamp_place(str_of(key));

	return stamp_holds(&other->caches.stamps, stamp, &place, 1);
}

START_TEST(other_pool_forgets_what_was_touched_and_keeps_the_rest)
{
	uint64_t stamp = stamp_now(&other->caches.stamps);
	struct touched t;

	touched_init(&t, &a);
	touched_add(&t, STR("lamp:1"));
	neighbour_touched(&config, &t);
	ck_assert(!holds(stamp, "lamp:1"));
	ck_assert(holds(stamp, "lamp:2"));
}
END_TEST

START_TEST(other_pool_forgets_all_when_it_is_not_known_what_was_changed)
{
	uint64_t stamp = stamp_now(&other->caches.stamps);

	neighbour_doubt(&config);
	ck_assert(!holds(stamp, "lamp:2"));
}
END_TEST

START_TEST(without_another_pool_nothing_happens)
{
	config.api.run_dir = "/nowhere";
	neighbour_doubt(&config);
	ck_assert(holds(stamp_now(&other->caches.stamps), "lamp:1"));
}
END_TEST

TCase *
neighbour_case(void)
{
	TCase *t = tcase_create("neighbour");

	tcase_add_checked_fixture(t, make, drop);
	tcase_add_test(t, other_pool_forgets_what_was_touched_and_keeps_the_rest);
	tcase_add_test(t, other_pool_forgets_all_when_it_is_not_known_what_was_changed);
	tcase_add_test(t, without_another_pool_nothing_happens);
	return t;
}
