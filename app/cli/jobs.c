/* jobs.c: `hob jobs`: shows what hob-jobs has to do, and takes up again, cancels or pauses some of it. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/pg.h"
#include "core/str.h"
#include "core/uuid.h"
#include "model/bell.h"
#include "redis/redis.h"

enum { COLUMNS_MAX = 8, LISTED = 100, REDIS_TIMEOUT_MS = 1000 };

/* Rows under a head, each column as wide as its widest cell. */
static void
print_rows(struct pg *pg, const char *const *head, int columns)
{
	int widths[COLUMNS_MAX], rows = pg_rows(pg);

	for (int c = 0; c < columns; c++) {
		widths[c] = (int)strlen(head[c]);
		for (int i = 0; i < rows; i++)
			if ((int)strlen(pg_value(pg, i, c)) > widths[c])
				widths[c] = (int)strlen(pg_value(pg, i, c));
	}
	for (int i = -1; i < rows; i++)
		for (int c = 0; c < columns; c++)
			printf("%-*s%s", c + 1 < columns ? widths[c] : 0,
			       i < 0 ? head[c] : pg_value(pg, i, c),
			       c + 1 < columns ? "  " : "\n");
}

/* --- commands ---------------------------------------------------------------- */

static bool
print_kinds(struct pg *pg, const char *what)
{
	static const char *const head[] = { "KIND",	      "STATE", "WAITING",
					    "LEASED",	      "DEAD",  "LATE BY, S",
					    "DONE IN AN HOUR" };

	(void)what;
	if (!pg_query(pg, "SELECT * FROM hob.job_kinds_now()", 0, NULL))
		return false;
	print_rows(pg, head, 7);
	return true;
}

/* `what`: of this kind; NULL: of all. */
static bool
list(struct pg *pg, const char *what, const char *dead_only)
{
	static const char *const head[] = { "ID",     "KIND",  "KEY",	    "STATE",
					    "RUN AT", "TRIES", "LAST ERROR" };

	if (!pg_query(pg, "SELECT * FROM hob.list_jobs($1, $2::bool)", 2,
		      (const char *[]){ what, dead_only }))
		return false;
	print_rows(pg, head, 7);
	if (pg_rows(pg) == LISTED)
		puts("... and perhaps more");
	return true;
}

static bool
print_all(struct pg *pg, const char *what)
{
	return list(pg, what, "false");
}

static bool
print_dead(struct pg *pg, const char *what)
{
	return list(pg, what, "true");
}

static bool
show(struct pg *pg, const char *what)
{
	if (!pg_query(pg, "SELECT * FROM hob.show_job($1::uuid)", 1,
		      (const char *[]){ what }))
		return false;
	for (int i = 0; i < pg_rows(pg); i++)
		printf("%-11s %s\n", pg_value(pg, i, 0), pg_value(pg, i, 1));
	return pg_rows(pg) > 0 ||
	       complain("%s: there is no such job, nor was there one lately", what) == 0;
}

/* Says how many; false, with `none`, when it was none. */
static bool
tell(struct pg *pg, const char *done, const char *none, const char *what)
{
	if (strcmp(pg_value(pg, 0, 0), "0") == 0)
		return complain("%s: %s", what, none) == 0;
	printf("%s: %s\n", done, pg_value(pg, 0, 0));
	return true;
}

static bool
retry(struct pg *pg, const char *what)
{
	bool is_id = uuid_is(str_of(what));

	return pg_query(pg, "SELECT hob.retry_jobs($1::uuid, $2)", 2,
			(const char *[]){ is_id ? what : NULL, what }) &&
	       tell(pg, "taken up again",
		    "nothing of it waits or is dead; `hob jobs list` shows what is there",
		    what);
}

static bool
cancel(struct pg *pg, const char *what)
{
	return pg_query(pg, "SELECT hob.cancel_job($1::uuid)", 1,
			(const char *[]){ what }) &&
	       tell(pg, "cancelled", "there is no such job", what);
}

static bool
set_paused(struct pg *pg, const char *what, const char *paused)
{
	return pg_query(pg, "SELECT hob.pause_jobs($1, $2::bool)", 2,
			(const char *[]){ what, paused }) &&
	       tell(pg, paused[0] == 't' ? "paused" : "resumed",
		    "there is no such kind; `hob jobs` shows them", what);
}

static bool
pause_kind(struct pg *pg, const char *what)
{
	return set_paused(pg, what, "true");
}

static bool
resume_kind(struct pg *pg, const char *what)
{
	return set_paused(pg, what, "false");
}

/* --- the table ---------------------------------------------------------------- */

enum wants { NOTHING, ANY_KIND, KIND, ID, EITHER };

/* clang-format off */
static const struct act {
	const char *name;
	enum wants wants;
	bool (*run)(struct pg *pg, const char *what);
	bool rings; /* there may be something to do now */
} acts[] = {
	{ "kinds",  NOTHING,  print_kinds },
	{ "list",   ANY_KIND, print_all },
	{ "dead",   ANY_KIND, print_dead },
	{ "show",   ID,       show },
	{ "retry",  EITHER,   retry, .rings = true },
	{ "cancel", ID,       cancel },
	{ "pause",  KIND,     pause_kind },
	{ "resume", KIND,     resume_kind, .rings = true },
};
/* clang-format on */

static const struct act *
find_act(const char *name)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(acts[i].name, name) == 0)
			return &acts[i];
	return NULL;
}

/* 0, or what is to be returned. */
static int
check_usage(const struct act *act, const char *what, int argc)
{
	bool needs = act->wants == KIND || act->wants == ID || act->wants == EITHER;

	if (needs && what == NULL)
		return complain_usage("jobs %s wants %s", act->name,
				      act->wants == KIND ? "a kind"
				      : act->wants == ID ? "the id of a job"
							 : "the id of a job, or a kind");
	if (argc > (act->wants == NOTHING ? 2 : 3))
		return complain_usage("jobs %s takes no \"%s\"", act->name,
				      act->wants == NOTHING ? "further words" : "more");
	if (act->wants == ID && !uuid_is(str_of(what)))
		return complain_usage("\"%s\" is not the id of a job", what);
	return 0;
}

static void
ring(struct cli *cli)
{
	const struct redis_where where = { .address = cli->config.redis_address,
					   .password = cli->config.redis_password,
					   .ca_file = cli->config.redis_ca };
	struct redis *r = redis_new(&where, REDIS_TIMEOUT_MS);

	bell_ring(r);
	redis_free(r);
}

int
cmd_jobs(struct cli *cli, int argc, char **argv)
{
	const struct act *act = find_act(argc > 1 ? argv[1] : "kinds");
	const char *what = argc > 2 ? argv[2] : NULL;
	struct pg *pg;
	bool done;
	int code;

	if (act == NULL)
		return complain_usage("jobs has no \"%s\"", argv[1]);
	code = check_usage(act, what, argc);
	if (code != 0)
		return code;
	pg = pg_open(cli->config.db_owner_url);
	if (pg == NULL)
		return 1;
	done = act->run(pg, what);
	pg_close(pg);
	if (act->rings)
		ring(cli);
	return done ? 0 : 1;
}
