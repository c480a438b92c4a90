/*
 * backup_make.c: `hob backup`: the rows of one moment, the files that they tell of, and what is needed to use both. Nothing
 * that requests do waits for it: pg_dump reads, and jobs leave the bytes of files alone meanwhile (hob.hold_bytes).
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/backup.h"
#include "conf/value.h"
#include "core/clock.h"
#include "core/date.h"
#include "version.h"

/* Its name: of now, and behind all that are there, whatever clocks say. */
static const char *
name_of(struct backup *b, int64_t now_us)
{
	struct arena *a = &b->cli->arena;
	char text[INSTANT_TEXT_SIZE], **names;
	int64_t newest_us = 0;
	int count = vault_names(&b->vault, a, &names);

	if (count > 0 && vault_name_is(names[count - 1], &newest_us) &&
	    newest_us >= now_us - now_us % 1000000)
		now_us = newest_us + 1000000;
	instant_format(now_us, text);
	b->manifest.at = arena_cstr(a, str_of(text));
	return arena_printf(a, "%.13s%.2s%s", text, text + 14, text + 17);
}

/*
 * Requests go first: at the processor, and at the disk (IOPRIO_CLASS_IDLE of ioprio_set(2)). Helpers have it from us. A
 * limit of the size of files is told as a full disk is.
 */
static void
be_nice(void)
{
	enum { WHO_PROCESS = 1, CLASS_IDLE = 3, CLASS_SHIFT = 13 };

	signal(SIGXFSZ, SIG_IGN);
	setpriority(PRIO_PROCESS, 0, 10);
	syscall(SYS_ioprio_set, WHO_PROCESS, 0, CLASS_IDLE << CLASS_SHIFT);
}

/* --- the moment -------------------------------------------------------------------- */

/*
 * Begins a transaction in which no table goes. LOCK takes no snapshot, so the one that comes behind it has all tables, and
 * pg_dump finds them. Partitions are locked with what they are of, whatever has become of them since tables were listed.
 */
static bool
begin_locked(struct pg *pg, struct arena *a)
{
	static const char lock_sql[] =
		"SELECT 'LOCK TABLE ' || string_agg(format('%I.%I', n.nspname, "
		"c.relname), ', ') || ' IN ACCESS SHARE MODE'"
		" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
		" WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
		" AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
		" AND has_table_privilege(c.oid, 'SELECT')";

	return pg_query(pg, lock_sql, 0, NULL) &&
	       pg_run(pg, arena_printf(a,
				       "BEGIN ISOLATION LEVEL REPEATABLE READ READ "
				       "ONLY; %s",
				       pg_value(pg, 0, 0)));
}

/* Bytes are held before the snapshot is taken, so that all of its rows have theirs. *snapshot lives in the arena. */
static bool
begin_snapshot(struct backup *b, struct pg *pg, const char **snapshot)
{
	struct arena *a = &b->cli->arena;

	if (!pg_run(pg, "SET statement_timeout = 0; SET idle_session_timeout = 0; SET "
			"idle_in_transaction_session_timeout = 0") ||
	    !pg_run(pg, "SELECT hob.hold_bytes()") || !begin_locked(pg, a) ||
	    !pg_query(pg,
		      "SELECT pg_export_snapshot(), pg_current_snapshot(),"
		      " (SELECT max(number) FROM hob.migrations WHERE applied_at IS NOT "
		      "NULL)",
		      0, NULL))
		return false;
	*snapshot = arena_cstr(a, str_of(pg_value(pg, 0, 0)));
	b->manifest.snapshot = arena_cstr(a, str_of(pg_value(pg, 0, 1)));
	return str_to_i64(str_of(pg_value(pg, 0, 2)), &b->manifest.schema);
}

/* --- parts ------------------------------------------------------------------------- */

/* Begins a part that the cipher makes; -1: told. */
static int
begin_part(struct backup *b, const char *name, struct manifest_part **part)
{
	*part = &b->manifest.parts[b->manifest.part_count++];
	(*part)->name = arena_printf(&b->cli->arena, "%s%s", name, b->cipher.suffix);
	return vault_make_part(&b->vault, (*part)->name);
}

static bool
end_part(struct manifest_part *part, int fd, bool good)
{
	if (good)
		return vault_end_part(fd, part->name, part->sha256, &part->bytes);
	close(fd);
	return false;
}

/*
 * Unlogged tables have nothing that should outlive a crash: hob.starts is the history of this server. What a superuser
 * has closed of PostgreSQL itself (sql/roles.sql) the owner cannot restore.
 */
static bool
dump(struct backup *b, const char *snapshot)
{
	struct arena *a = &b->cli->arena;
	struct helper steps[2] = {
		{ .argv =
			  (const char *const[]){
				  "pg_dump", "--format=custom", "--no-password",
				  "--no-unlogged-table-data",
				  "--exclude-schema=pg_catalog",
				  arena_printf(a, "--snapshot=%s", snapshot), NULL },
		  .env = pg_environment(a, b->cli->config.db_owner_url, NULL) },
		b->cipher.close,
	};
	int64_t start_ms = clock_mono_ms();
	struct manifest_part *part;
	int fd = begin_part(b, PART_DUMP, &part);

	if (fd < 0)
		return false;
	if (!end_part(part, fd,
		      steps[0].env != NULL &&
			      helper_pipe(steps, b->cipher.close.argv != NULL ? 2 : 1, -1,
					  fd)))
		return false;
	fprintf(stderr, "dump: %lld bytes, %lld s\n", (long long)part->bytes,
		(long long)(clock_mono_ms() - start_ms) / 1000);
	return true;
}

/* All settings that somebody has made, with their secrets in place of the files that have them. */
static void
add_settings(const struct config *c, struct strbuf *out)
{
	struct strbuf value;

	strbuf_init(&value);
	for (size_t i = 0; i < config_key_count; i++) {
		strbuf_clear(&value, 0);
		conf_value_write(&config_keys[i], c, &value);
		if (strcmp(value.ptr, config_keys[i].fallback) != 0)
			strbuf_addf(out, "%s = %s\n", config_keys[i].name, value.ptr);
	}
	strbuf_release(&value);
}

/* Through a pipe: they are on no disk before they are encrypted, and are less than what a pipe takes (64 KiB). */
static bool
write_settings(struct backup *b)
{
	struct manifest_part *part;
	struct strbuf text;
	int ends[2], fd;
	bool good;

	if (b->cipher.close.argv == NULL) {
		fputs("settings: none, for a backup that is not encrypted has no "
		      "secrets; keep cursor.secret and the "
		      "rest of hob.conf elsewhere\n",
		      stderr);
		return true;
	}
	fd = begin_part(b, PART_SETTINGS, &part);
	if (fd < 0 || !helper_pipe_make(ends))
		return false;
	strbuf_init(&text);
	add_settings(&b->cli->config, &text);
	good = write(ends[1], text.ptr, text.len) == (ssize_t)text.len;
	close(ends[1]);
	strbuf_release(&text);
	good = cipher_copy(&b->cipher.close, ends[0], fd) && good;
	close(ends[0]);
	return end_part(part, fd, good);
}

/* --- the whole ---------------------------------------------------------------------- */

/* Tables are kept from changing no longer than for this: copying files may take hours. */
static bool
read_rows(struct backup *b, struct files *f)
{
	const char *snapshot;

	return begin_snapshot(b, f->pg, &snapshot) && dump(b, snapshot) &&
	       manifest_count(f->pg, &b->cli->arena, &b->manifest) &&
	       backup_list_files(b, f) && pg_run(f->pg, "COMMIT");
}

static int
gather(struct backup *b, struct files *f, const char *name)
{
	int code;

	if (!vault_begin(&b->vault) || !read_rows(b, f))
		return 1;
	code = backup_files(b, f);
	if (code != 0)
		return code;
	if (!write_settings(b) || !manifest_write(&b->manifest, &b->vault) ||
	    !vault_publish(&b->vault, name))
		return 1;
	printf("%s/%s\n", b->vault.path, name);
	return 0;
}

static int
conclude(struct backup *b)
{
	bool tidy = backup_keep(b);

	if (b->manifest.missing + b->manifest.elsewhere == 0)
		return tidy ? 0 : 1;
	return complain("the backup is made, and lacks %lld files that are missing or "
			"damaged (hob files verify) and "
			"%lld on other hosts",
			(long long)b->manifest.missing, (long long)b->manifest.elsewhere);
}

int
backup_make(struct cli *cli, int argc, char **argv)
{
	const struct config *c = &cli->config;
	struct backup b = { .cli = cli };
	struct files f;
	int code;

	(void)argc, (void)argv;
	be_nice();
	cipher_init(&b.cipher, &cli->arena, c->backup_recipient, c->backup_identity);
	b.manifest.version = HOB_VERSION;
	b.manifest.recipient = c->backup_recipient;
	b.manifest.secret = manifest_secret(&cli->arena, c->cursor_secret);
	code = vault_open(&b.vault, c->backup_dir, VAULT_WRITE);
	if (code == 0) {
		code = files_begin(&f, cli) ? gather(&b, &f, name_of(&b, clock_now_us()))
					    : 1;
		files_end(&f);
	}
	if (code == 0)
		code = conclude(&b);
	vault_close(&b.vault);
	return code;
}
