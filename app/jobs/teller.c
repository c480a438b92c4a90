/*
 * teller.c: tells workers what hob-jobs has changed. Where hob-api runs on this host, its shared block is touched, as
 * by one of its workers, and other hosts hear of it by Redis; elsewhere all hosts do. The block is joined anew each
 * time, for a hob-api that was started again has another. Runs in runners and in the planner.
 */
#include "jobs/teller.h"

#include <stdio.h>
#include <stdlib.h>

#include "cache/invalidation.h"
#include "core/die.h"
#include "log/log.h"
#include "model/bell.h"
#include "model/shared_block.h"

enum { REDIS_TIMEOUT_MS = 2000, PATH_SIZE = 512, ARENA_BYTES = 4096 };

struct teller {
	const struct config *config;
	struct remote remote;
	struct scoreboard *board; /* while something is told; NULL: none here */
	struct arena arena;
	bool owes; /* everything, to everybody */
};

struct teller *
teller_new(const struct config *c, bool owes)
{
	const struct redis_where where = { .address = c->redis_address,
					   .password = c->redis_password,
					   .ca_file = c->redis_ca };
	struct teller *t = calloc(1, sizeof(*t));

	if (t == NULL)
		die("out of memory for a link to Redis");
	t->config = c;
	t->remote.host = "hob-jobs";
	t->remote.redis = redis_new(&where, REDIS_TIMEOUT_MS);
	t->owes = owes;
	arena_init(&t->arena, ARENA_BYTES);
	return t;
}

static void
join(struct teller *t)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/scoreboard", t->config->api.run_dir);
	if (scoreboard_join(path, sizeof(struct shared), &t->board) != ERR_OK)
		t->board = NULL;
	if (t->board != NULL)
		t->remote.shared = &((struct shared *)(void *)t->board)->caches;
}

static void
leave(struct teller *t)
{
	if (t->board != NULL)
		scoreboard_leave(t->board);
	t->board = NULL;
	t->remote.shared = NULL;
	arena_reset(&t->arena);
}

static void
say_doubt(const struct teller *t, const char *why)
{
	if (t->remote.shared == NULL ? !t->owes : cache_doubt_is_news(t->remote.shared))
		log_say(LOG_WARN, "caches_in_doubt",
			"%s: all that hosts remember is void", why);
}

/*
 * Is everything owed after this? A host with a shared block is in doubt by itself then, and sees to the others;
 * without Redis there are no others.
 */
static bool
owes_after(const struct teller *t, enum err e)
{
	if (e == ERR_OK || t->config->redis_address[0] == '\0')
		return false;
	say_doubt(t, redis_why(t->remote.redis));
	return t->remote.shared == NULL;
}

void
teller_settle(struct teller *t)
{
	if (!t->owes)
		return;
	join(t);
	t->owes = owes_after(t, cache_invalidate_all(&t->remote));
	leave(t);
}

void
teller_tell(struct teller *t, struct db *db, int index, enum err e)
{
	struct touched touched;

	if (e == ERR_CLOSED || e == ERR_TIMEOUT) {
		say_doubt(t, "the outcome of a statement is not known");
		t->owes = true;
	}
	teller_settle(t);
	if (e != ERR_OK || t->owes)
		return;
	touched_init(&touched, &t->arena);
	for (int row = 0; row < db_row_count(db, index); row++)
		touched_add_array(&touched, db_get(db, index, row, "_touch"));
	if (touched.count == 0)
		return;
	join(t);
	t->owes = owes_after(t, cache_invalidate(&t->remote, &touched));
	leave(t);
}

void
teller_ring(struct teller *t)
{
	if (t->config->redis_address[0] != '\0')
		bell_ring(t->remote.redis);
}
