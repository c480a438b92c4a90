/*
 * main.c: the command line of Hob, for sysadmins and scripts.
 *
 * A table of commands, one function each; the rest of a command is in the file
 * of its name. `-c FILE` may stand anywhere. Nothing here serves requests:
 * that is hob-api. One command, one process, no forks.
 */
#include "cli/cli.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/str.h"
#include "core/strbuf.h"
#include "version.h"

/* In the order in which a new house needs them. */
/* clang-format off */
const struct command commands[] = {
	{ "roles",   cmd_roles,   "",  "print the SQL that makes the database roles, for an administrator",
	  "The administrator runs it in `postgres` before the database is made, and a second time in the "
	  "database. It changes only what differs." },
	{ "migrate", cmd_migrate, "[--dry-run] [--wait SECONDS]", "bring the schema up to this program's version",
	  "`--dry-run` lists what would be applied, and since which version programs may serve with it. "
	  "`--wait` is how long one migration tries for its locks, 600 seconds unless it is said. Needs db.owner_url." },
	{ "seed",    cmd_seed,    "[--demo] [--bulk N [--tokens FILE]]",
	  "write the lookups; add a demo household, or N synthetic ones for tests",
	  "A server needs it once, without arguments. Needs db.owner_url." },
	{ "user",    cmd_user,    "import FILE [--dry-run] | grant EMAIL TIER --reason TEXT [--until DAY] | ungrant EMAIL",
	  "bring in accounts of another system, give one a tier",
	  "`import`: FILE, or - for what is piped in, has a JSON object a line: `email`, `password_hash` (pbkdf2_sha256 and "
	  "bcrypt_sha256 as Django writes them, bcrypt, argon2id, or null), and, where they are known, `first_name`, "
	  "`last_name`, `locale`, `time_zone`, `created_at`, `id`, `is_active` and `email_verified`. An account that is "
	  "there stays as it is, so a file may come again. A line that is not usable is told with its number and left "
	  "out; then it exits with 1. `--dry-run` does all but keep it. `grant` gives an account a tier, to the end of DAY "
	  "(YYYY-MM-DD, in UTC) or for good; the highest of what it has counts. `ungrant` ends what it was given so. Needs "
	  "db.owner_url." },
	{ "staff",   cmd_staff,   "add EMAIL NAME ROLE | reset EMAIL | list | disable EMAIL", "let people into the admin panel",
	  "ROLE is support (reads, mends accounts), editor (lookups, templates, tiers too) or admin (staff and settings "
	  "too). `add` and `reset` show once what to sign in with: a password, the key of an authenticator app as a URL and "
	  "as a QR code, and ten codes for who has lost it. `reset` makes all of it anew, ends the sessions and lets back in "
	  "who was disabled. It hangs on cursor.secret, which must be set; with another one everybody is to be reset. "
	  "Needs db.owner_url." },
	{ "audit",   cmd_audit,   "verify", "check the record of what staff did",
	  "A line for each day: how many events it has, and the hash of the last, in which all before it are, also those of "
	  "earlier days. Of events about somebody who was erased it says how many they are: what was personal in them is "
	  "gone. Exits with 1 when an event was changed, added or taken away, or a day. Needs db.owner_url." },
	{ "mode",    cmd_mode,    "[read-only MESSAGE | normal]", "show or change whether hob-api takes what changes something",
	  "With `read-only` it refuses all of that, on every host, and tells callers MESSAGE, in a sentence for people; reads, "
	  "signing in and out, hob-jobs and the admin panel go on. What was begun before ends as it would, within "
	  "seconds. It stays until `normal`, also over restarts. Needs db.owner_url." },
	{ "sweep",   cmd_sweep,   "",  "drop what is over and make room for what comes; for a daily timer",
	  "Exits with 1 when a table was in use and is left to the next run. Needs db.owner_url." },
	{ "config",  cmd_config,  "",  "print every setting with its value in force", "Secrets are masked." },
	{ "status",  cmd_status,  "[admin] [--json]", "show what hob-api and hob-jobs of this host are doing, or hob-admin",
	  "Reads memory that they share, so it answers while every worker is busy and without PostgreSQL; what waits for "
	  "hob-jobs, on all hosts, its planner has counted some seconds ago. Exits with 1 when the master of hob-api, or with `admin` of hob-admin, "
	  "does not run or gives no sign of life." },
	{ "mail",    cmd_mail,    "test ADDRESS", "send a mail to ADDRESS, and say what the server said",
	  "Exits with 0 when the server has taken it, with 1 when it refused this mail, with 75 when it would have to be "
	  "tried again later, and with 78 when the settings (mail.*) or the login are wrong. Needs no database." },
	{ "cache",   cmd_cache,   "flush | stats [--json]",
	  "forget all that workers remember, on every host; or how often it served",
	  "Run `hob cache flush` after rows were changed by hand." },
	{ "jobs",    cmd_jobs,    "[list|dead [KIND] | show|cancel ID | retry ID|KIND | pause|resume KIND]",
	  "show and steer the work in the background",
	  "Without arguments: a line for each kind. `list` shows the first 100 jobs that are not done, those that a runner "
	  "has and the dead too, `dead` those alone that have failed for good. `retry` takes one up again, or all the "
	  "dead of a kind. Needs db.owner_url." },
	{ "files",   cmd_files,   "move --to directory|s3 | verify | sweep [--age SECONDS] | forget HOST",
	  "move, check and sweep the files that people have sent",
	  "`move` copies each file that is kept elsewhere and checks what has arrived by its hash; what was there hob-jobs "
	  "removes, a quarter of an hour later or more: set files.store first, so that no new ones come meanwhile. It may be "
	  "interrupted and run again. `verify` reads all of them and says which are missing or have other bytes than they "
	  "had; then it exits with 1. `sweep` removes what hangs on nothing for a day or was refused, what is left of files "
	  "that are gone, and bytes that belong to no row and are older than a day, unless `--age` says less, 900 at least; "
	  "hob-jobs does the same, every five minutes and every day. What lies on one host is the business of that host "
	  "(files.host): run them on each that has a directory of its own. `forget` says that one is gone for good. With 75 "
	  "a store could not be reached. Run it as the user to whom files.dir belongs. Needs db.owner_url." },
	{ "backup", cmd_backup, "[list | verify [NAME]]", "back up all that would be lost with this machine, below backup.dir",
	  "Without arguments: the rows of one moment, by pg_dump, and the files that they tell of; nothing that requests do "
	  "waits for it. Files that a former backup has are not read again. A backup has its name, the time, when it is "
	  "whole; one that is killed leaves none. Then those are removed that are too old (backup.keep, backup.keep_for). "
	  "With backup.recipient it is encrypted, and has the settings too. It exits with 1, and keeps what it has, where "
	  "files are missing or on other hosts; with 75 when another one is at work or a store could not be reached. "
	  "`verify` reads all of one, NAME or the newest, holds it against its hashes, names what is damaged, missing or "
	  "foreign, and restores it into a database that it makes by backup.scratch_url and drops again, to count the rows "
	  "of each table. Run it as the user to whom files.dir belongs. Needs db.owner_url, and pg_dump and pg_restore." },
	{ "restore", cmd_restore, "NAME|DIRECTORY [--end-sessions] [--other-secret]",
	  "make a backup the state of this system, which must be empty",
	  "NAME is one of backup.dir. Puts files into the store of files.store, and all rows into the database, in one "
	  "transaction; what fails or is interrupted is run again. Roles and the database are an administrator's to make: "
	  "it says how. Everybody stays signed in, unless `--end-sessions` is given; phones sync anew. `--other-secret`: "
	  "cursor.secret of before is lost. Run it as the user to whom files.dir belongs, before anybody is served. Needs "
	  "db.owner_url, and pg_restore and psql." },
	{ "restored", cmd_restored, "", "say that the database was put back to an older state",
	  "Before anybody is served again. Crashes, failovers and restored dumps need nothing. Needs db.owner_url." },
	{ "routes",  cmd_routes,  "",  "print the table of routes of hob-api", NULL },
	{ "openapi", cmd_openapi, "",  "print the API document, as /api/openapi.json serves it", NULL },
	{ NULL, NULL, NULL, NULL, NULL }
};
/* clang-format on */

int
complain(const char *fmt, ...)
{
	va_list ap;

	fputs("hob: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}

int
complain_usage(const char *fmt, ...)
{
	va_list ap;

	fputs("hob: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("; `hob help` shows how\n", stderr);
	return EXIT_USAGE;
}

const char *
operator_name(void)
{
	const struct passwd *me = getpwuid(getuid());

	return me != NULL ? me->pw_name : "unknown";
}

static int
print_help(void)
{
	puts("usage: hob [-c FILE] COMMAND\n"
	     "       hob --version | --help\n");
	for (const struct command *c = commands; c->name != NULL; c++)
		printf("  hob %s%s%s\n\t%s\n", c->name, *c->arguments ? " " : "",
		       c->arguments, c->help);
	printf("\nSettings come from FILE, else $HOB_CONF, else %s; the environment\n"
	       "goes before the file (db.url is HOB_DB_URL).\n",
	       CONFIG_PATH);
	return 0;
}

static const struct command *
find_command(const char *name)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* Takes `-c FILE` out of argv; returns the new argc, or -1 when FILE is missing. */
static int
take_conf_path(int argc, char **argv, const char **path)
{
	int kept = 0;

	*path = NULL;
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "-c") != 0) {
			argv[kept++] = argv[i];
			continue;
		}
		if (i + 1 == argc)
			return -1;
		*path = argv[++i];
	}
	argv[kept] = NULL;
	return kept;
}

static bool
load_config(struct cli *cli, const char *given)
{
	struct strbuf why;
	enum err e;

	strbuf_init(&why);
	cli->conf_path = config_path(given);
	e = config_load(&cli->arena, cli->conf_path, &cli->config, &why);
	if (e != ERR_OK)
		complain("the configuration is not usable:\n%.*s",
			 STR_FMT(str_trim(strbuf_str(&why))));
	strbuf_release(&why);
	return e == ERR_OK;
}

/* Commands without settings. Returns the exit code, or -1 for any other command. */
static int
answer_without_config(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
		return print_help();
	if (strcmp(argv[1], "--version") == 0) {
		puts("hob " HOB_VERSION);
		return 0;
	}
	/* For the build alone, so that it stands in no table. */
	if (argc == 3 && strcmp(argv[1], "man") == 0)
		return print_manual(argv[2]);
	return -1;
}

int
main(int argc, char **argv)
{
	const struct command *command;
	const char *given;
	struct cli cli = { 0 };
	int code;

	argc = take_conf_path(argc, argv, &given);
	if (argc < 0)
		return complain_usage("-c needs a file");
	code = answer_without_config(argc, argv);
	if (code >= 0)
		return code;
	command = find_command(argv[1]);
	if (command == NULL)
		return complain_usage("there is no command \"%s\"", argv[1]);
	arena_init(&cli.arena, 4096);
	code = load_config(&cli, given) ? command->run(&cli, argc - 1, argv + 1) : 1;
	arena_release(&cli.arena);
	return code;
}
