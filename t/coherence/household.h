#ifndef HOB_COHERENCE_HOUSEHOLD_H
#define HOB_COHERENCE_HOUSEHOLD_H

#include <libpq-fe.h>

#include "core/uuid.h"
#include "crypto/token.h"

/*
 * A team's household: a residence, its people and their sessions, written into the
 * database as hob_owner. All of it is new, so no cache has seen it.
 */
enum person { OWNER, MEMBER, GUEST, LEAVER, KEEPER, PERSON_COUNT };

enum { SPARE_COUNT = 256, OTHERS_COUNT = 4 };

/* A personal access token, good for all residences. */
struct access {
	char id[UUID_TEXT_SIZE], token[TOKEN_TEXT_SIZE];
};

struct household {
	PGconn *db;
	char id[UUID_TEXT_SIZE], task_id[UUID_TEXT_SIZE];
	char hut_id[UUID_TEXT_SIZE];			/* another residence, of OWNER alone */
	char user_id[PERSON_COUNT][UUID_TEXT_SIZE];
	char token[PERSON_COUNT][TOKEN_TEXT_SIZE];	/* a session of each that stays */
	struct access access[PERSON_COUNT];		/* and an access token */
	char spare[SPARE_COUNT][TOKEN_TEXT_SIZE];	/* of LEAVER, to be logged out */
	int spare_left;
	char others[OTHERS_COUNT][TOKEN_TEXT_SIZE];	/* of KEEPER, to end by a new password */
};

/* The prefix of owners' first names; a number follows. */
#define HOUSEHOLD_NAME "N"
enum { HOUSEHOLD_FIRST_NAME = 1000000 };
#define HOUSEHOLD_PASSWORD "coherence one 4711"

/* Everybody is a member of the residence, all but MEMBER and GUEST only viewers. Dies on errors. */
void household_make(struct household *h, const char *db_url);
void household_close(struct household *h);
/* An unused session of LEAVER; lives until the next call. */
const char *household_spare(struct household *h);
/* A new access token of theirs into h->access. */
void household_new_access(struct household *h, enum person who);
/* New sessions of KEEPER into h->others, and a new access token. */
void household_new_others(struct household *h);

#endif
