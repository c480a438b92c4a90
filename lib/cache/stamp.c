/*
 * stamp.c: a clock of changes, and when each key changed last.
 *
 * The order is everything. A reader: stamp, source, keep. A writer: commit, touch, reply.
 * If the reader's source was read before the commit, its stamp is older than the touch,
 * and its entry is invalid from the touch on. t/model proves it. Runs everywhere.
 */
#include "cache/stamp.h"

#include <xxhash.h>

uint32_t
stamp_place(struct str key)
{
	return (uint32_t)(XXH3_64bits(key.ptr, key.len) % STAMP_PLACES);
}

uint64_t
stamp_now(const struct stamps *s)
{
	return __atomic_load_n(&s->clock, __ATOMIC_SEQ_CST);
}

/* Two may come at once: the later time stays. */
static void
raise_to(uint64_t *word, uint64_t time)
{
	uint64_t old = __atomic_load_n(word, __ATOMIC_SEQ_CST);

	while (old < time &&
	       !__atomic_compare_exchange_n(word, &old, time, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST))
		;
}

void
stamp_touch(struct stamps *s, struct str key)
{
	raise_to(&s->places[stamp_place(key)],
		 __atomic_add_fetch(&s->clock, 1, __ATOMIC_SEQ_CST));
}

void
stamp_forget_all(struct stamps *s)
{
	raise_to(&s->floor, __atomic_add_fetch(&s->clock, 1, __ATOMIC_SEQ_CST));
}

bool
stamp_holds(const struct stamps *s, uint64_t stamp, const uint32_t *places, size_t count)
{
	if (__atomic_load_n(&s->floor, __ATOMIC_SEQ_CST) > stamp)
		return false;
	for (size_t i = 0; i < count; i++)
		if (__atomic_load_n(&s->places[places[i]], __ATOMIC_SEQ_CST) > stamp)
			return false;
	return true;
}
