/* export.c: the links of exports. Runs in runners, which write them, and in workers. */
#include "model/export.h"

#include <ctype.h>

#include "core/uuid.h"
#include "crypto/hash.h"
#include "model/seal.h"

/* As the database writes it, and the names of files. */
static struct str
small(struct arena *a, struct str id)
{
	char *text = arena_cstr(a, id);

	for (char *c = text; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return (struct str){ text, id.len };
}

static struct str
seal(struct arena *a, struct str secret, struct str id)
{
	return seal_of(a, secret, arena_printf(a, "export %.*s", STR_FMT(id)));
}

const char *
export_token(struct arena *a, struct str secret, struct str id)
{
	id = small(a, id);
	return arena_printf(a, "%.*s.%.*s", STR_FMT(id), STR_FMT(seal(a, secret, id)));
}

bool
export_read(struct arena *a, struct str secret, struct str token, struct str *id)
{
	*id = small(a, str_cut(&token, '.'));
	return token.ptr != NULL && uuid_is(*id) &&
	       bytes_equal(token, seal(a, secret, *id));
}
