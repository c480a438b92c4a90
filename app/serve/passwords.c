/*
 * passwords.c: argon2id in a request, at the cost that the configuration says and under the semaphore of the shared
 * block. Runs in workers.
 */
#include "serve/passwords.h"

#include "core/arena.h"
#include "crypto/password.h"
#include "serve/request.h"
#include "serve/worker.h"

static struct password_cost
cost_of(const struct config *c)
{
	return (struct password_cost){
		.memory_kib = (uint32_t)(c->auth_argon2_memory_bytes / 1024),
		.passes = (uint32_t)c->auth_argon2_passes,
		.lanes = (uint32_t)c->auth_argon2_lanes,
	};
}

enum err
request_hash(struct req *r, const char *password, int64_t wait_ms, const char **out)
{
	const struct heritage *h = r->worker->heritage;
	char *phc = arena_alloc(r->arena, PASSWORD_PHC_SIZE);
	enum err e = password_hash(&h->shared->passwords.usual, (int)wait_ms,
				   cost_of(&h->config), str_of(password), phc);

	if (e == ERR_OK)
		*out = phc;
	return e;
}

enum err
request_prove(struct req *r, struct str salt, const char *password, const char **proof,
	      bool *stale)
{
	const struct heritage *h = r->worker->heritage;
	char *phc = arena_alloc(r->arena, PASSWORD_PHC_SIZE);
	enum err e = password_prove(&h->shared->passwords,
				    (int)h->config.auth_hash_wait_ms, cost_of(&h->config),
				    salt.ptr != NULL ? arena_cstr(r->arena, salt) : NULL,
				    str_of(password), phc, stale);

	*proof = e == ERR_OK ? phc : NULL;
	return e;
}
