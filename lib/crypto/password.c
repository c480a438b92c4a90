/*
 * password.c: argon2id, one permit at a time, and proofs under salts of any scheme that is known.
 *
 * It decides neither what a good password is (app/model) nor whether one is right: the
 * holder of the hash compares. An unknown name costs as much as a wrong password, so that
 * the time tells nothing: what salt stands for it, is the holder's choice as well. Runs in
 * workers and in the command line.
 */
#include "crypto/password.h"

#include <argon2.h>
#include <malloc.h>

#include "core/permits.h"
#include "core/rand.h"

enum { SALT_BYTES = 16, HASH_BYTES = 32 };

/*
 * argon2 takes its memory by malloc. What earlier requests freed below a block that stayed cannot
 * hold 19 MiB, and would be had beside them: it is given back first.
 */
static enum err
begin(struct permits *permits, int wait_ms, uint32_t *slot)
{
	enum err e = permits_take(permits, wait_ms, slot);

	if (e == ERR_OK)
		malloc_trim(0);
	return e;
}

/*
 * After the first free of 19 MiB glibc thinks such blocks normal and keeps them in the heap, so
 * every worker would stay that much bigger; the trim gives them back.
 */
static void
done(struct permits *permits, uint32_t slot)
{
	malloc_trim(0);
	permits_give(permits, slot);
}

static enum err
hash_under_permit(struct password_cost cost, struct str password,
		  char out[PASSWORD_PHC_SIZE])
{
	unsigned char salt[SALT_BYTES];

	rand_bytes(salt, sizeof(salt));
	if (argon2id_hash_encoded(cost.passes, cost.memory_kib, cost.lanes, password.ptr,
				  password.len, salt, sizeof(salt), HASH_BYTES, out,
				  PASSWORD_PHC_SIZE) != ARGON2_OK)
		return ERR_INTERNAL;
	return ERR_OK;
}

enum err
password_hash(struct permits *permits, int wait_ms, struct password_cost cost,
	      struct str password, char out[PASSWORD_PHC_SIZE])
{
	uint32_t slot;
	enum err e = begin(permits, wait_ms, &slot);

	if (e != ERR_OK)
		return e;
	e = hash_under_permit(cost, password, out);
	done(permits, slot);
	return e;
}

/* --- a proof -------------------------------------------------------------- */

static int64_t
work_of(struct password_cost cost)
{
	return (int64_t)cost.memory_kib * cost.passes;
}

/* Of another scheme, it has no cost at all. */
static bool
is_less(const struct password_salt *s, struct password_cost cost)
{
	return s->version < ARGON2_VERSION_NUMBER ||
	       s->cost.memory_kib < cost.memory_kib || s->cost.passes < cost.passes ||
	       s->cost.lanes < cost.lanes;
}

/* No user, or a salt that is none of ours: refused, but not sooner than others. */
static enum err
refuse_slowly(struct password_cost cost, struct str password)
{
	char unused[PASSWORD_PHC_SIZE];
	enum err e = hash_under_permit(cost, password, unused);

	return e == ERR_OK ? ERR_UNAUTHORIZED : e;
}

/*
 * A hash of less than today's cost is worked out sooner than none is refused; the rest is done as
 * well, so that the time does not tell which accounts have one. Work is memory times passes. That of
 * another scheme cannot be told in it: today's comes on top, so that none is refused sooner.
 */
static enum err
make_up(struct password_cost cost, const struct password_salt *s, struct str password)
{
	int64_t left = work_of(cost) - work_of(s->cost);
	struct password_cost rest = { .lanes = cost.lanes };
	char unused[PASSWORD_PHC_SIZE];

	if (left <= 0)
		return ERR_OK;
	rest.passes = (uint32_t)((left + cost.memory_kib - 1) / cost.memory_kib);
	rest.memory_kib = (uint32_t)(left / rest.passes);
	/* Too little to be worked out, and to be seen. */
	if (rest.memory_kib < ARGON2_MIN_MEMORY * cost.lanes)
		return ERR_OK;
	return hash_under_permit(rest, password, unused);
}

/* That of the default of auth.argon2_*: who lowers it does not make what was stored dear. */
static const int64_t usual_work = (int64_t)19456 * 2;

static struct permits *
permits_for(struct password_gate *gate, const struct password_salt *s,
	    struct password_cost cost)
{
	int64_t work = work_of(s->cost);

	return s->version == 0 || (work > work_of(cost) && work > usual_work)
		       ? &gate->dear
		       : &gate->usual;
}

enum err
password_prove(struct password_gate *gate, int wait_ms, struct password_cost cost,
	       const char *salt, struct str password, char out[PASSWORD_PHC_SIZE],
	       bool *stale)
{
	const struct password_scheme *scheme = password_scheme_of(salt);
	struct password_salt s = { .text = salt };
	bool readable = scheme != NULL && scheme->read(&s);
	struct permits *permits = readable ? permits_for(gate, &s, cost) : &gate->usual;
	uint32_t slot;
	enum err e = begin(permits, wait_ms, &slot);

	*stale = false;
	if (e != ERR_OK)
		return e;
	e = readable ? scheme->prove(&s, password, out) : ERR_UNAUTHORIZED;
	if (e == ERR_UNAUTHORIZED)
		e = refuse_slowly(cost, password);
	*stale = e == ERR_OK && is_less(&s, cost);
	if (*stale)
		e = make_up(cost, &s, password);
	done(permits, slot);
	return e;
}
