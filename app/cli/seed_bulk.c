/*
 * seed_bulk.c: `hob seed --bulk`, synthetic households by the ten thousands.
 *
 * The rows are made set by set in seed/bulk.sql; here are the chunks, the progress
 * and the session tokens that a benchmark needs to know. Tokens follow from the
 * user's number alone, so that a file of them can be made again. Runs as hob_owner.
 */
#include "cli/seed_bulk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/seed.h"
#include "core/rand.h"
#include "core/strbuf.h"
#include "crypto/hash.h"

/* A chunk is a transaction: some 20,000 tasks, about two seconds. */
enum { USERS_PER_CHUNK = 5000, RESIDENCES_PER_CHUNK = 1000 };

static const char analyze_sql[] =
	"ANALYZE users; ANALYZE sessions; ANALYZE residences; ANALYZE residence_members;"
	"ANALYZE residence_people; ANALYZE tasks; ANALYZE completions;"
	"ANALYZE contractors; ANALYZE contractor_opinions; ANALYZE documents";

void
bulk_token(int n, char out[TOKEN_TEXT_SIZE])
{
	unsigned char secret[SHA256_SIZE];
	char text[32];

	snprintf(text, sizeof(text), "hob bulk user %d", n);
	sha256(str_of(text), secret);
	token_make(TOKEN_SESSION, secret, out);
}

static int
smaller(int a, int b)
{
	return a < b ? a : b;
}

/* Calls SELECT pg_temp.FUNCTION(first, last, ...) with up to two more parameters. */
static bool
call(struct pg *pg, const char *sql, int first, int last, const char *third,
     const char *fourth)
{
	char first_text[16], last_text[16];
	const char *params[] = { first_text, last_text, third, fourth };

	snprintf(first_text, sizeof(first_text), "%d", first);
	snprintf(last_text, sizeof(last_text), "%d", last);
	return pg_query(pg, sql, fourth != NULL ? 4 : 3, params);
}

/* "{hash,hash,...}" of the first tokens, or "{}". */
static void
add_token_hashes(struct strbuf *b, int count)
{
	char token[TOKEN_TEXT_SIZE], hash[SHA256_HEX_SIZE];

	strbuf_add_char(b, '{');
	for (int n = 1; n <= count; n++) {
		bulk_token(n, token);
		token_hash(str_of(token), hash);
		strbuf_addf(b, "%s%s", n > 1 ? "," : "", hash);
	}
	strbuf_add_char(b, '}');
}

static bool
make_users(struct pg *pg, const struct config *config, int people, int known)
{
	char secret[32], hash[PASSWORD_PHC_SIZE];
	struct progress progress;
	struct strbuf hashes;
	bool fine;

	/* This password is unknown: bulk users come in by token or not at all. */
	rand_bytes(secret, sizeof(secret));
	if (!seed_password_hash(config, (struct str){ secret, sizeof(secret) }, hash))
		return false;
	strbuf_init(&hashes);
	add_token_hashes(&hashes, known);
	progress_begin(&progress, stderr, "users", people);
	fine = true;
	for (int first = 1; fine && first <= people; first += USERS_PER_CHUNK) {
		int last = smaller(first + USERS_PER_CHUNK - 1, people);

		fine = call(pg, "SELECT pg_temp.bulk_users($1, $2, $3)", first, last,
			    hash, NULL) &&
		       call(pg, "SELECT pg_temp.bulk_sessions($1, $2, $3)", first, last,
			    hashes.ptr, NULL);
		if (fine)
			progress_show(&progress, last);
	}
	strbuf_release(&hashes);
	return fine;
}

static bool
make_households(struct pg *pg, int residences, int people)
{
	char residences_text[16], people_text[16];
	struct progress progress;

	snprintf(residences_text, sizeof(residences_text), "%d", residences);
	snprintf(people_text, sizeof(people_text), "%d", people);
	progress_begin(&progress, stderr, "households", residences);
	for (int first = 1; first <= residences; first += RESIDENCES_PER_CHUNK) {
		int last = smaller(first + RESIDENCES_PER_CHUNK - 1, residences);

		if (!call(pg, "SELECT pg_temp.bulk_households($1, $2, $3, $4)", first,
			  last, residences_text, people_text))
			return false;
		progress_show(&progress, last);
	}
	return true;
}

/* User n owns residence n, whatever N is; the ids are those of pg_temp.bulk_id. */
static bool
write_tokens(const char *path, int count)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	char token[TOKEN_TEXT_SIZE];
	bool fine;

	if (file == NULL) {
		complain("%s: %s", path, strerror(errno));
		return false;
	}
	for (int n = 1; n <= count; n++) {
		bulk_token(n, token);
		fprintf(file,
			"%s 01900000-0000-7001-8000-%012x "
			"01900000-0000-7002-8000-%012x\n",
			token, (unsigned)n, (unsigned)n);
	}
	fine = !ferror(file);
	fine = fclose(file) == 0 && fine;
	if (!fine)
		complain("%s: %s", path, strerror(errno));
	return fine;
}

bool
bulk_seed(struct pg *pg, const struct config *config, int residences,
	  const char *tokens_path)
{
	int people = residences > 2 ? residences / 3 * 2 + residences % 3 * 2 / 3 : 1;
	int known = tokens_path != NULL ? smaller(people, BULK_TOKENS) : 0;

	/* Losing the last chunk in a crash costs a second run, not data. */
	if (!pg_run(pg, "SET synchronous_commit = off") ||
	    !pg_run(pg, seed_sql("bulk")) || !make_users(pg, config, people, known) ||
	    !make_households(pg, residences, people) || !pg_run(pg, analyze_sql))
		return false;
	if (tokens_path != NULL && !write_tokens(tokens_path, known))
		return false;
	printf("%d synthetic households are there, %d users.\n", residences, people);
	return true;
}
