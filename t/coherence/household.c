/*
 * household.c: households for the driver, made behind the API's back.
 */
#include "household.h"

#include <stdio.h>
#include <string.h>

#include "core/die.h"
#include "core/strbuf.h"
#include "crypto/password.h"

static void
run(struct household *h, const char *sql, int count, const char *const *values)
{
	PGresult *r = PQexecParams(h->db, sql, count, NULL, values, NULL, NULL, 0);

	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		die("seeding: %s", PQerrorMessage(h->db));
	PQclear(r);
}

/* Sessions with new tokens, set-based: their hashes go as one array. */
static void
add_sessions(struct household *h, enum person who, int count,
	     char tokens[][TOKEN_TEXT_SIZE])
{
	char hash[SHA256_HEX_SIZE];
	const char *values[2] = { h->user_id[who], NULL };
	struct strbuf hashes;

	strbuf_init(&hashes);
	for (int i = 0; i < count; i++) {
		token_new(TOKEN_SESSION, tokens[i]);
		token_hash(str_of(tokens[i]), hash);
		strbuf_addf(&hashes, "%c%s", i == 0 ? '{' : ',', hash);
	}
	strbuf_add_bytes(&hashes, "}", 2); /* with its NUL */
	values[1] = strbuf_str(&hashes).ptr;
	run(h,
	    "INSERT INTO sessions (id, user_id, token_hash, device_name)"
	    " SELECT gen_random_uuid(), $1, hash, 'race' FROM unnest($2::text[]) hash",
	    2, values);
	strbuf_release(&hashes);
}

void
household_new_access(struct household *h, enum person who)
{
	struct access *a = &h->access[who];
	const char *values[] = { a->id, h->user_id[who], a->token };

	uuid_v7(a->id);
	token_new(TOKEN_ACCESS, a->token);
	run(h,
	    "INSERT INTO access_tokens (id, user_id, name, hint, scope, token_hash)"
	    " VALUES ($1, $2, 'race', 'race', 'write',"
	    "	encode(sha256(('access token ' || $3)::bytea), 'hex'))",
	    3, values);
}

static void
password_phc(char out[PASSWORD_PHC_SIZE])
{
	static const struct password_cost cheapest = { 8, 1, 1 };
	struct permits gate;

	permits_init(&gate, 1, 1);
	if (password_hash(&gate, 1000, cheapest, STR(HOUSEHOLD_PASSWORD), out) != ERR_OK)
		die("cannot hash a password");
}

static void
add_person(struct household *h, enum person who, const char *phc)
{
	char name[32];
	const char *values[] = { h->user_id[who], phc, name };

	snprintf(name, sizeof(name), HOUSEHOLD_NAME "%d", HOUSEHOLD_FIRST_NAME);
	uuid_v7(h->user_id[who]);
	run(h,
	    "INSERT INTO users (id, email, password_hash, first_name, last_name)"
	    " VALUES ($1::uuid, $1::uuid || '@race.example', $2, $3, 'Racer')",
	    3, values);
	add_sessions(h, who, 1, &h->token[who]);
	household_new_access(h, who);
}

static void
add_residence(struct household *h)
{
	const char *made[] = { h->id, h->user_id[OWNER], h->task_id, h->hut_id };

	uuid_v7(h->id);
	uuid_v7(h->task_id);
	uuid_v7(h->hut_id);
	run(h,
	    "WITH made AS (INSERT INTO residences (id, owner_id, name, time_zone)"
	    " VALUES ($1, $2, 'Race', 'UTC'), ($4, $2, 'Hut', 'UTC') RETURNING id)"
	    " INSERT INTO tasks (id, residence_id, title, created_by)"
	    " SELECT $3, id, 'Run', $2 FROM made WHERE id = $1",
	    4, made);
	for (enum person who = MEMBER; who < PERSON_COUNT; who++) {
		const char *joins[] = { h->id, h->user_id[who],
					who == MEMBER || who == GUEST ? "member"
								      : "viewer" };

		run(h,
		    "INSERT INTO residence_members (residence_id, user_id, role)"
		    " VALUES ($1, $2, $3::residence_role)",
		    3, joins);
	}
}

void
household_make(struct household *h, const char *db_url)
{
	char phc[PASSWORD_PHC_SIZE];

	h->db = PQconnectdb(db_url);
	if (PQstatus(h->db) != CONNECTION_OK)
		die("%s", PQerrorMessage(h->db));
	h->spare_left = 0;
	password_phc(phc);
	for (enum person who = OWNER; who < PERSON_COUNT; who++)
		add_person(h, who, phc);
	add_residence(h);
}

void
household_close(struct household *h)
{
	PQfinish(h->db);
}

const char *
household_spare(struct household *h)
{
	if (h->spare_left == 0) {
		add_sessions(h, LEAVER, SPARE_COUNT, h->spare);
		h->spare_left = SPARE_COUNT;
	}
	return h->spare[--h->spare_left];
}

void
household_new_others(struct household *h)
{
	add_sessions(h, KEEPER, OTHERS_COUNT, h->others);
	household_new_access(h, KEEPER);
}
