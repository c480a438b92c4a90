/*
 * place.c: where a connection with a request waits: in the gate's queue, or in the workers' socket.
 * Lists through the slots themselves, in the order in which they will be served. Runs in the master.
 */
#define HOB_MASTER
#include "gate/internal.h"

static void
list_init(struct kept_list *l)
{
	*l = (struct kept_list){ -1, -1, 0 };
}

static void
list_append(struct gate *g, struct kept_list *l, int i)
{
	g->conns[i].prev = l->last;
	g->conns[i].next = -1;
	if (l->last >= 0)
		g->conns[l->last].next = i;
	else
		l->first = i;
	l->last = i;
	l->count++;
}

static void
list_prepend(struct gate *g, struct kept_list *l, int i)
{
	g->conns[i].prev = -1;
	g->conns[i].next = l->first;
	if (l->first >= 0)
		g->conns[l->first].prev = i;
	else
		l->last = i;
	l->first = i;
	l->count++;
}

static void
list_remove(struct gate *g, struct kept_list *l, int i)
{
	const struct kept *c = &g->conns[i];

	if (c->prev >= 0)
		g->conns[c->prev].next = c->next;
	else
		l->first = c->next;
	if (c->next >= 0)
		g->conns[c->next].prev = c->prev;
	else
		l->last = c->prev;
	l->count--;
}

void
place_init(struct gate *g)
{
	list_init(&g->queue);
	list_init(&g->handed);
}

void
place_none(struct gate *g, int i)
{
	struct kept *c = &g->conns[i];

	if (c->place != PLACE_NONE)
		list_remove(g, c->place == PLACE_QUEUED ? &g->queue : &g->handed, i);
	c->place = PLACE_NONE;
}

void
place_queued(struct gate *g, int i)
{
	place_none(g, i);
	list_append(g, &g->queue, i);
	g->conns[i].place = PLACE_QUEUED;
}

void
place_queued_first(struct gate *g, int i)
{
	place_none(g, i);
	list_prepend(g, &g->queue, i);
	g->conns[i].place = PLACE_QUEUED;
}

void
place_handed(struct gate *g, int i)
{
	place_none(g, i);
	list_append(g, &g->handed, i);
	g->conns[i].place = PLACE_HANDED;
}
