/*
 * password.c: argon2id, one permit at a time.
 *
 * Not for deciding what a good password is (app/model). A name that nobody has
 * costs what a wrong password costs, so that the time tells nothing. Runs in
 * workers and in the command line.
 */
#include "crypto/password.h"

#include <argon2.h>
#include <malloc.h>
#include <stdio.h>

#include "core/rand.h"
#include "crypto/gate.h"

enum { SALT_BYTES = 16, HASH_BYTES = 32 };

/*
 * argon2 takes its memory by malloc. After the first free of 19 MiB glibc
 * thinks such blocks normal and keeps them in the heap, so every worker would
 * stay that much bigger; the trim gives them back.
 */
static void
done(struct password_gate *g, uint32_t slot)
{
	malloc_trim(0);
	gate_give(g, slot);
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
password_hash(struct password_gate *g, int wait_ms, struct password_cost cost,
	      struct str password, char out[PASSWORD_PHC_SIZE])
{
	uint32_t slot;
	enum err e = gate_take(g, wait_ms, &slot);

	if (e != ERR_OK)
		return e;
	e = hash_under_permit(cost, password, out);
	done(g, slot);
	return e;
}

/* No user, or a hash that is none of ours: refused, but not sooner than others. */
static enum err
refuse_slowly(struct password_cost cost, struct str password)
{
	char unused[PASSWORD_PHC_SIZE];
	enum err e = hash_under_permit(cost, password, unused);

	return e == ERR_OK ? ERR_UNAUTHORIZED : e;
}

static enum err
verify_under_permit(struct password_cost cost, const char *phc, struct str password)
{
	switch (phc != NULL ? argon2id_verify(phc, password.ptr, password.len)
			    : ARGON2_DECODING_FAIL) {
	case ARGON2_OK:
		return ERR_OK;
	case ARGON2_VERIFY_MISMATCH:
		return ERR_UNAUTHORIZED;
	case ARGON2_MEMORY_ALLOCATION_ERROR:
	case ARGON2_THREAD_FAIL:
		return ERR_INTERNAL;
	default:
		return refuse_slowly(cost, password);
	}
}

static bool
made_with_less(const char *phc, struct password_cost cost)
{
	unsigned version, memory_kib, passes, lanes;

	if (sscanf(phc, "$argon2id$v=%u$m=%u,t=%u,p=%u$", &version, &memory_kib, &passes,
		   &lanes) != 4)
		return true;
	return version < ARGON2_VERSION_NUMBER || memory_kib < cost.memory_kib ||
	       passes < cost.passes || lanes < cost.lanes;
}

enum err
password_verify(struct password_gate *g, int wait_ms, struct password_cost cost,
		const char *phc, struct str password, bool *stale)
{
	uint32_t slot;
	enum err e = gate_take(g, wait_ms, &slot);

	*stale = false;
	if (e != ERR_OK)
		return e;
	e = verify_under_permit(cost, phc, password);
	done(g, slot);
	if (e == ERR_OK)
		*stale = made_with_less(phc, cost);
	return e;
}
