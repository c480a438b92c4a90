/* seat.c: seats: each is a lock of one byte, which the kernel frees when its runner dies. Runs in runners. */
#include "jobs/seat.h"

#include <fcntl.h>
#include <unistd.h>

static bool
lock(const struct heritage *h, int seat, short type)
{
	struct flock byte = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = seat, .l_len = 1
	};

	return fcntl(h->seats, F_SETLK, &byte) == 0;
}

int
seat_take(const struct heritage *h)
{
	int seats = h->config.jobs_runners > 1 ? (int)h->config.jobs_runners - 1 : 1;

	for (int i = 0; i < seats; i++)
		if (lock(h, i, F_WRLCK))
			return i;
	return NO_SEAT;
}

int
seat_take_for_export(const struct heritage *h)
{
	return lock(h, SCOREBOARD_WORKERS, F_WRLCK) ? SCOREBOARD_WORKERS : NO_SEAT;
}

void
seat_leave(const struct heritage *h, int seat)
{
	lock(h, seat, F_UNLCK);
}
