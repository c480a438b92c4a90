/*
 * none.c: the front of a program whose workers find their work themselves: it brings nothing,
 * holds nothing and has nothing to drain. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/seats.h"

static bool
none_open(void *front, int epoll_fd)
{
	(void)front;
	(void)epoll_fd;
	return true;
}

static void
none_set(void *front, enum front_state state)
{
	(void)front;
	(void)state;
}

static void
none_settle(void *front, int configured, int warm)
{
	(void)front;
	(void)configured;
	(void)warm;
}

static void
none_event(void *front, uint64_t data, uint32_t events, int64_t now_ns)
{
	(void)front;
	(void)data;
	(void)events;
	(void)now_ns;
}

static void
none_turn(void *front)
{
	(void)front;
}

static bool
none_may_sleep(void *front)
{
	(void)front;
	return true;
}

static void
none_tick(void *front, int64_t now_ns)
{
	(void)front;
	(void)now_ns;
}

static void
none_worker_gone(void *front, int32_t pid, bool clean)
{
	(void)front;
	(void)pid;
	(void)clean;
}

static bool
none_is_draining(void *front, int64_t asked_ns)
{
	(void)front;
	(void)asked_ns;
	return false;
}

static void
none_flag(void *front, bool flag)
{
	(void)front;
	(void)flag;
}

const struct front front_none = {
	.open = none_open,
	.set = none_set,
	.settle = none_settle,
	.event = none_event,
	.turn = none_turn,
	.may_sleep = none_may_sleep,
	.tick = none_tick,
	.worker_gone = none_worker_gone,
	.is_draining = none_is_draining,
	.end = none_flag,
	.hand_on = none_flag,
	.forget = none_flag,
};
