/*
 * team.c: one mutation, what is read around it, and what is made of the answers.
 */
#include "team.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/die.h"

_Atomic int64_t pairs_made, faults;
static _Atomic int64_t examples;

/* xorshift64: which connection goes first need not be unpredictable. */
int
team_dice(struct team *t, int sides)
{
	t->dice ^= t->dice << 13;
	t->dice ^= t->dice >> 7;
	t->dice ^= t->dice << 17;
	return (int)(t->dice % (uint64_t)sides);
}

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

void
team_fault(int64_t *counter, const char *what, enum kind kind, const char *path,
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

/* A broken connection is a refusal like a 5xx; its client asks again. */
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
	int first = team_dice(t, PEERS);

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
			team_fault(&n->refused, "warming refused", op->kind, p->path, &a);
		else if (!matches(&p->before, &a) || matches(&p->after, &a))
			team_fault(&n->wrong, "not as before", op->kind, p->path, &a);
	}
}

/* Is it the answer to the login? Then its session is what that connection reads from now on. */
static bool
began(struct op *op, const struct slot *s, const struct answer *a)
{
	static const char key[] = "\"token\":\"";
	const char *found;

	if (s->probe != &op->login)
		return false;
	found = memmem(a->body.ptr, a->body.len, key, sizeof(key) - 1);
	if (a->status != 200 || found == NULL)
		return true;
	found += sizeof(key) - 1;
	snprintf(op->begun, sizeof(op->begun), "%.*s", (int)strcspn(found, "\""), found);
	/* Of what is no token a 401 says nothing. */
	if (!token_is(TOKEN_SESSION, str_of(op->begun)))
		die("%s: a login gave no token", options.phase);
	return true;
}

static const struct probe *
next_racing(struct team *t, const struct op *op, const struct slot *s)
{
	bool late = s->probe == &op->login || s->probe == &op->late;

	return late && op->begun[0] ? &op->late : next_probe(t, op);
}

/* The login may be answered last; what it began is to be known. */
static void
await_login(struct team *t, struct op *op)
{
	struct answer a;

	while (!began(op, &t->slots[next_answer(t, &a)], &a))
		;
}

/*
 * The mutation on connection `m`, while two to eight others go on reading; those that do
 * not have their first counted read on the way the moment it is answered. True: it was made.
 */
static bool
mutate(struct team *t, struct op *op, int m)
{
	struct tally *n = &t->tally[op->kind];
	struct answer a;
	int retries = 0, racers = 2 + team_dice(t, PEERS - 2), status;
	bool begins = op->login.method != NULL;

	for (int i = 1; i <= racers; i++)
		ask_probe(&t->slots[(m + i) % PEERS],
			  begins && i == 1 ? &op->login : next_probe(t, op), false);
	ask(&t->slots[m], &op->mutation);
	n->mutations++;
	for (;;) {
		int i = next_answer(t, &a);

		if (i != m) {
			note(n, &a);
			begins = began(op, &t->slots[i], &a) ? false : begins;
			ask_probe(&t->slots[i], next_racing(t, op, &t->slots[i]), false);
		} else if (is_refused(&a) && retries++ < RETRIES_MAX) {
			team_fault(&n->refused, "mutation refused", op->kind, op->path,
				   &a);
			usleep(RETRY_US);
			ask(&t->slots[m], &op->mutation);
		} else {
			break;
		}
	}
	status = a.status;
	if (status != op->done)
		team_fault(&n->wrong, "mutation", op->kind, op->path, &a);
	if (begins)
		await_login(t, op);
	return status == op->done;
}

static void
count(struct team *t, const struct op *op, struct slot *s, const struct answer *a)
{
	struct tally *n = &t->tally[op->kind];
	enum verdict v = judge(s->probe, a);

	if (v == REFUSED && s->retries++ < RETRIES_MAX) {
		team_fault(&n->refused, "read refused", op->kind, s->probe->path, a);
		usleep(RETRY_US);
		ask_probe(s, s->probe, true);
		return;
	}
	n->pairs++;
	atomic_fetch_add(&pairs_made, 1);
	if (v == STALE)
		team_fault(&n->stale, "STALE", op->kind, s->probe->path, a);
	else if (v != FRESH)
		team_fault(&n->wrong, "neither old nor new", op->kind, s->probe->path, a);
}

/*
 * Each of the other connections sends its share of the counted reads, the first as soon
 * as its last racing read is over. So there are reads at once, and reads behind every
 * racing one, which may have filled a cache with what it found before the mutation.
 */
void
team_count(struct team *t, const struct op *op, int m, int reads)
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

bool
team_race(struct team *t, struct op *op)
{
	int m = team_dice(t, PEERS);

	op->mutation.path = op->path;
	op->mutation.body = op->body[0] == '\0' ? NULL : op->body;
	warm(t, op);
	if (options.mute) {
		team_count(t, op, m, options.reads);
		return false;
	}
	if (!mutate(t, op, m)) {
		drain(t);
		return false;
	}
	team_count(t, op, m, options.reads);
	return true;
}

void
team_ask(struct team *t, const struct ask *a, struct answer *out)
{
	ask(&t->slots[0], a);
	next_answer(t, out);
}
