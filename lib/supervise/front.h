#ifndef HOB_SUPERVISE_FRONT_H
#define HOB_SUPERVISE_FRONT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A front brings the workers their work: for one, a gate with its connections
 * (gate/gate.h). Supervision calls these functions in the master, from its loop, and the
 * last one in its children; none of them may wait.
 */
enum front_state {
	FRONT_OPEN,
	FRONT_DRAINING,			/* TERM: take no more, unless another will take over */
	FRONT_CLOSED			/* workers leave: give them nothing either */
};

/* Events of a front carry data below this. */
#define FRONT_DATA_END (UINT64_MAX - 15)

struct front {
	/* Once, before the first worker; its files go into the loop's set. False with errno. */
	bool (*open)(void *front, int epoll_fd);
	void (*set)(void *front, enum front_state state);
	/* So many workers are configured, and so many have started. */
	void (*settle)(void *front, int configured, int warm);
	void (*event)(void *front, uint64_t data, uint32_t events, int64_t now_ns);
	/* Behind the events of a turn of the loop. */
	void (*turn)(void *front);
	/* The loop is about to sleep. False: another turn first. */
	bool (*may_sleep)(void *front);
	/* Four times a second, oftener at an end. */
	void (*tick)(void *front, int64_t now_ns);
	/* `pid` exists no more; `clean`: it finished what it had. */
	void (*worker_gone)(void *front, int32_t pid, bool clean);
	/* TERM came at `asked_ns`: is what was begun until then still to be finished? */
	bool (*is_draining)(void *front, int64_t asked_ns);
	/* The master ends; `drained`: by TERM, and another process may take over. */
	void (*end)(void *front, bool drained);
	/* `on`: the program is about to be executed anew; leaves the connections to
	 * keep open and names them in the environment. Not `on`: it was not; undoes
	 * that. */
	void (*hand_on)(void *front, bool on);
	/* In a child: closes the front's descriptors; a worker (`worker`) keeps those
	 * by which workers hear it. */
	void (*forget)(void *front, bool worker);
};

#endif
