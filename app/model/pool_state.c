/*
 * pool_state.c: does a master run, for how long, and are its workers linked? Read from its scoreboard, in `hob` and in the
 * master itself.
 */
#include "model/pool_state.h"

#include <stdio.h>

#include "core/clock.h"

/* The master gives a sign four times a second. */
enum { SIGN_MS = 3000 };

int64_t
pool_ms_since(int64_t then_ns, int64_t now_ns)
{
	return then_ns == 0 || then_ns > now_ns ? 0 : (now_ns - then_ns) / 1000000;
}

/* proc(5): 'S', 'T' ... or 0 when there is no such process. */
static char
process_state(int32_t pid)
{
	char path[40], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(f);
	return state;
}

enum pool_state
pool_state(const struct scoreboard *b, int64_t now_ns)
{
	char state = b->master_pid > 0 ? process_state(b->master_pid) : 0;

	if (state == 0 || state == 'Z' || state == 'X')
		return POOL_GONE;
	if (state == 'T' || state == 't' || pool_ms_since(b->beat_ns, now_ns) > SIGN_MS)
		return POOL_HANGS;
	return POOL_RUNS;
}

const char *
pool_words(enum pool_state s)
{
	static const char *const words[] = { [POOL_RUNS] = "running",
					     [POOL_HANGS] = "STANDS STILL",
					     [POOL_GONE] = "NOT RUNNING" };

	return words[s];
}

int64_t
pool_up_s(const struct scoreboard *b, int64_t now_ns)
{
	int64_t us = clock_now_us() - b->started_us;

	if (pool_state(b, now_ns) != POOL_RUNS)
		us -= pool_ms_since(b->beat_ns, now_ns) * 1000;
	return us > 0 ? us / 1000000 : 0;
}

int
pool_linked(const struct scoreboard *b)
{
	int n = 0;

	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		n += b->workers[i].pid != 0 && b->workers[i].link == LINK_READY;
	return n;
}

const char *
pool_link_why(const struct scoreboard *b)
{
	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		if (b->workers[i].pid != 0 &&
		    (b->workers[i].link == LINK_AWAY || b->workers[i].link == LINK_FULL))
			return b->workers[i].why;
	return "";
}
