/*
 * user.c: `hob user`: what it does is a table; and `hob user import`: accounts of another system, with the hashes of
 * their passwords, as lines of JSON. Reads and writes as it goes, a batch a transaction; a line that is not usable is
 * told and left out, an account that is there stays as it is, so the same file may come again. Runs as hob_owner.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/pg.h"
#include "cli/progress.h"
#include "cli/turn.h"
#include "cli/user_grant.h"
#include "cli/user_row.h"

/* A line has some 400 bytes, a batch is inserted in a tenth of a second. */
enum { LINE_SIZE = 8192, BATCH = 500, TURN_WAIT_MS = 600000 };

struct import {
	const char *path;
	bool dry_run;
	FILE *file;
	bool sized; /* it is known how much there is to read */
	struct progress progress;
	struct pg *pg;
	struct arena arena; /* of a line */
	struct strbuf rows;
	struct json_writer writer;
	int batched;
	long line, made, there, unusable;
};

/* --- a batch --------------------------------------------------------------- */

static void
tell(struct import *im, const char *line, const char *why)
{
	im->unusable++;
	complain("line %s: %s", line, why);
}

/* What became of each account, by the words of hob.import_accounts. */
static void
count_outcomes(struct import *im)
{
	for (int i = 0; i < pg_rows(im->pg); i++) {
		const char *outcome = pg_value(im->pg, i, 1);

		if (strcmp(outcome, "made") == 0)
			im->made++;
		else if (strcmp(outcome, "there") == 0)
			im->there++;
		else
			tell(im, pg_value(im->pg, i, 0), outcome);
	}
}

static void
begin_batch(struct import *im)
{
	im->batched = 0;
	strbuf_clear(&im->rows, 0);
	json_begin(&im->writer, &im->rows);
	json_array(&im->writer);
}

static bool
end_batch(struct import *im)
{
	const char *rows[1];

	json_end_array(&im->writer);
	rows[0] = im->rows.ptr;
	if (im->batched > 0 &&
	    !pg_query(im->pg, "SELECT line, outcome FROM hob.import_accounts($1::jsonb)",
		      1, rows)) {
		complain("lines up to %ld are not all in; the same command goes on where "
			 "it ended",
			 im->line);
		return false;
	}
	if (im->batched > 0)
		count_outcomes(im);
	if (im->sized)
		progress_show(&im->progress, ftell(im->file));
	begin_batch(im);
	return true;
}

/* --- lines ----------------------------------------------------------------- */

/* Reads one, without its end; *len is beyond the buffer's when it does not fit. False: there is none. */
static bool
read_line(struct import *im, char text[LINE_SIZE], size_t *len)
{
	int c;

	*len = 0;
	while ((c = getc(im->file)) != EOF && c != '\n') {
		if (*len < LINE_SIZE)
			text[*len] = (char)c;
		(*len)++;
	}
	return c != EOF || *len > 0;
}

static void
take_line(struct import *im, struct str line)
{
	const char *why = "is longer than 8192 bytes";
	char number[24];

	if (line.len <= LINE_SIZE && str_trim(line).len == 0)
		return;
	if (line.len <= LINE_SIZE &&
	    user_row(&im->arena, line, im->line, &im->writer, &why)) {
		im->batched++;
	} else {
		snprintf(number, sizeof(number), "%ld", im->line);
		tell(im, number, why);
	}
	arena_reset(&im->arena);
}

static bool
take_lines(struct import *im)
{
	char text[LINE_SIZE];
	size_t len;

	begin_batch(im);
	while (read_line(im, text, &len)) {
		im->line++;
		take_line(im, (struct str){ text, len });
		if (im->batched == BATCH && !end_batch(im))
			return false;
	}
	if (ferror(im->file))
		return complain("%s: %s", im->path, strerror(errno)) == 0;
	return end_batch(im);
}

/* --- the command ----------------------------------------------------------- */

static bool
open_file(struct import *im)
{
	struct stat st;

	im->file = strcmp(im->path, "-") == 0 ? stdin : fopen(im->path, "re");
	if (im->file == NULL)
		return complain("%s: %s", im->path, strerror(errno)) == 0;
	im->sized = fstat(fileno(im->file), &st) == 0 && S_ISREG(st.st_mode) &&
		    st.st_size > 0;
	if (im->sized)
		progress_begin(&im->progress, stderr, "bytes", st.st_size);
	return true;
}

/*
 * A trial is one transaction that is rolled back, so that it finds what stands in the file twice; who signs up
 * meanwhile with an address of the file waits for its end.
 */
static bool
import(struct import *im)
{
	bool done = turn_take(im->pg, TURN_WAIT_MS) &&
		    (!im->dry_run || pg_run(im->pg, "BEGIN")) && take_lines(im);

	if (im->dry_run && done)
		done = pg_run(im->pg, "ROLLBACK");
	printf("%saccounts made: %ld; there already, and left as they are: %ld; lines "
	       "that are not usable: %ld\n",
	       im->dry_run ? "a trial, nothing is kept: " : "", im->made, im->there,
	       im->unusable);
	return done && im->unusable == 0;
}

static int
parse_options(int argc, char **argv, struct import *out)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--dry-run") == 0)
			out->dry_run = true;
		else if (out->path == NULL && strncmp(argv[i], "--", 2) != 0)
			out->path = argv[i];
		else
			return complain_usage("user import takes no \"%s\"", argv[i]);
	}
	if (out->path == NULL)
		return complain_usage("user import wants a file, or - for what is piped "
				      "in");
	return 0;
}

static int
user_import(struct cli *cli, int argc, char **argv)
{
	struct import im = { 0 };
	int code = parse_options(argc, argv, &im);
	bool done = false;

	if (code != 0)
		return code;
	arena_init(&im.arena, 4 * LINE_SIZE);
	strbuf_init(&im.rows);
	if (open_file(&im) && (im.pg = pg_open(cli->config.db_owner_url)) != NULL)
		done = import(&im);
	pg_close(im.pg);
	if (im.file != NULL && im.file != stdin)
		fclose(im.file);
	strbuf_release(&im.rows);
	arena_release(&im.arena);
	return done ? 0 : 1;
}

/* clang-format off */
static const struct act {
	const char *name;
	int (*run)(struct cli *cli, int argc, char **argv);
} acts[] = {
	{ "import",  user_import },
	{ "grant",   user_grant },
	{ "ungrant", user_ungrant },
};
/* clang-format on */

int
cmd_user(struct cli *cli, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(argv[1], acts[i].name) == 0)
			return acts[i].run(cli, argc - 1, argv + 1);
	return complain_usage("user wants `import FILE`, `grant EMAIL TIER` or `ungrant "
			      "EMAIL`");
}
