/*
 * unsubscribe.c: the tokens in links of mails that end mails. Runs in runners, which write them, and in workers, which
 * are given them.
 */
#include "model/unsubscribe.h"

#include "core/uuid.h"
#include "crypto/hash.h"
#include "model/seal.h"

static struct str
seal(struct arena *a, struct str secret, struct str user_id, struct str kind)
{
	return seal_of(a, secret,
		       arena_printf(a, "unsubscribe %.*s %.*s", STR_FMT(user_id),
				    STR_FMT(kind)));
}

struct str
unsubscribe_token(struct arena *a, struct str secret, struct str user_id, struct str kind)
{
	return str_of(arena_printf(a, "%.*s.%.*s.%.*s", STR_FMT(kind), STR_FMT(user_id),
				   STR_FMT(seal(a, secret, user_id, kind))));
}

bool
unsubscribe_read(struct arena *a, struct str secret, struct str token,
		 struct str *user_id, struct str *kind)
{
	*kind = arena_str(a, str_cut(&token, '.'));
	*user_id = arena_str(a, str_cut(&token, '.'));
	return token.ptr != NULL && uuid_is(*user_id) &&
	       bytes_equal(token, seal(a, secret, *user_id, *kind));
}
