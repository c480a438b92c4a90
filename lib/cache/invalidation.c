/*
 * invalidation.c: after a change. First the values of the keys in Redis are deleted and the
 * other hosts are told, then the keys are touched in the shared block; the order matters:
 * remote.h and t/model. Runs in workers, and in programs beside them.
 */
#include "cache/invalidation.h"

#include <string.h>

/* The keys whose values Redis holds, and the prefix of their names there. */
static const struct {
	struct str key, name;
} remembered[] = {
	{ { "token:", 6 }, { "tok:", 4 } },
};

/* The names in Redis of the keys; at most as many. */
static int
name_all(const struct touched *t, struct str *names)
{
	int n = 0;

	for (int k = 0; k < t->count; k++)
		for (size_t i = 0; i < sizeof(remembered) / sizeof(remembered[0]); i++) {
			struct str id = t->keys[k];

			if (!str_starts(id, remembered[i].key))
				continue;
			id.ptr += remembered[i].key.len;
			id.len -= remembered[i].key.len;
			names[n++] = str_of(arena_printf(t->arena, "%.*s%.*s",
							 STR_FMT(remembered[i].name),
							 STR_FMT(id)));
		}
	return n;
}

static struct str
joined(const struct touched *t)
{
	char *text = arena_alloc(t->arena, t->bytes + 1), *to = text;

	for (int i = 0; i < t->count; i++) {
		memcpy(to, t->keys[i].ptr, t->keys[i].len);
		to += t->keys[i].len;
		*to++ = ' ';
	}
	return (struct str){ text, t->bytes ? t->bytes - 1 : 0 };
}

static enum err
said(const struct remote *r, enum err e)
{
	return r->shared != NULL && cache_is_alone(r->shared) ? ERR_OK : e;
}

enum err
cache_invalidate(struct remote *r, const struct touched *t)
{
	struct str *names;
	enum err e;

	if (t->count == 0 && t->rings.len == 0)
		return ERR_OK;
	names = arena_zalloc(t->arena, (size_t)t->count, sizeof(*names));
	e = remote_void(r, names, name_all(t, names), joined(t), t->rings);
	if (r->shared != NULL) {
		for (int i = 0; i < t->count; i++)
			stamp_touch(&r->shared->stamps, t->keys[i]);
		cache_add(r->shared, COUNT_TOUCHED, (uint64_t)t->count);
	}
	return said(r, e);
}

enum err
cache_invalidate_all(struct remote *r)
{
	enum err e = remote_forget_all(r);

	if (r->shared != NULL && said(r, e) == ERR_OK)
		cache_forget(r->shared);
	else if (r->shared != NULL)
		cache_doubt(r->shared);
	return said(r, e);
}
