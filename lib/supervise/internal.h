#ifndef HOB_SUPERVISE_INTERNAL_H
#define HOB_SUPERVISE_INTERNAL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "supervise/supervise.h"
#include "supervise/scoreboard.h"

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
 * What goes over the workers' socket. Gate to worker, with a descriptor: serve this.
 * Worker to gate: look at this slot (given back, or shut), or one of the two below.
 */
enum { NOTE_TAKEN = -1, NOTE_CHANGED = -2 };	/* "I took one", "I am warm" or "my link changed" */

struct note {
	int32_t slot;
	uint32_t serial;
};

/* --- gate.c: connections, queue, handing; the master ---------------------- */

enum gate_place { PLACE_NONE, PLACE_QUEUED, PLACE_HANDED };

struct gate_conn {
	int fd;
	uint32_t serial;
	enum gate_place place;
	bool adopted;			/* a worker of the old image is finishing it */
	int prev, next;			/* in the list of its place */
};

struct gate_list {
	int first, last;		/* -1: empty */
	int count;
};

struct gate {
	struct scoreboard *board;
	int epoll_fd;
	int listen_fd;
	int own_end, workers_end;	/* of the socket pair all workers share */
	bool listening;			/* the listening socket is in the epoll set */
	bool closed;			/* accept nothing more */
	bool paused;			/* hand nothing out */
	bool starved;			/* accept failed for want of descriptors */
	int64_t full_ns;		/* since when the queue is full, 0: it is not */
	bool blocked;			/* the workers' socket is full */
	bool news;			/* of a worker: look at the pool */
	int hand_limit;			/* at most so many handed and not yet taken */
	int used;			/* slots from here on were never used */
	int free_count;
	struct gate_list queue, handed;
	/* Is what was accepted from `peer` no client's? It is taken over then. NULL: all are. */
	bool (*handover)(struct gate *g, int fd, const struct sockaddr_un *peer, socklen_t len);
	int free_slots[SCOREBOARD_CONNS];
	struct gate_conn conns[SCOREBOARD_CONNS];
};

/* What an epoll event is about: below SCOREBOARD_CONNS a connection. */
enum gate_source {
	SOURCE_LISTEN = SCOREBOARD_CONNS,
	SOURCE_WORKERS,
	SOURCE_SIGNALS,
	SOURCE_HANDOVER			/* its descriptor is above the source's 32 bits */
};

/* False with errno when the kernel refuses epoll or sockets. */
bool gate_open(struct gate *g, struct scoreboard *board, int listen_fd);
/* Watches `fd` for reading; events carry `source`, and `fd` above it. */
bool gate_watch(struct gate *g, int fd, enum gate_source source);
/* An open connection from the image before us; `pid` is still serving it, or 0. */
void gate_adopt(struct gate *g, int fd, int32_t pid);
/* One epoll event's data and events. Returns its source if that is not ours. */
enum gate_source gate_event(struct gate *g, uint64_t data, uint32_t events, int64_t now);
/* Gives the queue to the workers as far as they take it, and publishes its length. */
void gate_hand(struct gate *g);
/* About to sleep: asks to be poked when there is a queue. False: hand again first. */
bool gate_may_sleep(struct gate *g);
/* `pid` exists no more; `clean`: it finished what it had. */
void gate_worker_gone(struct gate *g, int32_t pid, bool clean);
/* Finds what a dying worker had no time to tell. Now and then. */
void gate_sweep(struct gate *g);
/* Accepts whatever waits. */
void gate_accept_all(struct gate *g);
/*
 * Closes what became ready before `then_ns` and no worker has taken: nginx answers 503, and
 * nobody can execute it any more. If the queue was full for as long, then also what waits to
 * be accepted.
 */
void gate_refuse_stale(struct gate *g, int64_t then_ns);
/* Closes what is idle. Returns how many connections are still busy. */
int gate_close_idle(struct gate *g);
/* After a pause: sees anew what came meanwhile, hands again. */
void gate_resume(struct gate *g);
/* In a new worker: closes everything of the gate's but workers_end. */
void gate_forget(struct gate *g);

/* --- worker.c ------------------------------------------------------------- */

/* The life of the aide, in the child. */
void worker_aide(const struct prefork *p, struct gate *g, pid_t master);
/* The life of a worker, in the child. Returns its exit code. */
int worker_run(const struct prefork *p, struct gate *g, int index, pid_t master);

/* --- pool.c: forking and burying; the master ------------------------------ */

enum phase {
	PHASE_RUNNING,
	PHASE_HANDOVER,			/* USR2: workers leave, then exec */
	PHASE_DRAINING,			/* TERM: queue and requests finish */
	PHASE_STOPPING			/* workers leave, then exit */
};

struct master {
	struct prefork *p;
	struct scoreboard *board;
	struct gate gate;
	sigset_t old_mask;
	int signal_fd;
	char program[4096];		/* what USR2 executes */
	enum phase phase;
	bool done;
	bool announced;			/* the first worker was ready */
	bool cut_off;			/* no worker has a link */
	int64_t asked_ns;		/* when TERM came */
	int64_t starved_said_ns;	/* when want of descriptors was last logged */
	int64_t now;			/* monotonic ns, of this turn of the loop */
	int64_t tick_ns;		/* next one */
	int64_t deadline_ns;		/* of the phase */
	int target;			/* workers wanted */
	uint32_t generation;		/* theirs */
	uint32_t last_generation;	/* highest number given */
	/* reload */
	bool reload_wanted, reload_checked, reloading;
	int reload_gave;		/* old workers that left to make room for new connections */
	int64_t reload_deadline_ns;
	struct prefork_limits next_limits;
	/* a check before a reload or a handover, in a child */
	pid_t checker;			/* 0: none */
	bool checks_reload;
	int64_t checker_deadline_ns;
	/* USR2 */
	bool handover_asked;
	bool handover_wanted;		/* and the new program was found good */
	int held_signal;		/* came during the handover, for whom it makes */
	/* the aide */
	pid_t aide;			/* 0: none */
	int64_t aide_due_ns;		/* when the next may be forked */
	int64_t aide_began_ns, aide_delay_ns;
	/* respawn delay */
	int64_t delay_ns, respawn_ns, last_quick_ns;
	int64_t slowed_ns;		/* when it was last raised */
	int64_t due_ns;			/* when a missing worker may be forked, or 0 */
	bool recycled;			/* the holder of board->recycling has left */
};

bool pool_spawn(struct master *m, uint32_t generation);
/* As many workers of the present generation as wanted, not faster than the delay. */
void pool_maintain(struct master *m);
/* Buries all children that have ended. */
void pool_reap(struct master *m);
/* Tells one worker of the present generation to leave. */
void pool_retire_one(struct master *m);
/* Tells all workers of `generation` (or of all others) to leave. */
void pool_retire(struct master *m, uint32_t generation, bool others);
enum pool_kind {
	POOL_ALL,
	POOL_WARM,			/* has started */
	POOL_FIT,			/* ... and has what it serves from */
	POOL_REFUSED			/* ... and was refused it for want of connections */
};
/* Workers alive and not leaving; of `generation` unless 0. */
int pool_count(const struct master *m, uint32_t generation, enum pool_kind kind);
/* Is a request under way that was begun before `then_ns`? */
bool pool_busy_since(const struct master *m, int64_t then_ns);
int pool_alive(const struct master *m);
/* Forks the aide when there is none; or tells it to end. */
void pool_aide(struct master *m);
void pool_retire_aide(const struct master *m);
/* Counts anew what the gate and the status want to know. */
void pool_settle(struct master *m);
void pool_kill_stuck(struct master *m);
void pool_signal(const struct master *m, int sig);

/* --- inherit.c ------------------------------------------------------------ */

/* Takes over what prefork_inherit found: connections, and workers still busy. */
void inherit_take(struct master *m);
/* Finds out what USR2 will execute. */
void inherit_remember_program(struct master *m);
/*
 * Leaves all connections that nobody serves to the next process on the listening socket. True
 * when they are all there.
 */
bool inherit_leave(struct master *m);
/*
 * `fd` was accepted from `peer`. Is it what inherit_leave left? Takes it over then, as far as it
 * has come; what comes later is an event of SOURCE_HANDOVER. Never waits for the peer.
 */
bool inherit_receive(struct gate *g, int fd, const struct sockaddr_un *peer, socklen_t len);
/* The rest of it. False: that was all, and `fd` is closed. */
bool inherit_receive_more(struct gate *g, int fd);
/* Executes the program anew with all connections. Returns only on failure, errno set. */
void inherit_exec(struct master *m);

#endif
