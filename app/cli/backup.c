/*
 * backup.c: `hob backup`: its words are in backup_make.c, backup_list.c and backup_verify.c, and `hob restore` in
 * restore.c; what those that read one share is here. doc/backup.md tells sysadmins.
 */
#include "cli/backup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
cmd_backup(struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct cli *cli, int argc, char **argv);
	} words[] = {
		{ "list", backup_list },
		{ "verify", backup_verify },
	};

	if (argc == 1)
		return backup_make(cli, argc, argv);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(argv[1], words[i].name) == 0)
			return words[i].run(cli, argc - 1, argv + 1);
	return complain_usage("backup takes nothing, list, or verify");
}

/* --- opening one ------------------------------------------------------------------ */

/* "DIR/NAME" becomes both; a name alone is one of backup.dir. */
static const char *
split(struct cli *cli, const char **name)
{
	struct str path = str_of(*name);
	const char *slash;

	while (path.len > 1 && path.ptr[path.len - 1] == '/')
		path.len--;
	slash = path.ptr != NULL ? memrchr(path.ptr, '/', path.len) : NULL;
	if (slash == NULL)
		return cli->config.backup_dir;
	*name = arena_printf(&cli->arena, "%.*s", (int)(path.ptr + path.len - slash) - 1,
			     slash + 1);
	return slash == path.ptr ? "/"
				 : arena_printf(&cli->arena, "%.*s",
						(int)(slash - path.ptr), path.ptr);
}

static bool
find(struct backup *b, const char **name)
{
	int64_t at_us;
	char **names;
	int count;

	if (*name != NULL && vault_name_is(*name, &at_us))
		return true;
	if (*name != NULL) {
		complain("\"%s\" is not the name of a backup", *name);
		return false;
	}
	count = vault_names(&b->vault, &b->cli->arena, &names);
	if (count == 0)
		complain("%s has no backup", b->vault.path);
	if (count > 0)
		*name = names[count - 1];
	return count > 0;
}

int
backup_open(struct backup *b, struct cli *cli, const char **name)
{
	const char *dir = split(cli, name);
	int code;

	*b = (struct backup){ .cli = cli };
	code = vault_open(&b->vault, dir, VAULT_READ);
	if (code != 0)
		return code;
	if (!find(b, name) || !manifest_read(&b->manifest, &b->vault, *name, &cli->arena))
		return 1;
	cipher_init(&b->cipher, &cli->arena, b->manifest.recipient,
		    cli->config.backup_identity);
	return 0;
}

void
backup_close(struct backup *b)
{
	vault_close(&b->vault);
}

FILE *
backup_open_list(const struct vault *v, const char *name)
{
	int fd = vault_open_part(v, name, PART_FILES);
	FILE *list = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (list == NULL)
		complain("%s/%s/" PART_FILES ": %s", v->path, name, strerror(errno));
	return list;
}

/* --- the dump ----------------------------------------------------------------------- */

bool
backup_write_sql(const struct backup *b, const char *name, int out)
{
	const struct helper steps[2] = {
		b->cipher.open,
		{ .argv = (const char *const[]){ "pg_restore", "--no-owner", "--file=-",
						 NULL } },
	};
	int first = b->cipher.open.argv == NULL;
	int dump = vault_open_part(&b->vault, name,
				   manifest_part(&b->manifest, PART_DUMP)->name);
	bool good;

	if (dump < 0) {
		complain("%s/%s/" PART_DUMP ": %s", b->vault.path, name, strerror(errno));
		return false;
	}
	good = helper_pipe(steps + first, 2 - first, dump, out);
	close(dump);
	return good;
}

/* `then` and COMMIT follow only when all of the dump has gone by. */
static bool
feed(const struct backup *b, const char *name, int psql, const char *then)
{
	return dprintf(psql, "BEGIN;\n") > 0 && backup_write_sql(b, name, psql) &&
	       dprintf(psql, "%s;\nCOMMIT;\n", then) > 0;
}

bool
backup_load(const struct backup *b, const char *name, const char *database,
	    const char *then)
{
	struct cli *cli = b->cli;
	const struct helper psql = {
		.argv = (const char *const[]){ "psql", "--no-psqlrc", "--quiet",
					       "--no-password", "--output=/dev/null",
					       "--set=ON_ERROR_STOP=1", NULL },
		.env = pg_environment(&cli->arena, cli->config.db_owner_url, database),
	};
	int ends[2];
	bool good;
	pid_t pid;

	if (psql.env == NULL || !helper_pipe_make(ends))
		return false;
	pid = helper_start(&psql, ends[0], STDERR_FILENO);
	close(ends[0]);
	good = pid >= 0 && feed(b, name, ends[1], then);
	close(ends[1]);
	return helper_end(pid, &psql) && good;
}
