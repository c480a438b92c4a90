/*
 * neighbour.c: the shared block of the other pool of this host. It is joined anew each time, for a pool that was started
 * again has another. Runs in workers, and in the master when one has died.
 */
#define HOB_MASTER
#include "serve/neighbour.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cache/stamp.h"
#include "log/log.h"
#include "serve/heritage.h"

enum { PATH_SIZE = 512 };

/* Not of a master that runs no more: another user's, while nobody else can tell it, is worth a word. */
static struct scoreboard *
join(const struct config *c)
{
	struct scoreboard *board;
	char path[PATH_SIZE];

	if (program_pool(c) == &c->api)
		return NULL;
	snprintf(path, sizeof(path), "%s/scoreboard", c->api.run_dir);
	if (scoreboard_join(path, sizeof(struct shared), &board) == ERR_OK)
		return board;
	if (errno != ENOENT && c->redis_address[0] == '\0')
		log_say(LOG_ERROR, "neighbour_untold",
			"%s: %s; its pool shows for cache.ttl what was before: run as "
			"the same user, or with Redis",
			path, strerror(errno));
	return NULL;
}

static struct cache_shared *
caches_of(struct scoreboard *board)
{
	return &((struct shared *)(void *)board)->caches;
}

void
neighbour_touched(const struct config *c, const struct touched *t)
{
	struct scoreboard *board = t->count > 0 ? join(c) : NULL;

	if (board == NULL)
		return;
	for (int i = 0; i < t->count; i++)
		stamp_touch(&caches_of(board)->stamps, t->keys[i]);
	cache_add(caches_of(board), COUNT_TOUCHED, (uint64_t)t->count);
	scoreboard_leave(board);
}

void
neighbour_doubt(const struct config *c)
{
	struct scoreboard *board = join(c);

	if (board == NULL)
		return;
	cache_forget(caches_of(board));
	scoreboard_leave(board);
}
