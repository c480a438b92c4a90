/*
 * touched.c: a set of keys, as the statements of a bulk request repeat some. Runs in
 * every program that changes something.
 */
#include "cache/touched.h"

#include <string.h>
#include <xxhash.h>

enum { ROOM_FIRST = 16 };

/* The seat of the key, or the free seat for it. */
static int *
seat_of(const struct touched *t, struct str key)
{
	size_t i = XXH3_64bits(key.ptr, key.len) & (t->seat_count - 1);

	while (t->seats[i] != 0 && !str_eq(t->keys[t->seats[i] - 1], key))
		i = (i + 1) & (t->seat_count - 1);
	return &t->seats[i];
}

static void
make_room(struct touched *t, int room)
{
	struct str *keys = arena_zalloc(t->arena, (size_t)room, sizeof(*keys));

	if (t->count > 0)
		memcpy(keys, t->keys, (size_t)t->count * sizeof(*keys));
	t->keys = keys;
	t->room = room;
	t->seat_count = 2 * (size_t)room;
	t->seats = arena_zalloc(t->arena, t->seat_count, sizeof(*t->seats));
	for (int i = 0; i < t->count; i++)
		*seat_of(t, t->keys[i]) = i + 1;
}

void
touched_init(struct touched *t, struct arena *a)
{
	*t = (struct touched){ .arena = a };
}

void
touched_add(struct touched *t, struct str key)
{
	int *seat;

	if (t->count == t->room)
		make_room(t, t->room == 0 ? ROOM_FIRST : 2 * t->room);
	seat = seat_of(t, key);
	if (*seat != 0)
		return;
	t->keys[t->count++] = key;
	*seat = t->count;
	t->bytes += key.len + 1;
}

void
touched_add_array(struct touched *t, struct str array)
{
	struct str rest = STR_NONE;

	if (array.len > 2)
		rest = (struct str){ array.ptr + 1, array.len - 2 };
	while (rest.ptr != NULL)
		touched_add(t, str_cut(&rest, ','));
}
