/*
 * flush.c: `hob cache`: shows the caches of this host's workers, and invalidates them,
 * for example after rows were changed by hand. Works on the shared block directly, and
 * through Redis for the other hosts.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cache/invalidation.h"
#include "cli/cli.h"
#include "core/strbuf.h"
#include "json/json.h"
#include "model/shared_block.h"

enum { REDIS_TIMEOUT_MS = 2000 };

static const char *
board_path(struct cli *cli)
{
	return arena_printf(&cli->arena, "%s/scoreboard", cli->config.api.run_dir);
}

/* --- flush --------------------------------------------------------------- */

/* The shared block of this host's pool; NULL: none, or (*code not 0) no access to it. */
static struct cache_shared *
join_host(struct cli *cli, int *code)
{
	struct scoreboard *board;
	enum err e = scoreboard_join(board_path(cli), sizeof(struct shared), &board);

	*code = 0;
	if (e == ERR_OK)
		return &((struct shared *)(void *)board)->caches;
	if (e == ERR_IO && errno == ENOENT)
		printf("%s does not exist: no pool runs here.\n", board_path(cli));
	else
		*code = complain("%s: %s (may you write this?)", board_path(cli),
				 e == ERR_IO ? strerror(errno) : "of another version");
	return NULL;
}

/* What hangs on these keys; NULL: everything. */
static int
invalidate(struct cli *cli, const struct touched *t)
{
	const struct redis_where where = { .address = cli->config.redis_address,
					   .password = cli->config.redis_password,
					   .ca_file = cli->config.redis_ca };
	struct remote r = { .host = "hob" };
	int here, others = 0;
	enum err e;

	r.shared = join_host(cli, &here);
	r.redis = redis_new(&where, REDIS_TIMEOUT_MS);
	e = t != NULL ? cache_invalidate(&r, t) : cache_invalidate_all(&r);
	if (e != ERR_OK && where.address[0] != '\0')
		others = complain("%s: other hosts were not told", redis_why(r.redis));
	redis_free(r.redis);
	return here ? here : others;
}

int
cache_flush(struct cli *cli)
{
	return invalidate(cli, NULL);
}

int
cache_touch(struct cli *cli, const char *key)
{
	struct touched t;

	touched_init(&t, &cli->arena);
	touched_add(&t, str_of(key));
	return invalidate(cli, &t);
}

/* --- stats --------------------------------------------------------------- */

static void
print_json(const struct cache_shared *s)
{
	struct strbuf b;
	struct json_writer w;

	strbuf_init(&b);
	json_begin(&w, &b);
	json_object(&w);
	json_key(&w, "hears_other_hosts");
	json_bool(&w, !cache_is_disconnected(s));
	for (int i = 0; i < COUNT_COUNT; i++) {
		json_key(&w, cache_count_name((enum cache_count)i));
		json_i64(&w, (int64_t)s->counts[i]);
	}
	json_end_object(&w);
	puts(b.ptr);
	strbuf_release(&b);
}

static void
print_share(const char *what, uint64_t hits, uint64_t misses)
{
	uint64_t all = hits + misses;

	printf("%-20s %12llu of %llu", what, (unsigned long long)hits,
	       (unsigned long long)all);
	if (all > 0)
		printf(" (%.1f %%)", (double)hits * 100 / (double)all);
	putchar('\n');
}

static void
print_text(const struct cache_shared *s)
{
	const uint64_t *n = s->counts;

	print_share("sessions known", n[COUNT_SESSION_HIT],
		    n[COUNT_SESSION_REMOTE] + n[COUNT_SESSION_MISS]);
	print_share("  else by Redis", n[COUNT_SESSION_REMOTE], n[COUNT_SESSION_MISS]);
	print_share("answers known", n[COUNT_ANSWER_HIT], n[COUNT_ANSWER_MISS]);
	printf("%-20s %12llu here, %llu elsewhere\n", "keys changed",
	       (unsigned long long)n[COUNT_TOUCHED], (unsigned long long)n[COUNT_HEARD]);
	printf("%-20s %12llu times, %llu because Redis did not take a change\n",
	       "all forgotten", (unsigned long long)n[COUNT_FORGOTTEN],
	       (unsigned long long)n[COUNT_UNSENT]);
	if (n[COUNT_FOREIGN] > 0)
		printf("%-20s %12llu of another cluster, database or secret\n",
		       "refused in Redis", (unsigned long long)n[COUNT_FOREIGN]);
	printf("%-20s %s\n", "other hosts",
	       cache_is_disconnected(s)
		       ? "not heard (Redis is away, or the relay slow): nothing "
			 "is answered from the cache"
		       : "heard");
}

static int
stats(struct cli *cli, bool as_json)
{
	const struct scoreboard *board;
	enum err e = scoreboard_open(board_path(cli), sizeof(struct shared), &board);
	const struct cache_shared *s;

	if (e != ERR_OK)
		return complain("%s: %s (does hob-api run here?)", board_path(cli),
				e == ERR_IO ? strerror(errno) : "of another version");
	s = &((const struct shared *)(const void *)board)->caches;
	if (as_json)
		print_json(s);
	else
		print_text(s);
	return 0;
}

int
cmd_cache(struct cli *cli, int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	bool as_json = argc == 3 && strcmp(argv[2], "--json") == 0;

	if (argc == 2 && strcmp(what, "flush") == 0)
		return cache_flush(cli);
	if (strcmp(what, "stats") == 0 && (argc == 2 || as_json))
		return stats(cli, as_json);
	return complain_usage("cache takes flush, or stats [--json]");
}
