/*
 * seed.c: `hob seed`, the rows a schema needs to be of use.
 *
 * Lookups always; --demo a household to look at. Both may be run as often as one
 * likes. The SQL is in seed/; here is only what SQL cannot do. Synthetic households
 * are in seed_bulk.c. One at a time, and not beside a migration (turn.h). Runs as hob_owner.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/pg.h"
#include "cli/seed.h"
#include "cli/seed_bulk.h"
#include "cli/turn.h"
#include "cli/watch.h"
#include "core/str.h"
#include "crypto/password.h"
#include "schema.h"

static const char demo_email[] = "demo@hob.example";
static const char demo_password[] = "demo-household";

struct seed_options {
	bool demo;
	int64_t bulk;	    /* households, 0 for none */
	const char *tokens; /* file, or NULL */
};

struct seed_run {
	struct pg *pg;
	struct watch watch;
};

const char *
seed_sql(const char *name)
{
	for (int i = 0; i < seed_count; i++)
		if (strcmp(seeds[i].name, name) == 0)
			return seeds[i].sql;
	return NULL;
}

bool
seed_password_hash(const struct config *config, struct str password,
		   char out[PASSWORD_PHC_SIZE])
{
	struct password_cost cost = {
		.memory_kib = (uint32_t)(config->auth_argon2_memory_bytes / 1024),
		.passes = (uint32_t)config->auth_argon2_passes,
		.lanes = (uint32_t)config->auth_argon2_lanes,
	};
	struct permits gate;

	permits_init(&gate, 1, 1);
	if (password_hash(&gate, 1000, cost, password, out) == ERR_OK)
		return true;
	complain("argon2 failed; is there memory for auth.argon2_memory?");
	return false;
}

enum { TURN_WAIT_MS = 600000 };

/* One file of seed/, all of it or nothing; says what it waits for. */
static bool
run_seed(struct seed_run *r, const char *name)
{
	bool good;

	watch_begin(&r->watch, name);
	good = watch_run(&r->watch, r->pg, seed_sql(name));
	if (!good)
		pg_tell(r->pg);
	return good;
}

static bool
seed_lookups(struct seed_run *r)
{
	if (!run_seed(r, "lookups") || !run_seed(r, "countries") ||
	    !run_seed(r, "templates") || !run_seed(r, "template_texts"))
		return false;
	puts("Lookups and templates are up to date.");
	return true;
}

static bool
seed_demo(struct seed_run *r, const struct config *config)
{
	char hash[PASSWORD_PHC_SIZE];
	const char *params[] = { hash };

	if (!seed_password_hash(config, str_of(demo_password), hash) ||
	    !pg_query(r->pg, "SELECT set_config('hob.demo_password_hash', $1, false)", 1,
		      params) ||
	    !run_seed(r, "demo"))
		return false;
	printf("The demo household is there: %s, password %s\n", demo_email,
	       demo_password);
	return true;
}

static int
parse_options(int argc, char **argv, struct seed_options *out)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (strcmp(argv[i], "--demo") == 0) {
			out->demo = true;
		} else if (strcmp(argv[i], "--bulk") == 0) {
			if (!str_to_i64(str_of(value), &out->bulk) || out->bulk < 1 ||
			    out->bulk > BULK_HOUSEHOLDS_MAX)
				return complain_usage("--bulk needs a number, 1 to %d",
						      BULK_HOUSEHOLDS_MAX);
			i++;
		} else if (strcmp(argv[i], "--tokens") == 0 && *value != '\0') {
			out->tokens = argv[++i];
		} else {
			return complain_usage("seed takes no \"%s\"", argv[i]);
		}
	}
	if (out->tokens != NULL && out->bulk == 0)
		return complain_usage("--tokens goes with --bulk");
	return 0;
}

int
cmd_seed(struct cli *cli, int argc, char **argv)
{
	struct seed_options options = { 0 };
	int code = parse_options(argc, argv, &options);
	struct seed_run r;
	bool done;

	if (code != 0)
		return code;
	r.pg = pg_open(cli->config.db_owner_url);
	if (r.pg == NULL)
		return 1;
	watch_open(&r.watch, r.pg, cli->config.db_owner_url);
	done = turn_take(r.pg, TURN_WAIT_MS) && seed_lookups(&r) &&
	       (!options.demo || seed_demo(&r, &cli->config)) &&
	       (options.bulk == 0 ||
		bulk_seed(r.pg, &cli->config, (int)options.bulk, options.tokens));
	watch_close(&r.watch);
	pg_close(r.pg);
	return done ? 0 : 1;
}
