#ifndef HOB_GATE_INTERNAL_H
#define HOB_GATE_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "gate/gate_board.h"
#include "gate/gate.h"

/* Between the files of this folder only. */

/* --- the word of a connection -------------------------------------------- */

enum { CONN_STATE_BITS = 3, CONN_SERIAL_MASK = (1 << 29) - 1 };

static inline uint64_t
conn_word(int32_t pid, uint32_t serial, enum conn_state s)
{
	return (uint64_t)(uint32_t)pid << 32 |
	       (uint64_t)(serial & CONN_SERIAL_MASK) << CONN_STATE_BITS | s;
}

static inline enum conn_state
conn_word_state(uint64_t word)
{
	return word & ((1 << CONN_STATE_BITS) - 1);
}

static inline int32_t
conn_word_pid(uint64_t word)
{
	return (int32_t)(word >> 32);
}

static inline uint64_t
conn_load(const struct conn_slot *s)
{
	return __atomic_load_n(&s->word, __ATOMIC_SEQ_CST);
}

static inline bool
conn_move(struct conn_slot *s, uint64_t from, uint64_t to)
{
	return __atomic_compare_exchange_n(&s->word, &from, to, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/*
 * A message on the workers' socket. Gate to worker, with a descriptor: serve this. Worker
 * to gate: look at this slot (given back, or shut), or "I took one".
 */
enum { NOTE_TAKEN = -1 };

struct note {
	int32_t slot;
	uint32_t serial;
};

/* --- the gate; in the master ---------------------------------------------- */

enum place { PLACE_NONE, PLACE_QUEUED, PLACE_HANDED };

struct kept {
	int fd;
	uint32_t serial;
	enum place place;
	bool adopted;			/* a worker of the old image is finishing it */
	int prev, next;			/* in the list of its place */
};

struct kept_list {
	int first, last;		/* -1: empty */
	int count;
};

struct gate {
	struct gate_board *board;
	const struct scoreboard *pool;
	struct gate_limits limits;
	int epoll_fd;			/* the loop's */
	int listen_fd;
	bool listen_kept;
	int own_end, workers_end;	/* of the socket pair all workers share */
	bool listening;			/* the listening socket is in the epoll set */
	bool closed;			/* accept nothing more */
	bool paused;			/* hand nothing out */
	bool starved;			/* accept failed for want of descriptors */
	int64_t starved_said_ns;	/* when that was last logged */
	int64_t full_ns;		/* since when the queue is full, 0: it is not */
	bool blocked;			/* the workers' socket is full */
	int hand_limit;			/* at most so many handed and not yet taken */
	int used;			/* slots from here on were never used */
	int free_count;
	struct kept_list queue, handed;
	int free_slots[GATE_CONNS];
	struct kept conns[GATE_CONNS];
};

/* The source of an epoll event: below GATE_CONNS a connection. */
enum source {
	SOURCE_LISTEN = GATE_CONNS,
	SOURCE_WORKERS,
	SOURCE_HANDOVER			/* its descriptor is above the source's 32 bits */
};

/* These put the connection in slot `i` into the list of a place (place.c). */
void place_init(struct gate *g);
void place_none(struct gate *g, int i);
void place_queued(struct gate *g, int i);	/* last */
void place_queued_first(struct gate *g, int i);
void place_handed(struct gate *g, int i);

/* One kept connection (conns.c). */
enum conn_state conn_state_of(const struct gate *g, int i);
/* A new one; `pid` of the image before us is still serving it, or 0. */
void conn_add(struct gate *g, int fd, int32_t pid);
/* Closes it unless a worker has it; that worker will notice and report it. */
bool conn_drop(struct gate *g, int i);
void conn_set(struct gate *g, int i, int32_t pid, enum conn_state s);
/* Asks for an edge if something is there already. */
bool conn_watch_again(struct gate *g, int i);
/* An event of it. */
void conn_edge(struct gate *g, int i, uint32_t events, int64_t now);
/* A worker reports that it gave this one back, or is done with it for good. */
void conn_look(struct gate *g, int i);

/* The listening socket (accept.c). */
/* Accepts some of the waiting connections. True while there may be more. */
bool accept_some(struct gate *g);
/* Listens or not, by how full the queue is. */
void accept_update(struct gate *g);
/*
 * Closes connections that became ready before `then_ns` and that no worker has taken:
 * nginx answers 503, and no worker can execute the request any more. If the queue was
 * full for as long, also those that wait to be accepted.
 */
void accept_refuse_stale(struct gate *g, int64_t then_ns);

/* Handing to workers (hand.c). */
/* Gives the queue to the workers as far as they take it, and publishes its length. */
void hand_queue(struct gate *g);
/* About to sleep: asks to be poked when there is a queue. False: hand again first. */
bool hand_may_sleep(struct gate *g);
void hand_read_notes(struct gate *g);
/* Hands out again the messages in the workers' socket, before the queue. */
void hand_again(struct gate *g);

/* When workers come and go (mend.c). */
/* `pid` exists no more; `clean`: it finished what it had. */
void mend_worker_gone(struct gate *g, int32_t pid, bool clean);
/* Finds connections that a dying worker had no time to report. Now and then. */
void mend_sweep(struct gate *g);
/* Closes idle connections. Returns how many are still busy. */
int mend_close_idle(struct gate *g);
/* After a pause: looks for events that came meanwhile, hands out again. */
void mend_resume(struct gate *g);

/* From one image of the process to the next (inherit.c). */
/* Adopts the connections that gate_inherit found. */
void inherit_take(struct gate *g);
void inherit_hand_on(struct gate *g, bool on);

/* From one process to the next (pass.c). */
/*
 * Leaves all connections that no worker serves to the next process on the listening
 * socket. True when all of them are there. Accept the waiting ones before: a full backlog
 * takes no more.
 */
bool pass_leave(struct gate *g);
/*
 * `fd` was accepted from `peer`. Is it what pass_leave left? Takes it over then, as far as it
 * has come; what comes later is an event of SOURCE_HANDOVER. Never waits for the peer.
 */
bool pass_receive(struct gate *g, int fd, const struct sockaddr_un *peer, socklen_t len);
/* The rest of it. False: that was all, and `fd` is closed. */
bool pass_receive_more(struct gate *g, int fd);

/* True for a socket, which is then closed on exec; false for any other descriptor. */
bool adopt_fd(int fd);
/* Watches `fd` for reading; events carry `source`, and `fd` above it. */
bool gate_watch(struct gate *g, int fd, enum source source);

/* --- in workers ------------------------------------------------------------ */

/* Must this worker leave requests to others (aside.c)? */
bool aside_must(const struct scoreboard *pool, const struct worker_slot *own,
		const struct gate_board *board);

#endif
