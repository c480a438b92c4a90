/* seat.c: seats: each is a lock of one byte, which the kernel frees when its runner dies. Runs in runners. */
#include "jobs/seat.h"

#include <fcntl.h>
#include <unistd.h>

enum { NO_SEAT = -1 };

/* Which bytes: as many as there are runners but for those that are spared, at least one and at most so many. */
static const struct range {
	int first, spared, most;
} ranges[] = {
	[SEATS_TALK] = { 0, 1, SCOREBOARD_WORKERS },
	[SEATS_IMAGE] = { 1, 2, SCOREBOARD_WORKERS },
	[SEATS_EXPORT] = { SCOREBOARD_WORKERS, 0, 1 },
};

static bool
lock(const struct heritage *h, int seat, short type)
{
	struct flock byte = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = seat, .l_len = 1
	};

	return fcntl(h->seats, F_SETLK, &byte) == 0;
}

static int
end_of(const struct heritage *h, const struct range *r)
{
	int count = (int)h->config.jobs_runners - r->spared;

	if (count < 1)
		count = 1;
	return r->first + (count < r->most ? count : r->most);
}

bool
seat_take(const struct heritage *h, enum seats which, int *seat)
{
	const struct range *r = &ranges[which];

	*seat = NO_SEAT;
	if (which == SEATS_NONE)
		return true;
	for (int i = r->first, end = end_of(h, r); i < end; i++)
		if (lock(h, i, F_WRLCK)) {
			*seat = i;
			return true;
		}
	return false;
}

void
seat_leave(const struct heritage *h, int seat)
{
	if (seat != NO_SEAT)
		lock(h, seat, F_UNLCK);
}
