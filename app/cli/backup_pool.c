/*
 * backup_pool.c: which files of the pool no backup names. Names are compared by share: of a pool that is too large for
 * the memory meant for it, first the first folders, then the next.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/backup.h"
#include "core/die.h"

/* 32 bytes each. */
enum { HASHES_MOST = 1 << 20 };

struct share {
	const struct vault *v;
	int first, last; /* folders */
	unsigned char *hashes;
	size_t count, cap;
	bool (*each)(void *arg, const struct unnamed *u);
	void *arg;
	int folder; /* that is walked */
};

static int
digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void
hash_of(const char *hex, unsigned char hash[SHA256_SIZE])
{
	for (int i = 0; i < SHA256_SIZE; i++)
		hash[i] = (unsigned char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_SIZE);
}

static void
add_hash(struct share *s, const char *hex)
{
	unsigned char hash[SHA256_SIZE];

	hash_of(hex, hash);
	if (hash[0] < s->first || hash[0] > s->last)
		return;
	if (s->count == s->cap) {
		s->cap = s->cap > 0 ? s->cap * 2 : 4096;
		s->hashes = reallocarray(s->hashes, s->cap, SHA256_SIZE);
		if (s->hashes == NULL)
			die("out of memory");
	}
	memcpy(s->hashes + s->count++ * SHA256_SIZE, hash, SHA256_SIZE);
}

/* Sorted, each once. */
static void
order(struct share *s)
{
	size_t kept = 0;

	if (s->count == 0)
		return;
	qsort(s->hashes, s->count, SHA256_SIZE, compare);
	for (size_t i = 1; i < s->count; i++)
		if (compare(s->hashes + kept * SHA256_SIZE,
			    s->hashes + i * SHA256_SIZE) != 0)
			memcpy(s->hashes + ++kept * SHA256_SIZE,
			       s->hashes + i * SHA256_SIZE, SHA256_SIZE);
	s->count = kept + 1;
}

/* A list that cannot be read to its end would make its files look as if nobody named them. */
static bool
add_list(struct share *s, const char *name)
{
	FILE *list = backup_open_list(s->v, name);
	enum listed_end end;
	struct listed l;

	if (list == NULL)
		return false;
	while ((end = listed_read(list, &l)) == LISTED_LINE)
		if (!listed_is_missing(&l))
			add_hash(s, l.stored);
	fclose(list);
	order(s);
	if (end == LISTED_BROKEN)
		complain("%s/" PART_FILES " is damaged", name);
	return end == LISTED_END;
}

static bool
look_at(void *arg, const char *name)
{
	struct share *s = arg;
	struct unnamed u = { s->folder, name };
	unsigned char hash[SHA256_SIZE];

	if (strlen(name) == SHA256_HEX_SIZE - 1 &&
	    strspn(name, "0123456789abcdef") == SHA256_HEX_SIZE - 1) {
		hash_of(name, hash);
		if (hash[0] == s->folder && s->count > 0 &&
		    bsearch(hash, s->hashes, s->count, SHA256_SIZE, compare) != NULL)
			return true;
	}
	return s->each(s->arg, &u);
}

static bool
look_through(struct share *s, char *const *names, int count)
{
	bool good = true;

	s->count = 0;
	for (int i = 0; i < count && good; i++)
		good = add_list(s, names[i]);
	for (s->folder = s->first; s->folder <= s->last && good; s->folder++)
		good = vault_each_file(s->v, s->folder, look_at, s);
	return good;
}

/* The most that one backup names; others mostly name the same. */
static bool
most_files(const struct vault *v, char *const *names, int count, int64_t *most)
{
	*most = 0;
	for (int i = 0; i < count; i++) {
		struct manifest m;
		struct arena a;
		bool good;

		arena_init(&a, 4096);
		good = manifest_read(&m, v, names[i], &a);
		*most = good && m.files > *most ? m.files : *most;
		arena_release(&a);
		if (!good)
			return false;
	}
	return true;
}

bool
pool_each_unnamed(const struct vault *v, char *const *names, int count,
		  bool (*each)(void *arg, const struct unnamed *u), void *arg)
{
	struct share s = { .v = v, .each = each, .arg = arg };
	int64_t most, shares;
	bool good = most_files(v, names, count, &most);
	int step;

	shares = most / HASHES_MOST + 1;
	step = shares < VAULT_FOLDERS ? VAULT_FOLDERS / (int)shares : 1;
	for (int first = 0; first < VAULT_FOLDERS && good; first += step) {
		s.first = first;
		s.last = first + step - 1 < VAULT_FOLDERS ? first + step - 1
							  : VAULT_FOLDERS - 1;
		good = look_through(&s, names, count);
	}
	free(s.hashes);
	return good;
}
