#ifndef HOB_COHERENCE_TEAM_H
#define HOB_COHERENCE_TEAM_H

#include <pthread.h>
#include <stdatomic.h>

#include "household.h"
#include "peer.h"

/*
 * A team: a thread with a household and connections of its own. Here is what it does with any
 * mutation; which mutations there are is kinds.c.
 */
enum {
	PEERS = 9, /* one asks for the mutation, eight read */
	TEAMS_MAX = 64,
	PROBES_MAX = 10,
	DEAD_COUNT = 1024, /* at some 20 mutations a second: the last minute's */
	DEAD_READS = 2,
	RETRY_US = 20000,
	RETRIES_MAX = 250, /* five seconds */
	ANSWER_MS = 20000,
	CODE_USES = 100,
	EXAMPLES_MAX = 10,
	FAULTS_MAX = 1000 /* enough to know */
};

enum kind {
	LOGOUT,
	ROLE,
	REMOVAL,
	JOIN,
	PASSWORD,
	LOGIN,
	PROFILE,
	REVOCATION,
	NARROWING,
	TELLING,
	DEAD,
	KIND_COUNT
};

extern const char *const kind_names[KIND_COUNT];

/* The expected answer before a mutation, or after it. */
struct sight {
	int status;
	char text[64]; /* the body has it; empty: whatever the body is */
	bool absent;   /* ... or, the body lacks it */
};

struct probe {
	const char *method, *token, *body;
	char path[112];
	struct sight before, after;
};

struct op {
	enum kind kind;
	struct ask mutation;
	char path[112], body[128];
	int done; /* the status of a mutation that was made */
	struct probe probes[PROBES_MAX];
	int probe_count;
	/* A login beside the mutation, and what its connection reads then; no method: there is none. */
	struct probe login, late;
	char begun[TOKEN_TEXT_SIZE];	/* the token of its session; "" when it was refused */
};

struct tally {
	int64_t mutations, pairs, stale, wrong, refused, answers, cached;
};

struct slot {
	struct peer peer;
	const struct probe *probe;
	int left; /* counted reads it has yet to send */
	int retries;
	bool counts;
};

struct team {
	pthread_t thread;
	struct household household;
	struct slot slots[PEERS];
	struct tally tally[KIND_COUNT];
	char dead[DEAD_COUNT][TOKEN_TEXT_SIZE];
	int64_t dead_made;
	uint64_t dice;
	unsigned turn;
	int name, code_left;
	bool is_viewer, is_away, is_narrow, is_told, has_second_password;
	char code[32];
};

struct options {
	const char *socket, *db, *phase, *kinds;
	int64_t pairs, seconds;
	int teams, reads, min_cached;
	bool mute;
};

extern struct options options;
extern _Atomic int64_t pairs_made, faults;

/* A number from 0 to sides - 1. */
int team_dice(struct team *t, int sides);
/*
 * Warms, mutates and counts options.reads pairs. False: the mutation was not made, or
 * nobody knows; the team can go on with nothing that it has touched.
 */
bool team_race(struct team *t, struct op *op);
/* Counts `reads` pairs for what was done before, on connections other than `m`. */
void team_count(struct team *t, const struct op *op, int m, int reads);
/* One request on an idle team; `out` lives until its next. */
void team_ask(struct team *t, const struct ask *a, struct answer *out);
/* Adds to *counter, one of this team's, and shows the first few on stderr. */
void team_fault(int64_t *counter, const char *what, enum kind kind, const char *path,
		const struct answer *a);

/* The next mutation in turn, and its pairs; `turn` counts. False: this team is out. */
bool kinds_play(struct team *t, unsigned turn);

#endif
