/*
 * race.c: does anybody see an old right after the answer that took it away?
 *
 * A pair is a mutation and a read that is sent, on another connection, after the whole
 * answer to the mutation was received. Teams (a thread, a household, PEERS connections) take the
 * kinds of mutations in turn: warm what caches there are, keep reading while the
 * mutation runs, count what is read after it. One run is one row per kind; t/coherence/run
 * changes the condition Redis is in around it.
 *
 * --mute tests the driver: no mutation is sent, so every pair must be found stale.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/die.h"
#include "core/rand.h"
#include "team.h"

struct options options = {
	.phase = "healthy",
	.kinds = "logout,role,removal,password,profile,revocation,narrowing,telling",
	.pairs = INT64_MAX,
	.seconds = 60,
	.teams = 8,
	.reads = 32
};

static struct team teams[TEAMS_MAX];
static int64_t deadline_ms;

static bool
is_over(void)
{
	return atomic_load(&pairs_made) >= options.pairs ||
	       clock_mono_ms() >= deadline_ms || atomic_load(&faults) >= FAULTS_MAX;
}

static void *
play(void *arg)
{
	struct team *t = arg;

	/* The outcome of a failed mutation is unknown: that team is out. */
	for (unsigned turn = (unsigned)(t - teams); !is_over(); turn++)
		if (!kinds_play(t, turn))
			break;
	return NULL;
}

static void
start(struct team *t)
{
	household_make(&t->household, options.db);
	for (int i = 0; i < PEERS; i++)
		peer_open(&t->slots[i].peer, options.socket);
	t->name = HOUSEHOLD_FIRST_NAME;
	do
		rand_bytes(&t->dice, sizeof(t->dice));
	while (t->dice == 0);
}

static void
finish(struct team *t)
{
	for (int i = 0; i < PEERS; i++)
		peer_close(&t->slots[i].peer);
	household_close(&t->household);
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

/* phase kind mutations pairs stale wrong refused pairs/s reads cached%: t/coherence/run reads it. */
static bool
report(double seconds)
{
	int64_t answers = 0, cached = 0;
	bool good = atomic_load(&faults) == 0;

	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct tally n = sum(kind);

		if (n.mutations + n.pairs + n.wrong == 0)
			continue;
		printf("%-9s %-10s %10lld %10lld %7lld %7lld %8lld %8.0f %9lld %7.1f%%\n",
		       options.phase, kind_names[kind], (long long)n.mutations,
		       (long long)n.pairs, (long long)n.stale, (long long)n.wrong,
		       (long long)n.refused, (double)n.pairs / seconds,
		       (long long)n.answers,
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

static bool
read_option(int letter)
{
	/* clang-format off */
	switch (letter) {
	case 's': options.socket = optarg; break;
	case 'd': options.db = optarg; break;
	case 'p': options.phase = optarg; break;
	case 'k': options.kinds = optarg; break;
	case 'n': options.pairs = positive(optarg); break;
	case 't': options.seconds = positive(optarg); break;
	case 'g': options.teams = (int)positive(optarg); break;
	case 'r': options.reads = (int)positive(optarg); break;
	case 'm': options.mute = true; break;
	case 'c': options.min_cached = (int)positive(optarg); break;
	default: return false;
	}
	/* clang-format on */
	return true;
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

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1)
		if (!read_option(c))
			die("see t/coherence/README.md");
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
