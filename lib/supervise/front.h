#ifndef HOB_SUPERVISE_FRONT_H
#define HOB_SUPERVISE_FRONT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What stands in front of the workers and brings them their work: a gate with its connections, for
 * one (gate/gate.h). Supervision calls these functions in the master, from its loop, and the last
 * one in its children; none of them may wait.
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
	/* The master ends; `drained`: by TERM, for somebody may go on in its place. */
	void (*end)(void *front, bool drained);
	/* The program is about to be executed anew: `on`, what shall go on is left open and told
	 * in the environment. It was not: not `on`, as it was before. */
	void (*hand_on)(void *front, bool on);
	/* In a child: closes what is not for it. Of a worker (`worker`) that is all but what
	 * workers hear it by. */
	void (*forget)(void *front, bool worker);
};

#endif
