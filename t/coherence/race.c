/*
 * race.c: does anybody see an old right after the answer that took it away?
 *
 * A pair is a mutation and a read that is sent, on another connection, after the whole
 * answer to the mutation was received. Teams (a thread, a home, PEERS connections) take the
 * kinds of mutations in turn: warm what caches there are, keep reading while the
 * mutation runs, count what is read after it. One run is one row per kind; t/coherence/run
 * changes the condition Redis is in around it.
 *
 * --mute tests the driver: no mutation is sent, so every pair must be found stale.
 */
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/die.h"
#include "core/rand.h"
#include "home.h"
#include "peer.h"

enum {
	PEERS = 9, /* one asks for the mutation, eight read */
	TEAMS_MAX = 64,
	PROBES_MAX = 8,
	DEAD_COUNT = 1024, /* at some 20 mutations a second: the last minute's */
	DEAD_READS = 2,
	RETRY_US = 20000,
	RETRIES_MAX = 250, /* five seconds */
	ANSWER_MS = 20000,
	CODE_USES = 100,
	EXAMPLES_MAX = 10,
	FAULTS_MAX = 1000 /* enough to know */
};

enum kind { LOGOUT, ROLE, REMOVAL, JOIN, PASSWORD, PROFILE, DEAD, KIND_COUNT };

static const char *const kind_names[KIND_COUNT] = {
	[LOGOUT] = "logout",  [ROLE] = "role",	       [REMOVAL] = "removal",
	[JOIN] = "join",      [PASSWORD] = "password", [PROFILE] = "profile",
	[DEAD] = "long-dead",
};

/* What an answer looks like before a mutation, or after it. */
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
	struct home home;
	struct slot slots[PEERS];
	struct tally tally[KIND_COUNT];
	char dead[DEAD_COUNT][TOKEN_TEXT_SIZE];
	int64_t dead_made;
	uint64_t dice;
	unsigned turn;
	int name, code_left;
	bool is_viewer, is_away, has_second_password;
	char code[32];
};

static struct {
	const char *socket, *db, *phase, *kinds;
	int64_t pairs, seconds;
	int teams, reads, min_cached;
	bool mute;
} options = { .phase = "healthy",
	      .kinds = "logout,role,removal,password,profile",
	      .pairs = INT64_MAX,
	      .seconds = 60,
	      .teams = 8,
	      .reads = 16 };

static struct team teams[TEAMS_MAX];
static _Atomic int64_t pairs_made, faults, examples;
static int64_t deadline_ms;

static bool
is_over(void)
{
	return atomic_load(&pairs_made) >= options.pairs ||
	       clock_mono_ms() >= deadline_ms || atomic_load(&faults) >= FAULTS_MAX;
}

static bool
plays(const char *name)
{
	return strstr(options.kinds, name) != NULL;
}

/* xorshift64: which connection goes first need not be unpredictable. */
static int
dice(struct team *t, int sides)
{
	t->dice ^= t->dice << 13;
	t->dice ^= t->dice >> 7;
	t->dice ^= t->dice << 17;
	return (int)(t->dice % (uint64_t)sides);
}

/* --- judging --------------------------------------------------------------------- */

enum verdict { FRESH, STALE, REFUSED, WRONG };

static bool
matches(const struct sight *s, const struct answer *a)
{
	bool found = s->text[0] == '\0' ||
		     memmem(a->body.ptr, a->body.len, s->text, strlen(s->text)) != NULL;

	return a->status == s->status && found != s->absent;
}

static bool
is_refused(const struct answer *a)
{
	return a->status >= 500 || a->status == 429;
}

static enum verdict
judge(const struct probe *p, const struct answer *a)
{
	if (is_refused(a))
		return REFUSED;
	if (matches(&p->after, a))
		return FRESH;
	return matches(&p->before, a) ? STALE : WRONG;
}

static void
show(const char *what, enum kind kind, const char *path, const struct answer *a)
{
	if (atomic_fetch_add(&examples, 1) < EXAMPLES_MAX)
		fprintf(stderr, "%s: %s, %s: %s answered %d %.*s\n", options.phase,
			kind_names[kind], what, path, a->status,
			(int)(a->body.len < 300 ? a->body.len : 300), a->body.ptr);
}

static void
fault(int64_t *counter, const char *what, enum kind kind, const char *path,
      const struct answer *a)
{
	++*counter;
	atomic_fetch_add(&faults, 1);
	show(what, kind, path, a);
}

static void
note(struct tally *n, const struct answer *a)
{
	n->answers++;
	n->cached += a->trips == 0;
}

/* --- asking ------------------------------------------------------------------------ */

/* A broken connection is a refusal like a 5xx; whoever had it asks again. */
static void
reconnect(struct slot *s)
{
	peer_close(&s->peer);
	peer_open(&s->peer, options.socket);
}

static void
ask(struct slot *s, const struct ask *a)
{
	if (!peer_ask(&s->peer, a)) {
		reconnect(s);
		if (!peer_ask(&s->peer, a))
			die("%s takes no request", options.socket);
	}
}

static void
ask_probe(struct slot *s, const struct probe *p, bool counts)
{
	const struct ask a = { p->method, p->path, p->token, p->body };

	s->probe = p;
	s->counts = counts;
	ask(s, &a);
}

static const struct probe *
next_probe(struct team *t, const struct op *op)
{
	return &op->probes[t->turn++ % (unsigned)op->probe_count];
}

/*
 * Waits for one whole answer of any busy connection: its index. A connection that broke is
 * open again when it is returned, and the answer has the status 599.
 */
static int
next_answer(struct team *t, struct answer *out)
{
	static const struct answer lost = { .status = 599,
					    .trips = -1,
					    .body = { "", 0 } };
	struct pollfd fds[PEERS];
	int first = dice(t, PEERS);

	for (;;) {
		for (int i = 0; i < PEERS; i++) {
			fds[i].fd = t->slots[i].peer.busy ? t->slots[i].peer.fd : -1;
			fds[i].events = POLLIN;
			fds[i].revents = 0;
		}
		if (poll(fds, PEERS, ANSWER_MS) == 0)
			die("%s: no answer within %d ms", options.phase, ANSWER_MS);
		for (int n = 0; n < PEERS; n++) {
			int i = (first + n) % PEERS;
			enum peer_state state = PEER_WAIT;

			if (fds[i].fd >= 0 && fds[i].revents != 0)
				state = peer_read(&t->slots[i].peer, out);
			if (state == PEER_LOST) {
				reconnect(&t->slots[i]);
				*out = lost;
			}
			if (state != PEER_WAIT)
				return i;
		}
	}
}

static int
busy(const struct team *t)
{
	int n = 0;

	for (int i = 0; i < PEERS; i++)
		n += t->slots[i].peer.busy;
	return n;
}

/* --- a mutation and its pairs --------------------------------------------------------- */

/*
 * Every connection reads, and must see what was so before: else the check would be blind
 * to it later. Of things that go to and fro this also says that the last mutation of this
 * kind has not been undone by a cache since.
 */
static void
warm(struct team *t, const struct op *op)
{
	struct tally *n = &t->tally[op->kind];
	struct answer a;

	for (int i = 0; i < PEERS; i++)
		ask_probe(&t->slots[i], next_probe(t, op), false);
	while (busy(t) > 0) {
		const struct probe *p = t->slots[next_answer(t, &a)].probe;

		note(n, &a);
		if (is_refused(&a))
			fault(&n->refused, "warming refused", op->kind, p->path, &a);
		else if (!matches(&p->before, &a) || matches(&p->after, &a))
			fault(&n->wrong, "not as before", op->kind, p->path, &a);
	}
}

/* The mutation on connection `m`, while all others go on reading. True: it was made. */
static bool
mutate(struct team *t, const struct op *op, int m)
{
	struct tally *n = &t->tally[op->kind];
	struct answer a;
	int retries = 0;

	for (int i = 0; i < PEERS; i++)
		if (i != m)
			ask_probe(&t->slots[i], next_probe(t, op), false);
	ask(&t->slots[m], &op->mutation);
	n->mutations++;
	for (;;) {
		int i = next_answer(t, &a);

		if (i != m) {
			note(n, &a);
			ask_probe(&t->slots[i], next_probe(t, op), false);
		} else if (is_refused(&a) && retries++ < RETRIES_MAX) {
			fault(&n->refused, "mutation refused", op->kind, op->path, &a);
			usleep(RETRY_US);
			ask(&t->slots[m], &op->mutation);
		} else {
			break;
		}
	}
	if (a.status == op->done)
		return true;
	fault(&n->wrong, "mutation", op->kind, op->path, &a);
	return false;
}

static void
count(struct team *t, const struct op *op, struct slot *s, const struct answer *a)
{
	struct tally *n = &t->tally[op->kind];
	enum verdict v = judge(s->probe, a);

	if (v == REFUSED && s->retries++ < RETRIES_MAX) {
		fault(&n->refused, "read refused", op->kind, s->probe->path, a);
		usleep(RETRY_US);
		ask_probe(s, s->probe, true);
		return;
	}
	n->pairs++;
	atomic_fetch_add(&pairs_made, 1);
	if (v == STALE)
		fault(&n->stale, "STALE", op->kind, s->probe->path, a);
	else if (v != FRESH)
		fault(&n->wrong, "neither old nor new", op->kind, s->probe->path, a);
}

/*
 * Each of the other connections sends its share of the counted reads, the first as soon
 * as its last racing read is over. So there are reads at once, and reads behind every
 * racing one, which may have filled a cache with what it found before the mutation.
 */
static void
count_reads(struct team *t, const struct op *op, int m, int reads)
{
	struct answer a;

	for (int n = 0; n < PEERS; n++)
		t->slots[n].left = t->slots[n].retries = 0;
	for (int n = 0; n < reads; n++)
		t->slots[(m + 1 + n % (PEERS - 1)) % PEERS].left++;
	for (int i = 0; i < PEERS; i++)
		if (!t->slots[i].peer.busy && t->slots[i].left-- > 0)
			ask_probe(&t->slots[i], next_probe(t, op), true);
	while (busy(t) > 0) {
		struct slot *s = &t->slots[next_answer(t, &a)];

		note(&t->tally[op->kind], &a);
		if (s->counts)
			count(t, op, s, &a);
		if (!s->peer.busy && s->left-- > 0)
			ask_probe(s, next_probe(t, op), true);
	}
}

static void
drain(struct team *t)
{
	struct answer a;

	while (busy(t) > 0)
		next_answer(t, &a);
}

static bool
race(struct team *t, struct op *op)
{
	int m = dice(t, PEERS);

	op->mutation.path = op->path;
	op->mutation.body = op->body[0] == '\0' ? NULL : op->body;
	warm(t, op);
	if (options.mute) {
		count_reads(t, op, m, options.reads);
		return false;
	}
	if (!mutate(t, op, m)) {
		drain(t);
		return false;
	}
	count_reads(t, op, m, options.reads);
	return true;
}

/* --- the kinds --------------------------------------------------------------------- */

static struct probe *
add_probe(struct op *op, const char *method, const char *token, const char *path)
{
	struct probe *p = &op->probes[op->probe_count++];

	*p = (struct probe){ .method = method, .token = token };
	snprintf(p->path, sizeof(p->path), "%s", path);
	return p;
}

/* Two reads that a session's end must refuse. */
static void
add_session_probes(struct op *op, const char *token)
{
	static const char *const paths[] = { "/api/auth/me", "/api/residences" };

	for (int i = 0; i < 2; i++) {
		struct probe *p = add_probe(op, "GET", token, paths[i]);

		p->before.status = 200;
		p->after.status = 401;
	}
}

static void
bury(struct team *t, const char *token)
{
	memcpy(t->dead[t->dead_made++ % DEAD_COUNT], token, TOKEN_TEXT_SIZE);
}

static bool
race_logout(struct team *t)
{
	const char *token = home_spare(&t->home);
	struct op op = { .kind = LOGOUT,
			 .mutation = { "POST", NULL, token, NULL },
			 .done = 204 };

	snprintf(op.path, sizeof(op.path), "/api/auth/logout");
	add_session_probes(&op, token);
	if (!race(t, &op))
		return false;
	bury(t, token);
	return true;
}

static bool
race_password(struct team *t)
{
	static const char second[] = "coherence two 4711";
	struct op op = { .kind = PASSWORD,
			 .mutation = { "POST", NULL, t->home.token[KEEPER], NULL },
			 .done = 204 };
	bool back = t->has_second_password;

	home_new_others(&t->home);
	snprintf(op.path, sizeof(op.path), "/api/auth/change-password");
	snprintf(op.body, sizeof(op.body),
		 "{\"old_password\":\"%s\",\"new_password\":\"%s\"}",
		 back ? second : HOME_PASSWORD, back ? HOME_PASSWORD : second);
	for (int i = 0; i < OTHERS_COUNT; i++)
		add_session_probes(&op, t->home.others[i]);
	if (!race(t, &op))
		return false;
	t->has_second_password = !back;
	for (int i = 0; i < OTHERS_COUNT; i++)
		bury(t, t->home.others[i]);
	return true;
}

static bool
race_profile(struct team *t)
{
	struct op op = { .kind = PROFILE,
			 .mutation = { "PATCH", NULL, t->home.token[OWNER], NULL },
			 .done = 200 };
	struct sight *sights[2][2];
	struct probe *p;

	snprintf(op.path, sizeof(op.path), "/api/auth/me");
	snprintf(op.body, sizeof(op.body), "{\"first_name\":\"" HOME_NAME "%d\"}",
		 t->name + 1);
	p = add_probe(&op, "GET", t->home.token[OWNER], "/api/auth/me");
	sights[0][0] = &p->before;
	sights[0][1] = &p->after;
	p = add_probe(&op, "GET", t->home.token[MEMBER], "/api/residences");
	sights[1][0] = &p->before;
	sights[1][1] = &p->after;
	for (int i = 0; i < 4; i++) {
		struct sight *s = sights[i / 2][i % 2];

		s->status = 200;
		snprintf(s->text, sizeof(s->text),
			 i < 2 ? "\"first_name\":\"" HOME_NAME "%d\""
			       : "\"name\":\"" HOME_NAME "%d Racer\"",
			 t->name + i % 2);
	}
	if (!race(t, &op))
		return false;
	t->name++;
	return true;
}

static bool
race_role(struct team *t)
{
	static const char *const roles[] = { "\"role\":\"member\"",
					     "\"role\":\"viewer\"" };
	static const int may_edit[] = { 200, 403 };
	struct op op = { .kind = ROLE,
			 .mutation = { "PATCH", NULL, t->home.token[OWNER], NULL },
			 .done = 200 };
	struct probe *p;
	char path[112];

	snprintf(op.path, sizeof(op.path), "/api/residences/%s/members/%s", t->home.id,
		 t->home.user_id[MEMBER]);
	snprintf(op.body, sizeof(op.body), "{%s}", roles[!t->is_viewer]);
	snprintf(path, sizeof(path), "/api/residences/%s", t->home.id);
	for (int i = 0; i < 2; i++) {
		p = add_probe(&op, "GET", t->home.token[MEMBER],
			      i ? path : "/api/residences");
		p->before.status = p->after.status = 200;
		snprintf(p->before.text, sizeof(p->before.text), "%s",
			 roles[t->is_viewer]);
		snprintf(p->after.text, sizeof(p->after.text), "%s",
			 roles[!t->is_viewer]);
	}
	op.probes[op.probe_count++] = op.probes[0];
	/* One in four tries what only a member may. */
	snprintf(path, sizeof(path), "/api/tasks/%s", t->home.task_id);
	p = add_probe(&op, "PATCH", t->home.token[MEMBER], path);
	p->body = "{\"title\":\"Run\"}";
	p->before.status = may_edit[t->is_viewer];
	p->after.status = may_edit[!t->is_viewer];
	if (!race(t, &op))
		return false;
	t->is_viewer = !t->is_viewer;
	return true;
}

/* A code to join by; it is shown once, and good for CODE_USES. */
static bool
new_code(struct team *t)
{
	static const char key[] = "\"code\":\"";
	struct op op = { .kind = JOIN };
	const struct ask a = { "POST", op.path, t->home.token[OWNER], op.body };
	struct answer answer;
	const char *found;

	snprintf(op.path, sizeof(op.path), "/api/residences/%s/share-codes", t->home.id);
	snprintf(op.body, sizeof(op.body),
		 "{\"role\":\"member\",\"max_uses\":%d,\"expires_in_hours\":24}",
		 CODE_USES);
	ask(&t->slots[0], &a);
	next_answer(t, &answer);
	found = memmem(answer.body.ptr, answer.body.len, key, sizeof(key) - 1);
	if (answer.status != 201 || found == NULL) {
		fault(&t->tally[JOIN].wrong, "no share code", JOIN, op.path, &answer);
		return false;
	}
	found += sizeof(key) - 1;
	snprintf(t->code, sizeof(t->code), "%.*s", (int)strcspn(found, "\""), found);
	t->code_left = CODE_USES;
	return true;
}

static void
add_home_probes(struct team *t, struct op *op, bool is_away)
{
	char path[112];
	struct probe *p;

	p = add_probe(op, "GET", t->home.token[GUEST], "/api/residences");
	p->before = (struct sight){ .status = 200, .absent = is_away };
	p->after = (struct sight){ .status = 200, .absent = !is_away };
	snprintf(p->before.text, sizeof(p->before.text), "%s", t->home.id);
	snprintf(p->after.text, sizeof(p->after.text), "%s", t->home.id);
	snprintf(path, sizeof(path), "/api/residences/%s", t->home.id);
	p = add_probe(op, "GET", t->home.token[GUEST], path);
	p->before.status = is_away ? 404 : 200;
	p->after.status = is_away ? 200 : 404;
}

static bool
race_removal(struct team *t)
{
	struct op op = { .kind = REMOVAL,
			 .mutation = { "DELETE", NULL, t->home.token[OWNER], NULL },
			 .done = 204 };

	snprintf(op.path, sizeof(op.path), "/api/residences/%s/members/%s", t->home.id,
		 t->home.user_id[GUEST]);
	add_home_probes(t, &op, false);
	t->is_away = race(t, &op);
	return t->is_away;
}

static bool
race_join(struct team *t)
{
	struct op op = { .kind = JOIN,
			 .mutation = { "POST", NULL, t->home.token[GUEST], NULL },
			 .done = 200 };

	if (t->code_left == 0 && !new_code(t))
		return false;
	t->code_left--;
	snprintf(op.path, sizeof(op.path), "/api/residences/join");
	snprintf(op.body, sizeof(op.body), "{\"code\":\"%s\"}", t->code);
	add_home_probes(t, &op, true);
	t->is_away = !race(t, &op);
	return !t->is_away;
}

static bool
race_removal_or_join(struct team *t)
{
	return t->is_away ? race_join(t) : race_removal(t);
}

/* Sessions that ended up to a minute ago, perhaps while Redis was in another condition. */
static void
read_dead(struct team *t)
{
	int have = (int)(t->dead_made < DEAD_COUNT ? t->dead_made : DEAD_COUNT);
	struct op op = { .kind = DEAD };

	if (have == 0)
		return;
	for (int i = 0; i < DEAD_READS; i++)
		add_session_probes(&op, t->dead[dice(t, have)]);
	count_reads(t, &op, dice(t, PEERS), DEAD_READS);
}

static const struct {
	const char *name;
	bool (*race)(struct team *t);
} turns[] = {
	{ "logout", race_logout },	     { "role", race_role },
	{ "removal", race_removal_or_join }, { "password", race_password },
	{ "profile", race_profile },	     { "removal", race_removal_or_join },
};

static void *
play(void *arg)
{
	struct team *t = arg;

	/* Nothing is known of what a mutation that failed has done: this team is out. */
	for (unsigned i = (unsigned)(t - teams); !is_over(); i++) {
		i %= sizeof(turns) / sizeof(turns[0]);
		if (!plays(turns[i].name))
			continue;
		if (!turns[i].race(t))
			break;
		read_dead(t);
	}
	return NULL;
}

/* --- all of it -------------------------------------------------------------------------- */

static void
start(struct team *t)
{
	home_make(&t->home, options.db);
	for (int i = 0; i < PEERS; i++)
		peer_open(&t->slots[i].peer, options.socket);
	t->name = HOME_FIRST_NAME;
	do
		rand_bytes(&t->dice, sizeof(t->dice));
	while (t->dice == 0);
}

static void
finish(struct team *t)
{
	for (int i = 0; i < PEERS; i++)
		peer_close(&t->slots[i].peer);
	home_close(&t->home);
}

static struct tally
sum(enum kind kind)
{
	struct tally all = { 0 };

	for (int i = 0; i < options.teams; i++) {
		const struct tally *n = &teams[i].tally[kind];

		all.mutations += n->mutations;
		all.pairs += n->pairs;
		all.stale += n->stale;
		all.wrong += n->wrong;
		all.refused += n->refused;
		all.answers += n->answers;
		all.cached += n->cached;
	}
	return all;
}

/* phase kind mutations pairs stale wrong refused pairs/s cached%: t/coherence/run reads it. */
static bool
report(double seconds)
{
	int64_t answers = 0, cached = 0;
	bool good = atomic_load(&faults) == 0;

	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct tally n = sum(kind);

		if (n.mutations + n.pairs + n.wrong == 0)
			continue;
		printf("%-9s %-10s %10lld %10lld %7lld %7lld %8lld %8.0f %7.1f%%\n",
		       options.phase, kind_names[kind], (long long)n.mutations,
		       (long long)n.pairs, (long long)n.stale, (long long)n.wrong,
		       (long long)n.refused, (double)n.pairs / seconds,
		       n.answers > 0 ? 100.0 * (double)n.cached / (double)n.answers : 0);
		answers += n.answers;
		cached += n.cached;
	}
	if (cached * 100 < answers * options.min_cached) {
		fprintf(stderr, "%s: %lld of %lld answers came without a round trip\n",
			options.phase, (long long)cached, (long long)answers);
		good = false;
	}
	if (options.pairs < INT64_MAX && atomic_load(&pairs_made) < options.pairs) {
		fprintf(stderr, "%s: %lld pairs in the time given\n", options.phase,
			(long long)atomic_load(&pairs_made));
		good = false;
	}
	return good && atomic_load(&pairs_made) > 0;
}

static int64_t
positive(const char *text)
{
	int64_t n;

	if (!str_to_i64(str_of(text), &n) || n < 1)
		die("%s is not a number from 1", text);
	return n;
}

static void
read_options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "socket", 1, NULL, 's' },	{ "db", 1, NULL, 'd' },
		{ "phase", 1, NULL, 'p' },	{ "kinds", 1, NULL, 'k' },
		{ "pairs", 1, NULL, 'n' },	{ "seconds", 1, NULL, 't' },
		{ "teams", 1, NULL, 'g' },	{ "reads", 1, NULL, 'r' },
		{ "min-cached", 1, NULL, 'c' }, { "mute", 0, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 's':
			options.socket = optarg;
			break;
		case 'd':
			options.db = optarg;
			break;
		case 'p':
			options.phase = optarg;
			break;
		case 'k':
			options.kinds = optarg;
			break;
		case 'n':
			options.pairs = positive(optarg);
			break;
		case 't':
			options.seconds = positive(optarg);
			break;
		case 'g':
			options.teams = (int)positive(optarg);
			break;
		case 'r':
			options.reads = (int)positive(optarg);
			break;
		case 'm':
			options.mute = true;
			break;
		case 'c':
			options.min_cached = (int)positive(optarg);
			break;
		default:
			die("see t/coherence/README.md");
		}
	}
	if (options.socket == NULL || options.db == NULL || options.teams > TEAMS_MAX)
		die("--socket and --db, and at most %d teams", TEAMS_MAX);
}

int
main(int argc, char **argv)
{
	int64_t started;
	bool good;

	read_options(argc, argv);
	for (int i = 0; i < options.teams; i++)
		start(&teams[i]);
	started = clock_mono_ms();
	deadline_ms = started + options.seconds * 1000;
	for (int i = 0; i < options.teams; i++)
		if (pthread_create(&teams[i].thread, NULL, play, &teams[i]) != 0)
			die("no thread");
	for (int i = 0; i < options.teams; i++)
		pthread_join(teams[i].thread, NULL);
	good = report((double)(clock_mono_ms() - started) / 1000);
	for (int i = 0; i < options.teams; i++)
		finish(&teams[i]);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
