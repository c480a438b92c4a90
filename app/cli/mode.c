/* mode.c: `hob mode`, whether hob-api takes what changes something. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/pg.h"
#include "text/text.h"

enum { MESSAGE_MAX = 500 };

static int
show(struct cli *cli)
{
	struct pg *pg = pg_open(cli->config.db_owner_url);
	bool good = pg != NULL &&
		    pg_query(pg,
			     "SELECT coalesce('read-only: ' || m.message, 'normal'), "
			     "to_char(m.since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') "
			     "FROM service_mode m",
			     0, NULL);

	if (good)
		printf("%s (since %s UTC)\n", pg_value(pg, 0, 0), pg_value(pg, 0, 1));
	pg_close(pg);
	return good ? 0 : 1;
}

/* What PUT /api/admin/mode takes, as it takes it; NULL: it is not that. */
static const char *
message_of(struct arena *a, struct str text)
{
	text = str_is_utf8(text) ? text_line(a, text) : STR_NONE;
	return text.len > 0 && str_utf8_length(text) <= MESSAGE_MAX ? arena_cstr(a, text)
								    : NULL;
}

/* NULL: as usual. Workers that know that they must refuse are told. */
static int
change(struct cli *cli, const char *message)
{
	struct pg *pg = pg_open(cli->config.db_owner_url);
	const char *params[] = { message, operator_name() };
	bool good = pg != NULL && pg_query(pg, "SELECT hob.set_mode($1, $2)", 2, params);

	pg_close(pg);
	return good ? cache_touch(cli, "service:mode") : 1;
}

int
cmd_mode(struct cli *cli, int argc, char **argv)
{
	const char *message;

	if (argc == 1)
		return show(cli);
	if (argc == 2 && strcmp(argv[1], "normal") == 0)
		return change(cli, NULL);
	if (argc != 3 || strcmp(argv[1], "read-only") != 0)
		return complain_usage("mode wants `read-only MESSAGE` or `normal`");
	message = message_of(&cli->arena, str_of(argv[2]));
	if (message == NULL)
		return complain_usage("MESSAGE is one line of at most %d characters",
				      MESSAGE_MAX);
	return change(cli, message);
}
