/* export.c: the links of exports. Runs in runners, which write them, and in workers. */
#include "model/export.h"

#include "core/uuid.h"
#include "crypto/hash.h"
#include "model/seal.h"

static struct str
seal(struct arena *a, struct str secret, struct str id)
{
	return seal_of(a, secret, arena_printf(a, "export %.*s", STR_FMT(id)));
}

const char *
export_path(struct arena *a, struct str secret, struct str id)
{
	return arena_printf(a, "/api/exports/%.*s.%.*s", STR_FMT(id),
			    STR_FMT(seal(a, secret, id)));
}

bool
export_read(struct arena *a, struct str secret, struct str token, struct str *id)
{
	*id = arena_str(a, str_cut(&token, '.'));
	return token.ptr != NULL && uuid_is(*id) &&
	       bytes_equal(token, seal(a, secret, *id));
}
