/* file_link.c: links to files. Runs in workers. */
#include "model/file_link.h"

#include "core/uuid.h"
#include "crypto/hash.h"
#include "model/seal.h"

/* ID.VARIANT.ACCESS.EXPIRES */
static const char *
said(struct arena *a, const struct file_link *l)
{
	return arena_printf(a, "%s.%s.%s.%lld", l->file_id, l->variant, l->access_id,
			    (long long)l->expires_at);
}

static struct str
seal(struct arena *a, struct str secret, const char *what)
{
	return seal_of(a, secret, arena_printf(a, "file %s", what));
}

const char *
file_link_token(struct arena *a, struct str secret, const struct file_link *l)
{
	const char *what = said(a, l);

	return arena_printf(a, "%s.%.*s", what, STR_FMT(seal(a, secret, what)));
}

bool
file_link_read(struct arena *a, struct str secret, struct str token, int64_t now,
	       struct file_link *out)
{
	struct str file = str_cut(&token, '.'), variant = str_cut(&token, '.');
	struct str access = str_cut(&token, '.'), expires = str_cut(&token, '.');

	if (!uuid_is(file) || !uuid_is(access) || token.ptr == NULL ||
	    !str_to_i64(expires, &out->expires_at))
		return false;
	out->file_id = arena_cstr(a, file);
	out->variant = arena_cstr(a, variant);
	out->access_id = arena_cstr(a, access);
	return bytes_equal(token, seal(a, secret, said(a, out))) && out->expires_at > now;
}
