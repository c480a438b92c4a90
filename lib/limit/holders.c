/*
 * holders.c: the account of a token that this host has seen as a valid session.
 *
 * A hint is two words, token ^ account and account, written one after the other without a
 * lock. A reader of one old and one new word gets a token that does not exist (the idea
 * of Hyatt and Mann, A lockless transposition table, 2002). Runs in workers.
 */
#include "limit/holders.h"

#include <stddef.h>

static uint64_t
load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static void
store(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/* The way of this token in its set, and its account; -1 when there is none. */
static int
way_of(const struct holders *h, uint64_t token, uint64_t *account)
{
	const uint64_t(*set)[2] = h->words[token % HOLDERS_SETS];

	for (int i = 0; i < HOLDERS_WAYS; i++) {
		*account = load(&set[i][1]);
		if (*account != 0 && (load(&set[i][0]) ^ *account) == token)
			return i;
	}
	*account = 0;
	return -1;
}

uint64_t
holders_find(const struct holders *h, uint64_t token)
{
	uint64_t account;

	way_of(h, token, &account);
	return account;
}

/* A free one, or one that chance picks: bits of the token that do not choose its set. */
static int
way_for(const struct holders *h, uint64_t token)
{
	const uint64_t(*set)[2] = h->words[token % HOLDERS_SETS];

	for (int i = 0; i < HOLDERS_WAYS; i++)
		if (load(&set[i][1]) == 0)
			return i;
	return (int)(token >> 32) & (HOLDERS_WAYS - 1);
}

void
holders_keep(struct holders *h, uint64_t token, uint64_t account)
{
	uint64_t(*set)[2] = h->words[token % HOLDERS_SETS], old;
	int way = way_of(h, token, &old);

	if (way < 0)
		way = way_for(h, token);
	store(&set[way][0], token ^ account);
	store(&set[way][1], account);
}

void
holders_forget(struct holders *h, uint64_t token)
{
	uint64_t account;
	int way = way_of(h, token, &account);

	if (way >= 0)
		store(&h->words[token % HOLDERS_SETS][way][1], 0);
}
