/*
 * mend.c: the gate when workers come and go: no connection is lost with a dead worker,
 * and no request waits for one. Runs in the master.
 */
#define HOB_MASTER
#include "gate/internal.h"

/*
 * Asks for an edge from every idle connection that has something: the dead worker
 * may have marked its own idle and not come to look again. One call each, at a
 * crash only.
 */
static void
watch_again(struct gate *g)
{
	int i;

	for (i = 0; i < g->used; i++)
		if (g->conns[i].fd >= 0 && conn_state_of(g, i) == CONN_IDLE)
			conn_watch_again(g, i);
}

void
mend_worker_gone(struct gate *g, int32_t pid, bool clean)
{
	uint64_t word;
	int i;

	for (i = 0; i < g->used; i++) {
		word = conn_load(&g->board->conns[i]);
		if (conn_word_state(word) != CONN_TAKEN || conn_word_pid(word) != pid)
			continue;
		if (clean && g->conns[i].adopted) {
			g->conns[i].adopted = false;
			conn_set(g, i, 0, CONN_IDLE);
			conn_watch_again(g, i);
		} else {
			conn_set(g, i, 0, CONN_SHUT);
			conn_drop(g, i);
		}
	}
	hand_again(g);
	mend_sweep(g);
	if (!clean)
		watch_again(g);
}

void
mend_sweep(struct gate *g)
{
	int i;

	g->board->starved = g->starved;
	g->starved = false;
	accept_update(g); /* it is known again before the next look */
	for (i = 0; i < g->used; i++)
		if (g->conns[i].fd >= 0 && g->conns[i].place == PLACE_NONE)
			conn_look(g, i);
}

int
mend_close_idle(struct gate *g)
{
	int busy = 0;
	int i;

	for (i = 0; i < g->used; i++) {
		if (g->conns[i].fd < 0)
			continue;
		if (conn_state_of(g, i) == CONN_READY || !conn_drop(g, i))
			busy++;
	}
	return busy;
}

void
mend_resume(struct gate *g)
{
	g->closed = g->paused = false;
	hand_again(g);
	watch_again(g);
}
