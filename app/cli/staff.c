/*
 * staff.c: `hob staff`: who may sign in to the admin panel. What somebody signs in with is made here, shown once, and
 * kept as hashes alone (sql/functions/staff.sql). Runs as hob_owner.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/pg.h"
#include "cli/qr.h"
#include "crypto/password.h"
#include "model/mail.h"
#include "model/staff.h"
#include "totp/totp.h"

/* What somebody is shown once, and what the database has of their password. */
struct credentials {
	struct staff_credentials new;
	char hash[PASSWORD_PHC_SIZE];
	const char *url; /* of the key of their authenticator app */
};

/* --- making them --------------------------------------------------------------- */

static bool
hash_password(const struct config *config, struct credentials *c)
{
	const struct password_cost cost = {
		.memory_kib = (uint32_t)(config->auth_argon2_memory_bytes / 1024),
		.passes = (uint32_t)config->auth_argon2_passes,
		.lanes = (uint32_t)config->auth_argon2_lanes,
	};
	struct permits permits;

	permits_init(&permits, 1, 0);
	return password_hash(&permits, 0, cost, str_of(c->new.password), c->hash) ==
	       ERR_OK;
}

static bool
make(struct cli *cli, const char *email, struct credentials *c)
{
	unsigned char bytes[SHA256_SIZE];

	if (cli->config.cursor_secret[0] == '\0')
		return complain("cursor.secret is not set: the codes of staff hang on "
				"it") == 0;
	sha256(str_of(cli->config.cursor_secret), bytes);
	staff_credentials_new((struct str){ (const char *)bytes, sizeof(bytes) },
			      &c->new);
	c->url = totp_url(&cli->arena, c->new.key, "Hob", email);
	return hash_password(&cli->config, c) || complain("no memory for a hash") == 0;
}

static void
show(const struct credentials *c)
{
	printf("password: %s\nkey: %s\n", c->new.password, c->url);
	if (isatty(STDOUT_FILENO))
		qr_print(c->url, stdout);
	for (int i = 0; i < STAFF_RECOVERY_CODES; i++)
		printf("recovery code: %s\n", c->new.codes[i]);
	puts("None of this is shown again.");
}

/* --- acts ---------------------------------------------------------------------- */

/* Runs a statement that answers in one word; 0 when that is `good`, and else it is told. */
static int
run(struct cli *cli, const char *sql, int count, const char *const *params,
    const char *good)
{
	static const char *const told[][2] = {
		{ "there", "there is somebody with this address; `reset` makes new "
			   "credentials" },
		{ "nobody", "there is nobody with this address" },
	};
	struct pg *pg = pg_open(cli->config.db_owner_url);
	const char *word = "";
	int code = 1;

	if (pg != NULL && pg_query(pg, sql, count, params))
		word = pg_value(pg, 0, 0);
	if (strcmp(word, good) == 0)
		code = 0;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (strcmp(word, told[i][0]) == 0)
			complain("%s: %s", params[0], told[i][1]);
	pg_close(pg);
	return code;
}

static bool
is_role(const char *name)
{
	return strcmp(name, "support") == 0 || strcmp(name, "editor") == 0 ||
	       strcmp(name, "admin") == 0;
}

static int
add(struct cli *cli, int argc, char **argv)
{
	struct credentials c;
	struct str email;
	int code;

	if (argc != 4 || !is_role(argv[3]))
		return complain_usage("staff add wants EMAIL NAME ROLE, which is "
				      "support, editor or admin");
	if (!mail_read(&cli->arena, str_of(argv[1]), &email))
		return complain_usage("\"%s\" is no mail address", argv[1]);
	if (!make(cli, email.ptr, &c))
		return 1;
	const char *params[] = { email.ptr,   argv[2],	   argv[3],	   c.hash,
				 c.new.nonce, c.new.hmacs, operator_name() };

	code = run(cli,
		   "SELECT hob.add_staff($1, $2, $3::staff_role, $4, $5, $6::text[], $7)",
		   7, params, "made");
	if (code == 0)
		show(&c);
	return code;
}

static int
reset(struct cli *cli, int argc, char **argv)
{
	struct credentials c;
	int code;

	if (argc != 2)
		return complain_usage("staff reset wants EMAIL");
	if (!make(cli, argv[1], &c))
		return 1;
	const char *params[] = { argv[1], c.hash, c.new.nonce, c.new.hmacs,
				 operator_name() };

	code = run(cli, "SELECT hob.reset_staff($1, $2, $3, $4::text[], $5)", 5, params,
		   "reset");
	if (code == 0)
		show(&c);
	return code;
}

static int
disable(struct cli *cli, int argc, char **argv)
{
	const char *params[] = { argc > 1 ? argv[1] : NULL, operator_name() };

	if (argc != 2)
		return complain_usage("staff disable wants EMAIL");
	return run(cli, "SELECT hob.disable_staff($1, $2)", 2, params, "disabled");
}

static int
list(struct cli *cli, int argc, char **argv)
{
	struct pg *pg;
	bool good;

	if (argc != 1)
		return complain_usage("staff list takes no \"%s\"", argv[1]);
	pg = pg_open(cli->config.db_owner_url);
	good = pg != NULL && pg_query(pg, "SELECT * FROM hob.list_staff()", 0, NULL);
	for (int i = 0; good && i < pg_rows(pg); i++)
		printf("%-30s %-8s %-8s %2s codes  last %s  %s\n", pg_value(pg, i, 0),
		       pg_value(pg, i, 2), pg_value(pg, i, 3), pg_value(pg, i, 4),
		       pg_value(pg, i, 5), pg_value(pg, i, 1));
	pg_close(pg);
	return good ? 0 : 1;
}

/* clang-format off */
static const struct act {
	const char *name;
	int (*run)(struct cli *cli, int argc, char **argv);
} acts[] = {
	{ "add",     add },
	{ "reset",   reset },
	{ "list",    list },
	{ "disable", disable },
};
/* clang-format on */

int
cmd_staff(struct cli *cli, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(argv[1], acts[i].name) == 0)
			return acts[i].run(cli, argc - 1, argv + 1);
	return complain_usage(
		"staff wants `add EMAIL NAME ROLE`, `reset EMAIL`, `list` or "
		"`disable EMAIL`");
}
