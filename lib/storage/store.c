/* store.c: what all kinds of stores have in common: keys, words, and the way to the kind. Runs in every process. */
#include "storage/store.h"

#include <errno.h>

#include "core/rand.h"
#include "storage/kind.h"

/* --- keys ------------------------------------------------------------------- */

/* Slashes stand behind the first two bytes: 65,536 folders, so that none grows large. */
static bool
is_slash_at(size_t i)
{
	return i == 2 || i == 5;
}

void
store_key(char key[STORE_KEY_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char bytes[16];
	size_t digit = 0;

	rand_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < STORE_KEY_SIZE - 1; i++) {
		if (is_slash_at(i)) {
			key[i] = '/';
			continue;
		}
		key[i] = hex[(bytes[digit / 2] >> (digit % 2 ? 0 : 4)) & 15];
		digit++;
	}
	key[STORE_KEY_SIZE - 1] = '\0';
}

bool
store_key_is(struct str key)
{
	if (key.len != STORE_KEY_SIZE - 1)
		return false;
	for (size_t i = 0; i < key.len; i++) {
		char c = key.ptr[i];

		if (is_slash_at(i) ? c != '/'
				   : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

/* --- errors ----------------------------------------------------------------- */

/* clang-format off */
static const struct {
	int error;
	enum err e;
} meanings[] = {
	{ ENOENT,  ERR_NOT_FOUND },
	{ EEXIST,  ERR_CONFLICT },
	{ ENOSPC,  ERR_FULL },
	{ EDQUOT,  ERR_FULL },
	{ EFBIG,   ERR_FULL },
	{ EACCES,  ERR_FORBIDDEN },
	{ EPERM,   ERR_FORBIDDEN },
	{ EROFS,   ERR_FORBIDDEN },
	{ ENOTDIR, ERR_FORBIDDEN },
	{ EISDIR,  ERR_FORBIDDEN },	/* what open(2) says of a file system without O_TMPFILE */
	{ EOPNOTSUPP, ERR_FORBIDDEN },
};
/* clang-format on */

enum err
store_errno(int error)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].error == error)
			return meanings[i].e;
	return ERR_BUSY;
}

/* --- the way to the kind ---------------------------------------------------- */

static bool
take_key(struct store *s, const char *key, enum err *e)
{
	s->why[0] = '\0';
	*e = store_key_is(str_of(key)) ? ERR_OK
				       : store_fail(s, ERR_INVALID, "that is no key");
	return *e == ERR_OK;
}

enum err
store_make(struct store *s, int *fd)
{
	s->why[0] = '\0';
	return s->kind->make(s, fd);
}

enum err
store_put(struct store *s, int fd, const char *key)
{
	enum err e;

	return take_key(s, key, &e) ? s->kind->put(s, fd, key) : e;
}

enum err
store_open(struct store *s, const char *key, int *fd)
{
	enum err e;

	return take_key(s, key, &e) ? s->kind->open(s, key, fd) : e;
}

enum err
store_size(struct store *s, const char *key, int64_t *bytes)
{
	enum err e;

	return take_key(s, key, &e) ? s->kind->size(s, key, bytes) : e;
}

enum err
store_remove(struct store *s, const char *key)
{
	enum err e;

	return take_key(s, key, &e) ? s->kind->remove(s, key) : e;
}

enum err
store_each(struct store *s, const char *behind, store_each_fn *each, void *arg)
{
	s->why[0] = '\0';
	return s->kind->each(s, behind, each, arg);
}

const char *
store_name(const struct store *s)
{
	return s->kind->name;
}

const char *
store_why(const struct store *s)
{
	return s->why;
}

void
store_free(struct store *s)
{
	if (s != NULL)
		s->kind->free(s);
}
